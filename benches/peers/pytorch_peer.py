#!/usr/bin/env python3
"""DDIM(0) of a residual MLP in PyTorch with diffusers' scheduler: the benchmark's networks, as most people would run them.

    python pytorch_peer.py DIMS HIDDEN BLOCKS COUNT STEPS REPETITIONS [--device cpu|cuda] [--compile | --graphs] [--gemm]

Prints the seconds of every repetition, one a line; with --gemm the rate of the library's own matrix product of the hidden
layer's shape instead, in GFLOP/s. The first run is not counted. The model is that of tests/data/reference.py.
"""

import argparse
import pathlib
import sys
import time

import torch
from diffusers import DDIMScheduler

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "data"))
import reference  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("dims", "hidden", "blocks", "count", "steps", "repetitions"):
        parser.add_argument(name, type=int)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--graphs", action="store_true", help="compiled, and replayed as CUDA graphs")
    parser.add_argument("--gemm", action="store_true")
    return parser.parse_args()


def seconds(device, work):
    if device != "cpu":
        torch.cuda.synchronize()
    start = time.perf_counter()
    work()
    if device != "cpu":
        torch.cuda.synchronize()
    return time.perf_counter() - start


@torch.inference_mode()
def main():
    given = arguments()
    torch.manual_seed(0)
    if given.gemm:
        a, b = torch.randn(given.count, given.hidden), torch.randn(given.hidden, given.hidden)
        out = torch.empty(given.count, given.hidden)
        a, b, out = (tensor.to(given.device) for tensor in (a, b, out))
        times = [seconds(given.device, lambda: torch.mm(a, b, out=out)) for _ in range(given.repetitions + 1)][1:]
        for value in times:
            print(2 * given.count * given.hidden**2 / value / 1e9)
        return
    time_embedding = {"size": 64, "hidden_size": 128, "flip_sin_to_cos": False, "downscale_freq_shift": 1, "max_period": 10000}
    model = reference.ResidualMlp({
        "architecture": "residual-mlp", "sample_shape": [given.dims], "hidden_size": given.hidden, "num_blocks": given.blocks,
        "activation": "silu", "time_embedding": time_embedding, "input_embedding": None, "num_classes": None,
    }).to(given.device).eval()
    forward = model
    if given.compile or given.graphs:
        forward = torch.compile(model, mode="reduce-overhead" if given.graphs else "default")
    scheduler = DDIMScheduler(prediction_type="sample", clip_sample=False, timestep_spacing="trailing")
    scheduler.set_timesteps(given.steps)
    noise = torch.randn(given.count, given.dims, device=given.device)

    def run():
        x = noise
        for t in scheduler.timesteps:
            x = scheduler.step(forward(x, t.to(given.device).expand(given.count)), t, x).prev_sample
        return x

    run()
    for _ in range(given.repetitions):
        print(seconds(given.device, run))


if __name__ == "__main__":
    main()
