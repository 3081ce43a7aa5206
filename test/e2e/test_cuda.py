"""Golden cases through GPU kernels, on the emulated device and where a GPU is."""

import ctypes
import json
import shutil

import numpy as np
import pytest

import driver
from test_golden import CASES, GOLDEN, TYPES, compare

pytestmark = pytest.mark.shared_data


def compile_case(name, output, *options):
    case = json.loads((GOLDEN / name / "case.json").read_text())
    memory = case["memory"]["mode"]
    if memory == "topk":
        memory += f":{case['memory']['k']}"
    driver.compile_model(
        GOLDEN / name / "model",
        output,
        "--weights=f32",
        f"--memory={memory}",
        f"--memory-dtype={TYPES[case['memory_dtype']]}",
        f"--window={case['window']}",
        f"--last-context={case['last_context_length']}",
        "--cuda-arch=sm_80",
        *options,
    )
    return case


def has_driver():
    try:
        ctypes.CDLL("libcuda.so.1")
    except OSError:
        return False
    return True


def check_case(folder, name, device, *options):
    """A golden case, compiled with these options, on a device."""
    case = compile_case(name, folder / "m.fotm", "--target=cuda", *options)
    driver.logits(
        folder / "m.fotm",
        np.load(GOLDEN / name / "tokens.npy"),
        case["calls"],
        folder,
        f"--device={device}",
        start=case.get("logits_from", 0),
    )
    ok, text = compare(GOLDEN / name, folder / "logits.npy")
    assert ok, text


@pytest.mark.parametrize("device", ["cuda-emulated", "cuda"])
@pytest.mark.parametrize("fusion", ["full", "none"])
@pytest.mark.parametrize("name", CASES)
def test_case(tmp_path, name, fusion, device):
    if device == "cuda" and not has_driver():
        pytest.skip("there is no CUDA driver on this machine")
    check_case(tmp_path, name, device, f"--fusion={fusion}")


@pytest.mark.parametrize(
    "off",
    [
        "fot-fuse-residual-into-matmul",
        "fot-fuse-retrieval-into-attention",
        "fot-fuse-rope-into-projection",
        "fot-fuse-swiglu-into-projections",
        "fot-fuse-window-into-projection",
    ],
)
@pytest.mark.parametrize("name", ["topk-basic", "dense-basic"])
def test_one_fusion_off(tmp_path, name, off):
    """Rounding has no part in golden cases: test_same_as_the_cpu leaves it out."""
    check_case(tmp_path, name, "cuda-emulated", f"--disable-pass={off}")


@pytest.mark.parametrize(
    "weights, fusion",
    [
        ("q8_0", "--fusion=full"),
        ("q8_0", "--fusion=none"),
        ("q8_0", "--disable-pass=fot-fuse-quantize-into-producer"),
        ("q8_0", "--disable-pass=fot-fuse-retrieval-into-attention"),
        ("q4_0", "--fusion=full"),
        ("bf16", "--fusion=full"),
        ("f16", "--fusion=full"),
    ],
)
@pytest.mark.parametrize("memory", ["topk:8", "dense"])
def test_same_as_the_cpu(tmp_path, weights, fusion, memory):
    """Of quantised weights there is no golden data, but the CPU's logits."""
    name = "topk-basic"
    driver.compile_model(
        GOLDEN / name / "model",
        tmp_path / "m.fotm",
        f"--weights={weights}",
        f"--memory={memory}",
        fusion,
        "--memory-dtype=int8",
        "--target=cuda",
        "--target=cpu",
        "--cuda-arch=sm_80",
        "--cpu=x86-64-v3",
    )
    tokens = np.load(GOLDEN / name / "tokens.npy")[:, :60]
    of = {
        device: driver.logits(
            tmp_path / "m.fotm",
            tokens,
            [56, 1, 1, 2],
            tmp_path,
            f"--device={device}",
        )
        for device in ("cpu", "cuda-emulated")
    }
    # An activation may round to the next of 255 steps.
    difference = np.abs(of["cpu"] - of["cuda-emulated"]).max()
    assert difference <= 0.02 * np.abs(of["cpu"]).max()


@pytest.mark.parametrize("weights", ["q8_0", "q4_0", "f16"])
def test_same_in_any_order(tmp_path, monkeypatch, weights):
    """Seven steps of a panel, and more tokens than a block of threads has."""
    model = shutil.copytree(GOLDEN / "dense-head100/model", tmp_path / "model")
    config = json.loads((model / "config.json").read_text())
    config["max_position_embeddings"] = 128
    (model / "config.json").write_text(json.dumps(config))
    driver.compile_model(
        model,
        tmp_path / "m.fotm",
        f"--weights={weights}",
        "--window=128",
        "--last-context=64",
        "--target=cuda",
        "--target=cpu",
        "--cuda-arch=sm_80",
        "--cpu=x86-64-v3",
    )
    tokens = np.arange(79, dtype=np.int32)[None] % 40

    def logits(device):
        return driver.logits(
            tmp_path / "m.fotm", tokens, [78, 1], tmp_path, f"--device={device}"
        )

    cpu, found = logits("cpu"), []
    for order in (None, "23"):
        if order:
            monkeypatch.setenv("FOT_EMULATOR_ORDER", order)
        found.append(logits("cuda-emulated"))
    assert np.abs(cpu - found[0]).max() <= 0.02 * np.abs(cpu).max()
    # Threads of a block in another order add the same numbers.
    assert all(np.array_equal(found[0], other) for other in found[1:])


# A key or value of 16 bits may round to the next number; what kernels make of
# them is judged in test/passes/LowerGPU/kernels.
@pytest.mark.parametrize(
    "window, tolerance", [("f32", 1e-4), ("bf16", 0.01), ("f16", 0.002)]
)
@pytest.mark.parametrize("name", ["topk-basic", "dense-head100"])
def test_windows_on_tensor_cores(tmp_path, name, window, tolerance):
    memory = "topk:8" if name == "topk-basic" else "dense"
    driver.compile_model(
        GOLDEN / name / "model",
        tmp_path / "m.fotm",
        "--weights=f32",
        f"--memory={memory}",
        "--memory-dtype=f32",
        f"--window-dtype={window}",
        "--target=cuda",
        "--target=cpu",
        "--cuda-arch=sm_80",
        "--cpu=x86-64-v3",
    )
    tokens = np.load(GOLDEN / name / "tokens.npy")[:, :60]
    cpu, gpu = (
        driver.logits(
            tmp_path / "m.fotm", tokens, [37, 21, 1, 1], tmp_path, f"--device={device}"
        )
        for device in ("cpu", "cuda-emulated")
    )
    assert np.abs(cpu - gpu).max() <= tolerance * np.abs(cpu).max()


@pytest.mark.parametrize("kind", ["q5_0", "q5_k", "q6_k"])
def test_gguf_same_as_the_cpu(tmp_path, kind):
    """Layouts that --weights has no name for, as they come from files."""
    model = driver.random_gguf(tmp_path / "m.gguf", kind)
    driver.compile_model(
        model,
        tmp_path / "m.fotm",
        "--target=cuda",
        "--target=cpu",
        "--cuda-arch=sm_80",
        "--cpu=x86-64-v3",
    )
    tokens = np.random.default_rng(3).integers(259, 512, (1, 40))
    of = {
        device: driver.logits(
            tmp_path / "m.fotm", tokens, [36, 1, 1, 2], tmp_path,
            f"--device={device}",
        )
        for device in ("cpu", "cuda-emulated")
    }
    difference = np.abs(of["cpu"] - of["cuda-emulated"]).max()
    assert difference <= 0.02 * np.abs(of["cpu"]).max()


def test_first_tokens_of_a_real_model(checkpoint, tmp_path):
    memory = ["--memory-layers=8,16", "--memory=topk:4", "--window=16"]
    driver.compile_model(
        checkpoint,
        tmp_path / "m.fotm",
        *memory,
        "--target=cuda",
        "--target=cpu",
        "--cuda-arch=sm_80",
        "--cpu=x86-64-v3",
    )
    # The same weights, widened, so that activations are not rounded to 8 bits.
    driver.compile_model(
        checkpoint, tmp_path / "f32.fotm", *memory, "--weights=f32", "--cpu=x86-64-v3"
    )
    # "Once upon a time, in a village", thrice, so that what follows the first
    # finds it in the memory.
    tokens = np.array([[12403, 8150, 253, 655, 28, 281, 253, 7001] * 3])

    def shares(artifact, device):
        logits = driver.logits(
            tmp_path / artifact,
            tokens,
            [20, 1, 3],
            tmp_path,
            f"--device={device}",
            start=16,
        )[0].astype(float)
        powers = np.exp(logits - logits.max(-1, keepdims=True))
        return powers / powers.sum(-1, keepdims=True)

    exact = shares("f32.fotm", "cpu")
    cpu, gpu = (shares("m.fotm", device) for device in ("cpu", "cuda-emulated"))

    def divergence(found):
        return (exact * np.log(exact / found)).sum(-1).mean()

    # Each rounds activations at other places; one is as near to what they
    # approximate as the other.
    assert divergence(gpu) < 1.5 * divergence(cpu)
    assert (cpu.argmax(-1) == gpu.argmax(-1)).mean() >= 0.75


def test_auto_falls_back_to_the_cpu(tmp_path):
    if has_driver():
        pytest.skip("there is a CUDA driver on this machine")
    name = "prompt-within-window"
    case = compile_case(
        name, tmp_path / "m.fotm", "--target=cuda", "--target=cpu"
    )
    tokens = np.load(GOLDEN / name / "tokens.npy")
    driver.logits(
        tmp_path / "m.fotm", tokens, case["calls"], tmp_path, "--device=auto"
    )
    ok, text = compare(GOLDEN / name, tmp_path / "logits.npy")
    assert ok, text


@pytest.mark.parametrize(
    "targets, device, sentence",
    [
        (["cuda"], "cuda", "there is no CUDA driver on this machine"),
        (["cuda"], "auto", "the artifact has code for GPUs only, and there is no"),
        (["cuda"], "cpu", "no code in the artifact runs on this CPU"),
        (["cpu"], "cuda-emulated", "compile the model with --target=cuda"),
    ],
)
def test_refusals(tmp_path, targets, device, sentence):
    if has_driver() and "driver" in sentence + device:
        pytest.skip("there is a CUDA driver on this machine")
    driver.compile_model(
        GOLDEN / "prompt-within-window/model",
        tmp_path / "m.fotm",
        *(f"--target={target}" for target in targets),
    )
    np.save(tmp_path / "t.npy", np.zeros((1, 4), np.int32))
    command = [driver.FOT, "logits", tmp_path / "m.fotm", "--tokens"]
    command += [tmp_path / "t.npy", "-o", tmp_path / "l.npy"]
    done = driver.tool(*command, f"--device={device}")
    assert done.returncode == 1
    assert done.stderr.startswith("error: ") and sentence in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "l.npy").exists()
