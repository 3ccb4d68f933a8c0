"""Trains two denoisers of other authors by their own loops, and exports them with samples of their own samplers.

    python train_third_party.py [smalldiffusion] [synthcity]      # about a minute each; needs requirements.txt

`tests/data/networks/trained-NAME` is the model directory with, in float32 `.npy` files:

| file | shape | |
|---|---|---|
| `data.npy` | `[M, D]` | what it was trained on |
| `samples.npy` | `[N, D]` | what its own sampler makes: the data's distribution as far as it knows it |
| `labels.npy`, `samples-labels.npy` | `[M]`, `[N]` | classes of both, int64, where it has classes |
| `trajectory.npy` | `[S + 1, K, D]` | where its own sampler is DDIM at η = 0: its states in float64 |
| `timesteps.npy` | `[S]` | the levels of that, in the order run |

The states of a trajectory are variance-preserving ones.
"""

from __future__ import annotations

import json
import sys
import time
import types
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from sklearn.datasets import load_iris
from torch.utils.data import DataLoader

from ddim_wgpu.export import export
from make_networks import NETWORKS, golden
from third_party.networks import EPSILON, load


def smalldiffusion() -> None:
    """TimeInputMLP on the swiss roll, as the package's example trains it."""
    torch.manual_seed(0)
    package = load("smalldiffusion")
    data = package.Swissroll(np.pi / 2, 3 * np.pi, 400)
    schedule = package.ScheduleLogLinear(N=200, sigma_min=0.02, sigma_max=10)
    model = package.TimeInputMLP()
    started, losses = time.monotonic(), []
    for step in package.training_loop(
        DataLoader(data, batch_size=2048), model, schedule, epochs=8000, lr=1e-3
    ):
        losses.append(step.loss.item())
    report("smalldiffusion", started, losses)
    sigmas = schedule.sigmas.double()
    signal = (1 / (1 + sigmas**2)).numpy()
    betas = 1 - signal / np.concatenate([[1.0], signal[:-1]])
    scheduler = {
        **EPSILON,
        "num_train_timesteps": 200,
        "trained_betas": betas.tolist(),
        "timestep_spacing": "trailing",
    }
    # Its sampler ends at the lowest level of training, not at the data.
    scheduler["set_alpha_to_one"] = False
    folder = NETWORKS / "trained-smalldiffusion"
    example = {"x": torch.randn(2, 2), "sigma": torch.tensor([[0.02], [10.0]])}
    export(model.cpu(), example, folder, scheduler, levels={"t": "sigma", "wrap": "ve"})
    save(folder, "data", torch.stack([data[at] for at in range(len(data))]))
    steps = 20
    timesteps = np.round(200 * (1 - np.arange(steps) / steps)).astype(np.int64) - 1
    with torch.no_grad():
        *_, last = package.samples(
            model, schedule.sample_sigmas(steps), gam=1, mu=0, batchsize=2000
        )
        save(folder, "samples", last)
        # In float64, as accurately as its authors' code computes it.
        exact = model.double()
        visited = torch.cat([sigmas[timesteps], sigmas[:1]])
        start = torch.randn(64, 2, dtype=torch.float64) * visited[0]
        states = [start, *package.samples(exact, visited, gam=1, mu=0, xt=start)]
    scaled = torch.stack(
        [state / (1 + sigma**2).sqrt() for state, sigma in zip(states, visited, strict=True)]
    )
    np.save(folder / "trajectory.npy", scaled.numpy())
    np.save(folder / "timesteps.npy", timesteps)
    golden("trained-smalldiffusion", 200)


def synthcity() -> None:
    """TabDDPM on the four standardised measures of the irises, told the species."""
    torch.manual_seed(0)
    np.random.seed(0)
    package = load("synthcity.plugins.core.models.tabular_ddpm")
    irises = load_iris()
    values = (irises.data - irises.data.mean(0)) / irises.data.std(0)
    frame = pd.DataFrame(values, columns=[f"measure {at}" for at in range(4)])
    model = package.TabDDPM(
        n_iter=3000,
        lr=0.002,
        batch_size=150,
        is_classification=True,
        device=torch.device("cpu"),
        model_params={"n_units_hidden": 64, "n_layers_hidden": 3, "dropout": 0.0},
        dim_embed=32,
    )
    started = time.monotonic()
    without_columns(package)
    model.fit(frame, pd.Series(irises.target))
    report("synthcity", started, model.loss_history["loss"].tolist())
    scheduler: dict[str, Any] = {
        **EPSILON,
        "_class_name": "DDPMScheduler",
        "beta_schedule": "squaredcos_cap_v2",
    }
    # Its sampler has the variances β, and no clipping.
    scheduler["variance_type"] = "fixed_large"
    folder = NETWORKS / "trained-synthcity"
    example = {
        "x": torch.randn(3, 4),
        "t": torch.tensor([0, 500, 999]),
        "y": torch.tensor([0, 1, 2]),
    }
    export(model.diffusion.denoise_fn, example, folder, scheduler)
    labels = np.arange(1500) % 3
    save(folder, "data", torch.from_numpy(values))
    np.save(folder / "labels.npy", irises.target.astype(np.int64))
    save(folder, "samples", torch.from_numpy(model.generate(len(labels), labels).to_numpy()))
    np.save(folder / "samples-labels.npy", labels.astype(np.int64))
    golden("trained-synthcity", 201)


def without_columns(package: types.ModuleType) -> None:
    """Of a frame of measures no column is discrete; the package looks for that with a tool that is not installed."""
    package.discrete_columns = lambda *_, **__: []


def save(folder: Path, name: str, values: torch.Tensor) -> None:
    """A float32 `.npy` file."""
    np.save(folder / f"{name}.npy", values.detach().cpu().numpy().astype(np.float32))


def report(name: str, started: float, losses: list[float]) -> None:
    """How the training went."""
    tenth = max(len(losses) // 10, 1)
    first, last = np.mean(losses[:tenth]), np.mean(losses[-tenth:])
    figures = {
        "network": name,
        "seconds": round(time.monotonic() - started, 1),
        "loss": [round(first, 4), round(last, 4)],
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    torch.set_num_threads(1)
    for chosen in sys.argv[1:] or ["smalldiffusion", "synthcity"]:
        {"smalldiffusion": smalldiffusion, "synthcity": synthcity}[chosen]()
