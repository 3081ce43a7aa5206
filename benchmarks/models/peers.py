"""One peer in a process of its own: llama.cpp, torch or OpenVINO.

    peers.py llama.cpp|torch|openvino|probe THREADS

Greets with {"version": TEXT}. Then, one JSON object a line: {"prepare":
{"model": GGUF, "shape": SHAPE, "context": N}} loads a model; {"prefill": N}
and {"decode": N, "behind": M} answer with {"rate": tokens/s}; {"load": GGUF}
answers with {"ms": time until a first call can be made}. `probe` answers
{"measure": 0} with {"gflops": single-precision matrix products}.
"""

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import common  # noqa: E402

LIMIT = 250  # token ids are below, in any vocabulary


def ids(count):
    return [3 + (i * 7919) % LIMIT for i in range(count)]


def seconds(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


class LlamaCpp:
    def __init__(self, threads):
        import llama_cpp

        self.module, self.threads = llama_cpp, threads
        self.version = f"llama-cpp-python {llama_cpp.__version__}"

    def open(self, model, context):
        return self.module.Llama(
            model,
            n_ctx=context,
            n_threads=self.threads,
            n_threads_batch=self.threads,
            n_batch=512,
            n_ubatch=512,
            verbose=False,
        )

    def prepare(self, facts):
        self.llama = self.open(facts["model"], facts["context"])
        self.llama.eval(ids(64))  # pages in the weights

    def prefill(self, count):
        self.llama.reset()
        return count / seconds(lambda: self.llama.eval(ids(count)))

    def decode(self, count, behind):
        self.llama.reset()
        self.llama.eval(ids(behind))

        def steps():
            for token in ids(count):
                self.llama.eval([token])

        return count / seconds(steps)

    def load(self, model):
        start = time.perf_counter()
        llama = self.open(model, 512)
        result = 1000 * (time.perf_counter() - start)
        llama.close()
        return result


class Torch:
    """The same shapes in plain eager torch, with random weights."""

    def __init__(self, threads):
        import torch

        self.torch = torch
        torch.set_num_threads(threads)
        torch.set_grad_enabled(False)
        self.version = f"torch {torch.__version__}, eager, f32"

    def prepare(self, facts):
        torch, shape = self.torch, facts["shape"]
        self.heads, self.kv = shape["heads"], shape["kv_heads"]
        self.dim, self.context = shape["hidden"] // shape["heads"], facts["context"]
        hidden, ff = shape["hidden"], shape["ff"]
        pairs = (self.heads + 2 * self.kv) * self.dim

        def matrix(rows, columns):
            return torch.randn(rows, columns) * columns**-0.5

        self.layers = [
            (matrix(pairs, hidden), matrix(hidden, hidden), matrix(2 * ff, hidden))
            + (matrix(hidden, ff),)
            for _ in range(shape["layers"])
        ]
        self.embedding = torch.randn(shape["vocab"], hidden)
        self.norm = torch.ones(hidden)
        self.caches = [
            torch.zeros(2, 1, self.kv, self.context, self.dim) for _ in self.layers
        ]
        angles = torch.arange(self.context)[:, None] * (
            10000.0 ** (-torch.arange(0, self.dim, 2) / self.dim)
        )
        angles = torch.cat([angles, angles], -1)
        self.cos, self.sin = angles.cos(), angles.sin()
        self.run(ids(16), 0)

    def rotate(self, x, at):
        low, high = x.chunk(2, -1)
        end = at + x.shape[-2]
        turned = self.torch.cat([-high, low], -1)
        return x * self.cos[at:end] + turned * self.sin[at:end]

    def run(self, tokens, at):
        torch, functional = self.torch, self.torch.nn.functional
        x = self.embedding[torch.tensor(tokens)]
        count, end = len(tokens), at + len(tokens)
        sizes = [self.heads * self.dim] + 2 * [self.kv * self.dim]
        for (pairs, out, up, down), cache in zip(self.layers, self.caches):
            y = functional.rms_norm(x, self.norm.shape, self.norm)
            q, k, v = (
                part.view(1, count, -1, self.dim).transpose(1, 2)
                for part in functional.linear(y, pairs).split(sizes, -1)
            )
            cache[0, :, :, at:end] = self.rotate(k, at)
            cache[1, :, :, at:end] = v
            y = functional.scaled_dot_product_attention(
                self.rotate(q, at),
                cache[0, :, :, :end],
                cache[1, :, :, :end],
                is_causal=count > 1,
                enable_gqa=True,
            )
            x = x + functional.linear(y.transpose(1, 2).reshape(count, -1), out)
            y = functional.rms_norm(x, self.norm.shape, self.norm)
            gate, wide = functional.linear(y, up).chunk(2, -1)
            x = x + functional.linear(functional.silu(gate) * wide, down)
        last = functional.rms_norm(x[-1:], self.norm.shape, self.norm)
        return functional.linear(last, self.embedding)

    def prefill(self, count):
        return count / seconds(lambda: self.run(ids(count), 0))

    def decode(self, count, behind):
        self.run(ids(behind), 0)

        def steps():
            for i, token in enumerate(ids(count)):
                self.run([token], behind + i)

        return count / seconds(steps)


class OpenVino:
    """openvino-genai on the GGUF file itself."""

    def __init__(self, threads):
        import openvino
        import openvino_genai

        self.genai, self.openvino, self.threads = openvino_genai, openvino, threads
        self.version = f"openvino-genai {openvino_genai.__version__}"
        self.calls = 0

    def prepare(self, facts):
        self.pipe = self.genai.LLMPipeline(
            facts["model"], "CPU", INFERENCE_NUM_THREADS=self.threads
        )
        self.metrics(64, 2)

    def metrics(self, prompt, generated):
        import numpy

        # The pipeline keeps what prompts have in common: no two begin alike.
        self.calls += 1
        tokens = numpy.array([ids(prompt)], dtype=numpy.int64)
        tokens[0, 0] = LIMIT + self.calls
        inputs = self.genai.TokenizedInputs(
            self.openvino.Tensor(tokens),
            self.openvino.Tensor(numpy.ones_like(tokens)),
        )
        result = self.pipe.generate(
            inputs, max_new_tokens=generated, ignore_eos=True, do_sample=False
        )
        return result.perf_metrics

    def prefill(self, count):
        return 1000 * count / self.metrics(count, 2).get_ttft().mean

    def decode(self, count, behind):
        return 1000 / self.metrics(behind, count).get_tpot().mean


class Probe:
    """What the machine multiplies and adds, by NumPy's matrix product."""

    def __init__(self, threads):
        import numpy

        self.version = f"numpy {numpy.__version__}"
        self.a, self.b = numpy.ones((2, 1536, 1536), dtype=numpy.float32)
        self.a @ self.b

    def measure(self):
        spent = min(seconds(lambda: self.a @ self.b) for _ in range(3))
        return 2e-9 * 1536**3 / spent


PEERS = {"llama.cpp": LlamaCpp, "torch": Torch, "openvino": OpenVino, "probe": Probe}


def answer(peer, request):
    if "prepare" in request:
        peer.prepare(request["prepare"])
        return {"ready": True}
    if "prefill" in request:
        return {"rate": peer.prefill(request["prefill"])}
    if "decode" in request:
        return {"rate": peer.decode(request["decode"], request["behind"])}
    if "load" in request:
        return {"ms": peer.load(request["load"])}
    return {"gflops": peer.measure()}


def main():
    try:
        peer = PEERS[sys.argv[1]](int(sys.argv[2]))
    except ImportError as problem:
        print(json.dumps({"error": f"not installed: {problem}"}), flush=True)
        return
    print(json.dumps({"version": peer.version}), flush=True)
    common.serve(lambda request: answer(peer, request))


if __name__ == "__main__":
    main()
