"""Small shapes measured by `fotc bench-op`, and command lines it refuses.

bench-op.py FOTC
"""

import json
import sys

import tiny

FIELDS = {
    "median_ms", "min_ms", "cpu_ms", "rounds", "bytes_read", "keys_scanned", "refined",
    "survivors", "gb_per_second", "read_bandwidth_gb_per_second", "strategy",
    "strategy_attribute", "seal_ms", "index_bytes", "memory_bytes", "threads",
    "machine", "exact",
}  # fmt: skip
fotc = sys.argv[1]
small = {"heads": 4, "kv-heads": 2, "head-dim": 40, "window": 32, "rounds": 3}
small = {**small, "memory": 4500, "topk": 20, "threads": 2}


def command(shape, *flags):
    options = [f"--{name}={value}" for name, value in shape.items()]
    return [fotc, "bench-op", "attention", *options, *flags]


def measure(name, *flags, **changes):
    """Measures the small shape with changes, and judges what is told of it."""
    shape = {**small, **{k.replace("_", "-"): v for k, v in changes.items()}}
    facts = json.loads(tiny.must(*command(shape, "--json", *flags)))
    assert set(facts) == FIELDS, sorted(set(facts) ^ FIELDS)
    assert 0 < facts["min_ms"] <= facts["median_ms"] < 10000, facts
    assert 0 < facts["cpu_ms"] < 10000, facts
    assert facts["rounds"] == 3 and facts["threads"] == 2, facts
    if "strategy" in shape:
        assert facts["strategy"] == shape["strategy"], facts
    # Only full segments are sealed.
    sealed = facts["strategy"] != "exact" and shape["memory"] >= 4096
    assert (facts["index_bytes"] > 0) == sealed, facts
    assert (facts["seal_ms"] > 0) == sealed, facts
    if "--dense" not in flags:
        assert facts["keys_scanned"] > 0 and facts["bytes_read"] > 0, facts
    exact = facts["exact"]
    assert exact["checked_heads"] == 4, exact
    decodes = shape.get("queries", 1) == 1 and "--dense" not in flags
    assert exact["checked_sets"] == (4 if decodes else 0), exact
    assert exact["mismatches"] == 0, exact
    print(f"{name}: exact")


for dtype, scan, queries in [
    ("f32", "exact", 1),
    ("f16", "int8", 1),
    ("bf16", "int4", 1),
    ("int8", "int4", 1),
    ("bf16", "int8", 9),
]:
    tokens = "1 query" if queries == 1 else f"{queries} queries"
    name = f"{dtype}, {scan}, {tokens}"
    keys = {"int4": "clustered", "int8": "spectrum"}.get(scan, "random")
    measure(name, dtype=dtype, strategy=scan, queries=queries, keys=keys)
measure("dense", "--dense")
measure("seeded", "--seeded", strategy="int4")
measure("k 1", topk=1)
measure("k 1024 of 70", topk=1024, memory=70)

for option in [
    "--kv-heads=3",
    "--queries=33",
    "--topk=1025",
    "--memory=4194305",
    "--dtype=i4",
    "--strategy=fast",
]:
    name = option[2:].split("=")[0]
    rest = {key: value for key, value in small.items() if key != name}
    print(f"{option}: {tiny.refused(*command(rest, option), code=2)}", end="")
print("matmul:", tiny.refused(fotc, "bench-op", "matmul", code=2), end="")
large = {"heads": 256, "head-dim": 256, "memory": 4194304}
print("too large:", tiny.refused(*command(large), code=1), end="")
