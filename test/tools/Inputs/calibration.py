"""Lets fotc choose memory layers for a tiny random model that reads bytes.

calibration.py FOTC FOT WORK
"""

import json
import os
import sys
from pathlib import Path

import tiny

fotc, fot, work = sys.argv[1], sys.argv[2], Path(sys.argv[3])
os.environ["XDG_CACHE_HOME"] = str(work / "cache")


def byte_letters():
    """GPT-2's printable spelling of each byte."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = (chr(256 + i) for i in range(256))
    return [chr(byte) if byte in plain else next(rest) for byte in range(256)]


def write_model(folder, context):
    sizes = {"vocab_size": 256, "num_hidden_layers": 4}
    tiny.write_model(folder, max_position_embeddings=context, **sizes)
    level = {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True}
    vocab = {letter: byte for byte, letter in enumerate(byte_letters())}
    model = {"type": "BPE", "vocab": vocab, "merges": []}
    parts = {"model": model, "pre_tokenizer": level, "decoder": level}
    (folder / "tokenizer.json").write_text(json.dumps(parts))
    return folder


def compile_auto(model, out, *options):
    tiny.must(fotc, model, "-o", out, "--memory-layers=auto", *options)
    return json.loads(tiny.must(fot, "inspect", "--json", out))


options = ["--cpu=x86-64-v3", "--memory=topk:4", "--window=512"]
model = write_model(work / "model", 4096)
facts = compile_auto(model, work / "m.fotm", *options)
found = facts["calibration"]
steps = found["steps"]
assert steps[0]["heads"] == 8 and len(steps) > 1, steps
assert all(0 < step["loss"] < 20 for step in steps), steps
losses = [step["check_loss"] for step in steps]
assert min(losses) <= found["loss"] <= 1.15 * min(losses)
assert facts["options"]["memory-layers"] == found["memory_layers"]
chosen = {memory["layer"]: len(memory["heads"]) for memory in facts["memories"]}
assert sum(chosen.values()) in [step["heads"] for step in steps], chosen
print("chosen by", found["facts"], "facts in", found["text_tokens"], "tokens")

text = tiny.must(fot, "inspect", work / "m.fotm")
assert f"calibrated {found['memory_layers']}: loss " in text, text
print("shown by fot inspect")

# Another run has to come to the same, by whatever way.
(kept,) = (work / "cache/fotc/calibrations").iterdir()
first = kept.read_bytes()
kept.write_bytes(first[: len(first) // 2])
assert compile_auto(model, work / "again.fotm", *options)["calibration"] == found
assert kept.read_bytes() == first
print("the same a second time, and a damaged cache counts as none")

edited = json.loads(first)
edited["memory_layers"] = "2"
kept.write_text(json.dumps(edited))
cached = compile_auto(model, work / "cached.fotm", *options)
assert [memory["layer"] for memory in cached["memories"]] == [2]
print("found in the cache")

said = tiny.refused(
    *(fotc, model, "-o", work / "no.fotm", "--memory-layers=auto"),
    *("--window=5000", "--cpu=x86-64-v3"),
    code=2,
)
assert "--window" in said and "4096" in said, said
small = write_model(work / "small", 64)
said = tiny.refused(
    *(fotc, small, "-o", work / "no.fotm", "--memory-layers=auto"),
    "--cpu=x86-64-v3",
    code=1,
)
assert "does not fit into the window of 64" in said, said
assert not (work / "no.fotm").exists()
print("what makes no sense is refused")
