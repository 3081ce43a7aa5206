"""Writes codec-vectors.json, what the weight codec is compared with.

    pip install gguf==0.19.0 && python make-vectors.py codec-vectors.json

Blocks are random bytes with finite scales. Their values, and the encodings,
come from the package `gguf` (ggml's own Python, independent of our code),
except for Q8_1 and Q8_K, which it does not decode: theirs is one product, and
for Q6_0, which is ours and written down here a second time.
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
ENCODED = ["F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_1"]


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


def read_q6_0(blocks):
    """Two scales; per half, codes 0-11 and above them those of codes 12-15."""
    halves = []
    for half in range(2):
        d = blocks[:, 2 * half : 2 * half + 2].copy().view(np.float16)
        words = blocks[:, 4 + 12 * half : 16 + 12 * half].astype(np.int32)
        tops = words.reshape(-1, 3, 4) >> 6
        last = tops[:, 0] * 16 + tops[:, 1] * 4 + tops[:, 2]
        codes = np.concatenate([words & 63, last], axis=1)
        halves.append(d.astype(np.float32) * (codes - 32).astype(np.float32))
    return np.concatenate(halves, axis=1)


def write_q6_0(rows):
    """As Q4_0: the number of largest magnitude becomes -32 scales."""
    blocks = np.zeros((len(rows), 28), np.uint8)
    for half in range(2):
        part = rows[:, 16 * half : 16 * half + 16]
        at = np.abs(part).argmax(axis=1)
        d = np.take_along_axis(part, at[:, None], 1) / np.float32(-32)
        inverse = np.divide(1, d, out=np.zeros_like(d), where=d != 0)
        codes = np.trunc(part * inverse + np.float32(32.5)).clip(0, 63)
        codes = codes.astype(np.uint8)
        blocks[:, 2 * half : 2 * half + 2] = d.astype(np.float16).view(np.uint8)
        for plane, shift in enumerate((4, 2, 0)):
            first = 4 + 12 * half + 4 * plane
            top = codes[:, 12:] >> shift & 3
            blocks[:, first : first + 4] = (
                codes[:, 4 * plane : 4 * plane + 4] | top << 6
            )
    return blocks


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
    blocks = np.random.default_rng(6).integers(0, 256, (4, 28), np.uint8)
    for at in (0, 2):
        scale = np.array([0.07, -0.3, 2.5, 3e-6], np.float16)
        blocks[:, at : at + 2] = scale.view(np.uint8).reshape(-1, 2)
    result["decode"]["q6_0"] = {
        "blocks": blocks.tobytes().hex(),
        "values": read_q6_0(blocks).astype("<f4").tobytes().hex(),
    }
    result["encode"]["q6_0"] = {
        "values": rows.astype("<f4").tobytes().hex(),
        "blocks": write_q6_0(rows).tobytes().hex(),
    }
    with open(sys.argv[1], "w") as file:
        json.dump(result, file, indent=0)
        file.write("\n")


if __name__ == "__main__":
    main()
