"""Texts that are memorized, and what sessions make of them. Most of it on the
handwritten module, whose logits are hashes of the memory that it was shown."""

import fcntl
import json
import re
import resource
import subprocess
import sys

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
    assert "1 documents, 10000 tokens" in story and "tokens/s" in story
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


@pytest.mark.parametrize("encode", ["sequential", "independent"])
def test_kills_lose_nothing(artifact, tmp_path, encode):
    memorizing.kill_often(
        artifact, tmp_path, 3, seed=11, options=[f"--encode={encode}"]
    )


GREEDY = "b = bytearray(96 << 20); b[::4096] = b'x' * len(b[::4096])"


def test_a_bank_larger_than_memory_answers(artifact, tmp_path):
    """64 MiB for data; the bank has more than twice that. Mapped files do not
    count, so what is checked is that nobody copies them."""

    def limit():
        resource.setrlimit(resource.RLIMIT_DATA, (64 << 20, 64 << 20))

    control = subprocess.run([sys.executable, "-c", GREEDY], preexec_fn=limit)
    if control.returncode == 0:
        pytest.skip("RLIMIT_DATA is not enforced on this machine")
    document = text(tmp_path / "a.txt", 9, 50_000)
    bank, large = tmp_path / "a.fotmem", tmp_path / "large.fotmem"
    memorize(artifact, [document], bank, "--encode=independent")
    driver.must(FOT, "memory", "merge", *[bank] * 10, "-o", large)
    assert large.stat().st_size > 2 * (64 << 20)
    free = hashes(artifact, "x", tmp_path, "--memory", large, "--threads", 1)
    output = tmp_path / "limited.npy"
    driver.must(
        *(FOT, "logits", artifact, "--tokens", tmp_path / "tokens.npy"),
        *("--memory", large, "--threads", 1, "-o", output),
        preexec_fn=limit,
    )
    np.testing.assert_array_equal(np.load(output)[0][:, HASHES], free)
    large.unlink()
