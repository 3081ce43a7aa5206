"""Texts that are memorized, and what sessions make of them. Most of it on the
handwritten module, whose logits are hashes of the memory that it was shown."""

import fcntl
import json
import os
import re
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import driver
import memorizing
from memorizing import FOT, LAST_CONTEXT, ids, memorize, text, toy
from refusal import refused

HASHES = [3, 4, 5]  # logits: entries, hash of keys, hash of values


@pytest.fixture(scope="module")
def artifact(tmp_path_factory):
    return toy(tmp_path_factory.mktemp("toy") / "toy.fotm")


def hashes(artifact, prompt, folder, *options, before=None):
    """What the toy says of its memory at each token of a prompt."""
    tokens = ids(prompt)
    start = 0
    if before is not None:
        start = len(before)
        tokens = np.concatenate([ids(before), tokens])
    rows = driver.logits(
        artifact, [tokens], [len(tokens)], folder, *options, start=start
    )
    return rows[0][:, HASHES]


def document_facts(bank):
    return json.loads(driver.must(FOT, "memory", "info", "--json", bank))


PROMPT = ("What was said on the last page? " * 6)[:LAST_CONTEXT]


@pytest.mark.parametrize("encode", ["sequential", "independent"])
def test_a_bank_is_the_memory_of_the_same_tokens(artifact, tmp_path, encode):
    """The toy's entries do not depend on what a window attends to."""
    document = text(tmp_path / "a.txt", 1, 10_000)
    bank = tmp_path / "a.fotmem"
    story = memorize(artifact, [document], bank, f"--encode={encode}")
    assert "1 document, 10000 tokens" in story and "tokens/s" in story
    driver.must(FOT, "memory", "verify", bank)
    replayed = hashes(artifact, PROMPT, tmp_path, before=document.read_text())
    attached = hashes(artifact, PROMPT, tmp_path, "--memory", bank)
    assert replayed[-1][0] == 10_000
    np.testing.assert_array_equal(attached, replayed)


def test_several_banks_lie_in_the_order_given(artifact, tmp_path):
    texts = [text(tmp_path / f"{i}.txt", i, 700 + i) for i in range(3)]
    banks = []
    for document in texts:
        banks.append(document.with_suffix(".fotmem"))
        memorize(artifact, [document], banks[-1])
    options = ["--memory", banks[1], "--memory", banks[0], "--memory", banks[2]]
    attached = hashes(artifact, PROMPT, tmp_path, *options)
    joined = tmp_path / "joined.fotmem"
    driver.must(
        FOT, "memory", "merge", banks[1], banks[0], banks[2], "-o", joined
    )
    merged = hashes(artifact, PROMPT, tmp_path, "--memory", joined)
    assert attached[-1][0] == 2103
    np.testing.assert_array_equal(attached, merged)


def test_merged_banks_are_those_memorized_together(artifact, tmp_path):
    texts = [text(tmp_path / f"{i}.txt", i, 5_000) for i in range(2)]
    together = tmp_path / "together.fotmem"
    memorize(artifact, texts, together, "--encode=independent")
    banks = [document.with_suffix(".fotmem") for document in texts]
    for document, bank in reversed(list(zip(texts, banks))):
        memorize(artifact, [document], bank, "--encode=independent")
    merged = tmp_path / "merged.fotmem"
    driver.must(FOT, "memory", "merge", *banks, "-o", merged)
    assert merged.read_bytes() == together.read_bytes()


def test_standard_input_is_a_document(artifact, tmp_path):
    document = text(tmp_path / "a.txt", 5, 200_000)
    with document.open() as stream:
        driver.must(
            *(FOT, "memorize", artifact, "-", "-o", tmp_path / "in.fotmem"),
            "--encode=independent",
            stdin=stream,
        )
    memorize(artifact, [document], tmp_path / "a.fotmem", "--encode=independent")
    facts = [document_facts(tmp_path / name) for name in ("in.fotmem", "a.fotmem")]
    names = [each["documents"][0].pop("name") for each in facts]
    assert names == ["standard input", str(document)]
    assert facts[0]["documents"] == facts[1]["documents"]


def test_what_a_session_saved_can_be_attached(artifact, tmp_path):
    prompt = text(tmp_path / "prompt.txt", 6, 3_000)
    saved = tmp_path / "saved.fotmem"
    options = ["--prompt-file", prompt, "--max-tokens", 5]
    driver.must(FOT, "run", artifact, *options, "--save-memory", saved)
    driver.must(FOT, "memory", "verify", saved)
    # All of the prompt, and the new tokens but the last, which nobody read.
    facts = document_facts(saved)["documents"][0]
    assert facts["name"] == "session" and facts["tokens"] == 3_004
    attached = hashes(artifact, PROMPT, tmp_path, "--memory", saved)
    assert attached[0][0] == 3_004
    # On top of a bank, only what is new is saved.
    more = tmp_path / "more.fotmem"
    driver.must(
        *(FOT, "run", artifact, *options, "--memory", saved),
        *("--save-memory", more),
    )
    assert document_facts(more)["documents"][0]["tokens"] == 3_004


def test_explain_names_the_passages(artifact, tmp_path):
    """The toy retrieves the newest entries: those before the last two."""
    document = text(tmp_path / "a.txt", 7, 1_000)
    bank = tmp_path / "a.fotmem"
    memorize(artifact, [document], bank)
    command = [FOT, "run", artifact, "--memory", bank, "--max-tokens", 3]
    done = driver.tool(*command, "--prompt", "So", "--explain")
    assert done.returncode == 0, done.stderr
    lines = done.stderr.splitlines()
    told = [line for line in lines if line.startswith("  ")]
    assert len(told) == 3 and len(lines) == 6, done.stderr
    found = re.fullmatch(
        r" +34\.2 %  (.*), tokens 997-998, bytes 997-998: \"(.*)\"", told[0]
    )
    assert found and found[1] == str(document), told[0]
    excerpt = document.read_text().replace("\n", " ")[993:1000]
    assert found[2] == excerpt
    plain = driver.must(*command, "--prompt", "So")
    assert plain == done.stdout


def test_tokens_that_no_checksum_was_asked_for(artifact, tmp_path):
    """Attaching compares no segments; ids outside the vocabulary do no harm."""
    document = text(tmp_path / "a.txt", 7, 1_000)
    bank = tmp_path / "a.fotmem"
    memorize(artifact, [document], bank)
    raw = bytearray(bank.read_bytes())
    newest = ids(document.read_text()[-8:]).astype("<i4").tobytes()
    at = raw.index(newest)
    for i, spoilt in enumerate([2**31 - 1, -1, -(2**31), 1 << 24]):
        raw[at + 8 * i : at + 8 * i + 4] = spoilt.to_bytes(4, "little", signed=True)
    bank.write_bytes(raw)
    command = [FOT, "run", artifact, "--memory", bank, "--max-tokens", 3]
    for option in (["--explain"], ["--speculate", 8]):
        done = driver.tool(*command, "--prompt", "So", *option)
        assert done.returncode == 0, done.stderr
    refused([FOT, "memory", "verify", bank], "a.fotmem", "checksum", codes=(1,))


def test_resuming_adds_what_is_missing(artifact, tmp_path):
    texts = [text(tmp_path / f"{i}.txt", i, 3_000) for i in range(3)]
    whole, grown = tmp_path / "whole.fotmem", tmp_path / "grown.fotmem"
    memorize(artifact, texts, whole)
    memorize(artifact, texts[:1], grown)
    story = memorize(artifact, texts, grown)
    assert "in this run 6000 tokens" in story
    assert grown.read_bytes() == whole.read_bytes()
    assert "in this run 0 tokens" in memorize(artifact, texts, grown)
    assert grown.read_bytes() == whole.read_bytes()


def test_refusals(artifact, tmp_path):
    a, b = (text(tmp_path / f"{i}.txt", i, 500) for i in "ab")
    bank = tmp_path / "a.fotmem"
    memorize(artifact, [a], bank, "--encode=independent")
    again = [FOT, "memorize", artifact]
    mode = "--encode=independent"

    def refuse(command, *words, **options):
        before = bank.read_bytes()
        refused(command, *words, folder=tmp_path, **options)
        assert bank.read_bytes() == before

    refuse([*again, b, "-o", bank, mode], a, b, "fot memory append")
    refuse([*again, b, a, "-o", bank, mode], "document 0")
    refuse([*again, a, "-o", bank, "--encode=sequential"], "independent")
    refuse([*again, tmp_path / "no", "-o", bank, mode], "no", "cannot open")
    refuse([*again, a, "-o", a, mode], a, "not a .fotmem bank")
    refuse([*again, "-", "-", "-o", bank, mode], "once", codes=(2,))
    refuse([*again, a, "-o", bank, "--encode=half"], "found 'half'", codes=(2,))
    # Nothing is begun for a text that can never be read.
    new = tmp_path / "new.fotmem"
    refuse([*again, tmp_path, "-o", new, mode], "found a directory")
    assert not new.exists()
    # Nobody writes to the pipe, and nobody waits for that.
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    refuse([FOT, "memory", "info", pipe], pipe, "expected a regular file")
    refuse([FOT, "memory", "append", bank, pipe], pipe, "expected a regular file")
    refuse([FOT, "inspect", pipe], pipe, "expected a regular file")
    refuse([*again, a, "-o", tmp_path / "x/y", mode], "x/y")
    with bank.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        refuse([*again, a, b, "-o", bank, mode], bank, "another process")
    a.write_text(a.read_text()[:-1] + "!")
    refuse([*again, a, b, "-o", bank, mode], a, "has changed")

    prompt = ["--prompt", "x", "--memory"]
    other = toy(tmp_path / "other.fotm", "memory", "9")
    refuse([FOT, "run", other, *prompt, bank], bank, "fingerprint")
    refuse([FOT, "run", artifact, *prompt, a], a, "not a .fotmem bank")
    refuse([FOT, "run", artifact, *prompt, tmp_path / "no"], "cannot open")
    dense = toy(tmp_path / "dense.fotm", "text")
    refuse([FOT, "run", dense, "--prompt", "x", "--explain"], "--explain", "topk")
    # Where a session is saved to is looked at before it does anything.
    saving = [FOT, "run", artifact, "--prompt", "x", "--save-memory"]
    refuse([*saving, tmp_path], "--save-memory", "directory")
    refuse([*saving, tmp_path / "x/y"], "x/y", "cannot create")
    (tmp_path / "link").symlink_to(bank)
    refuse([*saving, tmp_path / "link", "--memory", bank], "attached bank")
    plain = toy(tmp_path / "plain.fotm", "plain")
    refuse([FOT, "memorize", plain, a, "-o", tmp_path / "p"], "plain")


def test_a_half_memorized_text_that_changed_is_refused(artifact, tmp_path):
    document = text(tmp_path / "a.txt", 8, 20_000)
    bank = tmp_path / "a.fotmem"
    # A pipe that never ends holds the run open with its full segments written.
    command = [FOT, "memorize", artifact, "-", "-o", bank]
    run = subprocess.Popen(
        list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    run.stdin.write(text(tmp_path / "long.txt", 8, 300_000).read_bytes())
    run.stdin.flush()
    for _ in range(600):
        done = driver.tool(FOT, "memory", "verify", bank)
        if " 0 tokens" not in done.stdout and done.returncode == 0:
            break
    run.kill()
    run.wait()
    before = bank.read_bytes()
    changed = "?" + document.read_text()[1:]
    (tmp_path / "changed.txt").write_text(changed)
    with (tmp_path / "changed.txt").open() as stream:
        refused(command, "standard input", "has changed", stdin=stream)
    assert bank.read_bytes() == before
    with (tmp_path / "long.txt").open() as stream:
        driver.must(*command, stdin=stream)
    facts = document_facts(bank)["documents"]
    assert len(facts) == 1 and facts[0]["tokens"] == 300_000


def test_a_full_disk_is_an_interruption(artifact, tmp_path):
    document = text(tmp_path / "a.txt", 12, 20_000)
    whole, bank = tmp_path / "whole.fotmem", tmp_path / "a.fotmem"
    memorize(artifact, [document], whole)
    size = whole.stat().st_size // 2

    def enter():
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    command = [FOT, "memorize", artifact, document, "-o", bank]
    refused(command, bank, codes=(1,), preexec_fn=enter)
    story = driver.must(FOT, "memory", "verify", bank)
    assert " 0 tokens" not in story
    driver.must(*command)
    assert bank.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize("encode", ["sequential", "independent"])
def test_kills_lose_nothing(artifact, tmp_path, encode):
    memorizing.kill_often(
        artifact, tmp_path, 3, seed=11, options=[f"--encode={encode}"]
    )


GREEDY = "b = bytearray(96 << 20); b[::4096] = b'x' * len(b[::4096])"
LIMIT = 64 << 20


@pytest.fixture(scope="module")
def large_bank(artifact, tmp_path_factory):
    """A bank of more than twice the limit, and what the toy says of it."""
    folder = tmp_path_factory.mktemp("large")
    part, large = folder / "part.fotmem", folder / "large.fotmem"
    document = text(folder / "a.txt", 9, 50_000)
    memorize(artifact, [document], part, "--encode=independent")
    driver.must(FOT, "memory", "merge", *[part] * 10, "-o", large)
    assert large.stat().st_size > 2 * LIMIT
    free = hashes(artifact, "x", folder, "--memory", large, "--threads", 1)
    assert free[0][0] == 500_000
    yield large, folder / "tokens.npy", free
    large.unlink()


def answer_limited(artifact, large_bank, output, enter):
    """`enter` runs in the new process and limits it."""
    large, tokens, free = large_bank
    control = subprocess.run(
        [sys.executable, "-c", GREEDY], preexec_fn=enter, capture_output=True
    )
    if control.returncode == 0:
        pytest.skip("the limit is not enforced on this machine")
    driver.must(
        *(FOT, "logits", artifact, "--tokens", tokens, "--memory", large),
        *("--threads", 1, "-o", output),
        preexec_fn=enter,
    )
    np.testing.assert_array_equal(np.load(output)[0][:, HASHES], free)


def test_a_bank_is_no_data(artifact, large_bank, tmp_path):
    """Under `ulimit -d`: mapped files do not count, so nobody may copy one."""

    def enter():
        resource.setrlimit(resource.RLIMIT_DATA, (LIMIT, LIMIT))

    answer_limited(artifact, large_bank, tmp_path / "logits.npy", enter)


@pytest.fixture
def control_group():
    """A control group with limited memory: its file of processes."""
    name = f"fot-test-{os.getpid()}"
    first, second = Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup")
    if (first / "memory.limit_in_bytes").exists():
        group, limit = first / name, "memory.limit_in_bytes"
    else:
        group, limit = second / name, "memory.max"
    try:
        group.mkdir()
    except OSError as reason:
        pytest.skip(f"cannot make a control group: {reason}")
    try:
        (group / limit).write_text(str(LIMIT))
    except OSError as reason:
        group.rmdir()
        pytest.skip(f"cannot limit memory of a control group: {reason}")
    yield group / "cgroup.procs"
    group.rmdir()


def test_a_bank_larger_than_memory_answers(
    artifact, large_bank, control_group, tmp_path
):
    """In a control group that has less memory than the bank has bytes, and
    with none of it in the page cache at the start."""
    with large_bank[0].open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)

    def enter():
        control_group.write_text(str(os.getpid()))

    answer_limited(artifact, large_bank, tmp_path / "logits.npy", enter)


@pytest.fixture(scope="module")
def smollm2(work, checkpoint):
    """SmolLM2 with a memory in all layers, the demo's document with a pass
    key in it, and a bank of its first part."""
    key = 41527
    driver.must(driver.ROOT / "scripts/demo-prompts", key, 50, work)
    artifact = driver.compile_model(
        checkpoint,
        work / "remembering.fotm",
        "--memory-layers=all",
        "--memory=topk:8",
        "--window=512",
        "--last-context=256",
    )
    document = work / "document.txt"
    document.write_text((work / "whole.txt").read_text()[:5000])
    bank = work / "document.fotmem"
    memorize(artifact, [document], bank, "--encode=sequential")
    driver.must(FOT, "memory", "verify", bank)
    yield artifact, document, bank, key
    bank.unlink()


def test_smollm2_reads_a_bank_as_it_read_the_text(smollm2, tmp_path):
    artifact, document, bank, _ = smollm2
    told = driver.must(FOT, "tokenize", "--plain", artifact, document.read_text())
    before = np.array(told.split(), np.int32)
    prompt = np.arange(256, dtype=np.int32) * 37 % 49152  # the last context
    whole = np.concatenate([before, prompt])
    replayed = driver.logits(
        artifact, [whole], [len(whole)], tmp_path, start=len(before)
    )
    attached = driver.logits(
        artifact, [prompt], [256], tmp_path, "--memory", bank
    )
    # To the bit, though the bank is sealed and the session's segment is not.
    np.testing.assert_array_equal(attached, replayed)


def test_smollm2_answers_from_a_bank(smollm2, work):
    artifact, document, bank, key = smollm2
    command = [FOT, "run", artifact, "--prompt-file", work / "end.txt"]
    command += ["--max-tokens", 8]
    assert str(key) not in driver.must(*command)
    done = driver.tool(*command, "--memory", bank, "--explain")
    assert str(key) in done.stdout, done.stderr
    told = [line for line in done.stderr.splitlines() if " %  " in line]
    assert len(told) == 24 and all(str(document) in line for line in told)
    shares = [float(line.split("%")[0]) for line in told]
    assert all(0 <= share <= 100 for share in shares) and max(shares) > 5
