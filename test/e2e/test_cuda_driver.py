"""Models through the CUDA driver, which here is a fake one (its folder is
test/unit/runtime/device/cuda): it checks how it is used, and runs the kernels
on the emulated device. Nothing of this needs a GPU, or shows what one does."""

import json
import os
import re
import shutil

import numpy as np
import pytest

import driver
from test_cuda import compile_case
from test_golden import CASES, GOLDEN, compare

pytestmark = pytest.mark.shared_data

FAKES = driver.BUILD / "lib/test"


class Fake:
    """The environment of a process, and what the fake driver saw of it."""

    def __init__(self, folder, library="fake-cuda", code=None, **settings):
        self.log = folder / "driver.log"
        self.log.unlink(missing_ok=True)
        self.environment = dict(os.environ)
        self.environment["LD_LIBRARY_PATH"] = str(FAKES / library)
        self.environment["FAKE_CUDA_LOG"] = str(self.log)
        if code:
            self.environment["FAKE_CUDA_CODE"] = str(code)
        for name, value in settings.items():
            self.environment["FAKE_CUDA_" + name.upper()] = str(value)

    def fot(self, *command):
        return driver.tool(driver.FOT, *command, env=self.environment)

    def lines(self, kind):
        log = self.log.read_text().splitlines()
        return [line for line in log if line.startswith(kind + " ")]

    def calls(self, name):
        counts = dict(line.split()[1:] for line in self.lines("call"))
        return int(counts.get(name, 0))

    def expect_clean(self):
        """Nothing was used in a wrong way and all was given back."""
        for kind in ("misuse", "leak", "kernel"):
            assert self.lines(kind) == []
        assert self.calls("cuInit") == 1


def emulated_code(artifact, folder):
    """The kernels of an artifact in the form that the fake driver can run."""
    facts = json.loads(driver.must(driver.FOT, "inspect", "--json", artifact))
    (segment,) = [
        segment
        for segment in facts["segments"]
        if segment["name"] == "cuda-emulated"
    ]
    begin = segment["offset"]
    path = folder / "kernels.so"
    path.write_bytes(
        artifact.read_bytes()[begin : begin + segment["bytes"]]
    )
    return path


def logits_command(artifact, tokens, calls, folder, start=0):
    np.save(folder / "tokens.npy", np.ascontiguousarray(tokens, np.int32))
    (folder / "logits.npy").unlink(missing_ok=True)
    return [
        "logits",
        artifact,
        "--tokens",
        folder / "tokens.npy",
        "--calls",
        ",".join(str(count) for count in calls),
        *(["--from", start] if start else []),
        "-o",
        folder / "logits.npy",
    ]


def check_case(folder, name, *options):
    """Runs a golden case, compiled with these options, and returns its driver."""
    artifact = folder / "m.fotm"
    case = compile_case(name, artifact, "--target=cuda", *options)
    fake = Fake(folder, code=emulated_code(artifact, folder))
    command = logits_command(
        artifact,
        np.load(GOLDEN / name / "tokens.npy"),
        case["calls"],
        folder,
        case.get("logits_from", 0),
    )
    done = fake.fot(*command, "--device=cuda")
    assert done.returncode == 0, done.stderr + fake.log.read_text()
    ok, text = compare(GOLDEN / name, folder / "logits.npy")
    assert ok, text
    fake.expect_clean()
    return fake


@pytest.mark.parametrize("name", CASES)
def test_case(tmp_path, name):
    """Cubins on the GPU that they are for; of all others below, PTX."""
    check_case(tmp_path, name)


@pytest.mark.parametrize("name", ["topk-basic", "dense-basic"])
def test_unfused(tmp_path, name):
    """Sizes of launches follow the memory, from no entries on, and up to k with
    top-k: graphs are recorded again when it has grown."""
    fake = check_case(tmp_path, name, "--fusion=none")
    assert fake.calls("cuGraphLaunch") > 0
    graphs = fake.calls("cuGraphInstantiateWithFlags")
    assert graphs > 1 if name == "dense-basic" else graphs == 1


@pytest.fixture(scope="module")
def small(work):
    """A model for both targets, its emulated code, and a short run of it."""
    folder = work / "small"
    folder.mkdir()
    artifact = folder / "m.fotm"
    name = "topk-basic"
    compile_case(name, artifact, "--target=cuda", "--target=cpu")
    tokens = np.load(GOLDEN / name / "tokens.npy")[:1, :40]
    code = emulated_code(artifact, folder)
    return artifact, code, lambda folder: logits_command(
        artifact, tokens, [37, 1, 1, 1], folder
    )


def test_later_gpus_take_the_ptx(small, tmp_path):
    _, code, command = small
    of = {}
    for capability in (80, 90):
        fake = Fake(tmp_path, code=code, capability=capability)
        done = fake.fot(*command(tmp_path), "--device=cuda")
        assert done.returncode == 0, done.stderr
        fake.expect_clean()
        of[capability] = np.load(tmp_path / "logits.npy")
    assert np.array_equal(of[80], of[90])


def test_without_code_only_calls_are_checked(small, tmp_path):
    """Argument lists of PTX instead of those of the emulator's code."""
    _, _, command = small
    fake = Fake(tmp_path, capability=90)
    assert fake.fot(*command(tmp_path), "--device=cuda").returncode == 0
    fake.expect_clean()
    assert fake.calls("cuLaunchKernel") > 0


@pytest.mark.parametrize(
    "settings, sentence",
    [
        ({"library": "old-cuda"}, "is too old: it has no cu"),
        (
            {"version": 10020},
            "too old: it is for CUDA 10.2, and CUDA 11.0 is needed",
        ),
        ({"devices": 0}, "the CUDA driver finds no GPU on this machine"),
        (
            {"fail": "cuInit=100"},
            "the CUDA driver cannot start: an error unknown to the driver "
            "(CUDA error 100)",
        ),
        ({"capability": 75}, "is sm_75, and code for GPUs needs sm_80 or later"),
        (
            {"fail": "cuModuleLoadDataEx=209"},
            "cannot be loaded by cuda (Fake GPU) with a driver for CUDA 12.4: "
            "no kernel image is available for execution on the device",
        ),
        ({"fail": "cuModuleGetFunction=500@3"}, "lacks the kernel '"),
        ({"memory": 1000}, "bytes of memory left of 1000, and the weights needs"),
        ({"fail": "cuMemAlloc_v2=2@3"}, "of memory left of 17179869184, and "),
        ({"fail": "cuDevicePrimaryCtxRetain=2"}, "cannot be used: out of memory"),
        ({"fail": "cuStreamCreate=2"}, "has no room for a stream"),
        ({"fail": "cuLaunchKernel=1@9"}, "launching the kernel '"),
        ({"fail": "cuGraphLaunch=719"}, "launching recorded kernels on cuda"),
        ({"fail": "cuStreamSynchronize=719"}, "failed: unspecified launch failure"),
        ({"fail": "cuMemcpyHtoDAsync_v2=1@4"}, "copying to cuda (Fake GPU): "),
        ({"fail": "cuMemcpyDtoHAsync_v2=1@1"}, "copying from cuda (Fake GPU): "),
    ],
)
def test_failures(small, tmp_path, settings, sentence):
    _, code, command = small
    fake = Fake(tmp_path, code=code, **settings)
    done = fake.fot(*command(tmp_path), "--device=cuda")
    assert done.returncode == 1, done.stderr
    assert done.stderr.startswith("error: ") and sentence in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "logits.npy").exists()
    if fake.log.exists():  # the old driver writes none
        assert fake.lines("misuse") == []
        assert fake.lines("leak") == []


@pytest.fixture(scope="module")
def logits_one_by_one(small, tmp_path_factory):
    folder = tmp_path_factory.mktemp("one-by-one")
    _, code, command = small
    fake = Fake(folder, code=code, fail="cuStreamBeginCapture_v2=900")
    done = fake.fot(*command(folder), "--device=cuda")
    assert done.returncode == 0, done.stderr
    assert fake.calls("cuGraphLaunch") == 0
    assert fake.calls("cuStreamBeginCapture_v2") == 1
    fake.expect_clean()
    return fake.calls("kernel"), np.load(folder / "logits.npy")


def test_decoding_replays_a_graph(small, logits_one_by_one, tmp_path):
    """Of three tokens, the first launches its kernels and the second records
    them. The position is read from memory: the numbers are the same."""
    _, code, command = small
    fake = Fake(tmp_path, code=code)
    done = fake.fot(*command(tmp_path), "--device=cuda")
    assert done.returncode == 0, done.stderr
    fake.expect_clean()
    kernels, expected = logits_one_by_one
    assert fake.calls("cuGraphLaunch") == 2
    assert fake.calls("cuGraphInstantiateWithFlags") == 1
    assert fake.calls("kernel") == kernels
    assert np.array_equal(np.load(tmp_path / "logits.npy"), expected)


@pytest.mark.parametrize(
    "fail",
    [
        "cuStreamEndCapture=901",
        "cuGraphInstantiateWithFlags=1",
        "cuGraphInstantiateWithFlags=2",
    ],
)
def test_decoding_without_graphs(small, logits_one_by_one, tmp_path, fail):
    _, code, command = small
    fake = Fake(tmp_path, code=code, fail=fail)
    done = fake.fot(*command(tmp_path), "--device=cuda")
    assert done.returncode == 0, done.stderr
    assert fake.lines("misuse") == []
    assert fake.calls("cuGraphLaunch") == 0
    assert np.array_equal(np.load(tmp_path / "logits.npy"), logits_one_by_one[1])


def test_a_kernel_that_fails(small, tmp_path):
    """On a GPU that shows late, and then everything else fails too."""
    _, code, command = small
    fake = Fake(tmp_path, code=code, fail="kernel=719@30")
    done = fake.fot(*command(tmp_path), "--device=cuda")
    assert done.returncode == 1, done.stderr
    assert "unspecified launch failure (CUDA error 719)" in done.stderr
    assert done.stderr.count("\n") == 1
    assert fake.calls("kernel") == 30
    assert fake.lines("misuse") == [] and fake.lines("leak") == []


@pytest.fixture(scope="module")
def speaking(work):
    """A small model with a tokenizer, for both targets, and its GPU code."""
    folder = work / "speaking"
    model = driver.make_checkpoint(
        folder / "model", vocab=32000, hidden=32, layers=2, seed=3
    )
    shutil.copy(driver.SHARED / "openllama/tokenizer.model", model)
    artifact = driver.compile_model(
        model,
        folder / "m.fotm",
        "--target=cuda",
        "--target=cpu",
        "--cuda-arch=sm_80",
        "--memory=topk:4",
        "--memory-layers=1",
        "--memory-dtype=int8",
        "--window=32",
        "--last-context=16",
    )
    return artifact, emulated_code(artifact, folder)


def run_command(artifact, *options):
    prompt = "The quick brown fox jumps over the lazy dog. " * 6
    return ["run", artifact, "--prompt", prompt, "--max-tokens=20", *options]


@pytest.mark.parametrize(
    "settings, note",
    [
        ({"devices": 0}, "(the CUDA driver finds no GPU on this machine)"),
        ({"library": "old-cuda"}, "(the CUDA driver of this machine is too old"),
        ({"capability": 70}, "is sm_70, and code for GPUs needs sm_80 or later)"),
    ],
)
def test_auto_without_a_usable_gpu(speaking, tmp_path, settings, note):
    """Runs on the CPU, and says why if it is asked."""
    artifact, code = speaking
    fake = Fake(tmp_path, code=code, **settings)
    done = fake.fot(*run_command(artifact, "--stats"))
    assert done.returncode == 0, done.stderr
    assert note in done.stderr
    assert any(level in done.stderr for level in driver.levels(artifact)[0])
    on_cpu = fake.fot(*run_command(artifact, "--device=cpu", "--stats"))
    assert done.stdout == on_cpu.stdout != ""
    assert "CUDA" not in on_cpu.stderr and "sm_" not in on_cpu.stderr


def test_auto_takes_the_gpu(speaking, tmp_path):
    artifact, code = speaking
    fake = Fake(tmp_path, code=code)
    done = fake.fot(*run_command(artifact, "--stats"))
    assert done.returncode == 0, done.stderr
    assert "cuda (Fake GPU)" in done.stderr
    # All of 19 tokens but the first, and those whose memory moved.
    replayed = re.search(r"launches a token, (\d+) tokens in one", done.stderr)
    assert 15 <= int(replayed[1]) <= 18, done.stderr
    fake.expect_clean()
    assert fake.calls("kernel") > 0


def test_only_token_ids_leave_the_gpu(speaking, tmp_path):
    """Where the best token is all that is wanted of the logits."""
    artifact, code = speaking
    said = {}
    for temperature in (0, 1e-9):
        fake = Fake(tmp_path, code=code)
        command = run_command(artifact, f"--temperature={temperature}")
        done = fake.fot(*command, "--device=cuda")
        assert done.returncode == 0, done.stderr
        fake.expect_clean()
        said[temperature] = done.stdout
        bytes_a_token = 4 if temperature == 0 else 4 * 32000
        assert fake.lines("to-host") == [f"to-host {20 * bytes_a_token}"]
    # So cold that the best token is drawn anyway.
    assert said[0] == said[1e-9] != ""
