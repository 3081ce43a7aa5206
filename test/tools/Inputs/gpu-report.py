"""Checks what fotc --report says of GPU kernels: gpu-report.py FOTC WORK"""

import json
import math
import os
import sys
from pathlib import Path

import tiny

fotc, work = sys.argv[1], Path(sys.argv[2])
ASSEMBLER = """#!/bin/sh
# Ends like ptxas, which has found 64 registers for every kernel.
for last; do :; done
file=
for each; do case "$each" in *.ptx) file=$each;; esac; done
sed -n 's/.*\\.entry \\([a-z_0-9]*\\)(.*/\\1/p' "$file" | while read -r name; do
  echo "ptxas info    : Compiling entry function '$name' for 'sm_80'"
  echo "    8 bytes stack frame, 4 bytes spill stores, 12 bytes spill loads"
  echo "ptxas info    : Used 64 registers, used 1 barriers, 32000 bytes smem"
done
echo cubin > "$last"
"""


def install(folder, text):
    folder.mkdir()
    (folder / "ptxas").write_text(text)
    (folder / "ptxas").chmod(0o755)
    os.environ["PATH"] = f"{folder}{os.pathsep}{path}"


def report(*options, source=None):
    file = work / "report.json"
    command = [fotc, source or model, "-o", work / "m.fotm"]
    tiny.must(*command, f"--report-file={file}", *options)
    return json.loads(file.read_text())


path = os.environ["PATH"]
model = tiny.write_model(work / "model")
install(work / "answers", ASSEMBLER)
memory = ["--memory-layers=1", "--memory=topk:8"]
both = report("--target=cuda", "--target=cpu", "--cuda-arch=sm_80,sm_90a", *memory)
regions = {each["entry"]: each for each in both if "entry" in each}
gpus = [each for each in both if "architecture" in each]
assert [each["architecture"] for each in gpus] == ["sm_80", "sm_90a"]
for gpu in gpus:
    # Sessions launch the last one behind an entry point.
    names = [entry["entry"] for entry in gpu["entries"]]
    assert set(names) > set(regions) and names[-1] == "arg_max", names
    (row,) = gpu["entries"][-1]["kernels"]
    vocab = json.loads((model / "config.json").read_text())["vocab_size"]
    assert (row["kernel"], row["launches"]) == ("arg_max", 1), row
    assert (row["bytes"], row["operations"]) == (4 * vocab + 4, vocab), row
    for entry in gpu["entries"]:
        if entry["entry"] not in regions:
            continue
        whole = regions[entry["entry"]]["regions"][-1]
        # The same ops; a GPU gives up barriers, not work.
        assert entry["tokens"] == regions[entry["entry"]]["tokens"]
        operations = sum(row["operations"] for row in entry["kernels"])
        assert operations == whole["operations"], (operations, whole)
        moved = sum(row["bytes"] for row in entry["kernels"])
        assert moved == whole["bytes"], (moved, whole)
print("prefill and decode move and compute what regions do")

rows = [row for entry in gpus[0]["entries"] for row in entry["kernels"]]
assert all(row["registers"] == 64 and row["stack_bytes"] == 8 for row in rows)
assert all(row["spill_bytes"] == 16 for row in rows)
assert all(row["shared_bytes"] >= 32000 for row in rows)
print("registers, shared memory and spills are those that ptxas says")

# 164 KiB of shared memory have room for five times 32000 + 1024 bytes; 65536
# registers for four times 256 * 64, eight times 128 * 64 or
# two times 512 * 64.
small = [row for row in rows if row["shared_bytes"] == 32000]
expected = {
    32: (5, 5 * 32 / 2048),
    128: (5, 5 * 128 / 2048),
    256: (4, 4 * 256 / 2048),
    512: (2, 2 * 512 / 2048),
}
assert {row["threads"] for row in small} == set(expected), small
for row in small:
    assert (row["blocks_resident"], row["occupancy"]) == expected[row["threads"]], row
print("occupancy follows")

a100 = gpus[0]["products"][0]
for row in rows:
    assert row["unit"] in ("f32", "int8 tensor", "bf16 tensor"), row
    rate = {"f32": "f32_tflops", "int8 tensor": "int8_tensor_tops"}.get(
        row["unit"], "bf16_tensor_tflops"
    )
    least = max(
        row["bytes"] / a100["gb_per_second"] / 1e3,
        row["operations"] / a100[rate] / 1e6,
    )
    assert math.isclose(row["bound_us"][a100["name"]], least, rel_tol=1e-3), row
print("time is bound by the data sheet")
assert len(both) == len(regions) + len(gpus) == 4
print("what a code for CPUs and one for GPUs report is in one list")

# Heads of 64 numbers, whose codes a CPU would read; on GPUs there are none.
large = tiny.write_model(work / "large", hole=True, hidden_size=256)
options = ["--memory-dtype=bf16", "--target=cuda", "--cuda-arch=sm_80", *memory]
(gpu,) = report(*options, source=large)
entries = {entry["entry"]: entry for entry in gpu["entries"]}


def kernels(entry, region):
    rows = entries[entry]["kernels"]
    return [row for row in rows if row["region"] == region]


prefill, decode = entries["prefill"], entries["decode"]
tokens, seen = prefill["tokens"], prefill["memory"]
window, retrieval, merge = kernels("prefill", "memory_attention")
assert tokens > 32 and seen > 0
assert window["bytes"] == 2 * 2 * 64 * 4 * prefill["window"], window
assert retrieval["bytes"] == 2 * 64 * 2 * seen, retrieval
assert retrieval["operations"] == 2 * 4 * 64 * tokens * seen, retrieval
assert retrieval["unit"] == window["unit"] == "bf16 tensor"
assert merge["unit"] == "f32" and merge["key_reads"] is None
# Values of 8 winners of each head, and what goes in and out.
assert merge["bytes"] == tokens * (4 * 8 * 64 * 2 + 2 * 4 * 64 * 4), merge
# Tiles of 64 rows are 32 tokens with two heads of a key-value head.
assert retrieval["key_reads"] == window["key_reads"] == math.ceil(tokens / 32)
(scan,) = kernels("decode", "partial_knn")
assert scan["key_reads"] == 2 and scan["bytes"] > 2 * 64 * 2 * seen, scan
print("each launch has its part of the costs, and keys are read in full")

install(work / "refuses", "#!/bin/sh\necho 'no such architecture'\nexit 1\n")
(gpu,) = report("--target=cuda", "--cuda-arch=sm_80", *memory)
assert not gpu["assembled"]
assert all(
    row["registers"] is None and row["occupancy"] is None
    for entry in gpu["entries"]
    for row in entry["kernels"]
)
text = tiny.must(fotc, model, "-o", work / "m.fotm", "--target=cuda", "--report", *memory)
assert "registers are not known" in text, text
print("without registers the report says so")
