"""The scheduler in diffusers: beside its own, in its pipelines, and in its own tests.

diffusers' tests are not in its wheel: DIFFUSERS names a checkout of its repository.
"""

from __future__ import annotations

import importlib
import os
import sys
import unittest
from typing import Any

import diffusers
import numpy as np
import pytest
import torch

from ddim_wgpu import DDIMScheduler, Pipeline

#: diffusers' tests in which this library differs, each with its reason.
DIFFERENCES = {
    "test_betas": "betas of 0.1 to 2 are no variances; the schedule is refused, not continued with NaN",
    "test_rescale_betas_zero_snr": "epsilon-prediction at ᾱ = 0 is refused; diffusers divides by zero",
    "test_thresholding": "a largest value of 0.5 is refused: it would scale x̂₀ up",
    "test_trained_betas": "two betas for 1000 levels are refused when the scheduler is made, not at a step",
    "test_variance": "asks for diffusers' private `_get_variance`; the rows have σ",
    "test_from_pretrained": "asks for diffusers' private `_use_default_values`",
    "test_getattr_is_correct": "asks for `register_to_config` and for diffusers' deprecation warnings",
    "test_compatibles": "there is one class: nothing to be compatible with",
}


@pytest.mark.parametrize("prediction", ["epsilon", "sample", "v_prediction"])
@pytest.mark.parametrize("eta", [0.0, 1.0])
def test_steps_are_diffusers_where_the_grids_agree(prediction: str, eta: float) -> None:
    config = {"prediction_type": prediction, "beta_schedule": "scaled_linear", "steps_offset": 1}
    theirs, ours = diffusers.DDIMScheduler(**config), DDIMScheduler(**config)
    theirs.set_timesteps(20)
    ours.set_timesteps(20)
    assert torch.equal(theirs.timesteps, ours.timesteps)
    assert torch.allclose(theirs.alphas_cumprod, ours.alphas_cumprod, rtol=1e-4)
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(3, 2, 4, 4, generator=generator)
    for t in ours.timesteps[:-1]:
        out, z = (torch.randn(x.shape, generator=generator) for _ in range(2))
        noise = z if eta > 0 else None
        expected = theirs.step(out, t, x, eta=eta, variance_noise=noise)
        found = ours.step(out, t, x, eta=eta, variance_noise=noise)
        assert torch.allclose(found.prev_sample, expected.prev_sample, atol=2e-4)
        assert torch.allclose(found.pred_original_sample, expected.pred_original_sample, atol=2e-4)
        x = expected.prev_sample


def test_in_a_pipeline_of_diffusers() -> None:
    torch.manual_seed(0)
    unet = diffusers.UNet2DModel(
        sample_size=8,
        in_channels=1,
        out_channels=1,
        block_out_channels=(8, 16),
        norm_num_groups=4,
        down_block_types=("DownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "UpBlock2D"),
    )
    pipe = diffusers.DDIMPipeline(unet=unet, scheduler=diffusers.DDIMScheduler())
    pipe.set_progress_bar_config(disable=True)

    def images() -> Any:
        generator = torch.Generator().manual_seed(1)
        return pipe(2, generator=generator, num_inference_steps=10, output_type="np").images

    expected = images()
    pipe.scheduler = DDIMScheduler.from_config(pipe.scheduler.config)
    assert np.abs(images() - expected).max() < 1e-3


def test_schedulers_of_diffusers_are_read() -> None:
    theirs = diffusers.DDIMScheduler(prediction_type="sample", timestep_spacing="trailing")
    ours = DDIMScheduler.from_config(theirs.config)
    by_object = Pipeline("digits", theirs, device="cpu")(2, 5).samples
    assert np.array_equal(by_object, Pipeline("digits", ours, device="cpu")(2, 5).samples)


def test_half_precision_and_generators() -> None:
    scheduler = DDIMScheduler(clip_sample=False)
    scheduler.set_timesteps(5, "cpu")
    x = scheduler.noise((2, 3), torch.zeros(1, dtype=torch.float16))
    assert x.dtype == torch.float16
    stepped = scheduler.step(
        x, scheduler.timesteps[0], x, eta=1.0, generator=torch.Generator().manual_seed(4)
    )
    assert stepped.prev_sample.dtype == torch.float16
    by_seed = scheduler.step(x, scheduler.timesteps[0], x, eta=1.0, generator=4)
    assert torch.equal(stepped.prev_sample, by_seed.prev_sample)


def upstream() -> list[Any]:
    """Diffusers' own tests of its scheduler, given ours."""
    checkout = os.environ.get("DIFFUSERS")
    if checkout is None:
        return [
            pytest.param(None, marks=pytest.mark.skip("DIFFUSERS names no checkout of diffusers"))
        ]
    sys.path.insert(0, checkout)
    try:
        tests = importlib.import_module("tests.schedulers.test_scheduler_ddim")
    finally:
        sys.path.remove(checkout)
    case = type("Ours", (tests.DDIMSchedulerTest,), {"scheduler_classes": (DDIMScheduler,)})
    return [
        pytest.param(
            case(name),
            id=name,
            marks=[pytest.mark.xfail(reason=DIFFERENCES[name], strict=True)]
            if name in DIFFERENCES
            else [],
        )
        for name in unittest.TestLoader().getTestCaseNames(case)
    ]


@pytest.mark.parametrize("case", upstream())
def test_diffusers_own_tests(case: Any) -> None:
    result = unittest.TestResult()
    case.run(result)
    for _, trace in [*result.failures, *result.errors]:
        pytest.fail(trace)
    assert result.testsRun == 1
