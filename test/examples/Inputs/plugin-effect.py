"""What a pass plugin does to a tiny model of two layers.

plugin-effect.py FOTC FOT PLUGIN WORK
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tools/Inputs"))
import tiny

fotc, fot, plugin, work = sys.argv[1:4] + [Path(sys.argv[4])]
model = tiny.write_model(work / "model")
options = ["--memory-layers=1", "--window=16", "--cpu=x86-64-v3"]
# This fusion groups products as well, and leaves the plugin nothing to do.
OTHER = "fot-fuse-window-into-projection"
with_plugin = [
    f"--load-pass-plugin={plugin}",
    f"--phase-pipeline=fusion=fot-fusion{{disable={OTHER}}},canonicalize,cse,"
    "func.func(group-projections)",
]


def compiled(name, *more):
    """The barriers of each entry point, and the bytes of the logits."""
    ir, out = work / f"{name}.mlir", work / f"{name}.fotm"
    tiny.must(fotc, model, "-o", ir, "--compile-to=bufferize", *options, *more)
    tiny.must(fotc, model, "-o", out, *options, *more)
    functions = ir.read_text().split("func.func @")[1:]
    barriers = {f.split("(")[0]: f.count("fot.barrier") for f in functions}
    tokens = [(7 * i * i + i + 3) % 64 for i in range(40)]
    return barriers, tiny.logits(fot, out, tokens, work)


before, expected = compiled("before", f"--disable-pass={OTHER}")
remarks = work / "remarks.yaml"
after, found = compiled("after", *with_plugin, f"--remarks-file={remarks}")
for entry in ("prefill", "decode"):
    print(f"{entry}: {before[entry] - after[entry]} barriers less")
moved = remarks.read_text().count("Name:            GroupProjections")
print(f"told of {moved} products that moved")
assert expected == found, "other logits"
print("same logits, bit for bit")
