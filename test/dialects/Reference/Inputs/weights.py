"""Writes the file of weight.mlir: see there."""

import struct
import sys

data = b"\xaa" * 4
for row in range(4):
    data += struct.pack("<2f", 10 * row, 10 * row + 1)
data += struct.pack("<e32b", 0.5, *range(32))
data += struct.pack("<e32b", 1.0, *reversed(range(32)))
with open(sys.argv[1], "wb") as file:
    file.write(data)
