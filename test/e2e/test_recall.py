"""What the memory is for, on the demo's own document and options."""

import json

import pytest

import driver


@pytest.fixture(scope="module")
def remembering(work, checkpoint):
    """The model as scripts/demo compiles it."""
    return driver.compile_model(
        checkpoint,
        work / "remembering.fotm",
        "--memory-layers=all",
        "--memory=topk:8",
        "--window=512",
        "--last-context=256",
    )


@pytest.mark.parametrize("key, percent", [(80698, 15), (41527, 50)])
def test_memory_finds_the_pass_key(remembering, tmp_path, key, percent):
    """In a document of four windows; its last window does not hold the key."""
    driver.must(driver.ROOT / "scripts/demo-prompts", key, percent, tmp_path)
    answers = {}
    for name in ("whole", "end"):
        prompt = tmp_path / f"{name}.txt"
        command = ["run", remembering, "--prompt-file", prompt]
        command += ["--max-tokens", 8, "--temperature", 0]
        answers[name] = driver.must(driver.FOT, *command)
    assert str(key) in answers["whole"]
    assert str(key) not in answers["end"]


def test_eval_tells_memory_from_none(remembering, tmp_path):
    """A key in the first half of 1,000 tokens is not in a window of 512."""
    facts = {}
    for name, options in {"on": [], "off": ["--memory-off"]}.items():
        report = tmp_path / f"{name}.json"
        command = ["eval", "passkey", remembering, "--json", report, *options]
        driver.must(driver.FOT, *command, "--lengths=1000", "--depths=0.2")
        facts[name] = json.loads(report.read_text())
    assert facts["on"]["right"] == 1 and facts["on"]["loss"] < 0.2
    assert facts["off"]["right"] == 0 and facts["off"]["loss"] > 1
