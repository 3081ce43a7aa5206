"""The rows of the comparison: what is measured, and what was asked for."""

from dataclasses import dataclass, field

import common
import random_gguf

# Shapes of the default model, for peers that have no file of it.
SMOLLM2 = dict(hidden=576, ff=1536, layers=30, heads=9, kv_heads=3, vocab=49152)


def random_shape(size):
    shape = dict(random_gguf.SHAPES[size])
    return {**shape, "kv_heads": shape["heads"]}


@dataclass
class Row:
    """One work; ratios are fotc's rate over a peer's, or times the other way."""

    name: str
    title: str
    work: str  # prefill, decode, load, compile, size or fidelity
    model: str = "smollm2"  # or "3b q8_0", of random_gguf
    count: int = 0  # tokens of a prompt, or generated ones
    behind: int = 0  # tokens in front of those that are generated
    peers: tuple = ("llama.cpp",)
    disturbed: bool = False  # another process spins on one core
    asked: dict = field(default_factory=dict)  # of the machine's kind, if known

    def shape(self):
        if self.model == "smollm2":
            return SMOLLM2
        return random_shape(self.model.split()[0])


ALL = ("llama.cpp", "torch", "openvino")
# Without AVX-512 less is asked for: llama.cpp is as good as it gets there.
NARROW = "avx512_vnni" not in common.cpu_flags()


def asked(wide, narrow=None):
    return {"llama.cpp": narrow if NARROW and narrow else wide}


def decode(name, title, count, behind, **other):
    return Row(name, title, "decode", count=count, behind=behind, **other)


def big(kind, ratio):
    model, shapes = f"3b {kind}", f"3B shapes, {kind}"
    return [
        decode(f"3b-{kind}-decode", f"{shapes}: decode behind 8 tokens", 16, 8,
               model=model, asked=asked(ratio)),
        Row(f"3b-{kind}-prefill", f"{shapes}: prefill of 256 tokens", "prefill",
            model=model, count=256, asked=asked(3.0, 2.0)),
    ]


ROWS = [
    decode("decode", "SmolLM2 Q4_1: decode behind 8 tokens", 64, 8,
           peers=ALL, asked=asked(2.0, 1.6)),
    decode("decode-512", "SmolLM2 Q4_1: decode behind 512 tokens", 64, 512,
           peers=ALL, asked=asked(2.0, 1.6)),
    Row("prefill", "SmolLM2 Q4_1: prefill of 512 tokens", "prefill", count=512,
        peers=ALL, asked=asked(4.0, 2.0)),
    decode("disturbed", "SmolLM2 Q4_1: decode while a process spins on one core",
           32, 8, disturbed=True, asked=asked(2.0)),
    Row("load", "SmolLM2 Q4_1: load to first call, file in the cache", "load",
        asked=asked(5.0)),
    Row("compile", "SmolLM2 Q4_1: fotc, for its default CPU levels", "compile", peers=()),
    Row("size", "libfot_runtime.so, stripped", "size", model="", peers=()),
    Row("fidelity", "SmolLM2 Q4_1: KL divergence from f32 arithmetic", "fidelity",
        peers=()),
    *big("q8_0", 1.3),
    *big("q4_0", 1.5),
]

# The same on a model that is made in a moment.
SMOKE = [
    decode("decode", "tiny, q4_0: decode behind 8 tokens", 16, 8,
           model="tiny q4_0", peers=ALL),
    Row("prefill", "tiny, q4_0: prefill of 64 tokens", "prefill",
        model="tiny q4_0", count=64, peers=ALL),
    decode("disturbed", "tiny, q4_0: decode while a process spins on one core",
           16, 8, model="tiny q4_0", disturbed=True),
    Row("load", "tiny, q4_0: load to first call", "load", model="tiny q4_0"),
    Row("compile", "tiny, q4_0: fotc, for its default CPU levels", "compile",
        model="tiny q4_0", peers=()),
    Row("size", "libfot_runtime.so, stripped", "size", model="", peers=()),
]
