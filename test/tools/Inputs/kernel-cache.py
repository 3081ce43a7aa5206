"""Compiles a tiny model with a cache of kernels in all its states.

kernel-cache.py FOTC WORK
"""

import sys
from pathlib import Path

import tiny

fotc, work = sys.argv[1], Path(sys.argv[2])
model = tiny.write_model(work / "model")
cache = work / "cache"


def compiled(name, cache, *options):
    out = work / name
    tiny.must(fotc, model, "-o", out, f"--kernel-cache={cache}", *options)
    return out.read_bytes()


def files():
    return {path: path.stat().st_mtime_ns for path in cache.glob("llvmcache-*")}


expected = compiled("none.fotm", "none")
assert not cache.exists()
first = compiled("first.fotm", cache)
kept = files()
print("kept", len(kept), "kernels")
assert first == expected, "a cache changes the artifact"

assert compiled("second.fotm", cache) == expected
assert files() == kept, "kernels were compiled again"
print("the same artifact with the cache, and nothing new in it")

dumped = work / "phases"
assert compiled("dumped.fotm", cache, f"--dump-phases={dumped}") == expected
texts = [path.read_text() for path in dumped.glob("0[78]*")]
assert any("llvm.func" in text for text in texts), "phase lower left nothing"
print("finished levels are lowered again where that is looked at")

other = compiled("other.fotm", cache, "--window=32")
assert other == compiled("plain.fotm", "none", "--window=32")
more = files()
assert other != expected
assert set(kept) < set(more) and len(more) < 2 * len(kept), (len(kept), len(more))
print("another window shares kernels")

for number, path in enumerate(kept):
    content = bytearray(path.read_bytes())
    if number % 3 == 0:
        content[len(content) // 2] ^= 1
    elif number % 3 == 1:
        del content[len(content) // 2 :]
    else:
        content.clear()
    path.write_bytes(content)
assert compiled("damaged.fotm", cache) == expected
print("damaged kernels are compiled again")

contents = {path: path.read_bytes() for path in kept}
names = list(contents)
for path, other_path in zip(names, names[1:] + names[:1]):
    path.write_bytes(contents[other_path])
assert compiled("mixed.fotm", cache) == expected
assert {path: path.read_bytes() for path in kept} == contents
print("kernels under another's name are compiled again")

GPU = ("--target=cuda", "--cuda-arch=sm_80,sm_90a")
for_gpus = compiled("gpu.fotm", "none", *GPU)
before = files()
assert compiled("gpu-first.fotm", cache, *GPU, "--threads=1") == for_gpus
kept = {path: when for path, when in files().items() if path not in before}
# The emulated device's object and two of PTX, and cubins where ptxas is.
assert len(kept) in (3, 5), len(kept)
assert compiled("gpu-second.fotm", cache, *GPU) == for_gpus
for path in kept:
    path.write_bytes(path.read_bytes()[:-1])
assert compiled("gpu-damaged.fotm", cache, *GPU) == for_gpus
more = compiled("gpu-more.fotm", cache, *GPU[:1], "--cuda-arch=sm_80,sm_89")
assert more == compiled("gpu-none.fotm", "none", *GPU[:1], "--cuda-arch=sm_80,sm_89")
print("code for GPUs is kept too")

(work / "file").write_text("")
assert compiled("nowhere.fotm", work / "file" / "cache") == expected
print("a folder that cannot be is done without")
