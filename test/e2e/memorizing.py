"""Models, texts and steps that the tests of `fot memorize` share.

As a program it kills `fot memorize` at random moments, again and again:
    FOTC_BUILD=build python3 test/e2e/memorizing.py --kills 100 --seed 1
"""

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import driver

FOT = driver.FOT
TOY = driver.BUILD / "bin/test/toy-artifact"
WINDOW, LAST_CONTEXT = 256, 192
WORDS = (
    "the memory of a window that left keeps keys and values so query finds "
    "what was said, page by page; no entry moves: 17 heads, 4096 rows."
).split()


def toy(path, kind="memory", *more):
    """An artifact around the handwritten module: a token is a character, a
    segment 16 windows of 256, and logits are hashes of the memory."""
    driver.must(TOY, path, kind, *more)
    return path


def text(path, seed, characters):
    """Words and line breaks, always the same for a seed."""
    draw = random.Random(seed)
    words = []
    length = 0
    while length < characters:
        word = draw.choice(WORDS) + draw.choice("     \n")
        words.append(word)
        length += len(word)
    path.write_text("".join(words)[:characters])
    return path


def ids(string):
    """The toy's tokens."""
    low = {"\n": 0, " ": 1}
    return np.array([low.get(c, ord(c) - 31) for c in string], np.int32)


def memorize(artifact, texts, bank, *options):
    return driver.must(FOT, "memorize", artifact, *texts, "-o", bank, *options)


def kill_and_resume(artifact, texts, folder, expected, moments, options=()):
    """Starts `memorize` on a new bank, kills it after each of the `moments`
    (seconds) in turn, and lets it end. After every kill what is there must
    verify, and have no less than before; in the end the bank must have the
    `expected` bytes. Returns how many runs were killed before their end."""
    bank = folder / "killed.fotmem"
    for left in folder.glob("killed.fotmem*"):
        left.unlink()
    command = [str(FOT), "memorize", str(artifact), *map(str, texts)]
    command += ["-o", str(bank), *options]
    killed, committed = 0, 0
    for moment in moments:
        run = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        time.sleep(moment)
        run.kill()
        message = run.stderr.read().decode()
        killed += run.wait() == -9
        assert run.returncode in (0, -9), message
        if bank.exists():
            story = driver.must(FOT, "memory", "verify", bank)
            size = int(story.split(" tokens")[0].split()[-1].replace(",", ""))
            assert size >= committed, f"{committed} tokens, and then {size}"
            committed = size
    driver.must(*command)
    assert bank.read_bytes() == expected, f"killed after {moments} s"
    bank.unlink()
    return killed


def kill_often(artifact, folder, kills, seed, options=(), characters=60_000):
    """At least `kills` kills of runs over two texts; prints what was done."""
    texts = [
        text(folder / "first.txt", seed, characters),
        text(folder / "second.txt", seed + 1, characters // 3),
    ]
    whole = folder / "whole.fotmem"
    begin = time.monotonic()
    memorize(artifact, texts, whole, *options)
    seconds = time.monotonic() - begin
    expected = whole.read_bytes()
    draw = random.Random(seed)
    killed, rounds = 0, 0
    while killed < kills:
        moments = [
            draw.uniform(0, seconds) for _ in range(draw.randint(1, 3))
        ]
        killed += kill_and_resume(
            artifact, texts, folder, expected, moments, options
        )
        rounds += 1
    whole.unlink()
    print(
        f"seed {seed}: {killed} kills in {rounds} runs of {seconds:.2f} s, "
        f"{' '.join(options)}: every bank verified, every result equal"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="fot-kills-"))
    try:
        artifact = toy(folder / "toy.fotm")
        for number, encode in enumerate(("sequential", "independent")):
            kills = options.kills // 2 + (options.kills % 2) * number
            kill_often(
                artifact,
                folder,
                kills,
                options.seed + 100 * number,
                [f"--encode={encode}"],
            )
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
