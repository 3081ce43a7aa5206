# How lit runs the tests of the dialects, passes, pipelines and tools: every
# .mlir and .test file below test/, with the tools of this build.
import os
import shutil

import lit.formats
from lit.llvm import llvm_config

config.name = "fotc"
config.test_format = lit.formats.ShTest(not llvm_config.use_lit_shell)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "dev", "e2e", "python", "unit"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.fot_binary_dir, "test")

# The private Python environment of scripts/install-deps has NumPy.
venv = os.path.join(config.fot_source_dir, "build/venv/bin/python")
python = venv if os.path.exists(venv) else "/usr/bin/python3"
config.substitutions += [
    ("%source", config.fot_source_dir),
    ("%binary", config.fot_binary_dir),
    ("%python", python),
]
shared = os.path.join(config.fot_source_dir, "../shared/data")
shared = os.path.realpath(os.environ.get("FOTC_SHARED_DATA", shared))
config.substitutions.append(("%shared", shared))
if os.path.isdir(shared):
    config.available_features.add("shared-data")

# NVIDIA's assembler, where fotc looks for it.
cuda = os.path.join(os.environ.get("CUDA_HOME", "/usr/local/cuda"), "bin")
cuda = os.pathsep.join([cuda, "/usr/local/cuda/bin"])
if shutil.which("ptxas") or shutil.which("ptxas", path=cuda):
    config.available_features.add("ptxas")

# Builds outside of the tree take the compilers of this one.
if shutil.which("ninja"):
    config.available_features.add("ninja")
c_compiler, cxx_compiler = config.compilers
config.substitutions.append(("%cc", c_compiler))
config.substitutions.append(
    (
        "%cmake",
        f"{config.cmake} -G Ninja -DCMAKE_C_COMPILER={c_compiler} "
        f"-DCMAKE_CXX_COMPILER={cxx_compiler} "
        f"'-DCMAKE_CXX_COMPILER_LAUNCHER={config.launcher}'",
    )
)

llvm_config.use_default_substitutions()
llvm_config.add_tool_substitutions(
    ["fot-opt", "fotc", "fot", "fot-check", "fot-emulate", "fot-lsp-server"],
    [os.path.join(config.fot_binary_dir, "bin")],
)
llvm_config.with_environment("PATH", config.llvm_tools_dir, append_path=True)
