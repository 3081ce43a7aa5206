"""fot refuses spoilt artifacts and tokens with one sentence."""

import os
import resource
import signal

import numpy as np
import pytest

import driver
import models
from refusal import refused, survives


@pytest.fixture(scope="module")
def artifact(work):
    model = models.write_directory(work / "hf")
    return driver.compile_model(model, work / "good.fotm", "--weights=f32")


@pytest.fixture
def output(tmp_path):
    folder = tmp_path / "output"
    folder.mkdir()
    return folder


def tokens_file(tmp_path, array):
    np.save(tmp_path / "tokens.npy", array)
    return tmp_path / "tokens.npy"


def logits(artifact, tokens, output, *options):
    command = [driver.FOT, "logits", artifact, "--tokens", tokens]
    return command + ["-o", output / "logits.npy", *options]


def test_the_unspoilt_artifact_works(artifact, tmp_path):
    got = driver.logits(artifact, np.arange(6)[None], [4, 2], tmp_path)
    assert got.shape == (1, 6, models.VOCAB) and np.isfinite(got).all()


def test_no_such_artifact(tmp_path, output):
    tokens = tokens_file(tmp_path, np.zeros((1, 2), np.int32))
    missing = tmp_path / "nothing.fotm"
    refused(logits(missing, tokens, output), "nothing.fotm", codes=(1,), folder=output)


@pytest.mark.parametrize("keep", [0, 1, 8, 40, 64, 0.25, 0.5, 0.9, -64, -1])
def test_truncated(artifact, tmp_path, output, keep):
    raw = artifact.read_bytes()
    cut = int(len(raw) * keep) if isinstance(keep, float) else keep
    spoilt = tmp_path / "spoilt.fotm"
    spoilt.write_bytes(raw[:cut])
    tokens = tokens_file(tmp_path, np.zeros((1, 2), np.int32))
    refused(logits(spoilt, tokens, output), "spoilt.fotm", codes=(1,), folder=output)
    refused([driver.FOT, "inspect", spoilt], "spoilt.fotm", codes=(1,))


def test_spoilt_prelude_and_header(artifact, tmp_path, output):
    raw = artifact.read_bytes()
    header = int.from_bytes(raw[24:32], "little")
    generator = np.random.default_rng(3)
    positions = list(range(0, 56, 5))
    positions += [int(n) for n in generator.integers(header, len(raw), 20)]
    tokens = tokens_file(tmp_path, np.zeros((1, 2), np.int32))
    spoilt = tmp_path / "spoilt.fotm"
    for position in positions:
        changed = bytearray(raw)
        changed[position] ^= 0x41
        spoilt.write_bytes(changed)
        refused(logits(spoilt, tokens, output), "spoilt.fotm", codes=(1,))


def test_spoilt_segments_never_crash(artifact, tmp_path, output):
    raw = artifact.read_bytes()
    header = int.from_bytes(raw[24:32], "little")
    generator = np.random.default_rng(4)
    tokens = tokens_file(tmp_path, np.zeros((1, 2), np.int32))
    spoilt = tmp_path / "spoilt.fotm"
    for position in generator.integers(64, header, 40):
        changed = bytearray(raw)
        changed[position] ^= 0xFF
        spoilt.write_bytes(changed)
        survives(logits(spoilt, tokens, output))


@pytest.mark.parametrize("kind", ["text", "gguf", "zeros"])
def test_other_files(tmp_path, output, kind):
    path = tmp_path / "other.fotm"
    path.write_bytes(
        {"text": b"hello\n" * 50, "gguf": models.gguf(), "zeros": bytes(4096)}[kind]
    )
    tokens = tokens_file(tmp_path, np.zeros((1, 2), np.int32))
    refused(logits(path, tokens, output), "other.fotm", codes=(1,), folder=output)


TOKENS = {
    "above": (np.array([[1, models.VOCAB]], np.int32), ["40", "vocabulary"]),
    "negative": (np.array([[1, -1]], np.int32), ["-1", "vocabulary"]),
    "floats": (np.zeros((1, 4), np.float32), ["int32"]),
    "one-dimension": (np.zeros(4, np.int32), ["tokens.npy"]),
    "three-dimensions": (np.zeros((1, 2, 2), np.int32), ["tokens.npy"]),
    "none": (np.zeros((1, 0), np.int32), ["tokens.npy"]),
}


@pytest.mark.parametrize("case", TOKENS)
def test_tokens(artifact, tmp_path, output, case):
    array, words = TOKENS[case]
    tokens = tokens_file(tmp_path, array)
    refused(logits(artifact, tokens, output), *words, codes=(1,), folder=output)


@pytest.mark.parametrize("keep", [0, 5, 20, -3])
def test_truncated_tokens(artifact, tmp_path, output, keep):
    tokens = tokens_file(tmp_path, np.zeros((1, 4), np.int32))
    tokens.write_bytes(tokens.read_bytes()[:keep])
    refused(
        logits(artifact, tokens, output), "tokens.npy", codes=(1,), folder=output
    )


OPTIONS = {
    "calls-too-few": ("--calls=2,1", ["3", "4"]),
    "calls-zero": ("--calls=4,0", ["--calls"]),
    "calls-text": ("--calls=a,b", ["--calls"]),
    "from": ("--from=5", ["--from"]),
    "threads": ("--threads=0", ["--threads"]),
    "level": ("--cpu-level=z80", ["z80", "x86-64-v3"]),
    "device": ("--device=abacus", ["abacus", "cpu"]),
    "unknown": ("--frobnicate", ["frobnicate"]),
}


@pytest.mark.parametrize("case", OPTIONS)
def test_option(artifact, tmp_path, output, case):
    option, words = OPTIONS[case]
    tokens = tokens_file(tmp_path, np.zeros((1, 4), np.int32))
    refused(logits(artifact, tokens, output, option), *words, folder=output)


def test_no_command_and_unknown_command():
    refused([driver.FOT], codes=(2,))
    refused([driver.FOT, "dance"], "dance", codes=(2,))


def test_prompt_that_does_not_fit(artifact, tmp_path, output):
    """Without memory layers a window is all there is."""
    tokens = tokens_file(tmp_path, np.zeros((1, 33), np.int32))
    command = logits(artifact, tokens, output)
    refused(command, "--memory-layers", codes=(1,), folder=output)


def test_text_needs_a_tokenizer(artifact):
    refused([driver.FOT, "tokenize", artifact, "text"], "tokenizer", codes=(1,))
    command = [driver.FOT, "run", artifact, "--prompt", "text"]
    refused(command, "tokenizer", codes=(1,))


@pytest.fixture
def full_disk(tmp_path):
    """A folder with no room for an output, and what makes it so."""
    folder = tmp_path / "full"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", folder]
    if os.geteuid() == 0 and driver.tool(*mount).returncode == 0:
        yield folder, None
        driver.tool("umount", folder)
        return

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (16384, 16384))

    yield folder, limit


def test_disk_full(artifact, tmp_path, full_disk):
    folder, limit = full_disk
    model = models.write_directory(tmp_path / "hf")
    command = [driver.FOTC, model, "-o", folder / "m.fotm"]
    refused(command, "m.fotm", codes=(1,), folder=folder, preexec_fn=limit)
    tokens = tokens_file(tmp_path, np.zeros((16, 31), np.int32))
    command = logits(artifact, tokens, folder)
    refused(command, "logits.npy", codes=(1,), folder=folder, preexec_fn=limit)


@pytest.mark.parametrize("kind", ["no-folder", "folder-itself", "file-as-folder"])
def test_unwritable_output(artifact, tmp_path, output, kind):
    (tmp_path / "file").write_text("x")
    (output / "taken").mkdir()
    path = {
        "no-folder": output / "nowhere/out",
        "folder-itself": output / "taken",
        "file-as-folder": tmp_path / "file/out",
    }[kind]
    tokens = tokens_file(tmp_path, np.zeros((1, 4), np.int32))
    command = [driver.FOT, "logits", artifact, "--tokens", tokens, "-o", path]
    refused(command, path, codes=(1,), folder=output)
    model = models.write_directory(tmp_path / "hf")
    refused([driver.FOTC, model, "-o", path], path, codes=(1,), folder=output)
