"""What diffusers does where this library does otherwise on purpose: writes diffusers/differences.json.

    python make_differences.py

An infinity or a NaN is written as a word, an exception as its name.
"""

import pathlib

import torch
from diffusers import DDIMInverseScheduler, DDIMScheduler, DDPMScheduler
from diffusers.schedulers import scheduling_ddpm

from make_diffusers import in_float64, level_gone_to, write_json

HERE = pathlib.Path(__file__).parent / "diffusers"


def next_levels(spacing, count):
    """The level diffusers goes to at every step of its grid."""
    scheduler = DDIMScheduler(timestep_spacing=spacing)
    scheduler.set_timesteps(count)
    at = scheduler.timesteps.tolist()
    return {"timesteps": at, "next_alpha_bar": [level_gone_to(scheduler, t) for t in at]}


def deviation_of_last_step(variance_type):
    """How much noise DDPM adds in its last step, to ᾱ = 1, where that is not at t = 0."""
    scheduler = DDPMScheduler(variance_type=variance_type, steps_offset=1, clip_sample=False)
    scheduler.set_timesteps(10)
    after = []
    for z in (0.0, 1.0):
        scheduling_ddpm.randn_tensor = lambda *_, **__: torch.full((1, 1), z)
        after.append(scheduler.step(torch.zeros(1, 1), scheduler.timesteps[-1], torch.zeros(1, 1)).prev_sample.item())
    return {"timestep": scheduler.timesteps[-1].item(), "sigma": word(after[1] - after[0])}


def first_step(scheduler):
    """The first step of ten from x = 1, the network's output being 0.5."""
    scheduler.set_timesteps(10)
    t = scheduler.timesteps[0]
    return word(scheduler.step(torch.full((1, 1), 0.5), t, torch.ones(1, 1)).prev_sample.item())


def word(value):
    return value if value == value and abs(value) != float("inf") else str(value)


def exception(compute):
    try:
        compute()
    except Exception as error:  # whichever it is, is the finding
        return type(error).__name__
    return None


def main():
    with in_float64():
        write_json(HERE / "differences.json", {
            "linspace 10": next_levels("linspace", 10),
            "linspace 50": next_levels("linspace", 50),
            "trailing 7": next_levels("trailing", 7),
            "trailing 30": next_levels("trailing", 30),
            "fixed_large": deviation_of_last_step("fixed_large"),
            "fixed_large_log": deviation_of_last_step("fixed_large_log"),
            "epsilon at zero terminal SNR": first_step(DDIMScheduler(rescale_betas_zero_snr=True, timestep_spacing="trailing", clip_sample=False)),
            "encoding x0-prediction from data": first_step(DDIMInverseScheduler(prediction_type="sample", clip_sample=False)),
            "8 trained_betas for 1000 levels": exception(lambda: first_step(DDIMScheduler(trained_betas=[0.1] * 8))),
            "50 steps of 50 from offset 1": exception(lambda: first_step_of(50)),
        })


def first_step_of(count):
    scheduler = DDIMScheduler(num_train_timesteps=count, steps_offset=1)
    scheduler.set_timesteps(count)
    scheduler.step(torch.zeros(1, 1), scheduler.timesteps[0], torch.zeros(1, 1))


if __name__ == "__main__":
    main()
