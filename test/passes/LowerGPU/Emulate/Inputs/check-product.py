"""check-product.py K nk|kn: reads the arguments before and after a product of
16 x K by K x 8 numbers, and compares with the sums."""

import sys

K = int(sys.argv[1])
ORDER = sys.argv[2]
before, after = (open(path).read().splitlines() for path in sys.argv[3:5])


def numbers(line):
    return [float(word) for word in line.split(": ")[1].split()]


a, b, c = map(numbers, before)
got = numbers(after[2])
assert len(got) == 128 and any(got)
for m in range(16):
    for n in range(8):
        right = b[n * K :][:K] if ORDER == "nk" else b[n::8]
        expected = c[m * 8 + n] + sum(
            x * y for x, y in zip(a[m * K :][:K], right)
        )
        if got[m * 8 + n] != expected:
            sys.exit(f"({m}, {n}) is {got[m * 8 + n]}, not {expected}")
print("equal")
