"""What a LLaMA-family model with Focused-Transformer memory computes.

Plain NumPy in double precision, written to be read: the yardstick for models
that have no golden data. It reads a Hugging Face directory and replays calls,
with grouped-query heads and exact top-k (equal scores: the older entry).
"""

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np


def round_to(dtype):
    """A function that rounds an array as storing it in `dtype` does."""
    if dtype == "f32":
        return lambda x: x.astype(np.float32).astype(np.float64)
    if dtype == "f16":
        return lambda x: x.astype(np.float16).astype(np.float64)
    if dtype != "bf16":
        raise ValueError(f"type {dtype}: f32, f16 and bf16 are known")

    def to_bf16(x):
        bits = x.astype(np.float32).view(np.uint32).astype(np.uint64)
        bits = (bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000
        return bits.astype(np.uint32).view(np.float32).astype(np.float64)

    return to_bf16


def read_safetensors(path):
    """All tensors of one file, widened to float64, by name."""
    raw = Path(path).read_bytes()
    header_bytes = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8 : 8 + header_bytes])
    data = raw[8 + header_bytes :]
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        chunk = data[begin:end]
        if entry["dtype"] == "BF16":
            wide = np.frombuffer(chunk, "<u2").astype(np.uint32) << 16
            values = wide.view(np.float32)
        else:
            kind = {"F32": "<f4", "F16": "<f2"}[entry["dtype"]]
            values = np.frombuffer(chunk, kind)
        tensors[name] = values.astype(np.float64).reshape(entry["shape"])
    return tensors


def rotate(x, positions, theta):
    """Rotary embedding, halves paired. x [B, H, S, D], positions [S]."""
    half = x.shape[-1] // 2
    frequencies = theta ** (-np.arange(half) / half)
    angle = positions[:, None] * frequencies
    cos, sin = np.cos(angle), np.sin(angle)
    first, second = x[..., :half], x[..., half:]
    return np.concatenate(
        [first * cos - second * sin, second * cos + first * sin], -1
    )


def normalise(x, gain, eps):
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + eps) * gain


@dataclass
class LayerState:
    """Keys are kept as projected; [B, G, n, D] each, oldest entry first."""

    local_keys: np.ndarray
    local_values: np.ndarray
    memory_keys: np.ndarray
    memory_values: np.ndarray


@dataclass
class Options:
    """How to run a model; None where its config.json decides."""

    window: int = None
    last_context: int = None
    memory_layers: list = None
    top_k: int = 0  # 0: dense
    memory_dtype: str = "f32"
    window_dtype: str = "f32"


@dataclass
class Model:
    config: dict
    weights: dict
    options: Options = field(default_factory=Options)

    @staticmethod
    def load(directory, options=None):
        directory = Path(directory)
        config = json.loads((directory / "config.json").read_text())
        weights = {}
        for path in sorted(directory.glob("*.safetensors")):
            weights.update(read_safetensors(path))
        options = options or Options()
        if options.window is None:
            options.window = config["max_position_embeddings"]
        if options.last_context is None:
            options.last_context = config.get(
                "last_context_length", options.window
            )
        if options.memory_layers is None:
            options.memory_layers = config.get("mem_layers") or []
        return Model(config, weights, options)

    @property
    def heads(self):
        return self.config["num_attention_heads"]

    @property
    def kv_heads(self):
        return self.config.get("num_key_value_heads") or self.heads

    @property
    def head_dim(self):
        given = self.config.get("head_dim")
        return given or self.config["hidden_size"] // self.heads

    def new_state(self, batch):
        none = np.zeros((batch, self.kv_heads, 0, self.head_dim))
        layers = self.config["num_hidden_layers"]
        return [LayerState(none, none, none, none) for _ in range(layers)]


class Session:
    """Replays calls on one model; `smallest_gap` is how near a top-k choice
    came to a tie: (k-th score - next) / largest |score|, true ties left out."""

    def __init__(self, model, batch):
        self.model = model
        self.state = model.new_state(batch)
        self.smallest_gap = np.inf

    def call(self, tokens):
        """tokens [B, N] of one call; logits [B, N, vocab]."""
        window = self.model.options.window
        count = tokens.shape[1]
        cut = max(count - self.model.options.last_context, 0)
        edges = list(range(0, cut, window)) + [cut, count]
        logits = []
        for begin, end in zip(edges[:-1], edges[1:]):
            fresh = self.state[0].local_keys.shape[2] == 0
            # A window that finds no local cache, and is not the last one,
            # leaves none behind: it goes to memory after it was computed.
            keep = end == count or not fresh
            logits.append(self.run_window(tokens[:, begin:end], keep))
        return np.concatenate(logits, 1)

    def run_window(self, tokens, keep):
        model, weights = self.model, self.model.weights
        eps = model.config["rms_norm_eps"]
        embedding = weights["model.embed_tokens.weight"]
        x = embedding[tokens]
        for layer in range(model.config["num_hidden_layers"]):
            name = f"model.layers.{layer}."
            get = lambda part: weights[name + part + ".weight"]
            h = normalise(x, get("input_layernorm"), eps)
            x = x + self.attention(layer, h, get, keep)
            h = normalise(x, get("post_attention_layernorm"), eps)
            gate = h @ get("mlp.gate_proj").T
            up = h @ get("mlp.up_proj").T
            x = x + (gate / (1 + np.exp(-gate)) * up) @ get("mlp.down_proj").T
        x = normalise(x, weights["model.norm.weight"], eps)
        return x @ weights.get("lm_head.weight", embedding).T

    def attention(self, layer, h, get, keep):
        model, options = self.model, self.model.options
        state, theta = self.state[layer], model.config.get("rope_theta", 1e4)
        has_memory = layer in options.memory_layers
        in_window = round_to(options.window_dtype)
        batch, count, _ = h.shape

        def project(part, heads):
            flat = h @ get(f"self_attn.{part}_proj").T
            parts = flat.reshape(batch, count, heads, model.head_dim)
            return parts.transpose(0, 2, 1, 3)

        q = project("q", model.heads)
        new_keys = project("k", model.kv_heads)
        new_values = project("v", model.kv_heads)
        if state.local_keys.shape[2] + count > options.window:
            if has_memory:
                self.push(state, state.local_keys, state.local_values)
            state.local_keys = state.local_keys[:, :, :0]
            state.local_values = state.local_values[:, :, :0]
        keys = np.concatenate([state.local_keys, new_keys], 2)
        values = np.concatenate([state.local_values, new_values], 2)

        positions = np.arange(keys.shape[2])
        q = rotate(q, positions[-count:], theta)
        local = rotate(keys, positions, theta)
        y = self.attend(q, in_window(local), in_window(values), state)

        if keep:
            state.local_keys, state.local_values = keys, values
        elif has_memory:
            self.push(state, keys, values)
        y = y.transpose(0, 2, 1, 3).reshape(batch, count, -1)
        return y @ get("self_attn.o_proj").T

    def push(self, state, keys, values):
        in_window = round_to(self.model.options.window_dtype)
        in_memory = round_to(self.model.options.memory_dtype)
        state.memory_keys = np.concatenate(
            [state.memory_keys, in_memory(in_window(keys))], 2
        )
        state.memory_values = np.concatenate(
            [state.memory_values, in_memory(in_window(values))], 2
        )

    def attend(self, q, keys, values, state):
        """One softmax over the window and (the chosen part of) the memory."""
        model, top_k = self.model, self.model.options.top_k
        group = model.heads // model.kv_heads
        widen = lambda x: np.repeat(x, group, axis=1)
        count, live = q.shape[2], keys.shape[2]
        future = np.triu(np.ones((count, live), bool), live - count + 1)
        scores = q @ widen(keys).transpose(0, 1, 3, 2)
        scores = np.where(future, -np.inf, scores)
        stored = q @ widen(state.memory_keys).transpose(0, 1, 3, 2)
        if 0 < top_k < stored.shape[-1]:
            stored = self.keep_best(stored, top_k)
        z = np.concatenate([scores, stored], -1) / np.sqrt(model.head_dim)
        z = np.exp(z - z.max(-1, keepdims=True))
        z /= z.sum(-1, keepdims=True)
        return z[..., :live] @ widen(values) + z[..., live:] @ widen(
            state.memory_values
        )

    def keep_best(self, scores, k):
        """All but the k best scores of each row become -inf."""
        order = np.argsort(-scores, axis=-1, kind="stable")
        ranked = np.take_along_axis(scores, order, -1)
        gap = (ranked[..., k - 1] - ranked[..., k]) / np.abs(scores).max(-1)
        gap = gap[gap > 1e-12]
        if gap.size:
            self.smallest_gap = min(self.smallest_gap, gap.min())
        result = np.full_like(scores, -np.inf)
        best = order[..., :k]
        np.put_along_axis(
            result, best, np.take_along_axis(scores, best, -1), -1
        )
        return result


def replay(model, tokens, calls):
    """Logits [B, N, vocab] of all calls, and the session for its gap."""
    session = Session(model, tokens.shape[0])
    edges = np.concatenate([[0], np.cumsum(calls)])
    if edges[-1] != tokens.shape[1]:
        raise ValueError(f"calls add up to {edges[-1]}, not {tokens.shape[1]}")
    parts = [
        session.call(tokens[:, begin:end])
        for begin, end in zip(edges[:-1], edges[1:])
    ]
    return np.concatenate(parts, 1), session
