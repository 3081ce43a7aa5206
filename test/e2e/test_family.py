"""Random models of the family, against the double-precision oracle."""

import numpy as np
import pytest

import driver
import oracle

# As the golden data's tolerance: error over the largest logit.
TOLERANCE = {"f32": 1e-4, "bf16": 1e-3, "f16": 1e-3}
VOCAB, WINDOW, LAST = 61, 16, 8

SHAPES = {
    "three-heads": dict(heads=3, kv_heads=3, head_dim=16),
    "five-heads-one-key-head": dict(heads=5, kv_heads=1, head_dim=8),
    "head-12": dict(heads=6, kv_heads=2, head_dim=12, dtype="f16", shards=3),
    "head-100": dict(heads=2, kv_heads=1, head_dim=100, dtype="bf16"),
    "tied-seven-heads": dict(heads=7, kv_heads=7, head_dim=4, tie=True, shards=2),
    "head-64": dict(heads=9, kv_heads=3, head_dim=64, dtype="f16"),
}
MODES = {
    "dense": dict(top_k=0, memory_dtype="f32"),
    "top-3": dict(top_k=3, memory_dtype="f32"),
    "top-1": dict(top_k=1, memory_dtype="f32"),
    "dense-f16": dict(top_k=0, memory_dtype="f16"),
    "dense-bf16": dict(top_k=0, memory_dtype="bf16"),
    "window-f16": dict(top_k=0, memory_dtype="f32", window_dtype="f16"),
    "window-bf16": dict(top_k=0, memory_dtype="bf16", window_dtype="bf16"),
}
CALLS = {
    "one-token": [1],
    "single-tokens": [1] * (2 * WINDOW + 3),
    "last-context": [LAST, 1, 1],
    "one-more-than-last-context": [LAST + 1, 1],
    "window": [WINDOW, 1, 1],
    "one-more-than-window": [WINDOW + 1, 1],
    "windows-and-last": [3 * WINDOW + LAST, 1],
    "long": [157, 1, 1],
    "turns": [5, 33, 1, 1, 17, 2, 48, 1],
}
RANDOM_PATTERNS = 6


@pytest.fixture(scope="module")
def model_of(work):
    """Makes a checkpoint, and compiles it, once for each shape and mode."""
    made, compiled = {}, {}

    def get(shape, mode):
        if shape not in made:
            facts = SHAPES[shape]
            made[shape] = driver.make_checkpoint(
                work / shape,
                hidden=facts["heads"] * facts["head_dim"],
                intermediate=44,
                layers=3,
                vocab=VOCAB,
                mem_layers="0,2",
                window=WINDOW,
                last_context=LAST,
                seed=len(made) + 1,
                **facts,
            )
        if (shape, mode) not in compiled:
            chosen = MODES[mode]
            top_k = chosen["top_k"]
            compiled[shape, mode] = driver.compile_model(
                made[shape],
                work / f"{shape}-{mode}.fotm",
                "--weights=f32",
                f"--memory=topk:{top_k}" if top_k else "--memory=dense",
                f"--memory-dtype={chosen['memory_dtype']}",
                f"--window-dtype={chosen.get('window_dtype', 'f32')}",
            )
        return made[shape], compiled[shape, mode]

    return get


def check(model_of, tmp_path, shape, mode, calls, seed, batch=1):
    directory, artifact = model_of(shape, mode)
    model = oracle.Model.load(directory, oracle.Options(**MODES[mode]))
    # Tokens whose top-k choice is a near-tie would test the rounding, not us.
    for attempt in range(20):
        generator = np.random.default_rng((seed, attempt))
        tokens = generator.integers(0, VOCAB, (batch, sum(calls)))
        want, session = oracle.replay(model, tokens, calls)
        if session.smallest_gap > 1e-5:
            break
    else:
        pytest.fail("no tokens without near-ties in 20 attempts")
    got = driver.logits(artifact, tokens, calls, tmp_path, "--threads", 1 + seed % 2)
    assert got.shape == want.shape and got.dtype == np.float32
    error = np.abs(got - want).max() / np.abs(want).max()
    types = {"f32", MODES[mode]["memory_dtype"], MODES[mode].get("window_dtype", "f32")}
    tolerance = max(TOLERANCE[dtype] for dtype in types)
    assert error <= tolerance, f"error {error:.3g}"


@pytest.mark.parametrize("calls", CALLS)
@pytest.mark.parametrize("mode", ["dense", "top-3"])
@pytest.mark.parametrize("shape", SHAPES)
def test_shape(model_of, tmp_path, shape, mode, calls):
    seed = list(CALLS).index(calls)
    check(model_of, tmp_path, shape, mode, CALLS[calls], seed)


@pytest.mark.parametrize("mode", MODES)
def test_memory_mode(model_of, tmp_path, mode):
    check(model_of, tmp_path, "head-12", mode, CALLS["turns"], 1, batch=3)


@pytest.mark.parametrize("shape", ["head-100", "head-64"])
@pytest.mark.parametrize("mode", ["window-f16", "window-bf16"])
def test_narrow_window(model_of, tmp_path, mode, shape):
    check(model_of, tmp_path, shape, mode, CALLS["turns"], 2)


@pytest.mark.parametrize("seed", range(RANDOM_PATTERNS))
def test_random_pattern(model_of, tmp_path, seed):
    generator = np.random.default_rng(100 + seed)
    sizes = [1, 1, 1, 2, LAST, LAST + 1, WINDOW, WINDOW + 1, 31, 70]
    calls = [int(count) for count in generator.choice(sizes, 12)]
    shape = list(SHAPES)[seed % len(SHAPES)]
    mode = ["dense", "top-3"][seed % 2]
    check(model_of, tmp_path, shape, mode, calls, seed, batch=1 + seed % 2)
