"""tools/dev/new-pass writes a pass that keeps the habits of the tree."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PHASES = sorted(path.parent.name for path in ROOT.glob("passes/*/Passes.td"))


def run(tool, *arguments):
    return subprocess.run(
        [ROOT / "tools/dev" / tool, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def tree(tmp_path):
    """A copy of what describes the passes, without git's index."""
    for folder in ("passes", "test/passes"):
        if (ROOT / folder).is_dir():
            shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


def structure(tree):
    return set(run("check-structure", "--root", tree).stdout.splitlines())


@pytest.mark.parametrize("phase", PHASES)
def test_new_pass_keeps_the_structure(tree, phase):
    before = structure(tree)
    done = run("new-pass", phase, "MoveLLVMThings", "--root", tree)
    assert (done.returncode, done.stderr) == (0, "")
    written = [
        f"passes/{phase}/Passes.td",
        f"passes/{phase}/CMakeLists.txt",
        f"passes/{phase}/MoveLLVMThings.cpp",
        f"test/passes/{phase}/move-llvm-things.mlir",
    ]
    assert done.stdout.splitlines() == written
    assert structure(tree) == before
    table = (tree / written[0]).read_text()
    assert 'def MoveLLVMThings : Pass<"fot-move-llvm-things", "ModuleOp">' in table
    assert "  MoveLLVMThings.cpp\n" in (tree / written[1]).read_text()
    check = ["clang-format-22", "--style=file:" + str(ROOT / ".clang-format")]
    check += ["--dry-run", "-Werror", tree / written[2]]
    assert subprocess.run(check, check=False, timeout=60).returncode == 0


def test_entries_stay_in_alphabetical_order(tree):
    phase = PHASES[0]
    for name in ("ZipAll", "AddAll"):
        assert run("new-pass", phase, name, "--root", tree).returncode == 0
    cmake = (tree / "passes" / phase / "CMakeLists.txt").read_text()
    assert cmake.index("  AddAll.cpp") < cmake.index("  ZipAll.cpp")
    table = (tree / "passes" / phase / "Passes.td").read_text()
    assert table.index("def AddAll") < table.index("def ZipAll")
    assert table.rstrip().splitlines()[-1].startswith("#endif")


REFUSALS = {
    "phase": (("Nowhere", "FuseAll"), "no phase Nowhere; known are"),
    "name": (("Bufferize", "fuse_all"), "fuse_all is no name like"),
    "one-word": (("Bufferize", "Fuse"), "Fuse is no name like"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refusals(tree, case):
    arguments, text = REFUSALS[case]
    done = run("new-pass", *arguments, "--root", tree)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ") and text in done.stderr


def test_existing_pass_is_not_overwritten(tree):
    assert run("new-pass", PHASES[0], "FuseAll", "--root", tree).returncode == 0
    done = run("new-pass", PHASES[0], "FuseAll", "--root", tree)
    assert done.returncode == 1
    assert "FuseAll.cpp is already there" in done.stderr
