#!/usr/bin/env python3
"""Two policies asked for actions, from one at a time up: Diffusion-QL's and CEP's networks in ddim and in PyTorch, in turns.

    cargo build --release
    pip install torch                                   # and a C++ compiler, for torch.compile
    python benches/peers/policies.py --rounds 3         # prints the table

The networks are the authors' (Diffusion-QL's MLP, QGPO's ScoreNet) with random weights; ddim has them as `ddim bench --model
diffusion-ql,cep`. A call is DDIM(0) in ten steps (--steps) of T = 100 from given noise, for given observations. PyTorch gets the update as
four operations on tensors, because a scheduler object would take longer than the network; compiled, network and update are one
function. All run on one thread, and what is compared is the time of the processor: that is the same on a machine that does other
things too.
"""

import argparse
import json
import math
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
ACTION, OBSERVATION, T = 3, 11, 100
# What a repetition takes at least, in seconds; shorter calls are repeated within it.
SHORTEST = 0.002


def networks(torch):
    nn = torch.nn
    silu = nn.SiLU

    class DiffusionQl(nn.Module):
        def __init__(self, size=16, hidden=256):
            super().__init__()
            self.register_buffer("rates", torch.exp(-math.log(10000) * torch.arange(size // 2) / (size // 2 - 1)))
            self.time_mlp = nn.Sequential(nn.Linear(size, 2 * size), nn.Mish(), nn.Linear(2 * size, size))
            self.mid_layer = nn.Sequential(nn.Linear(ACTION + size + OBSERVATION, hidden), nn.Mish(), nn.Linear(hidden, hidden),
                                           nn.Mish(), nn.Linear(hidden, hidden), nn.Mish())
            self.final_layer = nn.Linear(hidden, ACTION)

        def forward(self, x, t, condition):
            angle = t[:, None] * self.rates
            told = self.time_mlp(torch.cat([angle.sin(), angle.cos()], -1))
            return self.final_layer(self.mid_layer(torch.cat([x, told, condition], 1)))

    class Block(nn.Module):
        def __init__(self, width, hidden, told=128):
            super().__init__()
            self.time_mlp = nn.Sequential(silu(), nn.Linear(told, hidden))
            self.dense1 = nn.Sequential(nn.Linear(width, hidden), silu())
            self.dense2 = nn.Sequential(nn.Linear(hidden, hidden), silu())
            self.modify_x = nn.Linear(width, hidden) if width != hidden else nn.Identity()

        def forward(self, x, told):
            return self.dense2(self.dense1(x) + self.time_mlp(told)) + self.modify_x(x)

    class Cep(nn.Module):
        def __init__(self, size=32):
            super().__init__()
            self.register_buffer("rates", torch.randn(size // 2) * 30)
            self.embed = nn.Linear(size, size)
            self.pre_sort_condition = nn.Sequential(nn.Linear(OBSERVATION, size), silu())
            self.sort_t = nn.Sequential(nn.Linear(2 * size, 128), silu(), nn.Linear(128, 128))
            self.down_block1, self.down_block2, self.down_block3 = Block(ACTION, 512), Block(512, 256), Block(256, 128)
            self.middle1, self.up_block3, self.up_block2 = Block(128, 128), Block(256, 256), Block(512, 512)
            self.last = nn.Linear(1024, ACTION)

        def forward(self, x, t, condition):
            angle = t[:, None] / T * self.rates * 2 * math.pi
            embedded = self.embed(torch.cat([angle.sin(), angle.cos()], -1))
            told = self.sort_t(torch.cat([self.pre_sort_condition(condition), embedded], -1))
            d1 = self.down_block1(x, told)
            d2 = self.down_block2(d1, told)
            d3 = self.down_block3(d2, told)
            u3 = self.up_block3(torch.cat([d3, self.middle1(d3, told)], -1), told)
            u2 = self.up_block2(torch.cat([d2, u3], -1), told)
            return self.last(torch.cat([d1, u2], -1))

    return {"diffusion-ql": DiffusionQl, "cep": Cep}


def rows(steps):
    """t, then the coefficients of x̂₀ and x in the next state, of DDIM(0) on trailing steps."""
    level, levels = 1.0, []
    for i in range(T):
        level *= 1 - (1e-3 + (0.2 - 1e-3) * i / (T - 1))
        levels.append(level)
    grid = [T - 1 - i * T // steps for i in range(steps)]
    table = []
    for t, after in zip(grid, grid[1:] + [None]):
        a, p = levels[t], 1.0 if after is None else levels[after]
        from_x = math.sqrt((1 - p) / (1 - a))
        table.append((float(t), math.sqrt(p) - from_x * math.sqrt(a), from_x))
    return table


def torch_times(name, count, steps, compiled, repetitions):
    """Seconds of the processor for a call, of every repetition."""
    import torch
    torch.manual_seed(0)
    torch.set_num_threads(1)
    network = networks(torch)[name]().eval()
    times = [torch.full((count,), t) for t, _, _ in rows(steps)]
    noise, observation = torch.randn(count, ACTION), torch.randn(count, OBSERVATION)

    def step(x, t, condition, from_x0, from_x):
        return from_x0 * network(x, t, condition).clamp(-1, 1) + from_x * x

    if compiled:
        step = torch.compile(step, dynamic=False)
    coefficients = [(torch.tensor(from_x0), torch.tensor(from_x)) for _, from_x0, from_x in rows(steps)]

    def call():
        x = noise
        for t, (from_x0, from_x) in zip(times, coefficients):
            x = step(x, t, observation, from_x0, from_x)
        return x

    with torch.inference_mode():
        for _ in range(3):
            call()
        start = time.process_time()
        call()
        calls = max(1, int(SHORTEST / (time.process_time() - start)))
        found = []
        for _ in range(repetitions):
            start = time.process_time()
            for _ in range(calls):
                call()
            found.append((time.process_time() - start) / calls)
        return found


def output(words, **environment):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, check=True, env={**os.environ, **environment}).stdout


def contestants(given):
    def torch(*options):
        def run(name, count):
            text = output([sys.executable, __file__, "--torch", name, "--count", count, "--steps", given.steps, "--repetitions",
                           given.repetitions, *options])
            return json.loads(text.splitlines()[-1])
        return run

    def bench(name, count, repetitions):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        report = json.loads(output([given.ddim, "bench", "--quiet", "--device", "cpu", "--model", name, "--count", count, "--steps", given.steps,
                                    "--repetitions", repetitions, "--seconds", 600, "--json"], RAYON_NUM_THREADS="1"))
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        own = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return report["cases"][0]["seconds"], own

    def ddim(name, count):
        seconds, few = bench(name, count, 3)
        if min(seconds) < SHORTEST:
            # Shorter than the turns of a busy machine: the fastest had the processor to itself.
            return [min(bench(name, count, 4 * given.repetitions)[0])]
        _, many = bench(name, count, 3 + given.repetitions)
        return [(many - few) / given.repetitions]

    return {"PyTorch eager": torch(), "PyTorch compiled": torch("--compile"), "ddim, CPU engine": ddim}


def table(given):
    found = {}
    for turn in range(given.rounds):
        for name in given.networks:
            for count in given.counts:
                for contestant, run in contestants(given).items():
                    median = statistics.median(run(name, count))
                    found.setdefault((name, count), {}).setdefault(contestant, []).append(median)
                    print(f"round {turn + 1}, {name} × {count}: {contestant} {median * 1e6:.1f} µs", file=sys.stderr, flush=True)
    print("| network | actions a call | contestant | µs a call | actions a second | ddim is faster |")
    print("|---|--:|---|--:|--:|--:|")
    for (name, count), of_case in found.items():
        own = statistics.median(of_case["ddim, CPU engine"])
        for who, times in of_case.items():
            median = statistics.median(times)
            ratio = "" if who.startswith("ddim") else f"{median / own:.2f} ×"
            print(f"| {name} | {count:,} | {who} | {median * 1e6:,.1f} | {count / median:,.0f} | {ratio} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ddim", default=ROOT / "target/release/ddim")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repetitions", type=int, default=15)
    parser.add_argument("--networks", nargs="+", default=["diffusion-ql", "cep"])
    parser.add_argument("--counts", nargs="+", type=int, default=[1, 2, 4, 8, 16, 64, 4096])
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--torch", metavar="NETWORK", help="measure PyTorch alone and print JSON, as the table's runs do")
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--compile", action="store_true")
    given = parser.parse_args()
    if given.torch:
        print(json.dumps(torch_times(given.torch, given.count, given.steps, given.compile, given.repetitions)))
    else:
        table(given)


if __name__ == "__main__":
    main()
