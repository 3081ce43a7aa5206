"""Every phase of the table can be stopped at, looked at, and gone on from.

    phase-boundaries.py FOTC FOT FOT_OPT WORK [WEIGHTS]

For each phase: --compile-to prints what --dump-phases keeps; printing and
parsing once more changes nothing; --compile-from makes the artifact that one
run from the checkpoint makes, and its logits.
"""

import json
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "tools/Inputs"))
import tiny  # noqa: E402

fotc, fot, fot_opt, work, *rest = sys.argv[1:]
work = Path(work)
model = tiny.write_model(work / "model")
options = ["--memory-layers=1", "--memory=topk:3", "--window=16"]
options += ["--last-context=8", *rest]
cpu = "--cpu=x86-64-v3"
tokens = [(5 * i * i + 3 * i + 1) % 64 for i in range(40)]


def contents(artifact):
    """What an artifact holds, less how it was asked for."""
    facts = json.loads(tiny.must(fot, "inspect", "--json", artifact))
    for asked in ("file", "bytes", "options", "phases", "recorded"):
        facts.pop(asked, None)
    return facts


direct = work / "direct.fotm"
dump = work / "dump"
tiny.must(fotc, model, "-o", direct, cpu, *options, "--dump-phases", dump)
expected = tiny.logits(fot, direct, tokens, work)

listed = [line.split()[0] for line in tiny.must(fotc, "--list-phases").splitlines()]
assert listed[0] == "import" and listed[-1] == "emit" and len(listed) > 5, listed
kept = sorted(path.name for path in dump.glob("*.mlir"))
wanted = [f"0{i + 1}-{name}.mlir" for i, name in enumerate(listed[:-1])]
assert kept == wanted, f"--dump-phases kept {kept}, expected {wanted}"

before = ""
for name, kept in zip(listed[:-1], wanted):
    ir = work / f"{name}.mlir"
    tiny.must(fotc, model, f"--compile-to={name}", "-o", ir, cpu, *options)
    text = ir.read_text()
    assert text == (dump / kept).read_text(), f"{name}: --dump-phases differs"
    assert text != before, f"phase {name} changed nothing"
    before = text
    printed = tiny.must(fot_opt, ir)
    assert printed == text, f"{name}: printed anew, the IR differs"

    artifact = work / f"from-{name}.fotm"
    if name == "import":
        again = [cpu, *(o for o in options if not o.startswith("--weights"))]
    else:
        again = [cpu] if name != "lower" else []
    tiny.must(fotc, ir, f"--compile-from={name}", "-o", artifact, *again)
    assert contents(artifact) == contents(direct), f"from {name}: other contents"
    found = tiny.logits(fot, artifact, tokens, work)
    assert found == expected, f"from {name}: other logits"
    print(f"{name}: same artifact")
