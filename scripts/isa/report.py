#!/usr/bin/env python3
"""What AMD's compiler makes of kernels, as a table; and whether any of it got worse than the committed figures.

report.py TEXTS STATISTICS ASSEMBLY TARGET [--figures FILE] [--bless]

TEXTS has NAME.wgsl, from whose constants the work is known; STATISTICS is what vkisa printed, ASSEMBLY the folder of its listings.
"""

import argparse
import math
import os
import re
import sys

import assembly
from follow import follow

# A figure's name, how it is printed, and which way is worse: +1 more, -1 less, 0 neither.
COLUMNS = [
    ("spills", "{:d}", +1),
    ("vgprs", "{:d}", 0),
    ("waves", "{:d}", -1),
    ("workgroup_bytes", "{:d}", 0),
    ("waves_by_memory", "{:d}", 0),
    ("useful", "{:.1f}", -1),
    ("vector", "{:d}", +1),
    ("loop_useful", "{:.2f}", -1),
    ("loop_per_fma", "{:.2f}", +1),
    ("per_4_matrix", "{:.0f}", +1),
    ("flop_per_byte", "{:.1f}", -1),
]
HEADS = ["spills", "VGPR", "waves/SIMD", "LDS B", "by LDS", "useful %", "vector", "loop useful", "inst/FMA", "inst/4 WMMA", "FLOP/B"]
# Compilers move an instruction or two; more than this share of a figure is worse.
TOLERANCE = 0.005
# Lanes of a wave, SIMDs that share workgroup memory and how much, by family.
MACHINES = {"navi31": (64, 4, 128 << 10), "navi21": (64, 4, 128 << 10), "vega10": (64, 4, 64 << 10)}


def constants(path):
    """The whole numbers that a text declares, and the size of its workgroup."""
    text = open(path, encoding="utf-8").read()
    return {name: int(value) for name, value in re.findall(r"^const (\w+): u32 = (\d+)u;", text, re.M)}


def work(text):
    """Multiply-adds of a sample in all steps of a dispatch, and bytes that a weight takes."""
    given = constants(text)
    hidden = given["HIDDEN"]
    macs = given["STEPS"] * (given["FEATURES"] * hidden + given["BLOCKS"] * hidden * hidden + hidden * given["DIMS"])
    return given, macs, 2 if given.get("HALF") else 4


def statistics(path):
    """{name: {statistic: number}} of what vkisa printed."""
    found = {}
    for line in open(path, encoding="utf-8"):
        name, *fields = line.rstrip("\n").split("\t")
        if "FAILED" in fields:
            raise SystemExit(f"isa: {name} does not compile: {fields}")
        found[name] = {key: int(float(value)) for key, value in (field.split("=", 1) for field in fields if "=" in field)}
    return found


def figures(text, stats, listing, target):
    """The figures of one kernel; what does not apply is None."""
    given, macs, weight_bytes = work(text)
    lanes, simds, memory = MACHINES[target]
    lanes = stats.get("subgroup") or lanes
    waves = math.ceil(given["WORKGROUP"] / lanes)
    code = assembly.blocks(listing)
    loops = assembly.multiplying_loops(code)
    matrix = [counts for _, counts in loops if counts["matrix"]]
    found = dict.fromkeys(name for name, _, _ in COLUMNS)
    found["spills"] = stats.get("Spilled VGPRs", 0) + stats.get("Spilled SGPRs", 0) + stats.get("Scratch size", 0)
    found["vgprs"] = stats["VGPRs"]
    found["waves"] = stats["Subgroups per SIMD"]
    found["workgroup_bytes"] = stats["LDS size"]
    found["waves_by_memory"] = memory // max(stats["LDS size"], 1) * waves // simds
    # Bytes of weights come once a workgroup; two operations for each of its rows.
    found["flop_per_byte"] = 2.0 * given["TILE"] / weight_bytes
    if matrix:
        most = max(matrix, key=lambda counts: counts["matrix"])
        found["per_4_matrix"] = 4.0 * most["instructions"] / most["matrix"]
        return found, set()
    counts, guesses = follow(code)
    vector = sum(times * assembly.count(lines)["vector"] for times, (_, lines) in zip(counts, code))
    found["vector"] = vector
    found["useful"] = 100.0 * macs * given["TILE"] / (waves * lanes) / vector
    # The loop that multiplies most, which is that of the hidden layers.
    _, hot = max(loops, key=lambda loop: loop[1]["fma"] * counts[loop[0]])
    found["loop_useful"] = hot["fma"] / hot["vector"]
    found["loop_per_fma"] = hot["instructions"] / hot["fma"]
    return found, guesses


def worse(name, before, after):
    """What of `after` is worse than the committed `before`, as words."""
    for key, form, direction in COLUMNS:
        old, new = before.get(key), after.get(key)
        if old is None and new is None or direction == 0:
            continue
        # As it is written down.
        new = None if new is None else float(printed(form, new))
        if old is None or new is None or direction * (new - old) > TOLERANCE * abs(old):
            yield f"{name}: {key} is {printed(form, new)}, was {printed(form, old)}"


def read_figures(path):
    """{name: {figure: number}} of a committed file."""
    if not os.path.exists(path):
        return {}
    head, *lines = [line.rstrip("\n").split("\t") for line in open(path, encoding="utf-8") if not line.startswith("#")]
    return {fields[0]: {key: None if value == "-" else float(value) for key, value in zip(head[1:], fields[1:])} for fields in lines}


def write_figures(path, rows):
    """Writes them, in the order of their names."""
    with open(path, "w", encoding="utf-8") as file:
        file.write("# What scripts/isa.sh found when somebody last looked; accepted by scripts/isa.sh --bless.\n")
        file.write("\t".join(["kernel"] + [name for name, _, _ in COLUMNS]) + "\n")
        for name in sorted(rows):
            file.write("\t".join([name] + [printed(form, rows[name].get(key)) for key, form, _ in COLUMNS]) + "\n")


def printed(form, value):
    return "-" if value is None else form.format(int(value) if form == "{:d}" else value)


def main():
    parser = argparse.ArgumentParser()
    for name in ("texts", "statistics", "assembly", "target"):
        parser.add_argument(name)
    parser.add_argument("--variant", default="", help="of the texts, as the end of a folder's name")
    parser.add_argument("--figures")
    parser.add_argument("--bless", action="store_true")
    given = parser.parse_args()
    rows = {}
    prefix = f"{given.target}{given.variant}."
    print(f"| {given.target}{given.variant} | " + " | ".join(HEADS) + " |")
    print("|---|" + "--:|" * len(HEADS))
    for name, stats in sorted(statistics(given.statistics).items()):
        row, guesses = figures(f"{given.texts}/{name}.wgsl", stats, f"{given.assembly}/{name}.Assembly", given.target)
        rows[name] = row
        print(f"| {name} | " + " | ".join(printed(form, row[key]) for key, form, _ in COLUMNS) + " |")
        if os.environ.get("ISA_VERBOSE"):
            print(f"  branches that were entered unknown: {sorted(guesses)}", file=sys.stderr)
    if not given.figures:
        return 0
    committed = read_figures(given.figures)
    named = {prefix + name: row for name, row in rows.items()}
    if given.bless:
        others = {name: row for name, row in committed.items() if not name.startswith(prefix)}
        write_figures(given.figures, others | named)
        return 0
    found = [f"{name}: no such kernel any more" for name in committed if name.startswith(prefix) and name not in named]
    found += [line for name, row in named.items() for line in worse(name, committed.get(name, {}), row)]
    for line in found:
        print(f"isa: worse: {line}")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
