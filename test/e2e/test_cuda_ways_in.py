"""Other ways to a device than `fot run`: evaluation, conversation, the C API."""

import ctypes
import json

import numpy as np
import pytest

import driver
from test_cuda_driver import speaking  # noqa: F401

pytestmark = pytest.mark.shared_data

DEVICES = ("cpu", "cuda-emulated")
TEMPLATE = (
    "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}assistant:"
)


class Error(ctypes.Structure):
    """fot_error of runtime/include/fot/fot.h."""

    _fields_ = [("message", ctypes.c_char * 1024)]


class Options(ctypes.Structure):
    """fot_module_options."""

    _fields_ = [
        ("struct_bytes", ctypes.c_uint32),
        ("threads", ctypes.c_uint32),
        ("cpu_level", ctypes.c_char_p),
        ("device", ctypes.c_char_p),
    ]


def test_eval(speaking, tmp_path):  # noqa: F811
    """The same answers, tokens and losses; most of the text is in the memory."""
    found = {}
    for device in DEVICES:
        report = tmp_path / f"{device}.json"
        command = ["eval", "passkey", speaking[0], "--json", report]
        command += ["--lengths=120", "--depths=0.3", f"--device={device}"]
        driver.must(driver.FOT, *command)
        found[device] = json.loads(report.read_text())["questions"]
    ((cpu,), (emulated,)) = (found[device] for device in DEVICES)
    assert cpu["memory_tokens"] > 32
    assert cpu.pop("loss") == pytest.approx(emulated.pop("loss"), abs=1e-3)
    assert cpu == emulated


def test_chat(speaking, tmp_path):  # noqa: F811
    """Two messages, of which the second sees the first in the window."""
    model = speaking[0].parent / "model"
    talking = tmp_path / "model"
    talking.mkdir()
    for file in model.iterdir():
        (talking / file.name).symlink_to(file)
    settings = talking / "tokenizer_config.json"
    settings.unlink(missing_ok=True)
    settings.write_text(json.dumps({"chat_template": TEMPLATE}))
    artifact = driver.compile_model(
        talking,
        tmp_path / "m.fotm",
        "--target=cuda",
        "--target=cpu",
        "--cuda-arch=sm_80",
    )
    said = tmp_path / "said.txt"
    answers = {}
    for device in DEVICES:
        for text in ("foxes jump\nand dogs?\n", "rain falls\nand dogs?\n"):
            said.write_text(text)
            with said.open() as stdin:
                command = ["chat", artifact, "--max-tokens=4", f"--device={device}"]
                answers[device, text] = driver.must(driver.FOT, *command, stdin=stdin)
    both = [[answers[device, text] for _, text in answers] for device in DEVICES]
    assert both[0] == both[1]
    assert len(set(answers.values())) == 2, "what was said does not matter"


def test_c_api(speaking, tmp_path):  # noqa: F811
    library = ctypes.CDLL(str(driver.BUILD / "lib/libfot_runtime.so"))
    for name in ("artifact_open", "module_load", "session_create"):
        getattr(library, f"fot_{name}").restype = ctypes.c_void_p
    library.fot_session_memory_tokens.restype = ctypes.c_uint64
    error = Error()

    def got(pointer):
        assert pointer, error.message.decode()
        return ctypes.c_void_p(pointer)

    path = str(speaking[0]).encode()
    artifact = got(library.fot_artifact_open(path, ctypes.byref(error)))
    tokens = np.random.default_rng(7).integers(3, 32000, 60).astype(np.int32)
    of = {}
    for device in DEVICES:
        options = Options(ctypes.sizeof(Options), 1, None, device.encode())
        module = got(
            library.fot_module_load(
                artifact, ctypes.byref(options), ctypes.byref(error)
            )
        )
        session = got(library.fot_session_create(module, ctypes.byref(error)))
        logits = np.empty((4, 32000), np.float32)
        for first, count, wanted in ((0, 57, 1), (57, 1, 1), (58, 2, 2)):
            at = {0: 0, 57: 1, 58: 2}[first]
            failed = library.fot_session_run(
                session,
                ctypes.c_void_p(tokens[first:].ctypes.data),
                ctypes.c_size_t(count),
                ctypes.c_size_t(count - wanted),
                ctypes.c_void_p(logits[at:].ctypes.data),
                ctypes.byref(error),
            )
            assert failed == 0, error.message.decode()
        assert library.fot_session_memory_tokens(session) > 16
        of[device] = logits
        library.fot_session_release(session)
        library.fot_module_release(module)
    options = Options(ctypes.sizeof(Options), 1, None, b"abacus")
    assert not library.fot_module_load(
        artifact, ctypes.byref(options), ctypes.byref(error)
    )
    assert error.message.decode().endswith(
        "expected the device cuda or cuda-emulated, found 'abacus'"
    )
    library.fot_artifact_release(artifact)
    np.testing.assert_allclose(of["cpu"], of["cuda-emulated"], atol=2e-3, rtol=0)
    assert np.abs(of["cpu"][0] - of["cpu"][3]).max() > 0.02
