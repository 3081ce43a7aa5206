"""Float weights at level amx: tile products, in calls of 16 tokens or more."""

import numpy as np
import pytest

import driver

TOKENS = 80
TYPES = ["bf16", "f16", "f32"]
# Of the largest logit: f32 arithmetic in another order.
TOLERANCE = 1e-5


@pytest.fixture(scope="module")
def artifacts(work):
    """Inputs of 72 and 200 fill no step. As bf16 and f32 numbers are the same."""
    checkpoint = driver.make_checkpoint(
        work / "halves", hidden=72, intermediate=200, layers=3, heads=4,
        vocab=300, window=128, dtype="bf16",
    )  # fmt: skip
    made = {
        weights: driver.compile_model(
            checkpoint, work / f"{weights}.fotm", f"--weights={weights}"
        )
        for weights in TYPES
    }
    if "amx" not in driver.levels(made["bf16"])[0]:
        pytest.skip("this machine cannot run the level amx")
    return made


def logits(artifact, calls, work, level="amx"):
    tokens = np.random.default_rng(7).integers(0, 300, (1, TOKENS))
    return driver.logits(artifact, tokens, calls, work, f"--cpu-level={level}")


@pytest.mark.parametrize("weights", ["bf16", "f32"])
@pytest.mark.parametrize("calls", [[80], [33, 47], [5, 75]])
def test_logits_are_those_of_vectors(artifacts, tmp_path, calls, weights):
    want = logits(artifacts["f32"], calls, tmp_path, "x86-64-v3")
    got = logits(artifacts[weights], calls, tmp_path)
    assert not np.array_equal(got, want)
    np.testing.assert_allclose(got, want, rtol=0, atol=TOLERANCE * np.abs(want).max())


@pytest.mark.parametrize("weights", TYPES)
def test_larger_calls_give_the_same_bits_however_they_are_cut(
    artifacts, tmp_path, weights
):
    whole = logits(artifacts[weights], [80], tmp_path)
    for calls in ([16, 64], [17, 31, 32], [47, 33]):
        np.testing.assert_array_equal(logits(artifacts[weights], calls, tmp_path), whole)
