"""Writes codec-vectors.json, what the weight codec is compared with.

    pip install gguf==0.19.0 && python make-vectors.py codec-vectors.json

Blocks are random bytes with finite scales. Their values, and the encodings,
come from the package `gguf` (ggml's own Python, independent of our code),
except for Q8_1 and Q8_K, which it does not decode: theirs is one product.
"""

import json
import sys

import numpy as np
from gguf import GGMLQuantizationType as Type
from gguf import GGML_QUANT_SIZES, quants

# Byte offsets of half-precision fields in a block.
HALVES = {
    "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0],
    "Q8_1": [0, 2], "Q2_K": [80, 82], "Q3_K": [108], "Q4_K": [0, 2],
    "Q5_K": [0, 2], "Q6_K": [208], "Q8_K": [], "IQ4_NL": [0], "IQ4_XS": [0],
    "IQ1_S": [0], "IQ1_M": [], "IQ2_XXS": [0], "IQ2_XS": [0], "IQ2_S": [0],
    "IQ3_XXS": [0], "IQ3_S": [0], "TQ1_0": [52], "TQ2_0": [64], "MXFP4": [],
}
ENCODED = ["F16", "BF16", "Q8_0", "Q4_0", "Q4_1"]


def random_blocks(rng, name):
    values, size = GGML_QUANT_SIZES[Type[name]]
    if name == "Q8_1":
        size = 36  # the package has the size of a former layout
    blocks = rng.integers(0, 256, (4 if values < 256 else 2, size), np.uint8)
    for at in HALVES[name]:
        # Both signs, ordinary sizes, and in the last block a denormal.
        scale = rng.normal(0, 0.1, len(blocks)).astype(np.float16)
        scale[-1] = np.float16(3e-6)
        blocks[:, at : at + 2] = scale.view(np.uint8).reshape(-1, 2)
    if name == "Q8_K":
        scale = rng.normal(0, 0.1, len(blocks)).astype(np.float32)
        blocks[:, :4] = scale.view(np.uint8).reshape(-1, 4)
    if name == "IQ1_M":
        # The scale is spread over the top nibbles of the last four words.
        scale = rng.normal(0, 0.1, len(blocks)).astype(np.float16)
        bits = scale.view(np.uint16)[:, None]
        words = blocks[:, 48:].copy().view(np.uint16) & 0x0FFF
        words |= (bits >> np.array([0, 4, 8, 12], np.uint16)) << 12
        blocks[:, 48:] = words.view(np.uint8)
    if name == "MXFP4":
        blocks[:, 0] = [0, 1, 119, 130]
    return blocks


def decode(name, blocks):
    if name == "Q8_1":
        d = blocks[:, :2].copy().view(np.float16).astype(np.float32)
        return d * blocks[:, 4:].view(np.int8).astype(np.float32)
    if name == "Q8_K":
        d = blocks[:, :4].copy().view(np.float32)
        return d * blocks[:, 4:260].copy().view(np.int8).astype(np.float32)
    return quants.dequantize(blocks, Type[name])


def main():
    rng = np.random.default_rng(20240817)
    result = {"source": "make-vectors.py with gguf 0.19.0", "decode": {},
              "encode": {}}
    for name in HALVES:
        blocks = random_blocks(rng, name)
        values = decode(name, blocks).astype("<f4")
        result["decode"][name.lower()] = {
            "blocks": blocks.tobytes().hex(), "values": values.tobytes().hex()
        }
    rows = rng.normal(0, 0.05, (8, 32)).astype(np.float32)
    rows[1] = 0
    rows[2] = np.round(rows[2] * 400) / 8  # many halves between two steps
    rows[3] = np.abs(rows[3])
    rows[4] = -np.abs(rows[4])
    rows[5, 7] = 900
    rows[6] *= np.float32(1e-6)
    rows[7] = rows[7, 0]
    for name in ENCODED:
        blocks = quants.quantize(rows, Type[name])
        result["encode"][name.lower()] = {
            "values": rows.astype("<f4").tobytes().hex(),
            "blocks": np.ascontiguousarray(blocks).tobytes().hex(),
        }
    with open(sys.argv[1], "w") as file:
        json.dump(result, file, indent=0)
        file.write("\n")


if __name__ == "__main__":
    main()
