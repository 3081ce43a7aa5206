"""Reads a bank as docs/memory-files.md shows it: read-bank.py FILE STEPS.

FILE was written by sample-bank with a head dimension of 16 and STEPS, without
`!`. Its tokens and keys come from std::mt19937, which NumPy has too.
"""

import sys

import numpy as np


def segments(path, heads, D, row):
    """The tokens and the first layer's keys [G, count, row], uint8, of each.

    `heads`: how many own a memory in each layer; `row`: bytes of a key."""
    file = np.memmap(path, np.uint8, "r")

    def number(at, type=np.uint64):
        return int(file[at : at + type().nbytes].view(type)[0])

    commit = max(4096, 8192, key=number)
    slot, left = number(32), number(commit + 8)
    while left > 0:
        kind, slots = number(slot, np.uint16), number(slot + 2, np.uint16)
        if kind == 2:
            at = number(slot + 8) + -(-8 * (1 + 3 * len(heads)) // 64) * 64
            count, C = number(slot + 32, np.uint32), number(slot + 36, np.uint32)
            tokens = file[at : at + 4 * count].view(np.int32)
            at += -(-4 * count // 64) * 64
            if number(slot + 4, np.uint32) & 1:  # behind the index of all layers
                W = max(16, -(-D // 2))
                at += sum(heads) * (-(-D * 4 // 64) * 64 + C * (8 + 2 * W))
            keys = file[at : at + heads[0] * C * row].reshape(heads[0], C, row)
            yield tokens, keys[:, :count]
        slot = number(slot + 8) if kind == 4 else slot + 64 * slots
        left -= slots


def expected(steps):
    """What sample-bank puts into the segments of each letter's document."""
    for step in steps:
        for part, (count, C) in enumerate([(128, 128), (22, 64)]):
            random = np.random.RandomState(10 * (ord(step) - ord("a")) + part)
            words = random.randint(0, 1 << 32, 1 << 17, np.uint32)
            index = 2 * (64 + C * (8 + 2 * 16))
            keys = words[count + index :][: 2 * C * 32].astype(np.uint8)
            yield words[:count] % 1000, keys.reshape(2, C, 32)[:, :count]


found = list(segments(sys.argv[1], [2, 1], 16, 32))
wanted = list(expected(sys.argv[2]))
assert len(found) == len(wanted), len(found)
for (tokens, keys), (wanted_tokens, wanted_keys) in zip(found, wanted):
    assert np.array_equal(tokens, wanted_tokens)
    assert np.array_equal(keys, wanted_keys)
print(len(found), "segments as expected")
