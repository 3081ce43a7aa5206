"""Block-quantised weights of GGUF files: the layouts they are kept in."""

import json

import numpy as np
import pytest

import driver

# GGUF type of the matrices -> format in the artifact, most bits a weight. The
# last matrix of each layer does not fill blocks of 256.
KINDS = {
    "q4_0": ("q4_0", 4.5),
    "q5_0": ("q5_1", 6.0),
    "q5_k": ("q5_1", 6.0),
    "q6_k": ("q6_0", 7.0),
    "q8_0": ("q8_0", 8.5),
}
TOKENS = np.random.default_rng(5).integers(259, 512, (1, 48))


def logits(model, work, *options):
    driver.compile_model(model, work / "m.fotm", *options)
    calls = [41, 1, 1, 3, 2]
    return driver.logits(work / "m.fotm", TOKENS, calls, work)[0]


@pytest.mark.parametrize("kind", KINDS)
def test_kept_weights_compute_what_the_file_says(tmp_path, kind):
    model = driver.random_gguf(tmp_path / "m.gguf", kind)
    exact = logits(model, tmp_path, "--weights=f32")
    in_bytes, kept = (
        np.linalg.norm(logits(model, tmp_path, *options) - exact)
        / np.linalg.norm(exact)
        for options in (["--weights=q8_0"], [])
    )
    # Activations are rounded to 8 bits, and that is what differs.
    assert kept < 0.02
    # Written anew in bytes, weights with a minimum or a scale for each 16 lose.
    if kind in ("q5_k", "q6_k"):
        assert kept < 0.9 * in_bytes
    format_, bits = KINDS[kind]
    text = driver.must(driver.FOT, "inspect", "--json", tmp_path / "m.fotm")
    weights = {each["name"]: each for each in json.loads(text)["weights"]}
    up = weights["layers.0.up"]
    assert up["type"] == format_
    assert up["bytes"] * 8 == 640 * 256 * bits
