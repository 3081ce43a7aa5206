"""assemble-ptx.py FILE ARCHITECTURE: no kernel may spill, if there is a ptxas."""

import re
import shutil
import subprocess
import sys

source, architecture = sys.argv[1:]
ptxas = shutil.which("ptxas") or shutil.which("ptxas", path="/usr/local/cuda/bin")
if not ptxas:
    print("skipped: ptxas is not installed")
    sys.exit(0)
command = [ptxas, "-v", f"--gpu-name={architecture}", source, "-o", "/dev/null"]
done = subprocess.run(command, capture_output=True, text=True, check=False)
if done.returncode:
    sys.exit(done.stderr)
kernels = re.findall(
    r"Compiling entry function '(\w+)'.*?(\d+) bytes stack frame, "
    r"(\d+) bytes spill stores, (\d+) bytes spill loads",
    done.stderr,
    re.DOTALL,
)
if not kernels:
    sys.exit("ptxas tells of no kernel")
for name, *sizes in kernels:
    if any(int(size) for size in sizes):
        sys.exit(f"{name} has a stack frame, or spills: {', '.join(sizes)} bytes")
print(f"{len(kernels)} kernels")
