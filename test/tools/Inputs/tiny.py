"""Tiny models, and the tools of a build run on them; the standard library only.

    tiny.py OUT [FIELD=VALUE...]      writes a model directory

FIELD=VALUE overrides entries of config.json (VALUE is JSON); `--hole` leaves
the weights out: the file has its full size, and its data is a hole.
"""

import array
import json
import math
import random
import re
import struct
import subprocess
import sys
from pathlib import Path

SECONDS = 110
CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "vocab_size": 64,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "hidden_act": "silu",
    "rms_norm_eps": 1e-5,
    "rope_theta": 10000.0,
    "max_position_embeddings": 64,
    "tie_word_embeddings": False,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
DTYPES = {"F32": 4, "F16": 2, "BF16": 2}


def tensors(config):
    """(name, shape) of every tensor of a model."""
    hidden, ff = config["hidden_size"], config["intermediate_size"]
    head = config.get("head_dim") or hidden // config["num_attention_heads"]
    queries = config["num_attention_heads"] * head
    keys = config["num_key_value_heads"] * head
    yield "model.embed_tokens.weight", [config["vocab_size"], hidden]
    for layer in range(config["num_hidden_layers"]):
        for name, shape in {
            "input_layernorm": [hidden],
            "self_attn.q_proj": [queries, hidden],
            "self_attn.k_proj": [keys, hidden],
            "self_attn.v_proj": [keys, hidden],
            "self_attn.o_proj": [hidden, queries],
            "post_attention_layernorm": [hidden],
            "mlp.gate_proj": [ff, hidden],
            "mlp.up_proj": [ff, hidden],
            "mlp.down_proj": [hidden, ff],
        }.items():
            yield f"model.layers.{layer}.{name}.weight", shape
    yield "model.norm.weight", [hidden]
    if not config["tie_word_embeddings"]:
        yield "lm_head.weight", [config["vocab_size"], hidden]


def write_model(out, dtype="F32", hole=False, **overrides):
    """A model directory; with `hole` nothing but the size of the weights."""
    config = {**CONFIG, **overrides}
    header, end = {}, 0
    for name, shape in tensors(config):
        start, end = end, end + DTYPES[dtype] * math.prod(shape)
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    out = Path(out)
    out.mkdir(parents=True)
    (out / "config.json").write_text(json.dumps(config))
    with open(out / "model.safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        if hole:
            file.truncate(8 + len(text) + end)
            return out
        assert dtype == "F32", "only f32 weights are written"
        numbers = random.Random(7)
        for name, shape in tensors(config):
            norm = len(shape) == 1
            values = (
                1 + 0.1 * numbers.gauss(0, 1) if norm else 0.3 * numbers.gauss(0, 1)
                for _ in range(math.prod(shape))
            )
            array.array("f", values).tofile(file)
    return out


def run(*command):
    """The finished process of a command."""
    return subprocess.run(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def must(*command):
    """Standard output of a command that has to work."""
    done = run(*command)
    if done.returncode != 0:
        line = " ".join(str(part) for part in command)
        sys.exit(f"{line}\nended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def refused(*command, code):
    """The one sentence with which a command has to fail."""
    done = run(*command)
    line = " ".join(str(part) for part in command)
    if done.returncode != code or not re.fullmatch(r"error: .+\n", done.stderr):
        sys.exit(
            f"{line}\nexpected exit code {code} and one sentence, found "
            f"{done.returncode} and:\n{done.stderr}"
        )
    return done.stderr


def write_tokens(path, tokens):
    """An int32 .npy file of shape [1, N]."""
    text = f"{{'descr': '<i4', 'fortran_order': False, 'shape': (1, {len(tokens)}), }}"
    text += " " * (-(len(text) + 11) % 64) + "\n"
    head = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()
    Path(path).write_bytes(head + array.array("i", tokens).tobytes())


def logits(fot, artifact, tokens, work, *options):
    """The float32 logits that `fot logits` computes, one after the other."""
    work = Path(work)
    write_tokens(work / "tokens.npy", tokens)
    out = work / "logits.npy"
    must(fot, "logits", artifact, "--tokens", work / "tokens.npy", "-o", out, *options)
    raw = out.read_bytes()
    (length,) = struct.unpack_from("<H", raw, 8)
    values = array.array("f")
    values.frombytes(raw[10 + length :])
    assert values, "no logits"
    return values


def compare(name, expected, found, tolerance):
    """Ends the test if logits differ by more than `tolerance`."""
    if len(expected) != len(found):
        sys.exit(f"{name}: expected {len(expected)} logits, found {len(found)}")
    largest = max(map(abs, expected))
    assert 0.01 < largest < 1000, f"{name}: logits that show nothing: {largest}"
    worst = max(abs(x - y) for x, y in zip(expected, found))
    # Written so that NaN fails.
    if not worst <= tolerance:
        sys.exit(f"{name}: logits differ by {worst}, expected at most {tolerance}")


def main(arguments):
    hole = "--hole" in arguments
    out, *fields = [part for part in arguments if part != "--hole"]
    pairs = (field.split("=", 1) for field in fields)
    values = {name: json.loads(value) for name, value in pairs}
    write_model(out, values.pop("dtype", "F32"), hole, **values)


if __name__ == "__main__":
    main(sys.argv[1:])
