"""The form of decode that leaves the best token says what the logits say.

Its code is called as the runtime calls it (docs/kernel-abi.md), with heads made
so that there are ties and numbers that are none.
"""

import ctypes
import json
import threading

import numpy as np
import pytest

import driver
import models

VOCAB, PART = 600, 256
NAMES = [name for name, _, _ in models.tensor_names()]
HEAD = NAMES.index("lm_head.weight")


class Tensor(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("dims", ctypes.c_int64 * 4)]


BARRIER = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint32)


class Host(ctypes.Structure):
    _fields_ = [
        ("struct_bytes", ctypes.c_uint32),
        ("abi_version", ctypes.c_uint32),
        ("context", ctypes.c_void_p),
        ("barrier", BARRIER),
    ]


class Call(ctypes.Structure):
    _fields_ = [
        ("struct_bytes", ctypes.c_uint32),
        ("abi_version", ctypes.c_uint32),
        ("host", ctypes.c_void_p),
        ("weights", ctypes.c_void_p),
        ("workspace", ctypes.c_void_p),
        ("tensors", ctypes.c_void_p),
        ("scalars", ctypes.c_void_p),
        ("memories", ctypes.c_void_p),
    ]


def aligned(count):
    """That many zero bytes at a multiple of 64."""
    room = np.zeros(count + 64, np.uint8)
    return room[-room.ctypes.data % 64 :][:count]


class Code:
    """One level's code of an artifact without memories."""

    def __init__(self, artifact, level, folder):
        facts = json.loads(driver.must(driver.FOT, "inspect", "--json", artifact))
        raw = np.fromfile(artifact, np.uint8)
        parts = {part["name"]: part for part in facts["segments"]}
        cut = lambda part: raw[part["offset"] :][: part["bytes"]]
        self.weights = aligned(parts["weights"]["bytes"])
        self.weights[:] = cut(parts["weights"])
        # Of its own name: a library that is loaded must not be written over.
        elf = folder / f"{level}.so"
        cut(parts[level]).tofile(elf)
        self.library = ctypes.CDLL(str(elf))
        self.version = facts["code"][0]["kernel_abi"]
        self.entry = next(e for e in facts["entries"] if e["name"] == "decode")

    def decode(self, symbol, token, workers):
        """The logits' place after one token in an empty window."""
        room, tensors = {}, []
        for argument in self.entry["arguments"]:
            if argument["kind"] == "tensor":
                dims = argument["dims"]
                data = room[argument["role"], len(tensors)] = aligned(4 * int(np.prod(dims)))
                dims = dims + [0] * (4 - len(dims))
                tensors.append(Tensor(data.ctypes.data, (ctypes.c_int64 * 4)(*dims)))
                if argument["role"] == "Tokens":
                    data.view(np.int32)[0] = token
                if argument["role"] == "Logits":
                    logits = data
        meet = threading.Barrier(workers)
        barrier = BARRIER(lambda context, worker: meet.wait() and None)
        host = Host(ctypes.sizeof(Host), self.version, None, barrier)
        workspace = aligned(self.entry["workspace_bytes"])
        listed = (Tensor * len(tensors))(*tensors)
        scalars = (ctypes.c_int64 * 1)(0)
        call = Call(
            ctypes.sizeof(Call),
            self.version,
            ctypes.addressof(host),
            self.weights.ctypes.data,
            workspace.ctypes.data,
            ctypes.addressof(listed),
            ctypes.addressof(scalars),
            None,
        )
        codes = [None] * workers
        function = getattr(self.library, symbol)

        def work(worker):
            codes[worker] = function(
                ctypes.byref(call), ctypes.c_uint32(worker), ctypes.c_uint32(workers)
            )

        threads = [threading.Thread(target=work, args=(i,)) for i in range(workers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert codes == [0] * workers
        return logits


def best(numbers):
    """The first of the largest; if none is a number, the last."""
    numbers = np.asarray(numbers)
    real = ~np.isnan(numbers)
    if not real.any():
        return len(numbers) - 1
    return int(np.flatnonzero(real & (numbers == numbers[real].max()))[0])


def plain(head):
    pass


def ties(head):
    """Rows 5, 16, 21, 255, 256 and 599 are alike, in lanes and parts of their own."""
    head[[16, 21, 255, 256, 599]] = head[5] = 9 * head[5]


def some_nan(head):
    head[[0, 3, 17, 300, 599]] = np.nan
    head[256:512] = np.nan


def all_nan(head):
    head[:] = np.nan


def infinite(head):
    """Logits are inf, -inf or, where both meet, no number."""
    head[::2, 0] = np.inf
    head[1::4, 1] = -np.inf


def write_model(folder, vocab, change):
    shapes = {name: list(shape) for name, _, shape in models.tensor_names()}
    shapes["lm_head.weight"][0] = shapes["model.embed_tokens.weight"][0] = vocab
    header, data = {}, b""
    for seed, name in enumerate(NAMES):
        numbers = models.values(shapes[name], seed)
        if seed == HEAD:
            change(numbers)
        raw = numbers.tobytes()
        header[name] = {
            "dtype": "F32",
            "shape": shapes[name],
            "data_offsets": [len(data), len(data) + len(raw)],
        }
        data += raw
    raw = models.safetensors(header, data)
    config = {"vocab_size": vocab}
    return models.write_directory(folder, config=config, raw=raw)


def check(code, vocab):
    for token in (1, 7, 39):
        logits = code.decode("decode", token, 1).view(np.float32)[:vocab]
        for workers in (1, 2, 3):
            out = code.decode("decode_best", token, workers)
            parts = -(-vocab // PART)
            numbers = out.view(np.float32)[: 2 * parts : 2]
            tokens = out.view(np.int32)[1 : 2 * parts : 2]
            want = [best(logits[i : i + PART]) for i in range(0, vocab, PART)]
            want = [PART * i + place for i, place in enumerate(want)]
            assert tokens.tolist() == want
            np.testing.assert_array_equal(numbers, logits[want])
            assert tokens[best(numbers)] == best(logits)
            # No logits behind the pairs.
            assert not out[8 * parts :].any()


@pytest.mark.parametrize("change", [plain, ties, some_nan, all_nan, infinite])
@pytest.mark.parametrize("weights", ["f32", "bf16", "f16"])
def test_heads_of_floats(tmp_path, weights, change):
    model = write_model(tmp_path / "model", VOCAB, change)
    made = driver.compile_model(model, tmp_path / "m.fotm", f"--weights={weights}")
    for level in driver.levels(made)[0]:
        check(Code(made, level, tmp_path), VOCAB)


@pytest.mark.parametrize("change", [plain, ties])
@pytest.mark.parametrize("weights", ["q8_0", "q4_0"])
def test_heads_of_blocks(tmp_path, monkeypatch, weights, change):
    """Blocks have 32 numbers, so the model is wider."""
    monkeypatch.setattr(models, "HIDDEN", 32)
    for table in (models.LAYER_TENSORS, models.TOP_TENSORS):
        for name, (gguf, shape) in table.items():
            wider = [32 if size == 16 else size for size in shape]
            wider = [64 if size == 24 else size for size in wider]
            if "k_proj" in name or "v_proj" in name:
                wider = [16, 32]
            monkeypatch.setitem(table, name, (gguf, wider))
    config = {"hidden_size": 32, "intermediate_size": 64}
    monkeypatch.setattr(models, "CONFIG", {**models.CONFIG, **config})
    model = write_model(tmp_path / "model", VOCAB, change)
    made = driver.compile_model(model, tmp_path / "m.fotm", f"--weights={weights}")
    for level in driver.levels(made)[0]:
        check(Code(made, level, tmp_path), VOCAB)


@pytest.mark.parametrize("vocab", [40, 255, 256, 257])
def test_sizes_of_vocabularies(tmp_path, vocab):
    model = write_model(tmp_path / "model", vocab, plain)
    made = driver.compile_model(model, tmp_path / "m.fotm")
    for level in driver.levels(made)[0]:
        check(Code(made, level, tmp_path), vocab)


MEMORY = ["--memory-layers=all", "--memory=topk:8", "--window=32", "--last-context=16"]


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("options", [["--window=256"], MEMORY], ids=["plain", "memory"])
def test_greedy_runs_say_what_logits_say(checkpoint, work, options, threads):
    """At a temperature next to 0 the logits are searched, at 0 there are none."""
    made = work / f"greedy-{len(options)}.fotm"
    if not made.exists():
        driver.compile_model(checkpoint, made, *options)
    command = [driver.FOT, "run", made, "--prompt", "Once upon a time", "--max-tokens", 40]
    texts = [
        driver.must(*command, "--threads", threads, "--temperature", temperature)
        for temperature in ("0", "1e-9")
    ]
    assert texts[0] == texts[1] and texts[0].strip()
