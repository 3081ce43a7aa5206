"""Runs a program where drivers start but find no GPU, and where there is none.

no-gpu.py COMPARE
"""

import ctypes
import os
import runpy
import sys
from unittest import mock


class Driver:
    """A driver without devices; `started` is what cuInit says."""

    def __init__(self, started):
        self.started = started

    def cuInit(self, _):
        return self.started

    def cuDeviceGetCount(self, count):
        count._obj.value = 0
        return 0


def sentence(load):
    """What the program ends with when `load` opens libraries."""
    with mock.patch.object(ctypes, "CDLL", load), mock.patch.object(sys, "argv", ["compare"]):
        try:
            runpy.run_path(program, run_name="__main__")
        except SystemExit as end:
            return end.code
    return None


def absent(_):
    raise OSError("no such file")


program = os.path.abspath(sys.argv[1])
expected = {
    absent: "found no driver (libcuda.so.1)",
    (lambda _: Driver(3)): "found a driver that does not start",
    (lambda _: Driver(0)): "found a driver without any",
}
for load, end in expected.items():
    found = sentence(load)
    # A string that ends a program is printed and makes its exit code 1.
    assert found == f"error: expected an NVIDIA GPU, {end}", found
print("ends with 1 and one sentence")
