"""Gives IR of every phase to --compile-from of every other one.

    wrong-phase.py FOTC WORK

IR of a later phase may be IR of an earlier one too: fused ops, packed weights
and strategies may stand in the input. Then it has to compile.
"""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "tools/Inputs"))
import tiny  # noqa: E402

fotc, work = sys.argv[1], Path(sys.argv[2])
model = tiny.write_model(work / "model")
dump = work / "dump"
tiny.must(
    fotc, model, "--memory-layers=1", "--window=16", "--cpu=x86-64-v3",
    "--compile-to=lower", "-o", work / "lower.mlir", "--dump-phases", dump,
)  # fmt: skip
irs = {path.stem[3:]: path for path in sorted(dump.glob("*.mlir"))}
phases = list(irs)
out = work / "out.mlir"


def refuse(name, ir, phase):
    sentence = tiny.refused(fotc, ir, f"--compile-from={phase}", "-o", out, code=1)
    print(f"{name}: {sentence}", end="")
    assert not list(work.glob("out.mlir*")), f"{name}: left {out} behind"


def accept(name, ir, phase):
    to = "--compile-to=bufferize"
    tiny.must(fotc, ir, f"--compile-from={phase}", to, "-o", out)
    out.unlink()
    print(f"{name}: accepted")


for i, actual in enumerate(phases):
    for j, claimed in enumerate(phases):
        name = f"{actual} as {claimed}"
        if i == j:
            continue
        # Fusions may all be left out: what memory makes is IR of fusion too.
        earlier = i < j and (actual, claimed) != ("memory", "fusion")
        if earlier or claimed == "import" or actual in ("bufferize", "lower"):
            refuse(name, irs[actual], claimed)
        else:
            accept(name, irs[actual], claimed)

(work / "text.mlir").write_text("no IR\n")
refuse("text", work / "text.mlir", "fusion")
(work / "empty.mlir").write_text("")
refuse("empty", work / "empty.mlir", "import")
refuse("missing", work / "missing.mlir", "pack")
text = irs["tile"].read_text()
(work / "cut.mlir").write_text(text[: len(text) // 2])
refuse("cut off", work / "cut.mlir", "tile")
