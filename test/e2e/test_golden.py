"""Every golden case through fotc and fot, judged by the data's own check.py."""

import importlib.util
import json

import numpy as np
import pytest

import driver

GOLDEN = driver.SHARED / "golden"
CASES = sorted(path.parent.name for path in GOLDEN.glob("*/case.json"))
TYPES = {"float32": "f32", "bfloat16": "bf16", "float16": "f16"}

pytestmark = pytest.mark.shared_data


def compare(case_dir, output):
    spec = importlib.util.spec_from_file_location("check", GOLDEN / "check.py")
    check = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(check)
    return check.compare(case_dir, output)


@pytest.fixture(scope="module")
def artifact(work):
    """Compiles a case once for all the tests that run it."""
    made = {}

    def get(name):
        if name not in made:
            case = json.loads((GOLDEN / name / "case.json").read_text())
            memory = case["memory"]["mode"]
            if memory == "topk":
                memory += f":{case['memory']['k']}"
            made[name] = case, driver.compile_model(
                GOLDEN / name / "model",
                work / f"{name}.fotm",
                "--weights=f32",
                f"--memory={memory}",
                f"--memory-dtype={TYPES[case['memory_dtype']]}",
                f"--window={case['window']}",
                f"--last-context={case['last_context_length']}",
            )
        return made[name]

    return get


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("name", CASES)
def test_case(artifact, tmp_path, name, threads):
    case, compiled = artifact(name)
    levels, _ = driver.levels(compiled)
    assert levels, "no code in the artifact runs on this machine"
    for level in levels:
        driver.logits(
            compiled,
            np.load(GOLDEN / name / "tokens.npy"),
            case["calls"],
            tmp_path,
            "--threads",
            threads,
            f"--cpu-level={level}",
            start=case.get("logits_from", 0),
        )
        ok, text = compare(GOLDEN / name, tmp_path / "logits.npy")
        assert ok, f"level {level}: {text}"


def test_level_that_cannot_run_is_refused(artifact, tmp_path):
    _, compiled = artifact("dense-basic")
    _, other = driver.levels(compiled)
    if not other:
        pytest.skip("every level of the artifact runs on this machine")
    np.save(tmp_path / "t.npy", np.zeros((1, 4), np.int32))
    command = [driver.FOT, "logits", compiled, "--tokens", tmp_path / "t.npy"]
    command += ["-o", tmp_path / "l.npy", f"--cpu-level={other[0]}"]
    done = driver.tool(*command)
    assert done.returncode in (1, 2)
    assert done.stderr.startswith("error:") and other[0] in done.stderr
    assert not (tmp_path / "l.npy").exists()
