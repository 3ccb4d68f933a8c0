"""Writes the fixtures of `tests/data/networks`: small denoisers of other authors with what float64 makes of them.

    python make_networks.py                      # all; needs requirements.txt
    python make_networks.py --written-only       # those of architectures/ alone, with numpy, torch and safetensors

A folder a network: the model directory, and `golden.safetensors` with float64 arrays (`class` is int64):

| array | shape | |
|---|---|---|
| `x` | `[N, …sample_shape]` | states, as they are given to the program |
| `level` | `[K]` | training levels |
| `t` | `[K]` | what the program is told at each (the register `t`) |
| `class`, `input.NAME` | `[N]`, `[N, width]` | where the program reads them |
| `out` | `[K, N, width]` | its register `out` |
| `x_T` | `[N, …sample_shape]` | where the runs start |
| `decoded.S` | `[N, …sample_shape]` | the end of DDIM at η = 0 in S steps of diffusers' `leading` grid, to ᾱ = 1 |
| `single.S` | `[1]` | its largest difference from the same in float32, relative to the largest value |
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.numpy import load_file, save_file

from ddim_wgpu.export import export
from ddim_wgpu.export.files import Draft
from ddim_wgpu.export.levels import Denoiser, leading
from third_party.networks import DENOISERS, EPSILON

HERE = Path(__file__).resolve().parent
NETWORKS = HERE.parent / "tests" / "data" / "networks"
COUNT = 6
STEPS = (10, 50)
#: A tenth of what the product promises: what float32 may lose in a run.
SENSITIVITY = 1e-5


def random_tensors(
    shapes: dict[str, list[int]], rng: np.random.Generator, gain: float
) -> dict[str, torch.Tensor]:
    """Weights of about the size that training leaves."""
    made = {}
    for name, shape in shapes.items():
        if name.endswith("running_var"):
            value = rng.uniform(0.5, 1.5, shape)
        elif len(shape) < 2:
            value = rng.standard_normal(shape) * 0.3
        else:
            value = rng.standard_normal(shape) * gain / math.sqrt(shape[-1])
        made[name] = torch.from_numpy(value.astype(np.float32))
    return made


def write(name: str, seed: int) -> None:
    """A network of `architectures/`, with random weights."""
    network = json.loads((HERE / "architectures" / f"{name}.json").read_text())
    levels = network.get("train_steps", 1000)
    scheduler = dict(EPSILON)
    if levels != 1000:
        # As much noise in fewer levels.
        scheduler.update(
            num_train_timesteps=levels, beta_start=0.1 / levels, beta_end=min(20 / levels, 0.5)
        )
    tensors = random_tensors(network["tensors"], np.random.default_rng(seed), 0.8)
    with Draft(NETWORKS / name) as draft:
        draft.write(network["config"], tensors, scheduler)
        draft.publish()


def golden(name: str, seed: int) -> None:
    """`golden.safetensors` of a directory."""
    folder = NETWORKS / name
    config = json.loads((folder / "config.json").read_text())
    scheduler = json.loads((folder / "scheduler_config.json").read_text())
    tensors = {
        key: value.astype(np.float64)
        for key, value in load_file(folder / "model.safetensors").items()
    }
    denoiser = Denoiser(config, tensors, scheduler)
    rng = np.random.default_rng(seed)
    train_steps, shape = len(denoiser.alphas_cumprod), (COUNT, *config["sample_shape"])
    given: dict[str, Any] = {
        "inputs": {
            key: rng.standard_normal((COUNT, width)) for key, width in config["inputs"].items()
        }
    }
    arrays = {f"input.{key}": value for key, value in given["inputs"].items()}
    if config["num_classes"] is not None:
        given["classes"] = arrays["class"] = np.arange(COUNT) % config["num_classes"]
    levels = [train_steps - 1, train_steps // 2, train_steps // 10, 0]
    arrays["level"] = np.array(levels, np.int64)
    arrays["t"] = np.array([denoiser.told(level) for level in levels])
    arrays["x"], arrays["x_T"] = rng.standard_normal((2, *shape))
    arrays["out"] = np.stack([denoiser.evaluator(arrays["x"], t, **given) for t in arrays["t"]])
    for steps in STEPS:
        grid = leading(train_steps, steps)
        decoded = denoiser.decode(arrays["x_T"], grid, **given)[-1]
        single = Denoiser(config, tensors, scheduler, single=True).decode(
            arrays["x_T"], grid, **given
        )[-1]
        lost = float(np.abs(single - decoded).max() / np.abs(decoded).max())
        if lost > SENSITIVITY:
            print(f"{name}: {steps} steps lose {lost:.1e} in float32")
        arrays[f"decoded.{steps}"], arrays[f"single.{steps}"] = decoded, np.array([lost])
    save_file(
        {key: np.ascontiguousarray(value) for key, value in arrays.items()},
        folder / "golden.safetensors",
    )
    parameters = sum(value.size for value in tensors.values())
    print(f"{name}: {parameters} parameters, largest output {np.abs(arrays['out']).max():.3g}")


def main() -> None:
    """Writes the fixtures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--written-only", action="store_true", help="leave out what needs the packages"
    )
    written_only = parser.parse_args().written_only
    torch.set_num_threads(1)
    names = sorted(path.stem for path in (HERE / "architectures").glob("*.json"))
    for seed, name in enumerate(names):
        write(name, seed)
    for name, build in {} if written_only else DENOISERS.items():
        torch.manual_seed(0)
        one = build()
        export(
            one.module,
            one.example,
            NETWORKS / name,
            one.scheduler,
            roles=one.roles,
            levels=one.levels,
        )
        names.append(name)
    for seed, name in enumerate(names, 100):
        golden(name, seed)


if __name__ == "__main__":
    main()
