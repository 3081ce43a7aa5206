"""Draws the cost of one decode step against the length of the memory.

    plot.py RESULTS.json OUT.svg

RESULTS.json is what `compare --set curve --json` keeps.
"""

import json
import statistics
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot

COLOURS = {
    "fotc int4": "#0b6e4f",
    "fotc int8": "#4caf82",
    "fotc exact": "#a5d6b8",
    "torch": "#c0392b",
    "faiss": "#e08e45",
}
LABELS = {
    "fotc int4": "fotc, 4-bit scan, exact result",
    "fotc int8": "fotc, 8-bit scan, exact result",
    "fotc exact": "fotc, bf16 scan",
    "torch": "torch f32, bmm + topk + gather + softmax",
    "faiss": "faiss SQ8, search alone",
}


def milliseconds(result, side):
    times = [
        entry["ms"]
        for name, entry in result["sides"].items()
        if name == side or (side in ("torch", "faiss") and name.startswith(side))
    ]
    return min(map(statistics.median, times)) if times else None


def main():
    source, out = map(Path, sys.argv[1:])
    facts = json.loads(source.read_text())
    results = [r for r in facts["results"] if r["set"] == "curve"]
    if not results:
        sys.exit(f"error: {source}: expected results of the set 'curve', found none")
    figure, axes = pyplot.subplots(figsize=(8, 5))
    for side, colour in COLOURS.items():
        points = [(r["row"]["memory"], milliseconds(r, side)) for r in results]
        points = [point for point in points if point[1] is not None]
        if points:
            axes.plot(*zip(*points), "o-", color=colour, label=LABELS[side])
    row = results[0]["row"]
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    sizes = [r["row"]["memory"] for r in results]
    axes.set_xticks(sizes, [f"{size // 1024}k" for size in sizes])
    axes.set_xlabel("entries in the memory")
    axes.set_ylabel("milliseconds of one attention, one token")
    axes.set_title(
        f"{row['heads']} heads x {row['head_dim']}, window {row['window']}, "
        f"k {row['topk']}\n{facts['machine']}",
        fontsize=10,
    )
    axes.grid(True, which="both", linewidth=0.3)
    axes.legend()
    figure.tight_layout()
    beside = out.with_name(f"{out.stem}.tmp{out.suffix}")
    figure.savefig(beside)
    beside.replace(out)


if __name__ == "__main__":
    main()
