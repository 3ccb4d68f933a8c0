"""What a run of a given size takes: chunks, manifests, hours, money, lost work, stragglers.

    python scripts/cluster/plan.py                    the tables of docs/scale.md
    python scripts/cluster/plan.py --samples 1e9 --rate 3e4 --machines 100

Shards are played through machine by machine: a machine takes the next shard that nobody has, fails
at random moments, comes back after a while, and then makes of its shard what is not there. Only the
Python standard library is needed.
"""

import argparse
import heapq
import random
from dataclasses import dataclass, replace

CHUNK_BYTES = 16 << 20
HOUR = 3600.0


@dataclass(frozen=True)
class Run:
    samples: float = 1e12
    """Bytes of a stored sample: 28 x 28 as u8, or four times that as f32."""
    sample_bytes: int = 784
    """Samples a second of one machine."""
    rate: float = 3e4
    machines: int = 1000
    shards: int = 20_000
    """Hours between failures of one machine, and until it is back."""
    hours_between_failures: float = 200.0
    hours_until_back: float = 0.25
    """Share of machines that are slow, and how slow."""
    slow_share: float = 0.02
    slow_factor: float = 0.5
    """Prices in dollars: a machine's hour, a GB stored for a month, a million requests."""
    machine_hour: float = 2.0
    gb_month: float = 0.023
    million_requests: float = 5.0

    @property
    def chunk_samples(self) -> int:
        """As the program chooses: 16 MiB of f32 values, so a fourth of that stored as bytes."""
        return CHUNK_BYTES // (4 * 784)

    @property
    def chunks(self) -> int:
        return int(-(-self.samples // self.chunk_samples))

    @property
    def chunk_seconds(self) -> float:
        return self.chunk_samples / self.rate


@dataclass
class Outcome:
    hours: float
    """Machine hours that made what is kept, that were lost to failures, and that were waited."""
    kept: float
    lost: float
    idle: float
    failures: int


def simulate(run: Run, resume: bool = True, seed: int = 1) -> Outcome:
    """Plays the shards through; without `resume` a failure loses all of its shard."""
    dice = random.Random(seed)
    chunk = run.chunk_seconds / HOUR
    per_shard = run.chunks / run.shards * chunk
    speed = [run.slow_factor if dice.random() < run.slow_share else 1.0 for _ in range(run.machines)]
    free = [(0.0, machine) for machine in range(run.machines)]
    heapq.heapify(free)
    kept = lost = end = 0.0
    failures = 0
    for _ in range(run.shards):
        now, machine = heapq.heappop(free)
        left = per_shard / speed[machine]
        while True:
            until_failure = dice.expovariate(1 / run.hours_between_failures)
            if until_failure >= left:
                kept, now = kept + left, now + left
                break
            failures += 1
            pace = chunk / speed[machine]
            whole = until_failure // pace * pace if resume else 0.0
            kept, lost, left = kept + whole, lost + until_failure - whole, left - whole
            now += until_failure + run.hours_until_back
        end = max(end, now)
        heapq.heappush(free, (now, machine))
    idle = sum(end - at for at, _ in free)
    return Outcome(end, kept, lost, idle, failures)


def human(number: float) -> str:
    for power, unit in [(15, "P"), (12, "T"), (9, "G"), (6, "M"), (3, "k")]:
        if number >= 10**power:
            return f"{number / 10**power:.3g} {unit}"
    return f"{number:.3g} "


def table(head: list[str], rows: list[list[str]]) -> None:
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


def sizes(run: Run) -> None:
    rows = []
    for power in (6, 9, 12):
        for name, size in (("u8", 784), ("f32", 3136)):
            one = replace(run, samples=10**power, sample_bytes=size)
            stored = one.samples * size
            hours = one.samples / one.rate / HOUR
            # A put for each chunk; a listing names a thousand.
            requests = one.chunks * one.million_requests / 1e6
            rows.append([
                f"10^{power} {name}", human(one.chunks).strip(), human(stored) + "B",
                human(hours).strip(), f"{human(hours * one.machine_hour)}$",
                f"{human(stored / 1e9 * one.gb_month)}$", f"{human(requests)}$",
            ])
    table(["samples", "chunks", "stored", "machine hours", "computing", "a month's storage", "requests"], rows)


def losses(run: Run) -> None:
    rows = []
    for between in (1000, 200, 20, 2):
        one = replace(run, hours_between_failures=between)
        with_chunks, without = simulate(one), simulate(one, resume=False)
        rows.append([
            f"{between} h", f"{with_chunks.failures}", f"{with_chunks.hours:.2f} h",
            f"{with_chunks.lost:.3g} h", f"{without.lost:.3g} h",
        ])
    table(["a machine fails every", "failures", "the run takes", "lost, chunks kept", "lost, shards made anew"], rows)


def stragglers(run: Run) -> None:
    rows = []
    for shards in (1000, 2000, 5000, 20_000, 100_000):
        outcome = simulate(replace(run, shards=shards))
        total = outcome.kept + outcome.lost + outcome.idle
        minutes = run.chunks / shards * run.chunk_seconds / 60
        rows.append([
            str(shards), f"{minutes:.3g} min", f"{outcome.hours:.2f} h", f"{100 * outcome.idle / total:.1f} %",
        ])
    table(["shards", "a shard takes", "the run takes", "machines waiting"], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=float, default=Run.samples)
    parser.add_argument("--rate", type=float, default=Run.rate)
    parser.add_argument("--machines", type=int, default=Run.machines)
    arguments = parser.parse_args()
    run = replace(Run(), samples=arguments.samples, rate=arguments.rate, machines=arguments.machines)
    sizes(run)
    print(f"{run.machines} machines; written at {human(run.machines * run.rate * 784)}B/s as u8\n")
    losses(run)
    stragglers(run)


if __name__ == "__main__":
    main()
