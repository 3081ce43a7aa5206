"""Drafts from what followed the retrieved entries change the speed only."""

import re

import pytest

import driver

VERSE = (
    "The ferry leaves at seven, and the miller counts his sacks of grain; "
    "the smith puts out his fire, and the children learn the names of rain. "
)


@pytest.fixture(scope="module")
def remembering(work, checkpoint):
    return driver.compile_model(
        checkpoint,
        work / "speculating.fotm",
        "--memory-layers=all",
        "--memory=topk:8",
        "--window=128",
        "--last-context=64",
    )


def generate(model, prompt, *options):
    """The text and what --stats says."""
    command = ["run", model, "--prompt", prompt, "--max-tokens", 96, "--stats"]
    done = driver.tool(driver.FOT, *command, *options)
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


@pytest.mark.parametrize("length", [1, 5, 64])
@pytest.mark.parametrize("prompt", [9 * VERSE, 3 * VERSE + "Tell me a story."])
def test_speculation_changes_no_token(remembering, prompt, length):
    """Windows move on and drafts of 64 are cut by them along the way."""
    plain, _ = generate(remembering, prompt)
    text, stats = generate(remembering, prompt, "--speculate", length)
    assert text == plain
    accepted, drafted = map(int, re.search(r"(\d+) of (\d+) drafted", stats).groups())
    assert accepted <= drafted
    if prompt == 9 * VERSE:
        assert accepted > 20, stats


def test_speculation_is_refused_where_it_cannot_be(remembering):
    for options, word in ((["--temperature", 0.5], "--temperature"), (["--explain"], "--explain")):
        command = ["run", remembering, "--prompt", "Hi", "--speculate", 4, *options]
        done = driver.tool(driver.FOT, *command)
        assert done.returncode == 2 and word in done.stderr, done.stderr
