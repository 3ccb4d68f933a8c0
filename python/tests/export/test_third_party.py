"""The authors' own modules from PyPI through the exporter, and the committed fixtures against a fresh export."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from ddim_wgpu.export import export
from ddim_wgpu.export.evaluate import Evaluator
from ddim_wgpu.export.levels import Denoiser
from make_networks import NETWORKS
from third_party.networks import DENOISERS

#: PyTorch builds differ in the last digits of the random weights.
CLOSE = 1e-6


def difference(one: np.ndarray, two: np.ndarray) -> float:
    """Relative to the largest value."""
    return float(np.abs(one - two).max() / np.abs(two).max())


def directory(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray], dict[str, Any]]:
    """A model directory's three files."""
    config = json.loads((path / "config.json").read_text())
    scheduler = json.loads((path / "scheduler_config.json").read_text())
    return config, load_file(path / "model.safetensors"), scheduler


@pytest.mark.parametrize("name", DENOISERS)
def test_authors_module(name: str, tmp_path: Path) -> None:
    """Exports, keeps the module's own tensor names, and is the fixture that is committed."""
    torch.manual_seed(0)
    one = DENOISERS[name]()
    config = export(
        one.module, one.example, tmp_path / name, one.scheduler, roles=one.roles, levels=one.levels
    )
    _, tensors, _ = directory(tmp_path / name)
    own = one.module.state_dict()
    assert {key for key in tensors if not key.startswith("exported.")} <= set(own)
    assert sum(key.startswith("exported.") for key in tensors) <= 6
    committed, stored, _ = directory(NETWORKS / name)
    assert config == committed
    assert tensors.keys() == stored.keys()
    for key, value in stored.items():
        np.testing.assert_allclose(tensors[key], value, rtol=CLOSE, atol=CLOSE, err_msg=key)


@pytest.mark.parametrize("name", DENOISERS)
def test_module_in_double(name: str) -> None:
    """The committed program against the module itself: float32 throughout, on the golden's inputs."""
    torch.manual_seed(0)
    one = DENOISERS[name]()
    golden = load_file(NETWORKS / name / "golden.safetensors")
    config, _, _ = directory(NETWORKS / name)
    logarithm = config.get("levels", {}).get("t") == "log_sigma"
    for at, level in enumerate(golden["t"]):
        told = np.exp(level) if logarithm else level
        given = {}
        for argument, example in one.example.items():
            role = one.roles.get(argument, argument)
            if argument in ("x", "input", "noisy_images") and role != "condition":
                value = torch.from_numpy(golden["x"])
            elif argument == "y":
                value = torch.from_numpy(golden["class"])
            elif f"input.{role}" in golden:
                value = torch.from_numpy(golden[f"input.{role}"])
            else:
                value = torch.full(
                    (len(golden["x"]), *example.shape[1:]), float(told), dtype=torch.float64
                )
            given[argument] = value.to(example.dtype)
        with torch.no_grad():
            theirs = one.module.eval()(**given).double().numpy()
        assert difference(golden["out"][at], theirs) < 1e-3, f"{name} at {level}"


@pytest.mark.parametrize("name", sorted(path.name for path in NETWORKS.iterdir() if path.is_dir()))
def test_golden(name: str) -> None:
    """A golden is what the float64 evaluator makes of its directory."""
    config, tensors, scheduler = directory(NETWORKS / name)
    golden = load_file(NETWORKS / name / "golden.safetensors")
    inputs = {
        key.removeprefix("input."): value
        for key, value in golden.items()
        if key.startswith("input.")
    }
    classes = golden.get("class")
    evaluator = Evaluator(config, tensors)
    for t, out in zip(golden["t"], golden["out"], strict=True):
        assert difference(evaluator(golden["x"], t, inputs, classes), out) < 1e-12
    denoiser = Denoiser(config, tensors, scheduler)
    assert [denoiser.told(level) for level in golden["level"]] == pytest.approx(
        golden["t"].tolist(), rel=1e-12
    )


def test_trained_trajectory() -> None:
    """Our DDIM through the exported network is smalldiffusion's own sampler, state by state."""
    folder = NETWORKS / "trained-smalldiffusion"
    denoiser = Denoiser(*directory(folder))
    theirs, timesteps = np.load(folder / "trajectory.npy"), np.load(folder / "timesteps.npy")
    ours = denoiser.decode(theirs[0], timesteps.tolist(), last=denoiser.alphas_cumprod[0])
    assert difference(ours, theirs) < 1e-6
    # And would be seen to differ: one level told wrong.
    wrong = denoiser.decode(
        theirs[0],
        [*timesteps[:-1].tolist(), int(timesteps[-1]) - 1],
        last=denoiser.alphas_cumprod[0],
    )
    assert difference(wrong, theirs) > 1e-4
