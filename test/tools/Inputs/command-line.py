"""Gives fotc command lines that make no sense, and prints its sentences.

command-line.py FOTC WORK
"""

import sys
from pathlib import Path

import tiny

fotc, work = sys.argv[1], Path(sys.argv[2])
WORDS = {
    "MODEL": work / "model",
    "OUT": work / "out.fotm",
    "NOWHERE": work / "nowhere",
    "EMPTY": "",
}
WRONG = """
MODEL
EMPTY -o OUT
MODEL -o EMPTY
MODEL -o OUT --dump-phases EMPTY
MODEL -o OUT --frobnicate
MODEL -o OUT --window=many
MODEL -o OUT --compile-to=fuse
MODEL -o OUT --compile-from=imports
MODEL -o OUT --compile-from=emit
MODEL -o OUT --compile-from=tile --compile-to=memory
MODEL -o OUT --compile-from=memory --window=8
MODEL -o OUT --compile-from=import --weights=f32
MODEL -o OUT --compile-from=lower --cpu=x86-64-v4
MODEL -o OUT --cpu=x86-64-v9
MODEL -o OUT --cpu=x86-64-v2
MODEL -o OUT --weights=q3_K
MODEL -o OUT --target=npu
MODEL -o OUT --memory-layers=2
MODEL -o OUT --memory=topk:0
MODEL -o OUT --memory-dtype=f8
MODEL -o OUT --window=65
MODEL -o OUT --last-context=100
MODEL -o OUT --threads=0
MODEL -o OUT --threads=100000000
MODEL -o OUT --fusion=half
MODEL -o OUT --disable-pass=fot-fuse-nothing
MODEL -o OUT --disable-pass=cse
MODEL -o OUT --phase-pipeline=fusion
MODEL -o OUT --phase-pipeline=emit=cse
MODEL -o OUT --phase-pipeline=fusion=cse,fot-nonsense
MODEL -o OUT --remarks=(
"""
FAILING = """
NOWHERE -o OUT
MODEL -o /nowhere/m.fotm
MODEL -o OUT --load-pass-plugin=/nowhere/plugin.so
"""


def words(line):
    return [WORDS.get(word, word) for word in line.split()]


print("(nothing):", tiny.refused(fotc, code=2), end="")
for line in WRONG.strip().splitlines():
    print(f"{line}:", tiny.refused(fotc, *words(line), code=2), end="")
for line in FAILING.strip().splitlines():
    print(f"1: {line}:", tiny.refused(fotc, *words(line), code=1), end="")
left = [path.name for path in work.iterdir() if path.name != "model"]
assert not left, f"files left behind: {left}"
print("nothing left behind")
