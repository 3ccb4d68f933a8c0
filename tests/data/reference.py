"""The model directory of ddim-wgpu and the DDIM loop, in PyTorch: the oracle of the goldens, and a model to copy from.

`ResidualMlp` is the whole model format; its `state_dict` is `model.safetensors` as it stands. To run a network of your
own, train it as a `ResidualMlp` and call `save`:

    config = {"architecture": "residual-mlp", "sample_shape": [2], "hidden_size": 128, "num_blocks": 3,
              "activation": "silu", "input_embedding": {"size": 64, "scale": 25.0}, "num_classes": None,
              "time_embedding": {"size": 64, "hidden_size": 128, "flip_sin_to_cos": False,
                                 "downscale_freq_shift": 1, "max_period": 10000}}
    model = ResidualMlp(config)                         # train it: model(x, t) -> out, like any nn.Module
    save("my-model", model, {"_class_name": "DDIMScheduler", "prediction_type": "epsilon", ...})
    # then:  ddim sample --model my-model --output samples.npy

`ddim` below is the sampler, one line per line of the mathematics. Everything runs in the precision of its input; the
goldens use float64.
"""

import json
import math
import pathlib

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import nn

ACTIVATIONS = {"relu": nn.ReLU(), "silu": nn.SiLU(), "gelu": nn.GELU(), "gelu_tanh": nn.GELU(approximate="tanh")}


def sinusoid(t, size, flip_sin_to_cos=False, downscale_freq_shift=1, max_period=10000):
    """diffusers' `get_timestep_embedding`, but in t's own precision: [...] -> [..., size]; an odd size ends in a 0."""
    half = size // 2
    frequency = torch.exp(-math.log(max_period) * torch.arange(half, dtype=t.dtype) / (half - downscale_freq_shift))
    angle = t[..., None] * frequency
    halves = (angle.cos(), angle.sin()) if flip_sin_to_cos else (angle.sin(), angle.cos())
    return nn.functional.pad(torch.cat(halves, dim=-1), (0, size % 2))


class ResidualMlp(nn.Module):
    """`"architecture": "residual-mlp"`. Called with x [N, *sample_shape], t [N] and, if it has classes, y [N]."""

    def __init__(self, config):
        super().__init__()
        self.config, time, phi = config, config["time_embedding"], config["input_embedding"]
        dims, hidden, classes = math.prod(config["sample_shape"]), config["hidden_size"], config["num_classes"]
        embedding = time["hidden_size"] or time["size"]
        self.act = ACTIVATIONS[config["activation"]]
        self.proj_in = nn.Linear(dims * phi["size"] if phi else dims, hidden)
        self.blocks = nn.ModuleList(nn.Linear(hidden, hidden) for _ in range(config["num_blocks"]))
        self.conditioning = nn.ModuleList(nn.Linear(embedding, hidden, bias=False) for _ in range(len(self.blocks) + 1))
        self.proj_out = nn.Linear(hidden, dims)
        if time["hidden_size"]:
            self.time_embedding = nn.ModuleDict(
                {"linear_1": nn.Linear(time["size"], embedding), "linear_2": nn.Linear(embedding, embedding)})
        if classes is not None:
            self.class_embedding = nn.Embedding(classes + 1, embedding)  # the last row: no class

    def forward(self, x, t, y=None):
        time, phi = self.config["time_embedding"], self.config["input_embedding"]
        order = {k: time[k] for k in ("flip_sin_to_cos", "max_period")}
        # In float64 whatever the model has: at t = 999 a float32 angle is off by 6e-5.
        e = sinusoid(t.double(), time["size"], downscale_freq_shift=time["downscale_freq_shift"], **order).to(x.dtype)
        if time["hidden_size"]:
            e = self.time_embedding["linear_2"](nn.functional.silu(self.time_embedding["linear_1"](e)))
        if self.config["num_classes"] is not None:
            e = e + self.class_embedding(torch.full_like(t, self.config["num_classes"]) if y is None else y)
        h = x.flatten(1)
        if phi:
            h = sinusoid(h * phi["scale"], phi["size"], downscale_freq_shift=1, **order).flatten(1)
        h = self.act(self.proj_in(h) + self.conditioning[0](e))
        for i, block in enumerate(self.blocks):
            h = h + self.act(block(h) + self.conditioning[i + 1](e))
        return self.proj_out(h).view_as(x)


def save(directory, model, scheduler, dtype=torch.float32):
    """Writes the three files of a model directory."""
    directory = pathlib.Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "config.json").write_text(json.dumps(model.config, indent=2) + "\n")
    (directory / "scheduler_config.json").write_text(json.dumps(scheduler, indent=2) + "\n")
    save_file({k: v.to(dtype).contiguous() for k, v in model.state_dict().items()}, directory / "model.safetensors")


def load(directory, dtype=torch.float64):
    """The model, its stored weights converted to `dtype`, and the scheduler's configuration."""
    directory = pathlib.Path(directory)
    model = ResidualMlp(json.loads((directory / "config.json").read_text()))
    model.load_state_dict(load_file(directory / "model.safetensors"))
    return model.to(dtype).eval(), json.loads((directory / "scheduler_config.json").read_text())


def alpha_bars(scheduler):
    """The level of each training step, [T] float64."""
    steps, kind = scheduler.get("num_train_timesteps", 1000), scheduler.get("beta_schedule", "linear")
    start, end = scheduler.get("beta_start", 1e-4), scheduler.get("beta_end", 0.02)
    if scheduler.get("trained_betas") is not None:
        beta = np.array(scheduler["trained_betas"], dtype=np.float64)
    elif kind == "linear":
        beta = np.linspace(start, end, steps)
    elif kind == "scaled_linear":
        beta = np.linspace(start**0.5, end**0.5, steps) ** 2
    elif kind == "squaredcos_cap_v2":
        f = np.cos((np.arange(steps + 1) / steps + 0.008) / 1.008 * math.pi / 2) ** 2
        beta = np.minimum(1 - f[1:] / f[:-1], 0.999)
    elif kind == "sigmoid":
        beta = (end - start) / (1 + np.exp(-np.linspace(-6, 6, steps))) + start
    else:
        raise ValueError(f"no beta_schedule {kind!r}")
    level = np.cumprod(1 - beta)
    if scheduler.get("rescale_betas_zero_snr", False):
        s = np.sqrt(level)
        level = ((s - s[-1]) * (s[0] / (s[0] - s[-1]))) ** 2
    return level


def timesteps(scheduler, count):
    """The grid: strictly decreasing, exactly `count` long."""
    total, spacing = scheduler.get("num_train_timesteps", 1000), scheduler.get("timestep_spacing", "leading")
    if spacing == "leading":
        grid = np.arange(count) * (total // count) + scheduler.get("steps_offset", 0)
    elif spacing == "trailing":
        grid = np.round(total - np.arange(count)[::-1] * total / count) - 1
    elif spacing == "linspace":
        grid = np.round(np.linspace(0, total - 1, count))
    elif spacing == "quadratic":
        grid = np.floor(np.linspace(0, math.sqrt(0.8 * total), count) ** 2)
    else:
        raise ValueError(f"no timestep_spacing {spacing!r}")
    grid = [int(t) for t in grid[::-1]]
    if grid[0] >= total or any(a <= b for a, b in zip(grid, grid[1:])):
        raise ValueError(f"{count} steps of {total} by {spacing} are not strictly decreasing below {total}")
    return grid


def clip(x0, scheduler):
    """x̂₀ thresholded (per sample) or clipped, as diffusers does by default."""
    if scheduler.get("thresholding", False):
        s = torch.quantile(x0.flatten(1).abs(), scheduler.get("dynamic_thresholding_ratio", 0.995), dim=1)
        s = s.clamp(min=1, max=scheduler.get("sample_max_value", 1.0)).view(-1, *[1] * (x0.dim() - 1))
        return x0.clamp(-s, s) / s
    if scheduler.get("clip_sample", True):
        limit = scheduler.get("clip_sample_range", 1.0)
        return x0.clamp(-limit, limit)
    return x0


@torch.no_grad()
def ddim(model, scheduler, x, steps, y=None, guidance=1.0, eta=0.0, noise=None):
    """Decodes x_T [N, *sample_shape] in `steps` steps (a count, or the timesteps themselves), y [N] the classes.

    `noise(i)` gives z of step i. The level a step goes to is the next entry of the grid, never `t - T // S`.
    """
    level, kind = alpha_bars(scheduler), scheduler.get("prediction_type", "epsilon")
    grid = timesteps(scheduler, steps) if isinstance(steps, int) else steps
    last = 1.0 if scheduler.get("set_alpha_to_one", True) else level[0]
    for i, t in enumerate(grid):
        a, p = level[t], (level[grid[i + 1]] if i + 1 < len(grid) else last)
        times = torch.full((len(x),), t)
        out = model(x, times, y)
        if guidance != 1.0:
            free = model(x, times)
            out = free + guidance * (out - free)
        if kind == "epsilon":
            x0, eps = (x - math.sqrt(1 - a) * out) / math.sqrt(a), out
        elif kind == "sample":
            x0, eps = out, (x - math.sqrt(a) * out) / math.sqrt(1 - a)
        else:
            x0, eps = math.sqrt(a) * x - math.sqrt(1 - a) * out, math.sqrt(a) * out + math.sqrt(1 - a) * x
        x0 = clip(x0, scheduler)
        sigma = eta * math.sqrt((1 - p) / (1 - a) * (1 - a / p))
        x = math.sqrt(p) * x0 + math.sqrt(max(1 - p - sigma**2, 0)) * eps
        if sigma > 0:
            x = x + sigma * noise(i)
    return x
