"""Goldens from diffusers' own schedulers: writes diffusers/*.json and diffusers/*.safetensors beside this file.

    python -m venv .venv && .venv/bin/pip install -r requirements.txt && .venv/bin/python make_diffusers.py

diffusers builds its tables in float32. Where a golden is to be matched closely its own code is run with float32 replaced
by float64 (`in_float64`): the formulas under test are diffusers', the rounding is not. `figures.json` keeps both.
"""

import contextlib
import json
import pathlib
import warnings

import diffusers
import numpy as np
import torch
from diffusers import DDIMInverseScheduler, DDIMScheduler, DDPMScheduler
from diffusers.schedulers import scheduling_ddim, scheduling_ddim_inverse, scheduling_ddpm
from safetensors.torch import save_file

import reference

HERE = pathlib.Path(__file__).parent / "diffusers"
MODULES = (scheduling_ddim, scheduling_ddim_inverse, scheduling_ddpm)
FIGURES_ATOL = 5e-4  # the figures are published with four decimals


class Renamed:
    """A module with float64 under the name float32."""

    def __init__(self, module):
        self.module, self.float32 = module, module.float64

    def __getattr__(self, name):
        return getattr(self.module, name)


@contextlib.contextmanager
def in_float64(*modules):
    """Inside, the schedulers of the given modules (diffusers' DDIM, DDPM and inverse) compute their tables in float64."""
    modules = modules or MODULES
    for module in modules:
        module.torch, module.np = Renamed(torch), Renamed(np)
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(torch.float32)
        for module in modules:
            module.torch, module.np = torch, np


def write_json(path, value):
    """One line per entry of the top level list or object: small, and a change shows as a line."""
    dump = lambda v: json.dumps(v, separators=(",", ":"), allow_nan=False)
    if isinstance(value, list):
        text = "[\n" + ",\n".join(dump(v) for v in value) + "\n]\n"
    else:
        text = "{\n" + ",\n".join(f"{json.dumps(k)}:{dump(v)}" for k, v in value.items()) + "\n}\n"
    path.write_text(text)


# -- noise levels ------------------------------------------------------------------------------------------------------

LEVELS = {
    "linear": {},
    "linear_500": {"num_train_timesteps": 500, "beta_start": 2e-4, "beta_end": 0.03},
    "scaled_linear": {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012},
    "cosine": {"beta_schedule": "squaredcos_cap_v2"},
    "cosine_50": {"beta_schedule": "squaredcos_cap_v2", "num_train_timesteps": 50},
    "trained_betas": {"trained_betas": [0.01, 0.02, 0.05, 0.03, 0.2, 0.4, 0.1, 0.9], "num_train_timesteps": 8},
    "sigmoid": {"beta_schedule": "sigmoid", "_class_name": "DDPMScheduler"},
    "zero_snr": {"rescale_betas_zero_snr": True, "prediction_type": "v_prediction"},
    "zero_snr_scaled_linear": {"rescale_betas_zero_snr": True, "prediction_type": "sample",
                               "beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012},
}


def build(config):
    config = dict(config)
    kind = getattr(diffusers, config.pop("_class_name", "DDIMScheduler"))
    return kind(**config)


def saved(config):
    """What `save_pretrained` writes: every key with its value."""
    return json.loads(build(config).to_json_string())


def noise_levels():
    rows = []
    for name, config in LEVELS.items():
        stock = build(config).alphas_cumprod
        with in_float64():
            exact = build(config).alphas_cumprod
        total = len(exact)
        assert np.allclose(exact, reference.alpha_bars(config), rtol=1e-10, atol=0), name
        at = sorted({0, 1, 2, 3, total // 10, total // 4, total // 2 - 1, total // 2, 3 * total // 4, total - 3, total - 2, total - 1})
        rows.append({"name": name, "config": saved(config), "timestep": at,
                     "alpha_bar": [exact[t].item() for t in at], "alpha_bar_f32": [stock[t].item() for t in at]})
    write_json(HERE / "noise_levels.json", rows)


# -- timestep grids ----------------------------------------------------------------------------------------------------

def level_gone_to(scheduler, t):
    """The level `step` takes a sample to, seen from outside: x̂₀ = 1 and ε̂ = 0 make x' = √ᾱ_next."""
    scheduler.config.clip_sample = False
    x = scheduler.alphas_cumprod[t].sqrt().view(1, 1)
    return scheduler.step(torch.zeros(1, 1), t, x).prev_sample.item() ** 2


def grids():
    """diffusers' grids and ours, with a word for each fault: the grids agree where there is none."""
    rows = []
    for total, counts in ((1000, [1, 2, 3, 5, 7, 10, 13, 16, 20, 24, 37, 48, 50, 61, 64, 90, 103, 121]), (50, [1, 4, 7, 50])):
        for spacing in ("leading", "trailing", "linspace"):
            for offset in (0, 1) if spacing == "leading" else (0,):
                for count in counts:
                    config = {"num_train_timesteps": total, "timestep_spacing": spacing, "steps_offset": offset}
                    with in_float64():
                        scheduler = DDIMScheduler(**config)
                        scheduler.set_timesteps(count)
                        theirs, faults = scheduler.timesteps.tolist(), []
                        if max(theirs) >= total:
                            faults.append("out of range")
                        elif len(theirs) != count:
                            faults.append("too long")
                        else:
                            if theirs != reference.timesteps(config, count):
                                faults.append("rounding")  # T − i·(T/S) misses an exact half
                            next_levels = [scheduler.alphas_cumprod[t].item() for t in theirs[1:]] + [1.0]
                            went = [level_gone_to(scheduler, t) for t in theirs]
                            if not np.allclose(went, next_levels, rtol=1e-9):
                                faults.append("next level")
                    ours = None if "out of range" in faults else reference.timesteps(config, count)
                    assert (ours == theirs) == (not faults or faults == ["next level"]), (config, count)
                    rows.append({"train_steps": total, "spacing": spacing, "offset": offset, "steps": count,
                                 "timesteps": ours, "faults": faults, "diffusers": None if ours == theirs else theirs})
    write_json(HERE / "timesteps.json", rows)


# -- single steps ------------------------------------------------------------------------------------------------------

N, SHAPE, STEPS = 2, (2, 2, 3), 5
BASE = {"num_train_timesteps": 100, "beta_start": 0.001, "beta_end": 0.1}


def ddim_cases():
    for prediction in ("epsilon", "sample", "v_prediction"):
        for clip in ({"clip_sample": False}, {"clip_sample": True}, {"clip_sample": True, "clip_sample_range": 0.5},
                     {"thresholding": True, "dynamic_thresholding_ratio": 0.8, "sample_max_value": 1.5}):
            for eta in (0.0, 0.3, 1.0):
                for rederive in (False, True) if eta != 1.0 and clip != {"clip_sample": False} else (False,):
                    yield {"prediction_type": prediction, **clip}, {"eta": eta, "use_clipped_model_output": rederive}
    # Not a clip among them, so that nothing but the levels matters.
    for extra in ({"set_alpha_to_one": False}, {"steps_offset": 1}, {"beta_schedule": "squaredcos_cap_v2"},
                  {"beta_schedule": "scaled_linear"}, {"timestep_spacing": "trailing"},
                  {"rescale_betas_zero_snr": True, "prediction_type": "v_prediction", "timestep_spacing": "trailing"}):
        yield {"clip_sample": False, **extra}, {"eta": 0.3, "use_clipped_model_output": False}


def single_steps():
    """Whole loops with the network's output and the noise given: what one row does, and what it hands to the next."""
    generator = torch.Generator().manual_seed(2020)
    draw = lambda *lead: torch.randn(*lead, N, *SHAPE, generator=generator, dtype=torch.float64)
    # Loud enough that clipping and thresholding act on some elements and not on others.
    x_start, out, z = 1.5 * draw(), draw(STEPS), draw(STEPS)
    tensors, cases = {"x_start": x_start, "out": out, "z": z}, []

    def loop(kind, config, step_options, step):
        name = f"{kind.__name__}_{len(cases):03}"
        with in_float64(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            scheduler = kind(**config)
            scheduler.set_timesteps(STEPS)
            assert len(scheduler.timesteps) == STEPS
            x, after, x0 = x_start, [], []
            for i, t in enumerate(scheduler.timesteps.tolist()):
                result = step(scheduler, out[i], t, x, z[i], step_options)
                x = result.prev_sample
                after.append(x)
                x0.append(result.pred_original_sample)
        tensors[name + ".x"], tensors[name + ".x0"] = torch.stack(after), torch.stack(x0)
        assert tensors[name + ".x"].isfinite().all() and tensors[name + ".x"].dtype == torch.float64, name
        cases.append({"name": name, "config": json.loads(scheduler.to_json_string()),
                      "timesteps": scheduler.timesteps.tolist(), **step_options})

    def ddim_step(scheduler, out, t, x, z, options):
        return scheduler.step(out, t, x, variance_noise=z if options["eta"] > 0 else None, **options)

    def ddpm_step(scheduler, out, t, x, z, _):
        scheduling_ddpm.randn_tensor = lambda *_, **__: z
        return scheduler.step(out, t, x)

    for config, options in ddim_cases():
        loop(DDIMScheduler, {**BASE, **config}, options, ddim_step)
    for prediction in ("epsilon", "sample", "v_prediction"):
        for extra in ({"clip_sample": False}, {"clip_sample": True}, {"clip_sample": False, "variance_type": "fixed_large"},
                      {"clip_sample": False, "timestep_spacing": "linspace"}):
            loop(DDPMScheduler, {**BASE, "prediction_type": prediction, **extra}, {}, ddpm_step)
        for extra in ({}, {"set_alpha_to_one": False}, {"set_alpha_to_one": False, "timestep_spacing": "trailing"}):
            if prediction == "sample" and not extra:
                continue  # ε̂ from x̂₀ at ᾱ = 1 is 0/0: diffusers answers with infinities
            loop(DDIMInverseScheduler, {**BASE, "prediction_type": prediction, "clip_sample": False, **extra}, {},
                 lambda scheduler, out, t, x, z, _: scheduler.step(out, t, x))
    write_json(HERE / "steps.json", cases)
    save_file(tensors, HERE / "steps.safetensors")
    (HERE / "steps.safetensors").chmod(0o644)


# -- the figures of diffusers' own tests -------------------------------------------------------------------------------

def dummy_sample(flipped=False):
    values = torch.arange(768, dtype=torch.get_default_dtype())
    values = values.flip(-1) if flipped else values
    return (values / 768).reshape(3, 8, 8, 4).permute(3, 0, 1, 2)


def full_loop(kind, start=0, **config):
    scheduler = kind(**{"num_train_timesteps": 1000, "beta_start": 1e-4, "beta_end": 0.02, "beta_schedule": "linear",
                        "clip_sample": True, **config})
    scheduler.set_timesteps(10)
    x, at = dummy_sample().to(scheduler.alphas_cumprod.dtype), scheduler.timesteps[start:]
    if start:
        x = scheduler.add_noise(x, dummy_sample(flipped=True).to(x), at[:1])
    for t in at:
        x = scheduler.step(x * t / (t + 1), t, x).prev_sample
    return x.abs().sum().item()


def variance(t, s):
    return DDIMScheduler()._get_variance(t, s).item()


FIGURES = [
    ("epsilon", 172.0067, lambda: full_loop(DDIMScheduler)),
    ("v_prediction", 52.5302, lambda: full_loop(DDIMScheduler, prediction_type="v_prediction")),
    ("set_alpha_to_one", 149.8295, lambda: full_loop(DDIMScheduler, set_alpha_to_one=True, beta_start=0.01)),
    ("not_set_alpha_to_one", 149.0784, lambda: full_loop(DDIMScheduler, set_alpha_to_one=False, beta_start=0.01)),
    ("noised_from_8", 354.5418, lambda: full_loop(DDIMScheduler, start=8)),
    ("inverse_epsilon", 671.6816, lambda: full_loop(DDIMInverseScheduler)),
    ("inverse_v_prediction", 1394.2185, lambda: full_loop(DDIMInverseScheduler, prediction_type="v_prediction")),
    ("inverse_set_alpha_to_one", 539.9622, lambda: full_loop(DDIMInverseScheduler, set_alpha_to_one=True, beta_start=0.01)),
    ("inverse_not_set_alpha_to_one", 542.6722, lambda: full_loop(DDIMInverseScheduler, set_alpha_to_one=False, beta_start=0.01)),
    ("variance_420_400", 0.14771, lambda: variance(420, 400)),
    ("variance_980_960", 0.32460, lambda: variance(980, 960)),
]


def figures():
    rows = {}
    for name, published, compute in FIGURES:
        stock = compute()
        with in_float64():
            exact = compute()
        assert abs(stock - published) < FIGURES_ATOL, (name, stock, published)
        rows[name] = {"published": published, "float32": stock, "float64": exact}
        print(f"{name:30} published {published:10.4f}  float32 {stock:.6f}  float64 {exact:.6f}")
    write_json(HERE / "figures.json", rows)


if __name__ == "__main__":
    assert diffusers.__version__ == "0.42.0", diffusers.__version__
    HERE.mkdir(exist_ok=True)
    noise_levels()
    grids()
    single_steps()
    figures()
