"""Times the package beside PyTorch and the command, and prints a table for BENCHMARKS.md.

    python speed.py [--rounds 9] [--command target/release/ddim]

The networks are those of BENCHMARKS.md. All run on one thread, so that a busy machine takes nothing away
that is counted: of runs above 20 ms the processor's time is compared, of shorter ones the clock's for the
fastest of all. Contestants take turns, and which comes first changes; what takes more than 5 s has one turn.
"Than the command" is the median of the ratios of each round, for short runs the ratio of the fastest. A
runner is `Pipeline.runner`, which is told what changes from call to call.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Before the engine makes its threads.
os.environ["RAYON_NUM_THREADS"] = "1"

import numpy as np  # noqa: E402
import torch  # noqa: E402

import ddim_wgpu  # noqa: E402
from ddim_wgpu import DDIMScheduler, Pipeline  # noqa: E402

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY / "tests" / "data"))
import reference  # noqa: E402  (the repository's)

_TIME = {
    "size": 64,
    "hidden_size": 128,
    "flip_sin_to_cos": False,
    "downscale_freq_shift": 1,
    "max_period": 10000,
}
#: Seconds from which a run is too long to have had the processor to itself.
_LONG = 0.02
#: Repetitions of a run; between them a second decides.
_FEWEST, _MOST = 3, 1000
#: Seconds of a run that is not repeated in later rounds.
_SLOW = 5


@dataclass(frozen=True)
class Case:
    """A network and a run of it."""

    shape: tuple[int, ...]
    width: int
    blocks: int
    count: int
    steps: int = 50

    def __str__(self) -> str:
        dims = int(np.prod(self.shape))
        network = f"{dims}→{self.width}→[{self.width}]×{self.blocks}→{dims}"
        return f"{network} | {self.count:,} × {self.steps}"


_CASES = [
    Case((2,), 128, 3, 1),
    Case((2,), 128, 3, 64),
    Case((2,), 128, 3, 1000),
    Case((1, 28, 28), 512, 4, 256),
    Case((2,), 128, 3, 20_000),
    Case((2,), 128, 3, 100_000),
]


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    beside = shutil.which("ddim", path=str(Path(sys.executable).parent))
    parser.add_argument("--command", default=beside, help="by default the package's")
    given = parser.parse_args()
    torch.set_num_threads(1)
    told = (
        "samples × steps | PyTorch | the command | the package | than the command | a runner |"
        " than the command | the package than PyTorch"
    )
    print(f"| network | {told} |\n|---{'|--:' * 8}|")
    for case in _CASES:
        with tempfile.TemporaryDirectory() as directory:
            found = _in_turns(_contestants(Path(directory), case, given.command), given.rounds)
        seconds = {who: _of_rounds(times) for who, times in found.items()}
        told = [_told(seconds["PyTorch"]), _told(seconds["command"])]
        for who in ("package", "runner"):
            told += [_told(seconds[who]), f"{_slower(found[who], found['command']):+.1%}"]
        faster = seconds["PyTorch"] / seconds["package"]
        print(f"| {case} | {' | '.join(told)} | {faster:.2f} × faster |", flush=True)


def _slower(here: list[float], there: list[float]) -> float:
    """How much longer one takes than another, both timed in every round."""
    if min(there) < _LONG:
        return min(here) / min(there) - 1
    return statistics.median(ours / theirs - 1 for ours, theirs in zip(here, there))


def _contestants(directory: Path, case: Case, command: str) -> dict[str, Callable[[], float]]:
    """Ways to sample one network, each of which says how many seconds a run took."""
    config = {
        "architecture": "residual-mlp",
        "sample_shape": list(case.shape),
        "hidden_size": case.width,
        "num_blocks": case.blocks,
        "activation": "silu",
        "input_embedding": None,
        "num_classes": None,
        "time_embedding": _TIME,
    }
    torch.manual_seed(0)
    module = reference.ResidualMlp(config).eval()
    reference.save(directory, module, {"_class_name": "DDIMScheduler", "clip_sample": False})
    scheduler = DDIMScheduler(clip_sample=False)
    scheduler.set_timesteps(case.steps)
    latents = ddim_wgpu.noise(case.count, case.shape)
    pipe = Pipeline.from_pretrained(directory, device="cpu")
    runner = pipe.runner(case.count, case.steps)

    @torch.inference_mode()
    def in_torch() -> Any:
        x = torch.from_numpy(latents)
        for t in scheduler.timesteps:
            x = scheduler.step(module(x, t.expand(case.count)), t, x).prev_sample
        return x.numpy()

    def here() -> Any:
        return pipe(case.count, case.steps).samples

    expected = in_torch()
    if not np.array_equal(runner(), here()):
        sys.exit("a runner's samples are others: nothing is timed")
    error = np.abs(here() - expected).max() / np.abs(expected).max()
    if error > 1e-3:
        sys.exit(f"the samples differ by {error:.1e} of the largest: nothing is timed")
    return {
        "PyTorch": lambda: _time(in_torch),
        "package": lambda: _time(here),
        "runner": lambda: _time(runner),
        "command": lambda: _time_of_command(
            [command, "-q", "bench", "--model", str(directory)], case
        ),
    }


def _time(run: Callable[[], Any]) -> float:
    """Seconds of a run that is warm: the median of the processor's time, or the fastest by the clock."""
    clock: list[float] = []
    processor: list[float] = []
    while not _enough(clock):
        before = time.perf_counter(), time.process_time()
        run()
        clock.append(time.perf_counter() - before[0])
        processor.append(time.process_time() - before[1])
    return statistics.median(processor) if min(clock) > _LONG else min(clock)


def _enough(clock: list[float]) -> bool:
    """Whether runs of so many seconds say enough: a second of them, and some, unless they are slow."""
    if sum(clock) > _SLOW:
        return True
    return len(clock) >= _FEWEST and (sum(clock) > 1 or len(clock) >= _MOST)


def _time_of_command(bench: list[str], case: Case) -> float:
    """As `_time`: of a long run, what more repetitions take the processor, without the start."""
    seconds, few = _bench(bench, case, _FEWEST)
    if min(seconds) <= _LONG:
        return min(_bench(bench, case, _MOST, limit=1)[0])
    more = max(_FEWEST, int(1 / min(seconds)))
    _, many = _bench(bench, case, _FEWEST + more)
    return (many - few) / more


def _bench(
    words: list[str], case: Case, repetitions: int, limit: float = 600
) -> tuple[list[float], float]:
    """The clock's seconds of every repetition, and the processor's for all of the command."""
    counts = f"--count {case.count} --steps {case.steps} --repetitions {repetitions}"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    printed = subprocess.run(
        [*words, *counts.split(), "--seconds", str(limit), "--device", "cpu", "--json"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    took = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return json.loads(printed)["cases"][0]["seconds"], took


def _in_turns(contestants: dict[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Each contestant's seconds in every round."""
    found: dict[str, list[float]] = {name: [] for name in contestants}
    for turn in range(rounds):
        order = list(contestants.items())
        for name, run in order if turn % 2 == 0 else reversed(order):
            if turn == 0 or found[name][0] < _SLOW:
                found[name].append(run())
    return found


def _of_rounds(times: list[float]) -> float:
    return statistics.median(times) if min(times) > _LONG else min(times)


def _told(seconds: float) -> str:
    if seconds < 1e-3:
        return f"{seconds * 1e6:,.1f} µs"
    return f"{seconds * 1e3:,.2f} ms" if seconds < 1 else f"{seconds:.3f} s"


if __name__ == "__main__":
    main()
