"""Assembles a model's GPU kernels for every architecture; none may spill.

assemble-ptx.py FOTC PTXAS WORK MODEL [OPTION...]      options are fotc's
"""

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import tiny

ARCHITECTURES = ["sm_80", "sm_86", "sm_89", "sm_90a", "sm_100a", "sm_120a"]
fotc, ptxas, work, model, *options = sys.argv[1:]
work = Path(work)
names = ",".join(ARCHITECTURES)
target = ["--target=cuda", f"--cuda-arch={names}", f"--dump-phases={work}"]
tiny.must(fotc, model, "-o", work / "m.fotm", *target, *options)


def assemble(architecture):
    """Names of the kernels, and sentences about those with a stack frame."""
    source = work / f"08-emit.cuda.{architecture}.ptx"
    command = [ptxas, "-v", f"--gpu-name={architecture}", source, "-o", "/dev/null"]
    done = tiny.run(*command)
    if done.returncode:
        sys.exit(f"{architecture}: {done.stderr}")
    kernels = re.findall(
        r"Compiling entry function '(\w+)'.*?(\d+) bytes stack frame, "
        r"(\d+) bytes spill stores, (\d+) bytes spill loads",
        done.stderr,
        re.DOTALL,
    )
    declared = re.findall(r"\.entry (\w+)\(", source.read_text())
    if sorted(declared) != sorted(name for name, *_ in kernels):
        sys.exit(f"{architecture}: ptxas does not tell of all of {declared}")
    return declared, [
        f"{architecture}: {name} has a stack frame, or spills: {', '.join(sizes)} bytes"
        for name, *sizes in kernels
        if any(int(size) for size in sizes)
    ]


with ThreadPoolExecutor(2) as pool:
    results = list(pool.map(assemble, ARCHITECTURES))
spilled = [sentence for _, sentences in results for sentence in sentences]
if spilled:
    sys.exit("\n".join(spilled))
assert len({tuple(kernels) for kernels, _ in results}) == 1
print(f"{len(results[0][0])} kernels for {len(results)} architectures")
