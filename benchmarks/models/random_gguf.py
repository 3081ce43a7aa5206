"""Writes GGUF files of LLaMA shapes with random weights, for measurements.

    random_gguf.py 3b|1b|tiny q8_0|q4_0|q5_0|q5_k|q6_k OUT.gguf

Blocks of random bytes with one scale for all of a matrix, so that activations
stay ordinary; the same values every time. The tokenizer is made up.
"""

import array
import os
import random
import struct
import sys
from pathlib import Path

SHAPES = {
    # OpenLLaMA-3B and LongLLaMA-3B.
    "3b": dict(hidden=3200, ff=8640, layers=26, heads=32, vocab=32000, context=2048),
    # TinyLlama-1.1B, but for its grouped heads.
    "1b": dict(hidden=2048, ff=5632, layers=22, heads=32, vocab=32000, context=2048),
    "tiny": dict(hidden=256, ff=640, layers=2, heads=4, vocab=512, context=512),
}
# GGUF type, values and bytes of a block, where its scales are and how large
# they are to each other, standard deviation of a value
TYPES = {
    "q8_0": (8, 32, 34, {0: 1}, 73.6),
    "q4_0": (2, 32, 18, {0: 1}, 4.61),
    "q5_0": (6, 32, 22, {0: 1}, 9.23),
    # The minimum's scale leaves a mean of zero.
    "q5_k": (13, 256, 176, {0: 1, 2: 15.5}, 526),
    "q6_k": (14, 256, 210, {208: 1}, 1362),
}
# What llama.cpp takes for columns that do not fill blocks of 256.
OTHERWISE = {"q5_k": "q5_0", "q6_k": "q8_0"}
F32, PAGE = 0, 32
U32, FLOAT, STRING, ARRAY, I32 = 4, 6, 8, 9, 5


def string(text):
    raw = text.encode()
    return struct.pack("<Q", len(raw)) + raw


def entry(key, kind, value):
    packed = {
        U32: lambda: struct.pack("<I", value),
        FLOAT: lambda: struct.pack("<f", value),
        STRING: lambda: string(value),
        ARRAY: lambda: value,
    }[kind]()
    return string(key) + struct.pack("<I", kind) + packed


def items(kind, packed):
    return struct.pack("<IQ", kind, len(packed)) + b"".join(packed)


def vocabulary(size):
    """Pieces of a sentencepiece model: control, bytes, and words."""
    pieces = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    kinds = [2, 3, 3] + [6] * 256
    pieces += [f"\u2581w{number}" for number in range(size - len(pieces))]
    kinds += [1] * (size - len(kinds))
    return pieces, kinds


def metadata(shape, size):
    pieces, kinds = vocabulary(shape["vocab"])
    llama, tokenizer = "llama.", "tokenizer.ggml."
    head = shape["hidden"] // shape["heads"]
    yield entry("general.architecture", STRING, "llama")
    yield entry("general.name", STRING, f"random {size}")
    for key, value in {
        "context_length": shape["context"],
        "embedding_length": shape["hidden"],
        "block_count": shape["layers"],
        "feed_forward_length": shape["ff"],
        "attention.head_count": shape["heads"],
        "attention.head_count_kv": shape["heads"],
        "rope.dimension_count": head,
        "vocab_size": shape["vocab"],
    }.items():
        yield entry(llama + key, U32, value)
    yield entry(llama + "attention.layer_norm_rms_epsilon", FLOAT, 1e-6)
    yield entry(llama + "rope.freq_base", FLOAT, 10000.0)
    yield entry(tokenizer + "model", STRING, "llama")
    yield entry(tokenizer + "tokens", ARRAY, items(STRING, map_list(string, pieces)))
    scores = [struct.pack("<f", -float(i)) for i in range(len(pieces))]
    yield entry(tokenizer + "scores", ARRAY, items(FLOAT, scores))
    types = [struct.pack("<i", kind) for kind in kinds]
    yield entry(tokenizer + "token_type", ARRAY, items(I32, types))
    yield entry(tokenizer + "bos_token_id", U32, 1)
    yield entry(tokenizer + "eos_token_id", U32, 2)


def map_list(call, values):
    return [call(value) for value in values]


def tensors(shape):
    """(name, rows or None for a vector, columns)."""
    hidden, ff, vocab = shape["hidden"], shape["ff"], shape["vocab"]
    yield "token_embd", vocab, hidden
    for layer in range(shape["layers"]):
        yield f"blk.{layer}.attn_norm", None, hidden
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            yield f"blk.{layer}.{name}", hidden, hidden
        yield f"blk.{layer}.ffn_norm", None, hidden
        yield f"blk.{layer}.ffn_gate", ff, hidden
        yield f"blk.{layer}.ffn_up", ff, hidden
        yield f"blk.{layer}.ffn_down", hidden, ff
    yield "output_norm", None, hidden
    yield "output", vocab, hidden


def kind_for(columns, kind):
    return OTHERWISE[kind] if columns % TYPES[kind][1] else kind


def size_of(rows, columns, kind):
    _, values, bytes_, _, _ = TYPES[kind_for(columns, kind)]
    return 4 * columns if rows is None else rows * columns // values * bytes_


def matrix(numbers, rows, columns, kind):
    _, _, bytes_, scales, deviation = TYPES[kind_for(columns, kind)]
    data = bytearray(numbers.randbytes(size_of(rows, columns, kind)))
    for at, share in scales.items():
        scale = struct.pack("<e", share / (deviation * columns**0.5))
        for i in range(2):
            data[at + i :: bytes_] = scale[i : i + 1] * (len(data) // bytes_)
    return data


def write(path, size, kind):
    """The file, complete or not at all."""
    shape = SHAPES[size]
    numbers = random.Random(1)
    facts = list(metadata(shape, size))
    head = b"GGUF" + struct.pack("<IQQ", 3, len(list(tensors(shape))), len(facts))
    head += b"".join(facts)
    at = 0
    for name, rows, columns in tensors(shape):
        dims = [columns] if rows is None else [columns, rows]
        head += string(name + ".weight") + struct.pack("<I", len(dims))
        head += b"".join(struct.pack("<Q", dim) for dim in dims)
        stored = F32 if rows is None else TYPES[kind_for(columns, kind)][0]
        head += struct.pack("<IQ", stored, at)
        at += size_of(rows, columns, kind)
        at += -at % PAGE
    path = Path(path)
    beside = path.with_name(f"{path.name}.tmp-{os.getpid()}")
    with open(beside, "wb") as file:
        file.write(head + bytes(-len(head) % PAGE))
        for _, rows, columns in tensors(shape):
            if rows is None:
                data = array.array("f", [1.0] * columns).tobytes()
            else:
                data = matrix(numbers, rows, columns, kind)
            file.write(data)
            file.write(bytes(-len(data) % PAGE))
    beside.replace(path)


if __name__ == "__main__":
    write(sys.argv[3], sys.argv[1], sys.argv[2])
