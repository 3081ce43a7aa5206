"""Compiles a tiny model for several CPU levels, twice.

levels.py FOTC FOT WORK
"""

import json
import sys
from pathlib import Path

import tiny

TOLERANCE = 1e-4  # other vectors, another order of sums

fotc, fot, work = sys.argv[1], sys.argv[2], Path(sys.argv[3])
model = tiny.write_model(work / "model")
out, again = work / "m.fotm", work / "again.fotm"
options = ["--cpu=x86-64-v3,avx512vnni,amx,native", "--memory-layers=all"]
options += ["--window=16", "--weights=q4_0", "--kernel-cache=none"]
tiny.must(fotc, model, "-o", out, *options, "--threads=1")
codes = json.loads(tiny.must(fot, "inspect", "--json", out))["code"]
print("levels:", ", ".join(code["level"] for code in codes))

tokens = [(11 * i * i + i) % 64 for i in range(40)]
expected = None
for code in codes:
    if code["runs_here"]:
        level = f"--cpu-level={code['level']}"
        found = tiny.logits(fot, out, tokens, work, level)
        expected = expected or found
        tiny.compare(code["level"], expected, found, TOLERANCE)
        print(f"{code['level']}: same logits")

tiny.must(fotc, model, "-o", again, *options, "--threads=4")
assert out.read_bytes() == again.read_bytes(), "another artifact the second time"
print("same bytes twice, with any number of threads")
