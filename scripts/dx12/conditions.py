#!/usr/bin/env python3
"""Writes conditions for so many samples beside a network, and prints the options that name them: conditions.py DIRECTORY COUNT."""

import json
import pathlib
import random
import struct
import sys

directory, count = pathlib.Path(sys.argv[1]), int(sys.argv[2])
config = json.loads((directory / "config.json").read_text())
draw = random.Random(count)
options = []
for name, width in (config.get("inputs") or {}).items():
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({count}, {width}), }}\n".encode()
    values = (draw.gauss(0, 1) for _ in range(count * width))
    data = struct.pack(f"<{count * width}f", *values)
    file = directory / f"{name}.npy"
    file.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data)
    options += ["--condition", f"{name}={directory.name}/{file.name}"]
print(*options)
