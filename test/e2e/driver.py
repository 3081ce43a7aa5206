"""Runs the tools of the build, the way their users do."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("FOTC_BUILD", ROOT / "build"))
FOTC, FOT = BUILD / "bin/fotc", BUILD / "bin/fot"
SHARED = Path(os.environ.get("FOTC_SHARED_DATA", ROOT.parent / "shared/data"))
SHARED = SHARED.resolve()
SECONDS = 200


def tool(*command, seconds=SECONDS, **options):
    """Runs a command to its end; the finished process with its output."""
    return subprocess.run(
        [str(part) for part in command],
        stdin=options.pop("stdin", subprocess.DEVNULL),
        capture_output=True,
        text=True,
        errors="replace",
        timeout=seconds,
        check=False,
        **options,
    )


def must(*command, **options):
    """Runs a command that has to work; its standard output."""
    done = tool(*command, **options)
    line = " ".join(str(part) for part in command)
    assert done.returncode == 0, (
        f"{line}\nended with {done.returncode}\n{done.stdout}{done.stderr}"
    )
    return done.stdout


def compile_model(model, output, *options):
    must(FOTC, model, "-o", output, *options)
    return output


def levels(artifact):
    """The CPU levels of an artifact, those that run here and the others."""
    facts = json.loads(must(FOT, "inspect", "--json", artifact))
    runs = [code["level"] for code in facts["code"] if code["runs_here"]]
    other = [code["level"] for code in facts["code"] if not code["runs_here"]]
    return runs, other


def logits(artifact, tokens, calls, work, *options, start=0):
    """The [B, N - start, vocab] logits that `fot logits` writes."""
    ids, output = work / "tokens.npy", work / "logits.npy"
    np.save(ids, np.ascontiguousarray(tokens, np.int32))
    must(
        FOT,
        "logits",
        artifact,
        "--tokens",
        ids,
        "--calls",
        ",".join(str(count) for count in calls),
        *(["--from", start] if start else []),
        "-o",
        output,
        *options,
    )
    return np.load(output)


def make_checkpoint(out, **options):
    """A random model directory; options as of tools/dev/make-checkpoint."""
    flags = []
    for name, value in options.items():
        flag = "--" + name.replace("_", "-")
        if value is not False:
            flags += [flag] if value is True else [flag, value]
    maker = ROOT / "tools/dev/make-checkpoint"
    must(sys.executable, maker, "--out", out, *flags)
    return out


def random_gguf(path, kind):
    """A tiny GGUF file of random weights of a type, such as q6_k."""
    maker = ROOT / "benchmarks/models/random_gguf.py"
    must(sys.executable, maker, "tiny", kind, path)
    return path
