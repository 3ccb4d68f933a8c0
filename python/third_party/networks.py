"""The denoisers that PyPI has, made small, with random weights: what a user would hand to `export`."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from .stand_ins import stand_ins

#: The scheduler of a model that is told the integer level and predicts the noise.
EPSILON = {
    "_class_name": "DDIMScheduler",
    "num_train_timesteps": 1000,
    "beta_schedule": "linear",
    "beta_start": 0.0001,
    "beta_end": 0.02,
    "prediction_type": "epsilon",
    "clip_sample": False,
    "set_alpha_to_one": True,
    "steps_offset": 0,
    "timestep_spacing": "leading",
}


@dataclass(frozen=True)
class Denoiser:
    """A module and how it is called."""

    module: nn.Module
    example: dict[str, Tensor]
    roles: dict[str, str] = field(default_factory=dict)
    levels: dict[str, Any] | None = None
    scheduler: dict[str, Any] = field(default_factory=lambda: dict(EPSILON))


def load(module: str) -> Any:
    """A module of a package, with stand-ins for what is not installed."""
    with stand_ins(module.split(".", maxsplit=1)[0]):
        return importlib.import_module(module)


def randomise(module: nn.Module, seed: int) -> nn.Module:
    """Weights of about the size that training leaves: authors start some layers at zero, which would test nothing."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for layer in module.modules():
            for name, value in layer.named_parameters(recurse=False):
                noise = torch.randn(value.shape, generator=generator)
                if value.dim() >= 2:
                    value.copy_(noise * 0.8 / math.sqrt(value.shape[-1]))
                elif name in ("weight", "alpha"):
                    value.copy_(1 + 0.3 * noise)
                else:
                    value.copy_(0.3 * noise)
    return module


def smalldiffusion() -> Denoiser:
    """Takes σ and the state of a variance-exploding process, predicts the noise."""
    module = load("smalldiffusion.model").TimeInputMLP(dim=2, hidden_dims=(16, 64, 96, 64, 16))
    return Denoiser(
        randomise(module, 1),
        {"x": torch.randn(2, 2), "sigma": torch.tensor([[0.01], [150.0]])},
        levels={"t": "sigma", "wrap": "ve"},
    )


def torchcfm() -> Denoiser:
    """Takes the time from noise to data beside the state, predicts the velocity."""
    base = load("torchcfm.models.models").MLP

    class TimedMLP(base):  # type: ignore[misc, valid-type]
        def forward(self, x: Tensor, t: Tensor) -> Tensor:
            """As `torchcfm`'s examples call it."""
            return super().forward(torch.cat([x, t[:, None]], -1))

    return Denoiser(
        randomise(TimedMLP(dim=2, w=64, time_varying=True), 2),
        {"x": torch.randn(2, 2), "t": torch.tensor([0.0, 1.0])},
        levels={"t": "flow_time", "factor": -1, "offset": 1, "wrap": "flow", "sign": -1},
    )


def sbi() -> Denoiser:
    """The network of NPSE and FMPE: random Fourier features of the time, a condition, LayerNorms."""
    nets = load("sbi.neural_nets.net_builders.vector_field_nets")
    torch.manual_seed(3)
    module = nets.VectorFieldMLP(
        input_dim=4,
        condition_dim=6,
        time_emb_dim=16,
        hidden_features=24,
        num_layers=3,
        fourier_scale=2.0,
    )
    rates = module.time_emb.W.detach().clone()
    randomise(module, 3)
    with torch.no_grad():
        module.time_emb.W.copy_(rates)
    return Denoiser(
        module,
        {"input": torch.randn(2, 4), "condition": torch.randn(2, 6), "t": torch.tensor([0.0, 1.0])},
        levels={"t": "flow_time", "wrap": "flow"},
    )


def sbi_adaptive() -> Denoiser:
    """Sbi's AdaMLP: modulated by time and condition together, sines and cosines in turns."""
    nets = load("sbi.neural_nets.net_builders.vector_field_nets")
    module = nets.VectorFieldAdaMLP(
        input_dim=4,
        condition_dim=6,
        condition_emb_dim=20,
        time_emb_dim=16,
        hidden_features=24,
        num_layers=2,
    )
    return Denoiser(
        randomise(module, 4),
        {"input": torch.randn(2, 4), "condition": torch.randn(2, 6), "t": torch.tensor([0.0, 1.0])},
        levels={"t": "flow_time", "wrap": "flow"},
    )


def synthcity() -> Denoiser:
    """TabDDPM's network with classes."""
    modules = load("synthcity.plugins.core.models.tabular_ddpm.modules")
    sizes = {"n_units_hidden": 48, "n_layers_hidden": 3, "dropout": 0.0}
    module = modules.DiffusionModel(7, 16, model_params=sizes, conditional=True, num_classes=3)
    example = {
        "x": torch.randn(3, 7),
        "t": torch.tensor([0, 500, 999]),
        "y": torch.tensor([0, 1, 2]),
    }
    return Denoiser(randomise(module, 5), example)


def vibevoice() -> Denoiser:
    """The diffusion head of VibeVoice: RMSNorms modulated by a condition, gated units; predicts v."""
    head = load("vibevoice.modular.modular_vibevoice_diffusion_head")
    config = load("vibevoice.modular.configuration_vibevoice")
    module = head.VibeVoiceDiffusionHead(
        config.VibeVoiceDiffusionHeadConfig(hidden_size=24, head_layers=2, latent_size=8)
    )
    return Denoiser(
        randomise(module, 6),
        {
            "noisy_images": torch.randn(2, 8),
            "timesteps": torch.tensor([0.0, 999.0]),
            "condition": torch.randn(2, 24),
        },
        scheduler={
            **EPSILON,
            "beta_schedule": "squaredcos_cap_v2",
            "prediction_type": "v_prediction",
        },
    )


def pocket_tts() -> Denoiser:
    """The flow head of pocket-tts (MAR's): AdaLN, an RMSNorm that divides by the deviation."""
    base = load("pocket_tts.modules.mlp").SimpleMLPAdaLN

    class NamedAdaLN(base):  # type: ignore[misc, valid-type]
        def forward(self, c: Tensor, t: Tensor, x: Tensor) -> Tensor:
            """The same with its arguments named."""
            return super().forward(c, t, x)

    module = NamedAdaLN(
        in_channels=6, model_channels=24, out_channels=6, cond_channels=10, num_res_blocks=2
    )
    return Denoiser(
        randomise(module, 7),
        {"c": torch.randn(2, 10), "t": torch.tensor([[0.0], [1.0]]), "x": torch.randn(2, 6)},
        roles={"c": "condition"},
        levels={"t": "flow_time", "wrap": "flow"},
    )


DENOISERS: dict[str, Callable[[], Denoiser]] = {
    "smalldiffusion-timeinputmlp": smalldiffusion,
    "torchcfm-mlp": torchcfm,
    "sbi-vectorfieldmlp": sbi,
    "sbi-vectorfieldadamlp": sbi_adaptive,
    "synthcity-tabddpm-diffusionmodel": synthcity,
    "vibevoice-diffusion-head": vibevoice,
    "pocket-tts-simplemlpadaln": pocket_tts,
}
