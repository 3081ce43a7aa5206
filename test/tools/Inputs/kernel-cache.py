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

other = compiled("other.fotm", cache, "--window=32")
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

(work / "file").write_text("")
assert compiled("nowhere.fotm", work / "file" / "cache") == expected
print("a folder that cannot be is done without")
