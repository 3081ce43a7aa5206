"""tools/dev/make-checkpoint writes checkpoints of the shapes asked for."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

TOOL = Path(__file__).resolve().parents[2] / "tools/dev/make-checkpoint"
FLOATS = {"F32": np.dtype("<f4"), "F16": np.dtype("<f2")}


def run(*arguments):
    return subprocess.run(
        [sys.executable, TOOL, *map(str, arguments)],
        capture_output=True, text=True, timeout=60, check=False,
    )


def read(folder):
    """name -> (shape, values), and the configuration."""
    tensors = {}
    for path in sorted(folder.glob("*.safetensors")):
        data = path.read_bytes()
        start = 8 + int.from_bytes(data[:8], "little")
        header = json.loads(data[8:start])
        header.pop("__metadata__")
        for name, entry in header.items():
            begin, end = entry["data_offsets"]
            raw = data[start + begin : start + end]
            if entry["dtype"] == "BF16":
                bits = np.frombuffer(raw, "<u2").astype(np.uint32) << 16
                values = bits.view(np.float32)
            else:
                values = np.frombuffer(raw, FLOATS[entry["dtype"]])
            assert values.size == np.prod(entry["shape"])
            tensors[name] = (tuple(entry["shape"]), values)
    return tensors, json.loads((folder / "config.json").read_text())


def test_shapes_scales_and_configuration(tmp_path):
    out = run("--out", tmp_path, "--hidden", 96, "--heads", 6, "--kv-heads", 2,
              "--head-dim", 10, "--layers", 3, "--vocab", 70,
              "--mem-layers", "0,2", "--window", 32, "--last-context", 12)
    assert out.returncode == 0, out.stderr
    tensors, config = read(tmp_path)
    assert len(tensors) == 3 + 9 * 3
    assert tensors["model.layers.2.self_attn.q_proj.weight"][0] == (60, 96)
    assert tensors["model.layers.2.self_attn.k_proj.weight"][0] == (20, 96)
    assert tensors["model.layers.2.self_attn.o_proj.weight"][0] == (96, 60)
    assert tensors["lm_head.weight"][0] == (70, 96)
    norm = tensors["model.norm.weight"][1]
    assert 0.5 < norm.min() < 1 < norm.max() < 1.5
    gate = tensors["model.layers.0.mlp.gate_proj.weight"][1]
    assert gate.std() == pytest.approx(96**-0.5, rel=0.1)
    assert config["model_type"] == "longllama"
    assert config["mem_layers"] == [0, 2]
    assert config["last_context_length"] == 12
    assert config["max_position_embeddings"] == 32


@pytest.mark.parametrize("dtype, tolerance", [("f16", 2**-11), ("bf16", 2**-8)])
def test_types_round_the_same_values(tmp_path, dtype, tolerance):
    assert run("--out", tmp_path / "a", "--tie").returncode == 0
    assert run("--out", tmp_path / "b", "--tie", "--dtype", dtype,
               "--shards", 3).returncode == 0
    exact, config = read(tmp_path / "a")
    rounded, _ = read(tmp_path / "b")
    assert config["model_type"] == "llama" and "lm_head.weight" not in exact
    assert len(list((tmp_path / "b").glob("*.safetensors"))) == 3
    index = json.loads(
        (tmp_path / "b/model.safetensors.index.json").read_text()
    )
    assert set(index["weight_map"]) == set(exact) == set(rounded)
    for name, (_, values) in exact.items():
        found = rounded[name][1].astype(np.float32)
        assert np.all(np.abs(found - values) <= tolerance * np.abs(values) + 1e-7)


def test_large_tensors_stream(tmp_path):
    process = subprocess.Popen(
        [sys.executable, TOOL, "--out", tmp_path, "--hidden", "1024",
         "--vocab", "40000", "--layers", "1", "--tie"],
        stdout=subprocess.DEVNULL,
    )
    # Of this child alone: others of the test run may have been larger.
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    assert (tmp_path / "model.safetensors").stat().st_size > 160_000_000
    assert usage.ru_maxrss < 130_000, f"{usage.ru_maxrss} KiB"


@pytest.mark.parametrize("arguments", [
    ["--heads", 5], ["--head-dim", 3], ["--kv-heads", 3], ["--layers", 0],
    ["--mem-layers", "2"], ["--mem-layers", "x"], ["--preset", "9b"],
    ["--seed", "-1"],
])
def test_wrong_command_lines(tmp_path, arguments):
    out = run("--out", tmp_path / "m", *arguments)
    assert out.returncode == 2
    assert "error:" in out.stderr and not (tmp_path / "m").exists()


def test_work_that_fails(tmp_path):
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path):
        out = run("--out", path)
        assert out.returncode == 1
        assert out.stderr.startswith("error: ") and out.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
