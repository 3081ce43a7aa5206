"""Writes a model of one layer whose attention has a given shape.

    layer.py OUT HEADS KV_HEADS HEAD_DIM

All but the attention is small, so that a decode step is little else, and the
weights are random, so that keys and queries are.
"""

import array
import json
import random
import struct
import sys
from pathlib import Path

HIDDEN, VOCABULARY = 256, 512


def tensors(heads, kv_heads, dim):
    """(name, shape) of every tensor."""
    layer = "model.layers.0."
    yield "model.embed_tokens.weight", [VOCABULARY, HIDDEN]
    yield layer + "input_layernorm.weight", [HIDDEN]
    yield layer + "self_attn.q_proj.weight", [heads * dim, HIDDEN]
    yield layer + "self_attn.k_proj.weight", [kv_heads * dim, HIDDEN]
    yield layer + "self_attn.v_proj.weight", [kv_heads * dim, HIDDEN]
    yield layer + "self_attn.o_proj.weight", [HIDDEN, heads * dim]
    yield layer + "post_attention_layernorm.weight", [HIDDEN]
    yield layer + "mlp.gate_proj.weight", [HIDDEN, HIDDEN]
    yield layer + "mlp.up_proj.weight", [HIDDEN, HIDDEN]
    yield layer + "mlp.down_proj.weight", [HIDDEN, HIDDEN]
    yield "model.norm.weight", [HIDDEN]
    yield "lm_head.weight", [VOCABULARY, HIDDEN]


def write(out, heads, kv_heads, dim):
    """The directory of the model; the same numbers every time."""
    header, data = {}, bytearray()
    numbers = random.Random(1)
    for name, shape in tensors(heads, kv_heads, dim):
        count = shape[0] * (shape[1] if len(shape) > 1 else 1)
        scale = shape[-1] ** -0.5
        values = array.array(
            "f",
            (
                1.0 if len(shape) == 1 else scale * numbers.gauss(0, 1)
                for _ in range(count)
            ),
        )
        start = len(data)
        data += values.tobytes()
        header[name] = {
            "dtype": "F32",
            "shape": shape,
            "data_offsets": [start, len(data)],
        }
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": VOCABULARY,
        "hidden_size": HIDDEN,
        "intermediate_size": HIDDEN,
        "num_hidden_layers": 1,
        "num_attention_heads": heads,
        "num_key_value_heads": kv_heads,
        "head_dim": dim,
        "hidden_act": "silu",
        "rms_norm_eps": 1e-5,
        "rope_theta": 10000.0,
        "max_position_embeddings": 4096,
        "tie_word_embeddings": False,
        "bos_token_id": 1,
        "eos_token_id": 2,
    }
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    (out / "config.json").write_text(json.dumps(config))
    text = json.dumps(header).encode()
    head = struct.pack("<Q", len(text)) + text
    (out / "model.safetensors").write_bytes(head + data)


if __name__ == "__main__":
    write(sys.argv[1], *(int(number) for number in sys.argv[2:5]))
