"""The default model against its reference results: real weights, real text."""

import json
import sys

import numpy as np
import pytest

import driver

GOLDEN = driver.SHARED / "golden-smollm2"
WEIGHTS = {"f32": 1e-6, "keep": 0.004}
MEMORY = {"memory-topk": 1e-5, "memory-dense": 1e-6}
# Near ties are decided by chance where activations have 8 bits: at one place f32
# arithmetic has a margin of 0.18, of which 0.03 are left with AVX2 and -0.02 with
# VNNI, as margins move by up to 0.4. So the best tokens have to be those of the
# reference in f32 and with AVX2; elsewhere they may be this much behind.
BEHIND = 0.1
STRICT = "x86-64-v3"

pytestmark = pytest.mark.shared_data


def load(name):
    return json.loads((GOLDEN / name).read_text()) if GOLDEN.is_dir() else []


@pytest.fixture(scope="module")
def artifact(work, checkpoint):
    """The model compiled without memory, once for each kind of weights."""
    made = {}

    def get(weights):
        if weights not in made:
            output = work / f"smollm2-{weights}.fotm"
            option = f"--weights={weights}"
            made[weights] = driver.compile_model(checkpoint, output, option)
        return made[weights]

    return get


def check_kl(reference, logits, limit):
    text = driver.tool(
        sys.executable, GOLDEN / "check.py", reference, logits, "--max-mean-kl", limit
    )
    assert text.returncode == 0, text.stdout + text.stderr


@pytest.mark.parametrize("weights", WEIGHTS)
def test_reference_text(artifact, tmp_path, weights):
    reference = GOLDEN / "reference.npz"
    tokens = np.load(reference)["tokens"].reshape(1, -1)
    calls = [tokens.shape[1]]
    driver.logits(artifact(weights), tokens, calls, tmp_path, "--threads", 2)
    check_kl(reference, tmp_path / "logits.npy", WEIGHTS[weights])


@pytest.mark.parametrize("name", MEMORY)
def test_memory(work, checkpoint, tmp_path, name):
    case = np.load(GOLDEN / f"{name}.npz")
    top_k = int(case["topk"])
    compiled = driver.compile_model(
        checkpoint,
        work / f"{name}.fotm",
        "--weights=f32",
        "--memory-dtype=f32",
        f"--memory=topk:{top_k}" if top_k else "--memory=dense",
        f"--window={case['window']}",
        f"--last-context={case['last_context']}",
        "--memory-layers=" + ",".join(str(n) for n in case["memory_layers"]),
    )
    start = int(case["logits_from"])
    driver.logits(compiled, case["tokens"], case["calls"], tmp_path, start=start)
    check_kl(GOLDEN / f"{name}.npz", tmp_path / "logits.npy", MEMORY[name])


@pytest.mark.parametrize("number", range(len(load("tokenize.json"))))
def test_tokenize(artifact, number):
    case = load("tokenize.json")[number]
    text = driver.must(driver.FOT, "tokenize", artifact("keep"), case["text"])
    assert text.endswith("\n") and text.count("\n") == 1
    assert [int(word) for word in text.split()] == case["ids"]


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("number", range(len(load("greedy.json"))))
def test_greedy_tokens(artifact, tmp_path, number, weights):
    """The best token after each one, along the way of the reference."""
    case = load("greedy.json")[number]
    follow = case["fp32_greedy"]
    if weights == "keep":
        follow = follow[: case["common_prefix"]]
    tokens = np.array([case["ids"] + follow[:-1]])
    calls = [len(case["ids"])] + [1] * (len(follow) - 1)
    made = artifact(weights)
    for level in driver.levels(made)[0]:
        got = driver.logits(made, tokens, calls, tmp_path, f"--cpu-level={level}")
        rows = got[0, len(case["ids"]) - 1 :]
        if weights == "f32" or level == STRICT:
            assert rows.argmax(-1).tolist() == follow
        behind = rows.max(-1) - rows[np.arange(len(follow)), follow]
        assert behind.max() <= BEHIND, level


@pytest.mark.parametrize("number", range(len(load("greedy.json"))))
@pytest.mark.parametrize("weights", WEIGHTS)
def test_run_prints_the_text(artifact, number, weights):
    case = load("greedy.json")[number]
    text = driver.must(
        driver.FOT,
        "run",
        artifact(weights),
        *([] if weights == "f32" else [f"--cpu-level={STRICT}"]),
        "--prompt",
        case["prompt"],
        "--max-tokens",
        case["common_prefix"],
        "--temperature",
        0,
    ).rstrip("\n")
    assert text and case["text"].startswith(text)
