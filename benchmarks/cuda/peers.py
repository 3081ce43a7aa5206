"""torch on the first GPU, told what to do by lines.

    peers.py

Reads one JSON object a line: {"probe": ROUNDS} answers with what the machine
reaches in copies and products, {"measure": ROUNDS, ...SHAPE} with milliseconds
of attention over a memory. Answers are one JSON object a line; {"error":
SENTENCE} ends it.
"""

import json
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import common  # noqa: E402

# Keys that scores are made of at once; more would not fit.
CHUNK = 65536


class Torch:
    def __init__(self):
        import torch

        if not torch.cuda.is_available():
            raise RuntimeError("torch finds no GPU")
        self.torch = torch
        torch.set_grad_enabled(False)

    def milliseconds(self, call, make, rounds):
        """Of calls with new arguments each, by the GPU's own clock."""
        torch, times = self.torch, []
        for round_ in range(rounds + 3):
            arguments = make()
            start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            torch.cuda.synchronize()
            start.record()
            call(*arguments)
            end.record()
            torch.cuda.synchronize()
            if round_ >= 3:
                times.append(start.elapsed_time(end))
        return times

    def probe(self, rounds):
        torch = self.torch
        source = torch.empty(1 << 30, dtype=torch.uint8, device="cuda")
        target = torch.empty_like(source)
        copies = self.milliseconds(target.copy_, lambda: (source,), rounds)
        size = 8192
        a, b = (
            torch.randn(size, size, device="cuda", dtype=torch.bfloat16)
            for _ in range(2)
        )
        products = self.milliseconds(torch.matmul, lambda: (a, b), rounds)
        return {
            "device": torch.cuda.get_device_name(0),
            "torch": torch.__version__,
            # A copy reads and writes.
            "copy_gb_per_second": 2 * (1 << 30) / statistics.median(copies) / 1e6,
            "bf16_gemm_tflops": 2 * size**3 / statistics.median(products) / 1e9,
        }

    def dense(self, queries):
        attention = self.torch.nn.functional.scaled_dot_product_attention
        return attention(queries, self.keys, self.values)

    def topk(self, queries):
        """Scores in chunks, the best of each and of all, and their values."""
        torch = self.torch
        best, places = [], []
        for first in range(0, self.keys.shape[2], CHUNK):
            keys = self.keys[:, :, first : first + CHUNK]
            scores = torch.matmul(queries, keys.transpose(2, 3))
            found = scores.topk(min(self.k, scores.shape[-1]), dim=-1)
            best.append(found.values)
            places.append(found.indices + first)
        best, places = torch.cat(best, -1), torch.cat(places, -1)
        winners = places.gather(-1, best.topk(self.k, dim=-1).indices)
        batch, heads, rows, k = winners.shape
        flat = winners.reshape(batch, heads, rows * k, 1)
        flat = flat.expand(-1, -1, -1, self.keys.shape[-1])
        shape = (batch * heads * rows, 1, k, self.keys.shape[-1])
        keys = self.keys.gather(2, flat).reshape(shape)
        values = self.values.gather(2, flat).reshape(shape)
        one = queries.reshape(batch * heads * rows, 1, 1, -1)
        return torch.nn.functional.scaled_dot_product_attention(one, keys, values)

    def measure(self, request):
        torch = self.torch
        heads, dim = request["heads"], request["head_dim"]
        self.k = request["topk"]
        self.keys, self.values = (
            torch.randn(
                1, heads, request["memory"], dim, device="cuda", dtype=torch.bfloat16
            )
            for _ in range(2)
        )

        def make():
            return (
                torch.randn(
                    1, heads, request["queries"], dim, device="cuda"
                ).bfloat16(),
            )

        answer = {
            "dense": self.milliseconds(self.dense, make, request["measure"]),
            "topk": self.milliseconds(self.topk, make, request["measure"]),
        }
        del self.keys, self.values
        torch.cuda.empty_cache()
        return answer

    def __call__(self, request):
        if "probe" in request:
            return self.probe(request["probe"])
        return self.measure(request)


def main():
    try:
        peer = Torch()
    except (ImportError, RuntimeError) as problem:
        print(json.dumps({"error": str(problem).split("\n")[0]}), flush=True)
        return
    print(json.dumps({"ready": True}), flush=True)
    common.serve(peer)


if __name__ == "__main__":
    main()
