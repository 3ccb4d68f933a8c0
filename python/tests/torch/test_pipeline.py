"""Tensors in and out, and a module from PyTorch to every device."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import ddim_wgpu
from ddim_wgpu import Model, Pipeline

SCHEDULER = {"_class_name": "DDIMScheduler", "clip_sample": False}


class Denoiser(nn.Module):
    """A small MLP of the state and the level."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(2)
        self.first, self.level, self.last = nn.Linear(3, 32), nn.Linear(1, 32), nn.Linear(32, 3)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """The noise in x."""
        return self.last(
            torch.nn.functional.silu(self.first(x) + self.level(t[:, None].float() / 1000))
        )


def test_a_module_becomes_a_model(tmp_path: object) -> None:
    module = Denoiser()
    model = Model.from_torch(
        module,
        (torch.randn(2, 3), torch.tensor([0, 999])),
        SCHEDULER,
        directory=f"{tmp_path}/denoiser",
    )
    assert (model.name, model.sample_shape) == ("denoiser", (3,))
    pipe = Pipeline(model, device="cpu")
    latents = ddim_wgpu.noise(5, 3, seed=1)
    scheduler = ddim_wgpu.DDIMScheduler(clip_sample=False)
    scheduler.set_timesteps(20)
    x = torch.from_numpy(latents)
    with torch.no_grad():
        for t in scheduler.timesteps:
            x = scheduler.step(module(x, t.expand(5)), t, x).prev_sample
    found = pipe(latents=latents, num_inference_steps=20).samples
    assert np.abs(found - x.numpy()).max() < 1e-4 * np.abs(x.numpy()).max()


def test_tensors_in_and_out() -> None:
    pipe = Pipeline.from_pretrained("digits", device="cpu")
    latents = torch.randn(2, 1, 28, 28, generator=torch.Generator().manual_seed(3))
    output = pipe(latents=latents, num_inference_steps=3, output_type="pt")
    assert output.images.shape == (2, 1, 28, 28)
    assert 0 <= output.images.min() <= output.images.max() <= 1
    drawn = pipe(2, 3, generator=torch.Generator().manual_seed(3)).samples
    assert np.array_equal(drawn, output.samples), "the generator draws the latents in torch"
    assert np.array_equal(
        pipe(latents=latents.requires_grad_(), num_inference_steps=3).samples, drawn
    )
    shared = torch.from_numpy(output.samples)
    assert shared.data_ptr() == output.samples.__array_interface__["data"][0]
    assert torch.from_dlpack(output.samples).data_ptr() == shared.data_ptr()
    halves = latents.detach().half()
    assert pipe(latents=halves, num_inference_steps=3).samples.shape == (2, 1, 28, 28)
    with pytest.raises(TypeError, match="int64"):
        pipe(latents=latents.long(), num_inference_steps=3)
    with pytest.raises(TypeError, match="on meta: move them to the CPU"):
        pipe(latents=torch.empty(2, 1, 28, 28, device="meta"), num_inference_steps=3)
