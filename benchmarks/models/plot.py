"""Draws by how much fotc is ahead of its peers, row by row.

    plot.py RESULTS.json OUT.svg

RESULTS.json is what `compare --json` keeps.
"""

import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot

COLOURS = {"llama.cpp": "#0b6e4f", "openvino": "#e08e45", "torch": "#c0392b"}


def main():
    source, out = map(Path, sys.argv[1:])
    facts = json.loads(source.read_text())
    bars = [
        (row["title"], kind, ratio, row["asked"].get(kind))
        for row in facts["rows"]
        for kind, ratio in row["ratios"].items()
    ]
    if not bars:
        sys.exit(f"error: {source}: expected rows with a peer, found none")
    figure, axes = pyplot.subplots(figsize=(9, 0.9 + 0.36 * len(bars)))
    for place, (_, kind, ratio, asked) in enumerate(bars):
        axes.barh(place, ratio, color=COLOURS[kind])
        axes.text(ratio, place, f" {ratio:.2f}", va="center", fontsize=8)
        if asked:
            axes.plot([asked] * 2, [place - 0.4, place + 0.4], color="black")
    axes.set_yticks(range(len(bars)), [f"{bar[0]}\n{bar[1]}" for bar in bars], fontsize=7)
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.axvline(1, color="grey", linewidth=0.8)
    axes.set_xlabel("times as fast as the peer; the black mark is what was asked for")
    axes.set_title(facts["machine"], fontsize=9)
    figure.tight_layout()
    beside = out.with_name(f"{out.stem}.tmp{out.suffix}")
    figure.savefig(beside, metadata={"Date": None})
    beside.replace(out)


if __name__ == "__main__":
    main()
