#!/usr/bin/env python3
"""Samples a second against the size of the batch, at few steps and at many: this crate and its peers, in turns on one machine.

    python benches/peers/scaling.py --plot benches/peers/scaling.png     # prints the table, needs what run.py needs

Every contestant runs every size that its time at the last one lets expect to take less than --longest seconds.
"""

import argparse
import statistics
import sys

import run

NETWORK = "points"
COUNTS = [1, 10, 100, 1_000, 10_000, 100_000]
STEPS = [10, 50]
COLOURS = {"ddim, CPU engine": "#1f6f8b", "ddim on a software driver": "#7fb2c4", "PyTorch eager": "#b5562b",
           "PyTorch compiled": "#dba37f", "burn, its CPU backend": "#8a8471", "burn on wgpu, the same adapter": "#c9c4b3"}


def measure(given):
    """{(contestant, steps): {count: median seconds}}"""
    found, missing = {}, {}
    for steps in STEPS:
        for count in COUNTS:
            for name, contestant in run.contestants(given).items():
                earlier = found.setdefault((name, steps), {})
                if name in missing or (earlier and count / max(earlier) * earlier[max(earlier)] > given.longest):
                    continue
                try:
                    earlier[count] = statistics.median(contestant(NETWORK, count, steps))
                except run.Unavailable as reason:
                    missing[name] = str(reason)
                    continue
                print(f"{name}, {count} × {steps}: {earlier[count]:.4g} s", file=sys.stderr, flush=True)
    return {key: times for key, times in found.items() if times}, missing


def table(found, missing):
    print("| contestant | steps | " + " | ".join(f"{count:,}" for count in COUNTS) + " |")
    print("|---|--:|" + "--:|" * len(COUNTS))
    for (name, steps), times in found.items():
        cells = (f"{count / times[count]:,.0f}" if count in times else "–" for count in COUNTS)
        print(f"| {name} | {steps} | " + " | ".join(cells) + " |")
    for name, reason in missing.items():
        print(f"\n{name}: not measured ({reason})")


def plot(path, found):
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as pyplot
    figure, axes = pyplot.subplots(1, len(STEPS), figsize=(9, 3.8), sharey=True, constrained_layout=True)
    for axis, steps in zip(axes, STEPS):
        for (name, of_steps), times in found.items():
            if of_steps == steps:
                rates = [count / seconds for count, seconds in times.items()]
                axis.loglog(list(times), rates, marker="o", markersize=3.5, label=name, color=COLOURS.get(name, "#444"))
        axis.set_title(f"{steps} steps", fontsize=10)
        axis.set_xlabel("samples in a batch", fontsize=9)
        axis.grid(alpha=0.25, linewidth=0.6)
        for side in ("top", "right"):
            axis.spines[side].set_visible(False)
    axes[0].set_ylabel("samples a second", fontsize=9)
    axes[-1].legend(fontsize=7.5, frameon=False, loc="lower right")
    figure.savefig(path, dpi=150)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    run.add_contestants(parser)
    parser.add_argument("--longest", type=float, default=20.0, help="seconds that a run may be expected to take")
    parser.add_argument("--plot", help="a PNG of it")
    given = parser.parse_args()
    found, missing = measure(given)
    table(found, missing)
    if given.plot:
        plot(given.plot, found)


if __name__ == "__main__":
    main()
