"""Goldens of the clips that policies sample with, in float64: writes policies/{cases.json,states.safetensors}.

    python make_policies.py

The loop is DPPO's (Ren et al. 2024; github.com/irom-princeton/dppo, v0.5: `p_mean_var` and `forward` in
model/diffusion/diffusion_vpg.py), written anew from its formulas: x̂₀ clipped (`denoised_clip_value`), with DDIM ε made
again from it and then clipped itself (`eps_clip_value`), the noise of every step clipped (`randn_clip_value`), and x after
the last step (`final_action_clip_value`). x_T is not clipped. Its least standard deviation, an exploration of its training,
is 0 here. What Diffusion-QL (Wang et al. 2023) does is DDPM with x̂₀ and the last state clipped to the largest action.

The networks are the random models of models/, in place of a policy's; the noise is that of seed 2020, x_T draw 0 and
step i draw 1 + i, by the independent implementation in make_noise.py.
"""

import json
import math
import pathlib

import torch
from safetensors.torch import save_file

import reference
from make_noise import frozen_table, normal_units, philox4x32_10

HERE = pathlib.Path(__file__).parent / "policies"
SEED = 2020
COUNT = 4
# The schedule of DPPO's tasks: `cosine_beta_schedule` of 20 denoising steps.
SCHEDULER = {"num_train_timesteps": 20, "beta_schedule": "squaredcos_cap_v2", "timestep_spacing": "leading"}
# What is clipped: x̂₀, ε, the noise, x after the last step.
CLIPS = {
    "none": (None, None, None, None),
    "noise": (None, None, 0.7, None),
    "epsilon": (None, 0.6, None, None),
    "final": (None, None, None, 0.4),
    "x0-epsilon": (1.0, 0.8, None, None),
    "all": (1.0, 0.8, 1.0, 0.5),
    "dppo": (1.0, None, 3.0, 1.0),
    "diffusion-ql": (1.0, None, None, 1.0),
    "x0-noise": (1.0, None, 0.7, None),
}
# model, sampler, steps, eta, clips
CASES = [
    *(("points", "ddim", 5, eta, clips) for eta in (0.0, 1.0) for clips in list(CLIPS)[:7]),
    ("points", "ddim", 20, 0.5, "all"),
    *(("points", "ddpm", 20, 1.0, clips) for clips in list(CLIPS)[6:]),
    *(("images", "ddim", 5, eta, "all") for eta in (0.0, 1.0)),
    ("images", "ddpm", 20, 1.0, "dppo"),
]


def noise(draw, shape):
    """A draw of samples 0, 1, …, [COUNT, *shape]."""
    rows, dims = frozen_table(), math.prod(shape)
    word = lambda sample, element: philox4x32_10([element // 4, sample, 0, draw], [SEED, 0])[element % 4]
    values = [[normal_units(rows, word(sample, e)) / 2**20 for e in range(dims)] for sample in range(COUNT)]
    return torch.tensor(values, dtype=torch.float64).view(COUNT, *shape)


def clamp(value, limit):
    return value if limit is None else value.clamp(-limit, limit)


@torch.no_grad()
def sample(model, shape, sampler, steps, eta, clips):
    """What the network said in every step, and the states after it."""
    x0_limit, eps_limit, noise_limit, final_limit = clips
    level = reference.alpha_bars(SCHEDULER)
    grid = reference.timesteps(SCHEDULER, steps)
    x, outputs, states = noise(0, shape), [], []
    for i, t in enumerate(grid):
        a, p = level[t], (level[grid[i + 1]] if i + 1 < steps else 1.0)
        eps = model(x, torch.full((COUNT,), t))
        outputs.append(eps)
        x0 = clamp((x - math.sqrt(1 - a) * eps) / math.sqrt(a), x0_limit)
        if sampler == "ddim":
            if x0_limit is not None:
                eps = (x - math.sqrt(a) * x0) / math.sqrt(1 - a)
            eps = clamp(eps, eps_limit)
            std = eta * math.sqrt((1 - p) / (1 - a) * (1 - a / p))
            mean = math.sqrt(p) * x0 + math.sqrt(max(1 - p - std**2, 0)) * eps
        else:
            # The posterior q(x_{t−1} | x_t, x̂₀), of every training level in turn.
            beta = 1 - a / p
            mean = beta * math.sqrt(p) / (1 - a) * x0 + (1 - p) * math.sqrt(1 - beta) / (1 - a) * x
            std = math.sqrt(beta * (1 - p) / (1 - a))
        x = mean + std * clamp(noise(1 + i, shape), noise_limit)
        if i + 1 == steps:
            x = clamp(x, final_limit)
        states.append(x)
    return torch.stack(outputs), torch.stack(states)


def main():
    tensors, cases = {}, []
    for name, sampler, steps, eta, clips in CASES:
        model, _ = reference.load(pathlib.Path(__file__).parent / "models" / name)
        shape = model.config["sample_shape"]
        out, states = sample(model, shape, sampler, steps, eta, CLIPS[clips])
        case = f"{name}.{sampler}.{steps}.{eta}.{clips}"
        tensors[f"{case}.out"], tensors[f"{case}.states"] = out, states
        limits = dict(zip(("x0", "epsilon", "noise", "final"), CLIPS[clips]))
        cases.append({"name": case, "model": name, "sampler": sampler, "steps": steps, "eta": eta, "clips": limits})
        assert states.isfinite().all()
    HERE.mkdir(exist_ok=True)
    config = {**SCHEDULER, "clip_sample": False, "prediction_type": "epsilon"}
    (HERE / "cases.json").write_text(json.dumps({"scheduler": config, "seed": SEED, "cases": cases}, indent=1) + "\n")
    save_file(tensors, HERE / "states.safetensors")
    (HERE / "states.safetensors").chmod(0o644)
    largest = max(value.abs().max() for value in tensors.values())
    print(f"{len(cases)} runs, the largest value is {largest:.3f}")


if __name__ == "__main__":
    main()
