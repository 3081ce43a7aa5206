"""One peer in a process of its own: torch or faiss, told what to do by lines.

    peers.py torch|faiss THREADS

Reads one JSON object a line: {"prepare": SHAPE} makes random keys and values
in single precision, {"measure": N} answers with the milliseconds of N calls,
each with queries that are new, by variant. Answers are one JSON object a line;
{"error": SENTENCE} ends it.
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import common  # noqa: E402


def milliseconds(call, make, count):
    times = []
    for _ in range(count):
        argument = make()
        start = time.perf_counter()
        call(argument)
        times.append(1000 * (time.perf_counter() - start))
    return times


class Torch:
    """Attention over the window and the k best of the memory, unfused."""

    def __init__(self, threads):
        import torch

        self.torch = torch
        torch.set_num_threads(threads)
        torch.set_grad_enabled(False)

    def prepare(self, shape):
        torch = self.torch
        self.heads, self.groups = shape["heads"], shape["kv_heads"]
        self.dim, self.queries = shape["head_dim"], shape["queries"]
        self.k = min(shape["topk"], shape["memory"])
        self.keys = torch.randn(self.groups, shape["memory"], self.dim)
        self.values = torch.randn(self.groups, shape["memory"], self.dim)
        self.window_keys = torch.randn(self.groups, shape["window"], self.dim)
        self.window_values = torch.randn(self.groups, shape["window"], self.dim)
        window, queries = shape["window"], self.queries
        # Query t, of the window's last tokens, sees entries up to its own.
        self.hidden = torch.ones(queries, window).tril(window - queries) == 0
        self.calls = {"eager": self.decode if queries == 1 else self.prefill}
        if queries == 1:
            try:
                compiled = torch.compile(self.decode, dynamic=False)
                compiled(self.make())
                self.calls["compiled"] = compiled
            except Exception as problem:  # whatever the compiler's trouble is
                print(f"torch.compile: {problem}".split("\n")[0], file=sys.stderr)
        for call in self.calls.values():
            call(self.make())

    def make(self):
        return self.torch.randn(self.groups, self.shared() * self.queries, self.dim)

    def shared(self):
        return self.heads // self.groups

    def decode(self, queries):
        torch = self.torch
        scale = self.dim**-0.5
        scores = torch.bmm(queries, self.keys.transpose(1, 2)) * scale
        best, indices = torch.topk(scores, self.k)
        rows = indices.reshape(self.groups, -1, 1).expand(-1, -1, self.dim)
        values = torch.gather(self.values, 1, rows)
        values = values.reshape(self.groups, self.shared(), self.k, self.dim)
        local = torch.bmm(queries, self.window_keys.transpose(1, 2)) * scale
        weights = torch.softmax(torch.cat([best, local], -1), -1)
        out = torch.bmm(weights[..., self.k :], self.window_values)
        return out + (weights[..., : self.k, None] * values).sum(2)

    def prefill(self, queries):
        """Head by head: the scores of all heads at once would not fit."""
        torch = self.torch
        scale = self.dim**-0.5
        out = torch.empty_like(queries)
        for group in range(self.groups):
            rows = queries[group].reshape(self.shared(), self.queries, self.dim)
            for head in range(self.shared()):
                scores = rows[head] @ self.keys[group].T * scale
                best, indices = torch.topk(scores, self.k)
                values = self.values[group][indices]
                local = rows[head] @ self.window_keys[group].T * scale
                local.masked_fill_(self.hidden, float("-inf"))
                weights = torch.softmax(torch.cat([best, local], -1), -1)
                part = weights[:, self.k :] @ self.window_values[group]
                part += (weights[:, : self.k, None] * values).sum(1)
                begin = head * self.queries
                out[group, begin : begin + self.queries] = part
        return out

    def measure(self, count):
        return {
            name: milliseconds(call, self.make, count)
            for name, call in self.calls.items()
        }


class Faiss:
    """The search alone, by inner product: bytes (SQ8) or floats (flat)."""

    def __init__(self, threads):
        import faiss
        import numpy

        self.faiss, self.numpy, self.threads = faiss, numpy, threads

    def prepare(self, shape):
        faiss, numpy = self.faiss, self.numpy
        self.heads, self.dim = shape["heads"], shape["head_dim"]
        self.queries, self.k = shape["queries"], min(shape["topk"], shape["memory"])
        self.shared = self.heads // shape["kv_heads"]
        self.random = numpy.random.default_rng(1)
        self.indices = []
        flat = shape["queries"] > 1
        for _ in range(shape["kv_heads"]):
            keys = self.rows(shape["memory"])
            if flat:
                index = faiss.IndexFlatIP(self.dim)
            else:
                index = faiss.IndexScalarQuantizer(
                    self.dim, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
                )
                index.train(keys[:16384])
            index.add(keys)
            self.indices.append(index)
        self.name = "flat" if flat else "SQ8"
        self.measure(1)

    def rows(self, count):
        return self.random.standard_normal((count, self.dim), dtype="float32")

    def make(self):
        return [self.rows(self.queries) for _ in range(self.heads)]

    def search(self, queries, map_):
        def one(head):
            return self.indices[head // self.shared].search(queries[head], self.k)

        return list(map_(one, range(self.heads)))

    def measure(self, count):
        """Threads within each search, and one search on each thread."""
        result = {}
        self.faiss.omp_set_num_threads(self.threads)
        inside = milliseconds(lambda q: self.search(q, map), self.make, count)
        result[f"{self.name}, threads inside"] = inside
        with ThreadPoolExecutor(
            self.threads, initializer=lambda: self.faiss.omp_set_num_threads(1)
        ) as pool:
            across = milliseconds(lambda q: self.search(q, pool.map), self.make, count)
        result[f"{self.name}, threads across heads"] = across
        return result


def answer(peer, request):
    if "prepare" in request:
        peer.prepare(request["prepare"])
        return {"ready": True}
    return peer.measure(request["measure"])


def main():
    kind, threads = sys.argv[1], int(sys.argv[2])
    try:
        peer = {"torch": Torch, "faiss": Faiss}[kind](threads)
    except ImportError as problem:
        print(json.dumps({"error": str(problem)}), flush=True)
        return
    print(json.dumps({"ready": True}), flush=True)
    common.serve(lambda request: answer(peer, request))


if __name__ == "__main__":
    main()
