"""Assembles PTX that fot-check has left for every GPU architecture; no kernel may
spill: assemble.py FOLDER
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ARCHITECTURES = ["sm_80", "sm_86", "sm_89", "sm_90a", "sm_100a", "sm_120a"]
places = [os.environ.get("CUDA_HOME", "/usr/local/cuda"), "/usr/local/cuda"]
ptxas = shutil.which("ptxas") or shutil.which(
    "ptxas", path=os.pathsep.join(f"{place}/bin" for place in places)
)
files = sorted(Path(sys.argv[1]).glob("*.ptx"))
clean = "0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads"
for file in files:
    kernels = len(re.findall(r"\.entry", file.read_text()))
    for architecture in ARCHITECTURES:
        command = [ptxas, "-v", f"--gpu-name={architecture}", file, "-o", os.devnull]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        said = done.stdout + done.stderr
        assert done.returncode == 0, (file, architecture, said)
        assert said.count("bytes stack frame") == kernels > 0, (file, said)
        assert said.count(clean) == kernels, (file, architecture, said)
print(f"{len(files)} files for {len(ARCHITECTURES)} architectures")
