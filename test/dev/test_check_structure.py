"""tools/dev/check-structure accepts a tidy tree and names each breach."""

import subprocess
from pathlib import Path

import pytest

TOOL = Path(__file__).resolve().parents[2] / "tools/dev/check-structure"

PASSES = """
def FoldThing : Pass<"fot-fold-thing", "mlir::ModuleOp"> {
  let summary = "Folds a thing";
  let description = [{ Folds things that can be folded. }];
}
"""
TEST = "// RUN: fot-opt %s --fot-fold-thing | FileCheck %s\n// CHECK: thing\n"
TIDY = {
    "passes/Fusion/Passes.td": PASSES,
    "passes/Fusion/FoldThing.cpp": "#define GEN_PASS_DEF_FOLDTHING\n",
    "test/passes/Fusion/fold-thing.mlir": TEST,
    "runtime/base/Status.cpp": "int x;\n",
    "test/unit/runtime/base/StatusTest.cpp": "int y;\n",
    "docs/a.md": "[b](b.md) [web](https://example.org) [self](#here)\n",
    "docs/b.md": "text\n",
}


def check(tmp_path, changes):
    for name, text in {**TIDY, **changes}.items():
        if text is not None:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    done = subprocess.run(
        [TOOL, "--root", tmp_path],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_tidy_tree(tmp_path):
    assert check(tmp_path, {}) == (0, "")


TD = "passes/Fusion/Passes.td"
CPP = "passes/Fusion/FoldThing.cpp"
MLIR = "test/passes/Fusion/fold-thing.mlir"
UNFINISHED = "TO" + "DO"
BREACHES = {
    "flag": ({TD: PASSES.replace("fot-fold", "fot-fuse")}, 'has the flag "fot-fuse'),
    "source": ({CPP: None}, "has no passes/Fusion/FoldThing.cpp"),
    "define": ({CPP: "int x;\n"}, "does not define pass FoldThing"),
    "two-passes": (
        {CPP: "#define GEN_PASS_DEF_FOLDTHING\n#define GEN_PASS_DEF_B\n"},
        "holds 2 passes",
    ),
    "description": (
        {TD: PASSES.replace("Folds things that can be folded.", "")},
        "has no description",
    ),
    "summary": ({TD: PASSES.replace('"Folds a thing"', '""')}, "has no summary"),
    "test": ({MLIR: None}, "has no test test/passes/Fusion/fold-thing.mlir"),
    "test-flag": ({MLIR: TEST.replace("--fot-fold-thing", "")}, "no RUN line uses"),
    "filecheck": (
        {MLIR: TEST.replace("| FileCheck %s", "")},
        "no RUN line with FileCheck",
    ),
    "stray-test": ({"test/passes/Fusion/other.mlir": TEST}, "named after no pass"),
    "run": ({"test/dialects/x.mlir": "module {}\n"}, "has no RUN line"),
    "diagnostics": (
        {"test/dialects/x.mlir": "// RUN: fot-opt %s\n// expected-error\n"},
        "without -verify-diagnostics",
    ),
    "size": ({"runtime/base/Big.cpp": "int x;\n" * 601}, "601 lines; 600 is"),
    "unfinished": ({CPP: TIDY[CPP] + f"// {UNFINISHED}\n"}, "FoldThing.cpp:2: unfin"),
    "cl-opt": ({"dialects/A.cpp": "cl::opt<int> x;\n"}, "A.cpp:1: cl::opt belongs"),
    "mirror": ({"test/unit/gone/ATest.cpp": "int x;\n"}, "tests the folder gone"),
    "link": ({"docs/b.md": "[c](c.md)\n"}, "docs/b.md: links to c.md"),
}


@pytest.mark.parametrize("case", BREACHES)
def test_breach(tmp_path, case):
    changes, expected = BREACHES[case]
    code, output = check(tmp_path, changes)
    assert code == 1
    assert expected in output
    assert len(output.splitlines()) == 1


def test_long_file_is_a_warning(tmp_path):
    code, output = check(tmp_path, {"runtime/base/Big.cpp": "int x;\n" * 401})
    assert (code, output) == (0, "warning: runtime/base/Big.cpp: 401 lines\n")


def test_cl_opt_in_tools_is_fine(tmp_path):
    assert check(tmp_path, {"tools/x/x.cpp": "cl::opt<int> x;\n"})[0] == 0
