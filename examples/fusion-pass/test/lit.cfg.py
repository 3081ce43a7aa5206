# Where the tests find the tools; CMakeLists.txt says so in the environment.
import os

import lit.formats

config.name = "fusion-pass"
config.test_format = lit.formats.ShTest(True)
config.suffixes = [".mlir"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = lit_config.params["output"]
config.environment["PATH"] = os.pathsep.join(
    [os.environ["FOTC_BIN"], os.environ["LLVM_BIN"], os.environ["PATH"]]
)
config.substitutions.append(
    (
        "%with_plugin",
        f"--load-pass-plugin={os.environ['PLUGIN']} "
        "--pass-pipeline='builtin.module(func.func(group-projections))'",
    )
)
