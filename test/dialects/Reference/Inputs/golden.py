"""Golden values of fot-reference 7.6: weights, IR and expectations.

    golden.py weights FILE       the matrices, f32, one after the other
    golden.py ir FILE IR         the IR with a fot.weight for each of them
    golden.py check OUTPUT       the printed results against the golden logits
    golden.py fill T SCALE FILE  tensor number T of the crossbatch case as .npy
    golden.py crossbatch FILE    its result against the golden values
"""

import ast
import math
import os
import re
import struct
import sys

sys.path.append(os.path.dirname(__file__))
import npy

LAYERS = 3
SHAPES = {
    "q": (16, 16),
    "k": (16, 16),
    "v": (16, 16),
    "o": (16, 16),
    "gate": (24, 16),
    "up": (24, 16),
    "down": (16, 24),
}
# Name, number, shape; each layer's numbers are 10 i + 1 and so on.
MATRICES = [("emb", 0, (11, 16)), ("head", 99, (11, 16))] + [
    (name + str(layer), 10 * layer + 1 + number, shape)
    for layer in range(LAYERS)
    for number, (name, shape) in enumerate(SHAPES.items())
]

LOGITS = [
    [(0, ".09206 -1.1004 -.53883 .88163 .89679 -.51753 -1.10691 .06811 1.13456 .39253 -.97519")],
    [(-1, ".25691 -.61298 -.50578 .40763 .67128 -.13508 -.72612 -.15973 .66127 .42822 -.48741")],
    [(0, "-.20484 .64747 .46772 -.45757 -.6535 .19225 .73155 .10477 -.68901 -.38452 .5329")],
    [(0, ".5744 -.79514 -.89723 .43086 1.07216 .00445 -1.07036 -.43903 .89211 .80123 -.5668")],
    [(0, "-.46191 .08421 .4961 .11721 -.44851 -.29931 .32698 .43207 -.15156 -.49361 -.04885")],
    [(0, "-.10506 -1.26202 -.40733 1.09664 .85258 -.75048 -1.15728 .28062 1.27122 .23551 -1.1756")],
    [(0, "-.66666 -.94376 .28348 1.05885 .14642 -.9994 -.55219 .77521 .86693 -.42323 -1.03877")],
]
CROSSBATCH = ".35165 -.63636 .02483 .58008 -.42207 .07646 .56624 -.72945"
TOLERANCE = 2e-5


def fill(number, count):
    return [0.4 * math.sin(0.7 * n + 1.3 * number) for n in range(count)]


def weights(path):
    with open(path, "wb") as file:
        for _, number, shape in MATRICES:
            count = math.prod(shape)
            file.write(struct.pack(f"<{count}f", *fill(number, count)))


def ir(path, template):
    offset = 0
    for name, _, (rows, columns) in MATRICES:
        size = 4 * rows * columns
        print(
            f"fot.weight @{name} : tensor<{rows}x{columns}xf32> from #fot.source<"
            f'"{path}", offset = {offset}, bytes = {size}, type = "f32", '
            f"shape = [{rows}, {columns}]>"
        )
        offset += size
    with open(template) as file:
        print(file.read())


def compare(found, text, where):
    expected = [float(number) for number in text.split()]
    assert len(found) == len(expected), (where, found)
    worst = max(abs(a - b) for a, b in zip(found, expected))
    assert worst < TOLERANCE, (where, worst, found, expected)


def check(path):
    with open(path) as file:
        lines = file.read().splitlines()
    assert len(lines) == len(LOGITS) + 1, lines
    assert lines[-1] == f"result {len(LOGITS)}: index = 12", lines[-1]
    for line, rows in zip(lines, LOGITS):
        values = ast.literal_eval(re.sub(r".* = ", "", line))
        for row, text in rows:
            compare(values[row], text, line.split(":")[0])


def crossbatch(path):
    with open(path, "rb") as file:
        data = file.read()[-8 * 3 * 4 * 4 :]
    values = struct.unpack(f"<{8 * 3 * 4}f", data)
    compare([values[(b * 3 + 2) * 4] for b in range(8)], CROSSBATCH, path)


def write_fill(number, scale, path):
    numbers = [float(scale) * x for x in fill(int(number), 8 * 3 * 1 * 4)]
    npy.write("f4", "8,3,1,4", path, *numbers)


if __name__ == "__main__":
    {
        "weights": weights,
        "ir": ir,
        "check": check,
        "fill": write_fill,
        "crossbatch": crossbatch,
    }[sys.argv[1]](*sys.argv[2:])
