"""Goldens of image-to-image and inpainting with diffusers 0.42's DDIMScheduler: writes editing/{cases.json,states.safetensors}.

The loops are those of diffusers' StableDiffusionImg2ImgPipeline and StableDiffusionInpaintPipeline (with a network of as many
channels as the image has), around the random models of models/ in float64: the steps that are left out, `add_noise` to the first
timestep, and after every step the kept part noised to the next timestep, by one fixed noise, at the end as it is. The noise is
draw 0 of seed 2020, by the independent implementation in make_noise.py.

One thing is done as this library does it: at full strength the kept part is noised data from the start. diffusers' inpainting
starts from noise alone there, and the first call of its network sees no data.
"""

import json
import math
import pathlib

import numpy as np
import torch
from diffusers import DDIMScheduler
from safetensors.torch import save_file

import reference
from make_diffusers import in_float64
from make_noise import frozen_table, normal_units, philox4x32_10

HERE = pathlib.Path(__file__).parent
SEED = 2020
COUNT = 3
# model, steps, strength, whether masked, class, guidance
CASES = [
    ("points", 10, 0.75, False, None, 1.0),
    ("images", 20, 0.58, False, 3, 1.5),
    ("images", 20, 0.5, True, 3, 1.0),
    ("images", 10, 1.0, True, None, 1.0),
    ("denoiser", 10, 1.0, True, 1, 1.0),
    ("channels", 10, 0.45, True, None, 1.0),
]


def noise(shape):
    """Draw 0 of samples 0, 1, ..., [COUNT, *shape]."""
    rows, dims = frozen_table(), math.prod(shape)
    value = lambda sample, element: normal_units(rows, philox4x32_10([element // 4, sample, 0, 0], [SEED, 0])[element % 4])
    values = [[value(sample, element) / 2**20 for element in range(dims)] for sample in range(COUNT)]
    return torch.tensor(values, dtype=torch.float64).view(COUNT, *shape)


@torch.no_grad()
def edit(model, config, steps, strength, data, z, mask, y, guidance):
    scheduler = DDIMScheduler.from_config(config)
    scheduler.set_timesteps(steps)
    timesteps = scheduler.timesteps[steps - min(int(steps * strength), steps):]
    at = lambda t: scheduler.add_noise(data, z, t.expand(COUNT))
    start = at(timesteps[0])
    x = z if mask is not None and strength == 1.0 else start
    if mask is not None:
        x = (1 - mask) * start + mask * x
    for i, t in enumerate(timesteps):
        out = model(x, t.expand(COUNT), y)
        if guidance != 1.0:
            free = model(x, t.expand(COUNT))
            out = free + guidance * (out - free)
        x = scheduler.step(out, t, x).prev_sample
        if mask is not None:
            proper = at(timesteps[i + 1]) if i < len(timesteps) - 1 else data
            x = (1 - mask) * proper + mask * x
    return x, [int(t) for t in timesteps]


if __name__ == "__main__":
    (HERE / "editing").mkdir(exist_ok=True)
    generator = torch.Generator().manual_seed(7)
    cases, tensors = [], {}
    for i, (name, steps, strength, masked, choice, guidance) in enumerate(CASES):
        model, config = reference.load(HERE / "models" / name)
        shape = model.config["sample_shape"]
        data = torch.rand(COUNT, *shape, generator=generator).double() * 2 - 1
        # Half is kept, a third made, the rest shared.
        mask = torch.rand(COUNT, *shape, generator=generator).mul(6).floor().sub(2).clamp(0, 2).div(2).double() if masked else None
        y = None if choice is None else torch.full((COUNT,), choice)
        with in_float64():
            x, timesteps = edit(model, config, steps, strength, data, noise(shape), mask, y, guidance)
        assert x.isfinite().all()
        print(f"{name:10} {steps} steps, strength {strength}: {len(timesteps)} run, largest {x.abs().max():.3f}")
        cases.append({"model": name, "steps": steps, "skip": steps - len(timesteps), "timesteps": timesteps, "masked": masked,
                      "strength": strength, "class": choice, "guidance": guidance})
        tensors[f"{i}.data"], tensors[f"{i}.x"] = data.float(), x
        if masked:
            tensors[f"{i}.mask"] = mask.float()
    (HERE / "editing/cases.json").write_text("[\n" + ",\n".join(map(json.dumps, cases)) + "\n]\n")
    save_file({k: v.contiguous() for k, v in tensors.items()}, HERE / "editing/states.safetensors")
    (HERE / "editing/states.safetensors").chmod(0o644)
