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


@pytest.fixture(scope="module")
def library(speaking, tmp_path_factory):  # noqa: F811
    """A bank of which a device that is a little larger than needed without it has
    no room for all keys."""
    folder = tmp_path_factory.mktemp("library")
    bank = folder / "library.fotmem"
    long = text(folder / "long.txt", 3, 15000)
    driver.must(
        driver.FOT, "memorize", speaking[0], long, "--device=cpu", "-o", bank
    )
    return bank


@pytest.fixture(scope="module")
def devices(speaking, banks, library, tmp_path_factory):  # noqa: F811
    """Bytes of devices, and what they are given: with room for the keys of two
    banks and no values, and for some keys of a larger one."""
    artifact, code = speaking
    folder = tmp_path_factory.mktemp("devices")

    def peak(*given):
        fake = Fake(folder, code=code)
        command = logits_command(artifact, [[5, 6]], [2], folder)
        options = [f"--memory={bank}" for bank in given]
        done = fake.fot(*command, *options, "--device=cuda")
        assert done.returncode == 0, done.stderr
        (line,) = fake.lines("peak")
        return int(line.split()[1])

    # Keys leave a 64th of a device free, and values an eighth. Both are of one
    # type, so keys are half of the rows.
    alone, both = peak(), list(banks.values())
    keys = (peak(*both) - alone) // 2
    little = alone * 65 // 63
    assert (peak(library) - alone) // 2 > 2 * (little - alone)
    return {
        "values": ((alone + keys) * 65 // 63, both),
        "keys": (little, [library]),
    }


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


@pytest.mark.parametrize("lacking", ["values", "keys"])
def test_rows_in_the_hosts_memory(
    speaking,  # noqa: F811
    devices,
    tmp_path,
    lacking,
):
    """A device that lacks room for values, or for keys too, computes the same
    numbers."""
    artifact, code = speaking
    memory, given = devices[lacking]
    options = [f"--memory={bank}" for bank in given]
    little = {"FOT_EMULATOR_MEMORY": str(memory)}
    roomy = logits(artifact, tmp_path, *options, EMULATED)
    narrow = logits(artifact, tmp_path, *options, EMULATED, environment=little)
    np.testing.assert_array_equal(roomy, narrow)
    fake = Fake(tmp_path, code=code, memory=memory)
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


@pytest.mark.parametrize("lacking", ["values", "keys"])
def test_stats_say_where_rows_are(
    speaking,  # noqa: F811
    devices,
    tmp_path,
    lacking,
):
    artifact, code = speaking
    memory, given = devices[lacking]
    command = ["run", artifact, "--prompt=rain", "--max-tokens=1", "--stats"]
    command += [f"--memory={bank}" for bank in given]
    told = {"values": ["values"], "keys": ["keys", "values"]}[lacking]
    for room, expected in ((memory, told), (1 << 30, [])):
        fake = Fake(tmp_path, code=code, memory=room)
        done = fake.fot(*command, "--device=cuda")
        assert done.returncode == 0, done.stderr
        found = re.findall(r"bytes of (\w+) in the host's memory", done.stderr)
        assert found == expected


def test_own_entries_in_the_hosts_memory(
    speaking,  # noqa: F811
    devices,
    tmp_path,
):
    """Behind a bank whose keys have no room there is none for own ones either;
    kernels write them into the host's memory, and read them there."""
    artifact, code = speaking
    memory, (library,) = devices["keys"]
    command = ["run", artifact, "--prompt", " ".join(WORDS * 8)]
    command += ["--max-tokens=3", "--memory", library, "--device=cuda"]
    saved, told = [], []
    for room in (memory, 1 << 30):
        saved.append(tmp_path / f"{room}.fotmem")
        fake = Fake(tmp_path, code=code, memory=room)
        done = fake.fot(*command, "--save-memory", saved[-1])
        assert done.returncode == 0, done.stderr
        told.append(done.stdout)
        fake.expect_clean()
    assert saved[0].read_bytes() == saved[1].read_bytes()
    assert told[0] == told[1]


@pytest.mark.parametrize(
    "lacking, fail, sentence",
    [
        (
            "keys",
            "cuMemHostAlloc=2@1",
            "bytes of pinned memory for values of the memory of layer 1: out of",
        ),
        (
            "keys",
            "cuMemHostAlloc=2@{last}",
            "bytes of pinned memory for keys of the memory of layer 1: out of",
        ),
        (
            "values",
            "cuMemHostAlloc=2",
            "bytes of pinned memory for values of the memory of layer 1: out of",
        ),
        (
            "values",
            "cuMemHostGetDevicePointer_v2=1",
            "cannot use the host's memory: invalid argument",
        ),
    ],
)
def test_a_bank_that_does_not_fit(
    speaking,  # noqa: F811
    devices,
    tmp_path,
    lacking,
    fail,
    sentence,
):
    artifact, code = speaking
    memory, (bank, *_) = devices[lacking]
    command = logits_command(artifact, [[5, 6]], [2], tmp_path)
    command += ["--memory", bank, "--device=cuda"]
    if "{last}" in fail:
        # The last but one is for keys of the last segment.
        fake = Fake(tmp_path, code=code, memory=memory)
        assert fake.fot(*command).returncode == 0
        fail = fail.format(last=fake.calls("cuMemHostAlloc") - 1)
        (tmp_path / "logits.npy").unlink()
    fake = Fake(tmp_path, code=code, memory=memory, fail=fail)
    done = fake.fot(*command)
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {bank}: ")
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
