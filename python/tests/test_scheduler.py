"""The scheduler on NumPy arrays: the pipeline's own steps, noise by index, and inversion."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ddim_wgpu
from ddim_wgpu import DDIMScheduler, Pipeline


def network(x: Any, t: Any) -> Any:
    """A smooth function in place of a network."""
    return np.tanh(x) * np.float32(0.5 + t / 2000)


def sampled(scheduler: DDIMScheduler, x: Any, **options: Any) -> Any:
    """The loop that users of schedulers write."""
    for t in scheduler.timesteps:
        x = scheduler.step(network(x, t), t, x, **options).prev_sample
    return x


def test_a_loop_over_steps_is_a_run_of_the_pipeline(pipe: Pipeline) -> None:
    """x̂₀ = out = a class's mean image would be exact; here the model's own steps are watched and repeated."""
    config = pipe.model.scheduler_config()
    assert config.prediction_type == "sample"
    scheduler = DDIMScheduler(
        beta_schedule="squaredcos_cap_v2", prediction_type="sample", clip_sample=True, seed=3
    )
    other = Pipeline(pipe.model, scheduler, device="cpu")
    states = [scheduler.noise((2, 1, 28, 28))]
    other(
        2,
        6,
        eta=1.0,
        seed=3,
        callback_on_step_end=lambda _p, _s, _t, told: states.append(told["latents"]),
    )
    scheduler.set_timesteps(6)
    for step, t in enumerate(scheduler.timesteps[:-1]):
        x, following = states[step], states[step + 1]
        # A step without noise tells x̂₀ - and with it the network's output -
        # from one run to the other.
        row = scheduler._grid_for(1.0, False).row(t)
        z = ddim_wgpu.noise(2, (1, 28, 28), seed=3, draw=1 + step)
        x0 = (following - row["noise_scale"] * z - row["eps_scale"] * row["eps_from_x"] * x) / (
            row["x0_scale"] + row["eps_scale"] * row["eps_from_out"]
        )
        found = scheduler.step(x0.astype(np.float32), t, x, eta=1.0).prev_sample
        assert np.abs(found - following).max() < 1e-3


def test_noise_follows_a_samples_index() -> None:
    scheduler = DDIMScheduler(clip_sample=False, seed=7)
    scheduler.set_timesteps(10)
    whole = sampled(scheduler, scheduler.noise((6, 3)), eta=1.0)
    part = DDIMScheduler(clip_sample=False, seed=7, sample_offset=4)
    part.set_timesteps(10)
    assert np.array_equal(sampled(part, part.noise((2, 3)), eta=1.0), whole[4:])
    assert np.array_equal(scheduler.noise((6, 3)), ddim_wgpu.noise(6, 3, seed=7))
    other = sampled(scheduler, scheduler.noise((6, 3)), eta=1.0, generator=8)
    assert not np.array_equal(other, whole)


def test_steps_go_to_the_next_entry_of_the_grid() -> None:
    """Diffusers goes to t - T/S, which on trailing and linspace grids is another level."""
    scheduler = DDIMScheduler(timestep_spacing="linspace", clip_sample=False)
    scheduler.set_timesteps(7)
    levels = scheduler.alphas_cumprod.astype(np.float64)
    x, out = np.full((1, 2), 0.3, np.float32), np.full((1, 2), -0.2, np.float32)
    for t, following in zip(scheduler.timesteps, [*scheduler.timesteps[1:], None]):
        a = levels[t]
        p = 1.0 if following is None else levels[following]
        x0 = (0.3 + np.sqrt(1 - a) * 0.2) / np.sqrt(a)
        expected = np.sqrt(p) * x0 - np.sqrt(1 - p) * 0.2
        found = scheduler.step(out, t, x)
        assert found.prev_sample == pytest.approx(expected, abs=1e-5)
        assert found.pred_original_sample == pytest.approx(x0, rel=1e-5)
    off = scheduler.step(out, 500, x).prev_sample
    assert off.shape == (1, 2), "from elsewhere to the entry below"


def test_clipping_and_thresholding() -> None:
    x, out = np.array([[3.0, -0.1]], np.float32), np.zeros((1, 2), np.float32)
    clipped = DDIMScheduler(clip_sample_range=0.5)
    clipped.set_timesteps(10)
    t = clipped.timesteps[5]
    assert np.abs(clipped.step(out, t, x).pred_original_sample).max() == 0.5
    rederived = clipped.step(out, t, x, use_clipped_model_output=True).prev_sample
    assert not np.array_equal(rederived, clipped.step(out, t, x).prev_sample)
    threshold = DDIMScheduler(clip_sample=False, thresholding=True, dynamic_thresholding_ratio=0.9)
    threshold.set_timesteps(10)
    assert np.abs(threshold.step(out, t, x).pred_original_sample).max() == 1.0


def test_inversion_brings_data_back() -> None:
    scheduler = DDIMScheduler(clip_sample=False, set_alpha_to_one=False)
    scheduler.set_timesteps(50)
    data = np.random.default_rng(1).standard_normal((3, 5)).astype(np.float32)
    latents, residuals = scheduler.invert(network, data)
    assert residuals.shape == (3,)
    assert residuals.max() < 1e-4
    assert np.abs(sampled(scheduler, latents) - data).max() < 1e-3
    clipping = DDIMScheduler()
    clipping.set_timesteps(5)
    with pytest.raises(ValueError, match="clipped"):
        clipping.invert(network, data)


def test_add_noise_and_velocity() -> None:
    scheduler = DDIMScheduler()
    x, z = np.ones((2, 3), np.float32), np.full((2, 3), 2, np.float32)
    a = scheduler.alphas_cumprod[[10, 900]].astype(np.float64)[:, None]
    noised = scheduler.add_noise(x, z, np.array([10, 900]))
    assert noised == pytest.approx(np.sqrt(a) + np.sqrt(1 - a) * 2 * np.ones((2, 3)), rel=1e-5)
    velocity = scheduler.get_velocity(x, z, np.array([10, 900]))
    assert velocity == pytest.approx(np.sqrt(a) * 2 - np.sqrt(1 - a) * np.ones((2, 3)), rel=1e-5)
    assert noised.dtype == velocity.dtype == np.float32


def test_configurations_are_diffusers(tmp_path: Path) -> None:
    scheduler = DDIMScheduler(beta_schedule="scaled_linear", steps_offset=1, trained_betas=None)
    scheduler.save_pretrained(tmp_path)
    again = DDIMScheduler.from_pretrained(tmp_path)
    assert again.config == scheduler.config
    assert again.config.steps_offset == 1
    assert (len(again), again.order, again.init_noise_sigma) == (1000, 1, 1.0)
    assert (
        DDIMScheduler.from_config(scheduler.config, clip_sample=False).config.clip_sample is False
    )
    x = np.zeros(3)
    assert scheduler.scale_model_input(x, 5) is x


def test_what_a_scheduler_refuses() -> None:
    scheduler = DDIMScheduler()
    x = np.zeros((1, 2), np.float32)
    with pytest.raises(ValueError, match="set_timesteps"):
        scheduler.step(x, 0, x)
    for steps in (0, 1001):
        with pytest.raises(ValueError, match="step"):
            scheduler.set_timesteps(steps)
    scheduler.set_timesteps(10)
    with pytest.raises(ValueError, match="1000"):
        scheduler.step(x, 1000, x)
    t = scheduler.timesteps[0]
    with pytest.raises(ValueError, match=r"model_output is of shape \(3, 2\)"):
        scheduler.step(np.zeros((3, 2), np.float32), t, x)
    with pytest.raises(TypeError, match="sample is a list"):
        scheduler.step(x, t, [[0.0, 0.0]])
    for timesteps in (-1, np.array([5, 1000])):
        with pytest.raises(ValueError, match="the schedule has 0 to 999"):
            scheduler.add_noise(x, x, timesteps)
    with pytest.raises(ValueError, match="variance_noise is of shape"):
        scheduler.step(x, t, x, eta=1.0, variance_noise=np.zeros(2, np.float32))
    with pytest.raises(ValueError, match="beta"):
        DDIMScheduler(beta_schedule="nonsense")
