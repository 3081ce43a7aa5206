"""Writes tiny models byte by byte, so that tests can spoil them."""

import json
import struct

import numpy as np

HIDDEN, INTERMEDIATE, LAYERS, HEADS, KV_HEADS, VOCAB = 16, 24, 2, 4, 2, 40
HEAD_DIM = HIDDEN // HEADS

CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "vocab_size": VOCAB,
    "hidden_size": HIDDEN,
    "intermediate_size": INTERMEDIATE,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": HEADS,
    "num_key_value_heads": KV_HEADS,
    "hidden_act": "silu",
    "rms_norm_eps": 1e-5,
    "rope_theta": 10000.0,
    "max_position_embeddings": 32,
    "tie_word_embeddings": False,
    "bos_token_id": 1,
    "eos_token_id": 2,
}

# Hugging Face name -> (GGUF name, shape).
LAYER_TENSORS = {
    "input_layernorm": ("attn_norm", [HIDDEN]),
    "self_attn.q_proj": ("attn_q", [HIDDEN, HIDDEN]),
    "self_attn.k_proj": ("attn_k", [KV_HEADS * HEAD_DIM, HIDDEN]),
    "self_attn.v_proj": ("attn_v", [KV_HEADS * HEAD_DIM, HIDDEN]),
    "self_attn.o_proj": ("attn_output", [HIDDEN, HIDDEN]),
    "post_attention_layernorm": ("ffn_norm", [HIDDEN]),
    "mlp.gate_proj": ("ffn_gate", [INTERMEDIATE, HIDDEN]),
    "mlp.up_proj": ("ffn_up", [INTERMEDIATE, HIDDEN]),
    "mlp.down_proj": ("ffn_down", [HIDDEN, INTERMEDIATE]),
}
TOP_TENSORS = {
    "model.embed_tokens": ("token_embd", [VOCAB, HIDDEN]),
    "model.norm": ("output_norm", [HIDDEN]),
    "lm_head": ("output", [VOCAB, HIDDEN]),
}


def tensor_names():
    """(Hugging Face name, GGUF name, shape) of every tensor."""
    for name, (gguf, shape) in TOP_TENSORS.items():
        yield f"{name}.weight", f"{gguf}.weight", shape
    for layer in range(LAYERS):
        for name, (gguf, shape) in LAYER_TENSORS.items():
            yield (
                f"model.layers.{layer}.{name}.weight",
                f"blk.{layer}.{gguf}.weight",
                shape,
            )


def values(shape, seed):
    data = np.random.default_rng(seed).standard_normal(shape) * 0.2
    return data.astype("<f4")


def safetensors_header():
    """The header of all tensors, in order, as F32."""
    header, offset = {}, 0
    for name, _, shape in tensor_names():
        end = offset + 4 * int(np.prod(shape))
        header[name] = {
            "dtype": "F32",
            "shape": list(shape),
            "data_offsets": [offset, end],
        }
        offset = end
    return header


def tensor_data():
    return b"".join(
        values(shape, seed).tobytes()
        for seed, (_, _, shape) in enumerate(tensor_names())
    )


def safetensors(header=None, data=None):
    """The bytes of a file; `header` may be an object or raw bytes."""
    header = safetensors_header() if header is None else header
    if not isinstance(header, bytes):
        header = json.dumps(header).encode()
    data = tensor_data() if data is None else data
    return struct.pack("<Q", len(header)) + header + data


def write_directory(folder, config=None, raw=None):
    """A model directory; `config` overrides entries, None removes one."""
    folder.mkdir(parents=True, exist_ok=True)
    facts = {**CONFIG, **(config or {})}
    facts = {key: value for key, value in facts.items() if value is not None}
    (folder / "config.json").write_text(json.dumps(facts))
    (folder / "model.safetensors").write_bytes(raw or safetensors())
    return folder


U32, F32, STRING, ARRAY = 4, 6, 8, 9


def gguf_string(text):
    raw = text.encode()
    return struct.pack("<Q", len(raw)) + raw


def gguf_entry(key, kind, value):
    raw = gguf_string(key) + struct.pack("<I", kind)
    if kind == STRING:
        return raw + gguf_string(value)
    return raw + struct.pack({U32: "<I", F32: "<f"}[kind], value)


def gguf_metadata():
    facts = {
        "general.architecture": (STRING, "llama"),
        "llama.context_length": (U32, 32),
        "llama.embedding_length": (U32, HIDDEN),
        "llama.block_count": (U32, LAYERS),
        "llama.feed_forward_length": (U32, INTERMEDIATE),
        "llama.attention.head_count": (U32, HEADS),
        "llama.attention.head_count_kv": (U32, KV_HEADS),
        "llama.attention.layer_norm_rms_epsilon": (F32, 1e-5),
        "llama.rope.freq_base": (F32, 10000.0),
        "llama.vocab_size": (U32, VOCAB),
    }
    return facts


def gguf(metadata=None, version=3, magic=b"GGUF", types=None, shapes=None):
    """The bytes of a file; `types` and `shapes` override by GGUF name."""
    metadata = gguf_metadata() if metadata is None else metadata
    tensors = list(tensor_names())
    out = magic + struct.pack("<IQQ", version, len(tensors), len(metadata))
    for key, (kind, value) in metadata.items():
        out += gguf_entry(key, kind, value)
    data = b""
    for seed, (_, name, shape) in enumerate(tensors):
        data += bytes(-len(data) % 32)
        told = (shapes or {}).get(name, shape)
        out += gguf_string(name) + struct.pack("<I", len(told))
        for size in reversed(told):
            out += struct.pack("<Q", size)
        out += struct.pack("<IQ", (types or {}).get(name, 0), len(data))
        data += values(shape, seed).tobytes()
    return out + bytes(-len(out) % 32) + data
