#!/usr/bin/env python3
"""Fits the inverse-CDF table of `src/noise/normal_table.rs`, and writes the reference values it is tested against.

    python3 tests/data/make_noise.py table      > src/noise/normal_table.rs
    python3 tests/data/make_noise.py reference  > tests/data/noise/normal_reference.csv
    python3 tests/data/make_noise.py stream     > tests/data/noise/stream.csv
    python3 tests/data/make_noise.py hash       # the number in src/noise/fingerprint.rs (half a minute)

Needs mpmath and numpy. The table is FROZEN: every published noise hash depends on it. This script is kept so that
anyone can see where the numbers come from; running it must give the committed files, byte for byte.

A word's upper 31 bits are a position m; its two-sided tail probability is p = (m + 1/2) / 2^31 and the exact
normal is |z| = Q^-1(p / 2). Positions are cut into octaves by their leading one, octaves into 16 segments
(448 segments; below m = 32 every position is a segment), segments into at most 2^16 cells. Within a segment
|z| is a quadratic in the cell number t:

    |z| = (c0 + (c2 * (t * t >> 16) >> 13) - (c1 * t >> 7)) >> 9        in units of 2^-20

so c0 counts units of 2^-29 (with one half of 2^-20 added: the last shift then rounds to nearest), c1 counts
2^-20 and c2 counts 2^-26, both per segment length.
"""
import pathlib
import re
import struct
import sys

import mpmath
import numpy

mpmath.mp.dps = 40
OCTAVES, SEGMENTS = 28, 16
WORD = 0xFFFFFFFF
POINTS = 129  # per segment, where the error of a candidate is looked at
HALF = 256  # one half of the output's unit 2^-20, in units of 2^-29


def exact(p):
    """|z| whose two-sided tail probability is p, to 40 digits: Newton's method on erfc(z / sqrt 2) = p."""
    p = mpmath.mpf(p)
    # erfinv has no complementary form; its value at double precision, or the leading asymptotics, starts Newton.
    if p > 1e-3:
        z = mpmath.sqrt(2) * mpmath.erfinv(mpmath.mpf(float(1 - p)))
    else:
        z = mpmath.sqrt(-2 * mpmath.log(p))
        z -= mpmath.log(z * mpmath.sqrt(mpmath.pi / 2)) / z
    for _ in range(60):
        step = (mpmath.erfc(z / mpmath.sqrt(2)) - p) / (mpmath.sqrt(2 / mpmath.pi) * mpmath.exp(-z * z / 2))
        z += step
        if abs(step) < mpmath.mpf(10) ** -32:
            return z
    raise ArithmeticError(f"no convergence at p = {p}")


def segment_span(index):
    """First position and number of positions of a segment."""
    if index < 32:
        return index, 1
    octave, segment = divmod(index, SEGMENTS)
    return (SEGMENTS + segment) << (octave - 1), 1 << (octave - 1)


def probability(first, length, t):
    """Tail probability at the middle of cell t, which holds length / 2^16 positions, or one where that is less."""
    middle = mpmath.mpf(max(length, 1 << 16)) / (1 << 17)
    return (first + mpmath.mpf(length) * t / (1 << 16) + middle) / (1 << 31)


def fit(index):
    """The coefficients of a segment with the least largest error, the roundings included."""
    first, length = segment_span(index)
    if length == 1:
        return int(mpmath.nint(exact(probability(first, 1, 0)) * 2**29)) + HALF, 0, 0
    # Cells that occur: all 2^16 in long segments, every (2^16 / length)-th in short ones.
    stride = max(1, (1 << 16) // length)
    cells = sorted({(65535 * i // (POINTS - 1)) // stride * stride for i in range(POINTS)})
    t = numpy.array(cells, dtype=numpy.int64)
    target = numpy.array([float(exact(probability(first, length, c)) * 2**29) for c in cells])
    x = t / 65536.0
    # The quadratic through the three Chebyshev nodes of the interval is within a few per cent of the best one.
    nodes = [(1 + mpmath.cos(mpmath.pi * (2 * i + 1) / 6)) / 2 for i in range(3)]
    values = [exact(probability(first, length, n * 65536)) for n in nodes]
    a, b, c = numpy.linalg.solve(
        numpy.array([[1.0, float(n), float(n * n)] for n in nodes]), numpy.array([float(v) for v in values])
    )
    best = None
    # c1 is the coarsest number: try its neighbours, and let c2 and c0 take up the difference.
    for c1 in range(int(numpy.floor(-b * 2**20)) - 1, int(numpy.floor(-b * 2**20)) + 3):
        compensated = (c + (c1 / 2**20 + b)) * 2**26
        for c2 in range(int(numpy.floor(compensated)) - 16, int(numpy.floor(compensated)) + 18):
            if not (0 <= c1 < 1 << 16 and 0 <= c2 < 1 << 16):
                continue
            curve = (c2 * (t * t >> 16) >> 13) - (c1 * t >> 7)
            error = target - curve
            c0 = int(numpy.rint((error.max() + error.min()) / 2))
            worst = numpy.abs(target - (c0 + curve)).max()
            if best is None or worst < best[0]:
                best = worst, c0 + HALF, c1, c2
    return best[1:]


HEADER = """\
//! The coefficients of the inverse normal CDF: data, fitted by `tests/data/make_noise.py`.
//!
//! **Frozen.** Every bit of noise the crate has ever published depends on these numbers; changing one is a
//! breaking change. The Rust and the WGSL implementation both read this table and no other.

/// Number of segments of the table: 28 octaves of 16.
pub const NORMAL_SEGMENTS: usize = 448;

/// Coefficients of [`normal_from_word`](super::normal_from_word), one row per segment: `[c0, c1 << 16 | c2]`.
///
/// `c0` is in units of 2⁻²⁹ and carries one half of the result's unit 2⁻²⁰, so that the final shift rounds to
/// nearest; `c1 < 2¹⁶` is in units of 2⁻²⁰ and `c2 < 2¹⁶` in units of 2⁻²⁶, both per segment length. In memory
/// it is 3,584 bytes of `u32`, the very bytes the GPU reads as `array<vec4<u32>, 224>` (two rows a vector).
#[rustfmt::skip]
pub const NORMAL_TABLE: [[u32; 2]; NORMAL_SEGMENTS] = ["""


def table():
    rows = [fit(i) for i in range(OCTAVES * SEGMENTS)]
    print(HEADER)
    for start in range(0, len(rows), 4):
        print("    " + " ".join(f"[{c0:#010x}, {c1 << 16 | c2:#010x}]," for c0, c1, c2 in rows[start : start + 4]))
    print("];")


def reference():
    print("# position, |z|: the normal quantile of the position's tail probability (position + 1/2) / 2^31, two-sided,")
    print("# to 25 digits, by tests/data/make_noise.py (mpmath). First, middle and last of every segment.")
    for index in range(OCTAVES * SEGMENTS):
        first, length = segment_span(index)
        for position in sorted({first, first + length // 2, first + length - 1}):
            z = exact(mpmath.mpf(2 * position + 1) / (1 << 32))
            print(f"{position},{mpmath.nstr(z, 25, min_fixed=-100, max_fixed=100)}")


def philox4x32_10(counter, key):
    """Written from the paper, in whole numbers: shares nothing with the Rust and WGSL implementations."""
    counter, key = list(counter), list(key)
    for _ in range(10):
        p0, p1 = 0xD2511F53 * counter[0], 0xCD9E8D57 * counter[2]
        counter = [p1 >> 32 ^ counter[1] ^ key[0], p1 & WORD, p0 >> 32 ^ counter[3] ^ key[1], p0 & WORD]
        key = [(key[0] + 0x9E3779B9) & WORD, (key[1] + 0xBB67AE85) & WORD]
    return counter


def frozen_table():
    source = (pathlib.Path(__file__).parents[2] / "src/noise/normal_table.rs").read_text()
    rows = re.findall(r"\[(0x[0-9a-f]{8}), (0x[0-9a-f]{8})\]", source)
    return [[int(number, 16) for number in row] for row in rows]


def normal_units(rows, word):
    """The normal of a word in units of 2^-20, its octave taken from the number's length."""
    position = word >> 1
    shift = max(position.bit_length() - 5, 0)
    t = ((position << 16) >> shift) & 0xFFFF
    c0, slopes = rows[shift * SEGMENTS + (position >> shift)]
    units = (c0 + ((slopes & 0xFFFF) * (t * t >> 16) >> 13) - ((slopes >> 16) * t >> 7)) >> 9
    return -units if word & 1 else units


def stream():
    """Words and normals at the corners of the counter layout."""
    rows = frozen_table()
    corners = [0, 1, 2**31, 2**32 - 1, 2**32, 2**63, 2**64 - 1]
    print("# seed, sample, draw, element, word (hexadecimal), normal in units of 2^-20: the counter layout and the")
    print("# normal of a word, by the independent implementation in tests/data/make_noise.py.")
    for seed in corners:
        for sample in corners:
            for draw in [0, 1, 50, 2**31, 2**32 - 1]:
                element = (seed * 3 + sample * 5 + draw * 7) % 787 if draw != 50 else 2**34 - 1 - seed % 4
                counter = [element // 4, sample & WORD, sample >> 32, draw]
                word = philox4x32_10(counter, [seed & WORD, seed >> 32])[element % 4]
                print(f"{seed},{sample},{draw},{element},{word:08x},{normal_units(rows, word)}")


def noise_hash():
    """64-bit FNV-1a of 2^20 normals: seed 0x0123456789ABCDEF, draw 3, 1024 samples from 2^32 - 512, 1024 elements."""
    rows, value = frozen_table(), 0xCBF29CE484222325
    for sample in range(2**32 - 512, 2**32 + 512):
        for quad in range(256):
            for word in philox4x32_10([quad, sample & WORD, sample >> 32, 3], [0x89ABCDEF, 0x01234567]):
                for byte in struct.pack("<f", normal_units(rows, word) / 2**20):
                    value = (value ^ byte) * 0x100000001B3 % 2**64
    print(f"{value:#018x}")


if __name__ == "__main__":
    commands = {"table": table, "reference": reference, "stream": stream, "hash": noise_hash}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        sys.exit(__doc__)
    commands[sys.argv[1]]()
