"""Checks fotc --report and fot bench --profile against the weights.

report.py FOTC FOT WORK
"""

import json
import math
import subprocess
import sys
import xml.dom.minidom
from pathlib import Path

import tiny

fotc, fot, work = sys.argv[1], sys.argv[2], Path(sys.argv[3])
model = tiny.write_model(work / "model")
out = work / "m.fotm"
report = work / "report.json"
tiny.must(fotc, model, "-o", out, "--memory-layers=1", f"--report-file={report}")
entries = {entry["entry"]: entry for entry in json.loads(report.read_text())}
weights = json.loads(tiny.must(fot, "inspect", "--json", "--weights", out))["weights"]
# What products read whole: not norms, the table of rope, nor the embedding.
products = [
    weight
    for weight in weights
    if not any(part in weight["name"] for part in ("norm", "rope", "embedding"))
]
hidden, inner, vocab = 32, 64, 64
in_layer = 2 * (2 * hidden * hidden + 2 * hidden * hidden // 2 + 3 * hidden * inner)

for name, entry in entries.items():
    rows = {row["region"]: row for row in entry["regions"]}
    total = rows.pop("total")
    weighed = [r for r in rows.values() if not r["region"].startswith(("rms", "mem", "att"))]
    assert sum(w["bytes"] for w in products) <= sum(r["bytes"] for r in weighed)
    print("weights agree in", name)
    tokens, window, memory = entry["tokens"], entry["window"], entry["memory"]
    expected = 2 * tokens * in_layer + 2 * hidden * vocab
    # 4 query heads of 8 in 2 layers; one has a memory, of 8 entries a head.
    expected += tokens * (2 * 4 * 4 * 8 * window + 2 * 4 * 8 * memory)
    expected += tokens * 2 * 4 * 8 * 8
    assert math.isclose(total["operations"], expected, rel_tol=1e-6), (total, expected)
    print("products agree in", name)

regions = {row["region"] for entry in entries.values() for row in entry["regions"]}
text = tiny.must(fot, "inspect", "--report", out)
svg = work / "report.svg"
tiny.must(fotc, model, "-o", out, "--memory-layers=1", f"--report-file={svg}")
xml.dom.minidom.parse(str(svg))
for region in regions:
    assert region in text and region in svg.read_text(), region
print("text and picture name every region")

options = ["--prompt-tokens=12", "--generate=4", "--threads=2", "--rounds=2"]
profile = json.loads(tiny.must(fot, "bench", out, *options, "--profile", "--json"))["profile"]
assert {entry["entry"] for entry in profile} == {"prefill", "decode"}
for entry in profile:
    rows = {row["region"]: row for row in entry["regions"]}
    total = rows.pop("total")
    assert all(row["measured_ms"] > 0 for row in rows.values()), rows
    assert all(row["waiting_ms"] <= row["measured_ms"] for row in rows.values())
    sum_of_rows = sum(row["measured_ms"] for row in rows.values())
    assert math.isclose(total["measured_ms"], sum_of_rows, rel_tol=1e-6)
print("a profile times every region")

done = subprocess.run(
    [fotc, model, "--report", "--compile-to=fusion"], capture_output=True, text=True
)
assert done.returncode == 2 and done.stderr.startswith("error: --report: "), done.stderr
print("refused without an artifact")
