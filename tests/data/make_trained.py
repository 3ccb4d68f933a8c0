"""Goldens of diffusers' samplers on a trained network, models/dino, in float64.

    python make_trained.py           # writes trained/cases.json and trained/runs.safetensors

Of every run: what the network said in every stage, the states after it, and the noise where there is any. A plan given the
same outputs must make the same states; as each output is of the state before it, the runs are the same runs.

Schedulers that keep y = x/√ᾱ are given y; what is stored is x. Where diffusers rounds the timestep of a level between
two training levels, the network is told the fraction here, as this library tells it.
"""

import json
import pathlib

import numpy as np
import torch
from diffusers import (
    DEISMultistepScheduler,
    DPMSolverMultistepScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    HeunDiscreteScheduler,
    LCMScheduler,
    LMSDiscreteScheduler,
    PNDMScheduler,
    UniPCMultistepScheduler,
)
from diffusers.schedulers import (
    scheduling_deis_multistep,
    scheduling_dpmsolver_multistep,
    scheduling_euler_ancestral_discrete,
    scheduling_euler_discrete,
    scheduling_heun_discrete,
    scheduling_lcm,
    scheduling_lms_discrete,
    scheduling_pndm,
    scheduling_unipc_multistep,
)
from safetensors.torch import save_file

import reference
from make_diffusers import in_float64, write_json

HERE = pathlib.Path(__file__).parent / "trained"
MODEL = pathlib.Path(__file__).parents[2] / "models" / "dino"
MODULES = (
    scheduling_deis_multistep, scheduling_dpmsolver_multistep, scheduling_euler_ancestral_discrete,
    scheduling_euler_discrete, scheduling_heun_discrete, scheduling_lcm, scheduling_lms_discrete, scheduling_pndm,
    scheduling_unipc_multistep,
)
SAMPLES = 3
COSINE = {"num_train_timesteps": 1000, "beta_schedule": "squaredcos_cap_v2"}
LINEAR = {"num_train_timesteps": 1000, "beta_schedule": "linear", "beta_start": 1e-4, "beta_end": 0.02}
TRAILING = {"timestep_spacing": "trailing"}


class Network:
    """The trained network, which remembers what it said."""

    def __init__(self):
        self.model, _ = reference.load(MODEL, torch.float64)
        self.outputs, self.timesteps = [], []

    @torch.no_grad()
    def __call__(self, x, t):
        out = self.model(x, torch.full((len(x),), float(t), dtype=torch.float64))
        self.outputs.append(out)
        self.timesteps.append(float(t))
        return out


class Noise:
    """Stands for `randn_tensor` in diffusers; remembers what it gave."""

    def __init__(self):
        self.generator, self.given = torch.Generator().manual_seed(7), []

    def __call__(self, shape, *_, **__):
        # Exact in f32, which the kernels read.
        z = torch.randn(shape, generator=self.generator, dtype=torch.float32).double()
        self.given.append(z)
        return z


def variance_preserving(scheduler, network, noise, x):
    """A scheduler that keeps x, or for whose timesteps it does not matter."""
    states, told = [], exact_timesteps(scheduler)
    for i, t in enumerate(scheduler.timesteps):
        out = network(x, told[i])
        extra = {"variance_noise": noise(x.shape)} if "sde" in str(scheduler.config.get("algorithm_type")) else {}
        x = scheduler.step(out, t, x, **extra).prev_sample
        states.append(x)
    return states


def variance_exploding(scheduler, network, noise, x):
    y, states = x * (scheduler.sigmas[0] ** 2 + 1).sqrt(), []
    for i, t in enumerate(scheduler.timesteps):
        out = network(scheduler.scale_model_input(y, t), t)
        y = scheduler.step(out, t, y).prev_sample
        states.append(y / (scheduler.sigmas[i + 1] ** 2 + 1).sqrt())
    return states


def exact_timesteps(scheduler):
    """The timesteps, not rounded where they lie between training levels."""
    if not scheduler.config.get("use_karras_sigmas"):
        return scheduler.timesteps
    sigmas = ((1 - scheduler.alphas_cumprod) / scheduler.alphas_cumprod) ** 0.5
    return [scheduler._sigma_to_t(sigma, np.log(sigmas.numpy())) for sigma in scheduler.sigmas[:-1].numpy()]


def cases():
    """(name, sampler of this library, steps or grid, scheduler's class, its settings, how it is run)."""
    grid = [999, 899, 799, 699, 599, 499, 399, 299, 199, 99]
    clipped = [985, 900, 799, 699, 550, 499, 399, 299, 150, 20]
    for order, plus, name in ((1, "++", "ddim"), (2, "++", "dpmpp-2m"), (3, "++", "dpmpp-3m"), (1, "", "ddim"),
                              (2, "", "dpm-2m"), (3, "", "dpm-3m")):
        dpm = {"solver_order": order, "algorithm_type": "dpmsolver" + plus, "solver_type": "midpoint",
               "final_sigmas_type": "zero" if plus else "sigma_min"}
        for schedule, config in (("linear", LINEAR), ("cosine", COSINE)):
            yield (f"dpmsolver{plus}-{order}.{schedule}", name, grid, DPMSolverMultistepScheduler, {**config, **dpm})
        yield (f"dpmsolver{plus}-{order}.clipped", name, clipped, DPMSolverMultistepScheduler,
               {**COSINE, **dpm, "lambda_min_clipped": -5.1})
        yield (f"dpmsolver{plus}-{order}.karras", name, 10, DPMSolverMultistepScheduler,
               {**LINEAR, **dpm, "use_karras_sigmas": True})
        yield (f"dpmsolver{plus}-{order}.long", name, 20, DPMSolverMultistepScheduler, {**LINEAR, **dpm, **TRAILING})
    yield ("dpmsolver++-2.euler-at-final", "dpmpp-2m", grid, DPMSolverMultistepScheduler,
           {**LINEAR, "euler_at_final": True, "final_sigmas_type": "sigma_min"})
    yield ("dpmsolver++-3.formula-to-the-end", "dpmpp-3m", grid, DPMSolverMultistepScheduler,
           {**LINEAR, "solver_order": 3, "lower_order_final": False, "final_sigmas_type": "sigma_min"})
    yield ("sde-dpmsolver++.linear", "dpmpp-2m-sde", grid, DPMSolverMultistepScheduler,
           {**LINEAR, "algorithm_type": "sde-dpmsolver++"})
    for order in (2, 3):
        for schedule, config in (("linear", LINEAR), ("cosine", COSINE)):
            yield (f"unipc-{order}.{schedule}", f"unipc-{order}", 10, UniPCMultistepScheduler,
                   {**config, **TRAILING, "solver_order": order})
            yield (f"deis-{order}.{schedule}", f"deis-{order}", 10, DEISMultistepScheduler,
                   {**config, **TRAILING, "solver_order": order})
        yield (f"unipc-{order}.karras", f"unipc-{order}", 10, UniPCMultistepScheduler,
               {**LINEAR, "solver_order": order, "use_karras_sigmas": True})
        yield (f"unipc-{order}.long", f"unipc-{order}", 20, UniPCMultistepScheduler,
               {**LINEAR, **TRAILING, "solver_order": order})
    for schedule, config in (("linear", LINEAR), ("cosine", COSINE)):
        yield (f"plms.{schedule}", "plms", 10, PNDMScheduler,
               {**config, **TRAILING, "skip_prk_steps": True, "set_alpha_to_one": True})
        yield (f"lms.{schedule}", "lms", 10, LMSDiscreteScheduler, {**config, **TRAILING})
        yield (f"euler.{schedule}", "ddim", 10, EulerDiscreteScheduler, {**config, **TRAILING})
        yield (f"euler-ancestral.{schedule}", "ddim", 10, EulerAncestralDiscreteScheduler, {**config, **TRAILING})
        yield (f"heun.{schedule}", "heun", 10, HeunDiscreteScheduler, {**config, **TRAILING})
    yield ("lcm.linear", "lcm", grid, LCMScheduler, {**LINEAR})


def main():
    start = torch.randn(SAMPLES, 2, generator=torch.Generator().manual_seed(1989))
    tensors, written = {"x_start": start}, []
    exploding = (LMSDiscreteScheduler, EulerDiscreteScheduler, EulerAncestralDiscreteScheduler, HeunDiscreteScheduler)
    for name, sampler, steps, kind, config in cases():
        network, noise = Network(), Noise()
        with in_float64(*MODULES):
            for module in (scheduling_euler_ancestral_discrete, scheduling_lcm):
                module.randn_tensor = noise
            config = {"clip_sample": False, **config} if kind is LCMScheduler else config
            scheduler = kind(**config)
            if isinstance(steps, list):
                scheduler.set_timesteps(timesteps=steps)
            else:
                scheduler.set_timesteps(steps)
            run = variance_exploding if kind in exploding else variance_preserving
            states = run(scheduler, network, noise, start.double())
        assert states[-1].dtype == torch.float64 and torch.stack(states).isfinite().all(), name
        tensors[f"{name}.out"] = torch.stack(network.outputs)
        tensors[f"{name}.states"] = torch.stack(states)
        if noise.given:
            tensors[f"{name}.noise"] = torch.stack(noise.given)
        config = {"_class_name": kind.__name__, **config, "clip_sample": False}
        if kind is DEISMultistepScheduler:
            config["set_alpha_to_one"] = False
        written.append({"name": name, "sampler": sampler, "steps": steps, "timesteps": network.timesteps,
                        "eta": 1.0 if kind is EulerAncestralDiscreteScheduler else 0.0, "config": config})
        print(f"{name}: {len(states)} stages, largest {torch.stack(states).abs().max():.4g}")
    HERE.mkdir(exist_ok=True)
    write_json(HERE / "cases.json", written)
    save_file({k: v.contiguous() for k, v in tensors.items()}, HERE / "runs.safetensors")
    (HERE / "runs.safetensors").chmod(0o644)


if __name__ == "__main__":
    main()
