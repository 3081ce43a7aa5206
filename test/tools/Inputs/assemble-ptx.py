"""Compiles a model for every GPU architecture; no kernel may spill.

assemble-ptx.py FOTC WORK MODEL [OPTION...]      options are fotc's
"""

import json
import re
import sys
from pathlib import Path

import tiny

ARCHITECTURES = ["sm_80", "sm_86", "sm_89", "sm_90a", "sm_100a", "sm_120a"]
fotc, work, model, *options = sys.argv[1:]
work = Path(work)
names = ",".join(ARCHITECTURES)
target = ["--target=cuda", f"--cuda-arch={names}", f"--dump-phases={work}"]
report = work / "report.json"
out = work / "m.fotm"
tiny.must(fotc, model, "-o", out, *target, f"--report-file={report}", *options)

found = json.loads(report.read_text())
assert [each["architecture"] for each in found] == ARCHITECTURES, found
problems = []
for each in found:
    architecture = each["architecture"]
    assert each["assembled"], f"{architecture}: ptxas refuses the code"
    text = (work / f"08-emit.cuda.{architecture}.ptx").read_text()
    declared = set(re.findall(r"\.entry (\w+)\(", text))
    rows = [row for entry in each["entries"] for row in entry["kernels"]]
    reported = {row["kernel"] for row in rows}
    assert reported == declared, (architecture, reported ^ declared)
    if ".local" in text:
        problems.append(f"{architecture}: a kernel has an array in local memory")
    for row in rows:
        if row["stack_bytes"] or row["spill_bytes"] or not row["blocks_resident"]:
            problems.append(f"{architecture}: {row}")
if problems:
    sys.exit("\n".join(problems))
print(f"{len(declared)} kernels for {len(found)} architectures")
