"""Compares what two runs of --fot-evaluate printed, one after the other.

    fot-opt f.mlir --fot-evaluate --some-pass --fot-evaluate -o /dev/null \
      | same-values.py

The second half of the results must have the types of the first half, and its
values up to the digits that are printed. Values that are not numbers, and
results that are all zero, show nothing and are errors too.
"""

import re
import sys

TOLERANCE = 2e-6  # of the largest value; seven digits are printed

lines = [line for line in sys.stdin if line.startswith("result ")]
half = len(lines) // 2
if half == 0 or len(lines) % 2:
    sys.exit(f"error: expected two runs with results, found {len(lines)} lines")

for before, after in zip(lines[:half], lines[half:]):
    name, before = before.split(" = ", 1)
    if not after.startswith(name + " = "):
        sys.exit(f"error: expected {name} again, found {after[:60]}")
    after = after.split(" = ", 1)[1]
    word = r"[^\s,\[\]]+"
    first, second = ([float(x) for x in re.findall(word, t)] for t in (before, after))
    if re.sub(word, "", before) != re.sub(word, "", after):
        sys.exit(f"error: {name} has different shapes")
    largest = max(map(abs, first), default=0)
    if not 0 < largest < float("inf"):
        sys.exit(f"error: {name} has no values that can be compared: {before[:60]}")
    for i, (x, y) in enumerate(zip(first, second)):
        # Written so that NaN fails.
        if not abs(x - y) <= TOLERANCE * largest:
            sys.exit(f"error: {name}: value {i} was {x}, became {y}")
