#!/usr/bin/env python3
"""One table of this crate and its peers: the same networks and sizes, in turns on one machine.

    cargo build --release                                                   # ddim
    pip install torch diffusers                                             # PyTorch, in an environment of its own
    cargo build --release --manifest-path benches/peers/burn/Cargo.toml --features wgpu
    python benches/peers/run.py > peers.md                                  # --plot peers.png draws it too (matplotlib)

Every round runs every contestant once, so that what else the machine does hits them all; the table holds the median over the
rounds and the ratio to PyTorch eager. A contestant that is not installed or fails is named with the reason, and left out.
--device and --torch-device choose what ddim's GPU column and PyTorch run on. Software drivers are no GPUs, and are called so.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
NETWORKS = {"points": (2, 128, 3), "images": (784, 512, 4)}
CASES = [("points", 1_000, 50), ("points", 100_000, 50), ("images", 256, 50)]
# What takes minutes on software drivers is repeated less.
LONG = 60.0


class Unavailable(Exception):
    """A contestant that cannot run here."""


def output(words, **environment):
    try:
        done = subprocess.run([str(word) for word in words], capture_output=True, text=True, env={**os.environ, **environment})
    except OSError as error:
        raise Unavailable(str(error)) from error
    if done.returncode:
        raise Unavailable((done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1])
    return done.stdout


def ddim(given, device):
    def run(network, count, steps):
        report = json.loads(output([given.ddim, "bench", "--quiet", "--model", network, "--count", count, "--steps", steps,
                                    "--repetitions", 3, "--seconds", 0, "--device", device, "--json"]))
        return report["cases"][0]["seconds"]
    return run


def torch(given, *options):
    def run(network, count, steps):
        text = output([sys.executable, HERE / "pytorch_peer.py", *NETWORKS[network], count, steps, 3,
                       "--device", given.torch_device, *options])
        return [float(line) for line in text.split()]
    return run


def burn(given, device):
    def run(network, count, steps):
        text = output([given.burn, *NETWORKS[network], count, steps, 1], BURN_DEVICE=device)
        return [float(line) for line in text.split()]
    return run


def contestants(given):
    software = "ddim on a software driver" if "llvmpipe" in given.device else f"ddim on {given.device}"
    graphs = {"PyTorch with CUDA graphs": torch(given, "--graphs")} if given.torch_device.startswith("cuda") else {}
    return {
        "PyTorch eager": torch(given),
        "PyTorch compiled": torch(given, "--compile"),
        **graphs,
        "burn, its CPU backend": burn(given, "flex"),
        "burn on wgpu, the same adapter": burn(given, "wgpu"),
        "ddim, CPU engine": ddim(given, "cpu"),
        software: ddim(given, given.device),
    }


def flop(network):
    dims, hidden, blocks = NETWORKS[network]
    return 2 * hidden * (2 * dims + blocks * hidden)


def measure(given):
    """{case: {contestant: [seconds of every repetition]}}, and why contestants are missing."""
    found, missing = {case: {} for case in CASES}, {}
    for turn in range(given.rounds):
        for case in CASES:
            for name, run in contestants(given).items():
                known = found[case].get(name, [])
                if name in missing or (known and min(known) > LONG) or (name.endswith("adapter") and case in given.skip_burn):
                    continue
                try:
                    times = run(*case)
                except Unavailable as reason:
                    missing[name] = str(reason)
                    continue
                found[case].setdefault(name, []).extend(times)
                print(f"round {turn + 1}, {case}: {name} {statistics.median(times):.4g} s", file=sys.stderr, flush=True)
    return found, missing


def gemm(given, network, count):
    """GFLOP/s of PyTorch's own matrix product at the hidden layer's shape."""
    text = output([sys.executable, HERE / "pytorch_peer.py", *NETWORKS[network], count, 1, 20,
                   "--device", given.torch_device, "--gemm"])
    return statistics.median(float(line) for line in text.split())


def table(given, found, missing):
    print("| network | samples × steps | contestant | median | GFLOP/s | against PyTorch eager |")
    print("|---|--:|---|--:|--:|--:|")
    for (network, count, steps), times in found.items():
        dims, hidden, blocks = NETWORKS[network]
        base = times.get("PyTorch eager")
        for name, seconds in times.items():
            median = statistics.median(seconds)
            ratio = f"{statistics.median(base) / median:.2f} ×" if base else "–"
            rate = flop(network) * count * steps / median / 1e9
            print(f"| {dims}→{hidden}→[{hidden}]×{blocks}→{dims} | {count:,} × {steps} | {name} | {median:.4g} s | {rate:.1f} | {ratio} |")
        if base:
            print(f"| | {count:,} × {hidden} × {hidden} | PyTorch's matrix product alone | | {gemm(given, network, count):.1f} | |")
    for name, reason in missing.items():
        print(f"\n{name}: not measured ({reason})")


def plot(path, found):
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as pyplot
    from matplotlib.ticker import MaxNLocator
    names = list(dict.fromkeys(name for times in found.values() for name in times))
    figure, axes = pyplot.subplots(1, len(found), figsize=(4.2 * len(found), 3.6), constrained_layout=True)
    colours = {name: ("#1f6f8b" if name.startswith("ddim") else "#b9b4a7") for name in names}
    for axis, ((network, count, steps), times) in zip(axes, found.items()):
        shown = [name for name in reversed(names) if name in times]
        rates = [count / statistics.median(times[name]) for name in shown]
        bars = axis.barh(shown, rates, color=[colours[name] for name in shown])
        axis.bar_label(bars, [f" {rate:,.0f}" for rate in rates], fontsize=8)
        axis.set_xlim(right=max(rates) * 1.25)
        dims, hidden, blocks = NETWORKS[network]
        axis.set_title(f"{dims}→{hidden}→[{hidden}]×{blocks}→{dims}\n{count:,} samples × {steps} steps", fontsize=9)
        axis.set_xlabel("samples a second", fontsize=8)
        axis.xaxis.set_major_locator(MaxNLocator(4))
        axis.tick_params(labelsize=8)
        if axis is not axes[0] and shown == [name for name in reversed(names) if name in list(found.values())[0]]:
            axis.set_yticklabels([])
        for side in ("top", "right"):
            axis.spines[side].set_visible(False)
    figure.savefig(path, dpi=150)


def add_contestants(parser):
    """The arguments that say where the contestants are."""
    parser.add_argument("--ddim", default=ROOT / "target/release/ddim")
    parser.add_argument("--burn", default=HERE / "burn/target/release/burn-peer")
    parser.add_argument("--device", default="llvmpipe", help="ddim's adapter; name the one that burn takes too")
    parser.add_argument("--torch-device", default="cpu")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_contestants(parser)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--plot", help="a PNG of samples a second")
    parser.add_argument("--burn-everywhere", action="store_true", help="burn on wgpu at 100,000 points too: hours on a software driver")
    given = parser.parse_args()
    given.skip_burn = [] if given.burn_everywhere else [("points", 100_000, 50)]
    found, missing = measure(given)
    table(given, found, missing)
    if given.plot:
        plot(given.plot, found)


if __name__ == "__main__":
    main()
