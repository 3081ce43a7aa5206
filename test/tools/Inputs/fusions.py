"""Compiles a tiny model without each fusion, and compares its logits.

fusions.py FOTC FOT FOT_OPT WORK [OPTION...]

A fusion that is left out must also leave the IR another one, if it has
anything to do in this model: what does nothing proves nothing.
"""

import re
import sys
from pathlib import Path

import tiny

TOLERANCE = 1e-5

fotc, fot, fot_opt, work, *options = sys.argv[1:]
work = Path(work)
work.mkdir()
model = tiny.write_model(work / "model")
options += ["--memory-layers=1", "--window=16", "--last-context=8"]
tokens = [(7 * i * i + i + 3) % 64 for i in range(50)]
quantised = any(option.startswith("--weights=q") for option in options)


def compiled(*more):
    """Logits of the model and its IR after fusion, with more options."""
    out, ir = work / "model.fotm", work / "fusion.mlir"
    cpu = "--cpu=x86-64-v3"
    tiny.must(fotc, model, "-o", out, cpu, *options, *more)
    tiny.must(fotc, model, "-o", ir, "--compile-to=fusion", *options, *more)
    return tiny.logits(fot, out, tokens, work), ir.read_text()


listed = tiny.must(fot_opt, "--help")
fusions = sorted(set(re.findall(r"--(fot-fuse-[a-z-]+)", listed)))
assert len(fusions) >= 5, fusions
expected, fused = compiled()
for fusion in fusions:
    found, ir = compiled(f"--disable-pass={fusion}")
    if quantised or "quantize" not in fusion:
        assert ir != fused, f"{fusion} has nothing to do in this model"
    tiny.compare(fusion, expected, found, TOLERANCE)
    print(f"without {fusion}: same logits")
found, ir = compiled("--fusion=none")
for op in ("memory_attention", "gated_matmul", "residual(", "rope("):
    assert op in fused and op not in ir.replace("fot.rope", ""), op
tiny.compare("--fusion=none", expected, found, TOLERANCE)
print("with --fusion=none: same logits")
