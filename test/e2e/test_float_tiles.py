"""Float weights: tile products at level amx, and the same bits however calls are cut."""

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
    return made


@pytest.fixture
def tiles(artifacts):
    """The artifacts, where their tile products can run."""
    if "amx" not in driver.levels(artifacts["bf16"])[0]:
        pytest.skip("this machine cannot run the level amx")
    return artifacts


def logits(artifact, calls, work, level="amx"):
    tokens = np.random.default_rng(7).integers(0, 300, (1, TOKENS))
    return driver.logits(artifact, tokens, calls, work, f"--cpu-level={level}")


@pytest.mark.parametrize("weights", ["bf16", "f32"])
@pytest.mark.parametrize("calls", [[80], [33, 47], [5, 75]])
def test_logits_are_those_of_vectors(tiles, tmp_path, calls, weights):
    want = logits(tiles["f32"], calls, tmp_path, "x86-64-v3")
    got = logits(tiles[weights], calls, tmp_path)
    assert not np.array_equal(got, want)
    np.testing.assert_allclose(got, want, rtol=0, atol=TOLERANCE * np.abs(want).max())


@pytest.mark.parametrize("weights", TYPES)
def test_larger_calls_give_the_same_bits_however_they_are_cut(tiles, tmp_path, weights):
    whole = logits(tiles[weights], [80], tmp_path)
    for calls in ([16, 64], [17, 31, 32], [47, 33]):
        np.testing.assert_array_equal(logits(tiles[weights], calls, tmp_path), whole)


@pytest.mark.parametrize("weights", TYPES)
def test_smaller_calls_give_the_same_bits_however_they_are_cut(
    artifacts, tmp_path, weights
):
    """Register tiles of 1 to 12 tokens add up in one order: drafts rely on it."""
    able, _ = driver.levels(artifacts[weights])
    for level in able:
        single = logits(artifacts[weights], [1] * TOKENS, tmp_path, level)
        for calls in ([15] * 5 + [5], [2, 3, 4, 6, 7, 8, 9, 11, 12, 13, 5]):
            cut = logits(artifacts[weights], calls, tmp_path, level)
            np.testing.assert_array_equal(cut, single)
