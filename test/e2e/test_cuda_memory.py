"""Memories on devices: what is memorized there, files that are attached, and
banks that are larger than a device."""

import os
import re

import numpy as np
import pytest

import driver
from test_cuda_driver import Fake, logits_command, speaking  # noqa: F401

pytestmark = pytest.mark.shared_data

WORDS = "the quick brown fox jumps over lazy dogs and then sleeps in rain".split()
EMULATED = "--device=cuda-emulated"
# The small model needs 9.0 MB of a device without its memory.
LITTLE, TOO_LITTLE = 9_700_000, 9_020_000


def text(path, seed, words):
    draw = np.random.default_rng(seed)
    path.write_text(" ".join(draw.choice(WORDS, words)))
    return path


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("texts")
    return text(folder / "a.txt", 1, 300), text(folder / "b.txt", 2, 70)


@pytest.fixture(scope="module")
def banks(speaking, texts, tmp_path_factory):  # noqa: F811
    """The same texts, memorized on a CPU and on the emulated device."""
    folder = tmp_path_factory.mktemp("banks")
    of = {}
    for device in ("cpu", "cuda-emulated"):
        of[device] = folder / f"{device}.fotmem"
        driver.must(
            driver.FOT,
            "memorize",
            speaking[0],
            *texts,
            f"--device={device}",
            "-o",
            of[device],
        )
        driver.must(driver.FOT, "memory", "verify", of[device])
    return of


def logits(artifact, folder, *options, environment=None):
    tokens = np.random.default_rng(5).integers(3, 32000, (1, 20))
    command = logits_command(artifact, tokens, [18, 1, 1], folder, 17)
    done = driver.tool(
        driver.FOT, *command, *options, env={**os.environ, **(environment or {})}
    )
    assert done.returncode == 0, done.stderr
    return np.load(folder / "logits.npy")


def info(bank):
    facts = driver.must(driver.FOT, "memory", "info", bank)
    return re.sub(r"(?m)^(content|\S*: bank).*\n", "", facts)


def test_banks_are_alike(speaking, banks, tmp_path):  # noqa: F811
    """Whoever wrote a bank, whoever reads it: the same within rounding."""
    artifact, _ = speaking
    assert info(banks["cpu"]) == info(banks["cuda-emulated"])
    of = {
        (writer, reader): logits(
            artifact, tmp_path, "--memory", bank, f"--device={reader}"
        )
        for writer, bank in banks.items()
        for reader in banks
    }
    expected = of["cpu", "cpu"]
    for found in of.values():
        np.testing.assert_allclose(found, expected, atol=2e-3, rtol=0)
    alone = logits(artifact, tmp_path, "--device=cpu")
    assert np.abs(alone - expected).max() > 0.02, "the memory does not matter"


def test_several_banks_and_own_entries(speaking, banks, tmp_path):  # noqa: F811
    artifact, _ = speaking
    saved = {}
    for device in ("cpu", "cuda-emulated"):
        command = ["run", artifact, "--prompt", " ".join(WORDS * 8)]
        saved[device] = tmp_path / f"{device}.fotmem"
        driver.must(
            driver.FOT,
            *command,
            "--max-tokens=3",
            "--memory",
            banks["cpu"],
            "--memory",
            banks["cuda-emulated"],
            "--save-memory",
            saved[device],
            f"--device={device}",
        )
        driver.must(driver.FOT, "memory", "verify", saved[device])
    assert info(saved["cpu"]) == info(saved["cuda-emulated"])
    of = [
        logits(artifact, tmp_path, "--device=cpu", "--memory", bank)
        for bank in saved.values()
    ]
    np.testing.assert_allclose(of[0], of[1], atol=2e-3, rtol=0)


def test_values_in_the_hosts_memory(speaking, banks, tmp_path):  # noqa: F811
    """A device that has room for the keys only computes the same numbers."""
    artifact, code = speaking
    options = ["--memory", banks["cpu"], "--memory", banks["cuda-emulated"]]
    little = {"FOT_EMULATOR_MEMORY": str(LITTLE)}
    roomy = logits(artifact, tmp_path, *options, EMULATED)
    narrow = logits(artifact, tmp_path, *options, EMULATED, environment=little)
    np.testing.assert_array_equal(roomy, narrow)
    fake = Fake(tmp_path, code=code, memory=LITTLE)
    through_driver = logits(
        artifact,
        tmp_path,
        *options,
        "--device=cuda",
        environment=fake.environment,
    )
    np.testing.assert_array_equal(roomy, through_driver)
    assert fake.calls("cuMemHostAlloc") > 0
    fake.expect_clean()


def test_stats_say_where_values_are(speaking, banks, tmp_path):  # noqa: F811
    artifact, code = speaking
    command = ["run", artifact, "--prompt=rain", "--max-tokens=1", "--stats"]
    command += ["--memory", banks["cpu"], "--device=cuda"]
    for memory, told in ((LITTLE, True), (1 << 30, False)):
        fake = Fake(tmp_path, code=code, memory=memory)
        done = fake.fot(*command)
        assert done.returncode == 0, done.stderr
        assert ("of values in the host's memory" in done.stderr) == told


@pytest.mark.parametrize(
    "settings, sentence",
    [
        ({"memory": TOO_LITTLE}, "keys of the memory of layer 1 needs"),
        (
            {"memory": LITTLE, "fail": "cuMemHostAlloc=2"},
            "bytes of pinned memory for values of the memory of layer 1: out of",
        ),
        (
            {"memory": LITTLE, "fail": "cuMemHostGetDevicePointer_v2=1"},
            "cannot use the host's memory: invalid argument",
        ),
    ],
)
def test_a_bank_that_does_not_fit(
    speaking,  # noqa: F811
    banks,
    tmp_path,
    settings,
    sentence,
):
    artifact, code = speaking
    fake = Fake(tmp_path, code=code, **settings)
    done = fake.fot(
        *logits_command(artifact, [[5, 6]], [2], tmp_path),
        "--memory",
        banks["cpu"],
        "--device=cuda",
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {banks['cpu']}: ")
    assert sentence in done.stderr and done.stderr.count("\n") == 1
    assert not (tmp_path / "logits.npy").exists()
    assert fake.lines("misuse") == fake.lines("leak") == []


def test_memorizing_continues(speaking, texts, banks, tmp_path):  # noqa: F811
    """A bank of the first text takes the second one, on a device too."""
    artifact, _ = speaking
    bank = tmp_path / "grown.fotmem"
    for count in (1, 2):
        driver.must(
            driver.FOT,
            "memorize",
            artifact,
            *texts[:count],
            EMULATED,
            "-o",
            bank,
        )
    assert bank.read_bytes() == banks["cuda-emulated"].read_bytes()


@pytest.mark.parametrize("option", ["--explain", "--speculate=4"])
def test_what_needs_a_cpu(speaking, banks, option):  # noqa: F811
    artifact, _ = speaking
    command = ["run", artifact, "--prompt=rain", "--max-tokens=2"]
    command += ["--memory", banks["cpu"]]
    done = driver.tool(driver.FOT, *command, option, EMULATED)
    assert done.returncode == 1
    assert done.stderr == (
        f"error: {option.split('=')[0]} needs --device=cpu; the session runs on "
        "cuda-emulated\n"
    )
    driver.must(driver.FOT, *command, option, "--device=cpu")
