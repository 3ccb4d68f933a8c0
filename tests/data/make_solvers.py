"""Goldens of the second-order solvers: diffusers' HeunDiscreteScheduler and DPMSolverMultistepScheduler (2M), in float64.

    python make_solvers.py           # writes solvers/cases.json and solvers/states.safetensors

The network is a formula, so that the solvers' own evaluations of it differ as a real network's do. diffusers' Heun keeps
y = x/√ᾱ; what is stored is x, the state that this library has.
"""

import json
import pathlib

import numpy as np
import torch
from diffusers import DPMSolverMultistepScheduler, HeunDiscreteScheduler
from diffusers.schedulers import scheduling_dpmsolver_multistep, scheduling_heun_discrete
from safetensors.torch import save_file

from make_diffusers import in_float64, write_json

HERE = pathlib.Path(__file__).parent / "solvers"
GRIDS = {"even": [90, 75, 60, 45, 30, 15, 0], "uneven": [99, 70, 66, 20, 3], "two": [80, 10]}
BASE = {"num_train_timesteps": 100, "beta_start": 0.001, "beta_end": 0.1}


def network(x, t):
    """Smooth, not linear, and made of operations that every GPU rounds well."""
    return 0.6 * x + 0.01 * t * x / (1 + x * x)


def heun(config, grid, x):
    scheduler = HeunDiscreteScheduler(**BASE, **config)
    scheduler.set_timesteps(timesteps=grid)
    y, states = x * (scheduler.sigmas[0] ** 2 + 1).sqrt(), []
    for i, t in enumerate(scheduler.timesteps):
        y = scheduler.step(network(scheduler.scale_model_input(y, t), t), t, y).prev_sample
        # sigmas has an entry for every call: the level the state is at after call i is that of entry i + 1.
        states.append(y / (scheduler.sigmas[i + 1] ** 2 + 1).sqrt())
    return scheduler, states


def dpm_solver_2m(config, grid, x):
    scheduler = DPMSolverMultistepScheduler(**BASE, **config, algorithm_type="dpmsolver++", solver_order=2,
                                            solver_type="midpoint", final_sigmas_type="zero")
    scheduler.set_timesteps(timesteps=grid)
    states = []
    for t in scheduler.timesteps:
        x = scheduler.step(network(x, t), t, x).prev_sample
        states.append(x)
    return scheduler, states


def main():
    generator = torch.Generator().manual_seed(1989)
    # Exact in f32, which the kernels read.
    x = torch.randn(3, 4, generator=generator)
    tensors, cases = {"x_start": x}, []
    for solver, run in (("heun", heun), ("dpmpp-2m", dpm_solver_2m)):
        for prediction in ("epsilon", "sample", "v_prediction"):
            for grid in GRIDS:
                for schedule in ("linear", "squaredcos_cap_v2")[: 2 if grid == "even" else 1]:
                    config = {"prediction_type": prediction, "beta_schedule": schedule}
                    with in_float64(scheduling_heun_discrete, scheduling_dpmsolver_multistep):
                        scheduler, states = run(config, GRIDS[grid], x.double())
                    assert scheduler.sigmas.dtype == torch.float64 and states[-1].dtype == torch.float64
                    name = f"{solver}.{prediction}.{grid}.{schedule}"
                    tensors[name] = torch.stack(states)
                    assert tensors[name].isfinite().all()
                    cases.append({"name": name, "solver": solver, "timesteps": GRIDS[grid],
                                  "config": {**BASE, **config, "clip_sample": False}})
    HERE.mkdir(exist_ok=True)
    write_json(HERE / "cases.json", cases)
    save_file(tensors, HERE / "states.safetensors")
    (HERE / "states.safetensors").chmod(0o644)
    print(f"{len(cases)} runs, the largest state is {max(v.abs().max() for v in tensors.values()):.3f}")


if __name__ == "__main__":
    main()
