"""Times the package beside PyTorch and the command, and prints a table for docs/python.md.

    python speed.py [--rounds 5]

The networks are those of BENCHMARKS.md that a CPU runs in seconds. Contestants take turns; the medians are printed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

import ddim_wgpu
from ddim_wgpu import DDIMScheduler, Pipeline

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "data"))
import reference  # noqa: E402  (the repository's)

_TIME = {
    "size": 64,
    "hidden_size": 128,
    "flip_sin_to_cos": False,
    "downscale_freq_shift": 1,
    "max_period": 10000,
}
#: Shape, width, blocks, samples.
_CASES = [([2], 128, 3, 1000), ([2], 128, 3, 20_000), ([1, 28, 28], 512, 4, 256)]
_STEPS = 50


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    print("| network | samples × steps | contestant | median | against PyTorch |")
    print("|---|--:|---|--:|--:|")
    for shape, width, blocks, count in _CASES:
        with tempfile.TemporaryDirectory() as directory:
            contestants = _contestants(Path(directory), shape, width, blocks, count)
            seconds = _in_turns(contestants, rounds)
        dims = int(np.prod(shape))
        name = f"{dims}→{width}→[{width}]×{blocks}→{dims}"
        for contestant, median in seconds.items():
            ratio = seconds["PyTorch"] / median
            print(
                f"| {name} | {count:,} × {_STEPS} | {contestant} | {median:.4f} s | {ratio:.2f} × |"
            )


def _contestants(
    directory: Path, shape: list[int], width: int, blocks: int, count: int
) -> dict[str, Callable[[], float]]:
    """Ways to sample one network, each of which says how many seconds it took."""
    config = {
        "architecture": "residual-mlp",
        "sample_shape": shape,
        "hidden_size": width,
        "num_blocks": blocks,
        "activation": "silu",
        "input_embedding": None,
        "num_classes": None,
        "time_embedding": _TIME,
    }
    torch.manual_seed(0)
    module = reference.ResidualMlp(config).eval()
    reference.save(directory, module, {"_class_name": "DDIMScheduler", "clip_sample": False})
    scheduler = DDIMScheduler(clip_sample=False)
    scheduler.set_timesteps(_STEPS)
    latents = ddim_wgpu.noise(count, shape)
    pipe = Pipeline.from_pretrained(directory, device="cpu")

    @torch.no_grad()
    def in_torch() -> Any:
        x = torch.from_numpy(latents)
        for t in scheduler.timesteps:
            x = scheduler.step(module(x, t.expand(count)), t, x).prev_sample
        return x.numpy()

    def here() -> Any:
        return pipe(count, _STEPS).samples

    error = np.abs(here() - in_torch()).max() / np.abs(in_torch()).max()
    if error > 1e-3:
        sys.exit(f"the samples differ by {error:.1e} of the largest: nothing is timed")
    return {
        "PyTorch": lambda: _seconds(in_torch),
        "this package, CPU engine": lambda: _seconds(here),
        "the command, CPU engine": lambda: _by_command(directory, count),
    }


def _seconds(run: Callable[[], Any]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def _by_command(directory: Path, count: int) -> float:
    """The command's own measure of a run, without its start."""
    command = shutil.which("ddim", path=str(Path(sys.executable).parent)) or "ddim"
    words = f"-q bench --model {directory} --count {count} --steps {_STEPS} --device cpu --repetitions 3 --json"
    printed = subprocess.run(
        [command, *words.split()], check=True, capture_output=True, text=True
    ).stdout
    median: float = json.loads(printed)["cases"][0]["median"]
    return median


def _in_turns(contestants: dict[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """Each contestant's median, in seconds."""
    taken = [{name: run() for name, run in contestants.items()} for _ in range(rounds)]
    return {name: statistics.median(one[name] for one in taken) for name in contestants}


if __name__ == "__main__":
    main()
