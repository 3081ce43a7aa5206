"""What the tests of the Python package share: data, models, the tools.

They run with the package on PYTHONPATH, under pytest or alone:

    PYTHONPATH=build/python build/venv/bin/python -m unittest discover test/python
"""

import functools
import importlib.util
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("FOTC_BUILD", ROOT / "build"))
SHARED = Path(os.environ.get("FOTC_SHARED_DATA", ROOT.parent / "shared/data"))
GOLDEN, SMOLLM2 = SHARED / "golden", SHARED / "golden-smollm2"
SECONDS = 200

# The tiny random model of make_checkpoint().
VOCAB, WINDOW, LAST = 61, 16, 8


def needs(path):
    """Skips a test, or a class of them, where the golden data are not."""
    return unittest.skipUnless(
        path.is_dir(), f"needs the golden data, and there is no {path}"
    )


def load_module(path):
    """A Python file of the tree or the data, as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def tool(*command):
    """Runs a command to its end; the finished process with its output."""
    return subprocess.run(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=SECONDS,
        check=False,
    )


def make_checkpoint(folder, **options):
    """A random model; with memory in both layers unless options differ."""
    facts = dict(vocab=VOCAB, window=WINDOW, last_context=LAST, mem_layers="0,1")
    flags = []
    for name, value in {**facts, **options}.items():
        if value is not None:
            flags += ["--" + name.replace("_", "-"), value]
    maker = ROOT / "tools/dev/make-checkpoint"
    done = tool(sys.executable, maker, "--out", folder, *flags)
    if done.returncode != 0:
        raise RuntimeError(f"make-checkpoint: {done.stderr}")
    return folder


@functools.cache
def smollm2():
    """The default model's GGUF file, fetched if need be."""
    if path := os.environ.get("FOT_SMOLLM2_GGUF"):
        return Path(path)
    done = tool(ROOT / "scripts/fetch-model")
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
        raise unittest.SkipTest(f"scripts/fetch-model failed: {last}")
    return Path(done.stdout.strip())


class FolderTest(unittest.TestCase):
    """Tests with a folder of their own, gone when the class is done."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
