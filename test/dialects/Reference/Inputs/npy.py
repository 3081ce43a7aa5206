"""Writes and reads .npy files without NumPy.

    npy.py write TYPE SHAPE FILE NUMBER...
    npy.py read FILE...
"""

import ast
import math
import struct
import sys

CODES = {"f4": "f", "f8": "d", "i4": "i", "i8": "q"}


def write(kind, shape, path, *numbers):
    shape = tuple(int(n) for n in shape.split(",") if n)
    header = repr({"descr": "<" + kind, "fortran_order": False, "shape": shape})
    header += " " * (-(len(header) + 11) % 64) + "\n"
    convert = int if kind[0] == "i" else float
    numbers = [convert(n) for n in numbers]
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)))
        file.write(header.encode())
        file.write(struct.pack(f"<{len(numbers)}{CODES[kind]}", *numbers))


def read(*paths):
    for path in paths:
        with open(path, "rb") as file:
            data = file.read()
        assert data[:8] == b"\x93NUMPY\x01\x00", data[:8]
        end = 10 + struct.unpack("<H", data[8:10])[0]
        assert end % 64 == 0 and data[end - 1 : end] == b"\n"
        header = ast.literal_eval(data[10:end].decode())
        assert header["fortran_order"] is False
        kind, count = header["descr"], math.prod(header["shape"])
        numbers = struct.unpack(f"<{count}{CODES[kind[1:]]}", data[end:])
        print(path, kind, header["shape"], list(numbers))


if __name__ == "__main__":
    {"write": write, "read": read}[sys.argv[1]](*sys.argv[2:])
