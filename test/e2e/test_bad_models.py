"""fotc refuses spoilt checkpoints with one sentence and leaves nothing."""

import json
import struct

import numpy as np
import pytest

import driver
import models
from refusal import refused, survives


def refuse(model, tmp_path, *words, options=(), codes=(1,)):
    output = tmp_path / "output"
    output.mkdir(exist_ok=True)
    command = [driver.FOTC, model, "-o", output / "m.fotm", *options]
    refused(command, *words, codes=codes, folder=output)


def test_the_unspoilt_models_compile(tmp_path):
    models.write_directory(tmp_path / "hf")
    (tmp_path / "m.gguf").write_bytes(models.gguf())
    for model in (tmp_path / "hf", tmp_path / "m.gguf"):
        driver.compile_model(model, tmp_path / "m.fotm")


def test_no_such_model(tmp_path):
    refuse(tmp_path / "nothing", tmp_path, "nothing")


def test_empty_directory(tmp_path):
    (tmp_path / "empty").mkdir()
    refuse(tmp_path / "empty", tmp_path, "config.json")


CONFIGS = {
    "unknown-architecture": (
        {"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"]},
        ["gpt2", "llama"],
    ),
    "biases": ({"attention_bias": True}, ["bias"]),
    "no-heads": ({"num_attention_heads": 0}, ["num_attention_heads"]),
    "text-for-number": ({"hidden_size": "wide"}, ["hidden_size"]),
    "negative": ({"num_hidden_layers": -1}, ["num_hidden_layers"]),
    "missing": ({"hidden_size": None}, ["hidden_size"]),
    "uneven-groups": ({"num_key_value_heads": 3}, ["4", "3", "heads"]),
    "other-activation": ({"hidden_act": "gelu"}, ["gelu", "silu"]),
    "more-layers": ({"num_hidden_layers": 3}, ["model.layers.2."]),
    "other-vocabulary": ({"vocab_size": 41}, ["41", "40"]),
    "memory-layer-outside": (
        {"mem_layers": [7], "last_context_length": 8},
        ["mem_layers", "0 to 1"],
    ),
}


@pytest.mark.parametrize("case", CONFIGS)
def test_config(tmp_path, case):
    config, words = CONFIGS[case]
    refuse(models.write_directory(tmp_path / "hf", config), tmp_path, *words)


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", '{"model_type": 3}', "\0\0"])
def test_config_is_no_configuration(tmp_path, text):
    model = models.write_directory(tmp_path / "hf")
    (model / "config.json").write_text(text)
    refuse(model, tmp_path, "config.json")


@pytest.mark.parametrize("keep", [0, 4, 8, 100, 0.5, -1])
def test_truncated_safetensors(tmp_path, keep):
    raw = models.safetensors()
    cut = int(len(raw) * keep) if isinstance(keep, float) else keep
    model = models.write_directory(tmp_path / "hf")
    (model / "model.safetensors").write_bytes(raw[:cut])
    refuse(model, tmp_path, "model.safetensors")


def change(name, **entries):
    header = models.safetensors_header()
    header[name] = {**header[name], **entries}
    return header


Q = "model.layers.1.self_attn.q_proj.weight"
HEADERS = {
    "wrong-shape": (change(Q, shape=[8, 32]), [Q, "8"]),
    "shape-and-bytes-differ": (change(Q, shape=[16, 17]), [Q]),
    "huge-shape": (change(Q, shape=[2**40, 2**40]), [Q]),
    "negative-shape": (change(Q, shape=[-16, -16]), ["model.safetensors"]),
    "offsets-outside": (change(Q, data_offsets=[0, 2**50]), [Q]),
    "offsets-reversed": (change(Q, data_offsets=[1024, 0]), [Q]),
    "unknown-type": (
        change(Q, dtype="F8_E4M3", shape=[16, 64]),
        ["F8_E4M3", "F16"],
    ),
    "not-json": (b'{"a": ', ["model.safetensors"]),
    "no-object": (b"[]", ["model.safetensors"]),
}


@pytest.mark.parametrize("case", HEADERS)
def test_safetensors_header(tmp_path, case):
    header, words = HEADERS[case]
    raw = models.safetensors(header)
    model = models.write_directory(tmp_path / "hf", raw=raw)
    refuse(model, tmp_path, *words)


def test_missing_tensor(tmp_path):
    header = models.safetensors_header()
    last = max(header, key=lambda name: header[name]["data_offsets"])
    begin, _ = header.pop(last)["data_offsets"]
    raw = models.safetensors(header, models.tensor_data()[:begin])
    refuse(models.write_directory(tmp_path / "hf", raw=raw), tmp_path, last)


def test_header_longer_than_the_file(tmp_path):
    raw = struct.pack("<Q", 2**63) + models.safetensors()[8:]
    model = models.write_directory(tmp_path / "hf", raw=raw)
    refuse(model, tmp_path, "model.safetensors")


def test_index_names_a_missing_shard(tmp_path):
    model = models.write_directory(tmp_path / "hf")
    (model / "model.safetensors").rename(model / "model-00001-of-00002.safetensors")
    shards = {name: "model-00001-of-00002.safetensors" for name, _, _ in
              models.tensor_names()}
    shards[Q] = "model-00002-of-00002.safetensors"
    index = model / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": shards}))
    refuse(model, tmp_path, "model-00002-of-00002.safetensors")


def metadata(**changes):
    facts = models.gguf_metadata()
    for key, value in changes.items():
        facts["general.architecture" if key == "arch" else f"llama.{key}"] = value
    return facts


GGUFS = {
    "magic": (models.gguf(magic=b"GGML"), ["m.gguf"]),
    "version": (models.gguf(version=99), ["99"]),
    "unknown-architecture": (
        models.gguf(metadata(arch=(models.STRING, "mamba"))),
        ["mamba", "llama"],
    ),
    "unknown-type": (models.gguf(types={"blk.1.attn_q.weight": 77}), ["77"]),
    "wrong-shape": (
        models.gguf(shapes={"blk.1.attn_q.weight": [8, 32]}),
        ["blk.1.attn_q.weight"],
    ),
    "huge-shape": (
        models.gguf(shapes={"blk.1.attn_q.weight": [2**40, 2**40]}),
        ["blk.1.attn_q.weight"],
    ),
    "no-layers": (models.gguf(metadata(block_count=(models.U32, 0))), ["block_count"]),
    "more-layers": (models.gguf(metadata(block_count=(models.U32, 3))), ["blk.2."]),
    "huge-counts": (
        b"GGUF" + struct.pack("<IQQ", 3, 2**60, 2**60) + models.gguf()[24:],
        ["m.gguf"],
    ),
    "huge-string": (
        b"GGUF" + struct.pack("<IQQQ", 3, 1, 1, 2**63) + bytes(64),
        ["m.gguf"],
    ),
}


@pytest.mark.parametrize("case", GGUFS)
def test_gguf(tmp_path, case):
    raw, words = GGUFS[case]
    (tmp_path / "m.gguf").write_bytes(raw)
    refuse(tmp_path / "m.gguf", tmp_path, *words)


@pytest.mark.parametrize("keep", [0, 3, 8, 24, 60, 0.3, 0.7, -1])
def test_truncated_gguf(tmp_path, keep):
    raw = models.gguf()
    cut = int(len(raw) * keep) if isinstance(keep, float) else keep
    (tmp_path / "m.gguf").write_bytes(raw[:cut])
    refuse(tmp_path / "m.gguf", tmp_path, "m.gguf")


OPTIONS = {
    "weights": ("--weights=q3", ["q3", "q8_0"]),
    "memory": ("--memory=best", ["best", "dense", "topk"]),
    "top-k-zero": ("--memory=topk:0", ["0"]),
    "memory-dtype": ("--memory-dtype=f8", ["f8", "bf16"]),
    "memory-layers": ("--memory-layers=5", ["5"]),
    "memory-layers-text": ("--memory-layers=some", ["some"]),
    "cpu": ("--cpu=z80", ["z80", "x86-64-v3"]),
    "target": ("--target=abacus", ["abacus", "cpu"]),
    "window": ("--window=0", ["window"]),
    "window-text": ("--window=wide", ["wide"]),
    "last-context": ("--last-context=-4", ["last-context"]),
    "phase": ("--compile-to=nowhere", ["nowhere", "import"]),
    "pass": ("--disable-pass=fot-unheard-of", ["fot-unheard-of"]),
    "unknown-option": ("--frobnicate", ["frobnicate"]),
}


@pytest.mark.parametrize("case", OPTIONS)
def test_option(tmp_path, case):
    option, words = OPTIONS[case]
    model = models.write_directory(tmp_path / "hf")
    refuse(model, tmp_path, *words, options=[option], codes=(2,))


def test_no_arguments():
    refused([driver.FOTC], codes=(2,))


SPOILT_BYTES = 24


@pytest.mark.parametrize("kind", ["safetensors", "gguf"])
def test_random_bytes_never_crash(tmp_path, kind):
    """Some spoilt bytes are noticed, some are not; none does harm."""
    generator = np.random.default_rng(7)
    output = tmp_path / "output"
    output.mkdir()
    for _ in range(SPOILT_BYTES):
        if kind == "gguf":
            raw, model = bytearray(models.gguf()), tmp_path / "m.gguf"
            path, reach = model, 2400
        else:
            raw = bytearray(models.safetensors())
            model = models.write_directory(tmp_path / "hf")
            path, reach = model / "model.safetensors", 2600
        for position in generator.integers(0, reach, 3):
            raw[position] = generator.integers(0, 256)
        path.write_bytes(raw)
        survives([driver.FOTC, model, "-o", output / "m.fotm"], output)
        for file in output.iterdir():
            file.unlink()
