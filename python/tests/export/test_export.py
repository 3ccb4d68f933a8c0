"""What the exporter says of modules: its operations, its refusals, and that it writes nothing that differs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from ddim_wgpu.export import ExportError, Unsupported, evaluate, export
from ddim_wgpu.export.evaluate import Evaluator

SCHEDULER = {"_class_name": "DDIMScheduler", "clip_sample": False}
WIDTH = 6
STATE = torch.randn(3, WIDTH, generator=torch.Generator().manual_seed(0))
LEVEL = torch.tensor([0, 7, 31])


class Small(nn.Module):
    """A linear layer, what a test puts behind it, and a linear layer."""

    def __init__(self, body: Any, *layers: nn.Module) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.first, self.last = nn.Linear(WIDTH, 8), nn.LazyLinear(WIDTH)
        self.layers = nn.ModuleList(layers)
        self.body = body
        for layer in self.layers:
            for value in layer.parameters():
                nn.init.normal_(value)
        with torch.no_grad():
            self(STATE, LEVEL)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """The body sees the first layer's output, the level and the layers."""
        return self.last(self.body(self.first(x), t, *self.layers))


def kinds(config: dict[str, Any]) -> list[str]:
    """The operations, activations by their function and norms by their kind."""
    return [op.get("function") or op.get("kind") or op["op"] for op in config["ops"]]


def embedded(t: Tensor, shift: int = 0) -> Tensor:
    """Sines and cosines as most repositories compute them."""
    rates = torch.exp(-np.log(10000) * torch.arange(4, dtype=torch.float32) / (4 - shift))
    angles = t[:, None].float() * rates[None]
    return torch.cat([angles.sin(), angles.cos()], -1)


BODIES: dict[str, tuple[Any, list[nn.Module], list[str]]] = {
    "activations": (
        lambda h, t: (
            functional.relu(h)
            + functional.silu(h)
            + functional.mish(h)
            + torch.tanh(h)
            + torch.sigmoid(h)
        ),
        [],
        ["relu", "silu", "mish", "tanh", "sigmoid", "add"],
    ),
    "activations with options": (
        lambda h, t: (
            functional.leaky_relu(h, 0.2)
            + functional.softplus(h, beta=2)
            + functional.elu(h)
            + functional.selu(h)
        ),
        [],
        ["leaky_relu", "affine", "softplus", "elu", "selu", "add"],
    ),
    "gelu": (
        lambda h, t: functional.gelu(h) + functional.gelu(h, approximate="tanh"),
        [],
        ["gelu", "gelu_tanh", "add"],
    ),
    "glu": (lambda h, t: functional.glu(h), [], ["sigmoid", "linear", "mul"]),
    "sinusoid": (lambda h, t: h + embedded(t), [], ["sinusoid", "add"]),
    "sinusoid, shifted": (lambda h, t: torch.cat([h, embedded(t, 1)], 1), [], ["sinusoid"]),
    "lone cosine": (lambda h, t: h * torch.cos(h), [], ["affine", "sin", "mul"]),
    "layer norm": (lambda h, t, norm: norm(h), [nn.LayerNorm(8)], ["layer"]),
    "rms norm": (lambda h, t, norm: norm(h), [nn.RMSNorm(8)], ["rms"]),
    "group norm": (lambda h, t, norm: norm(h), [nn.GroupNorm(2, 8)], ["group"]),
    "batch norm": (lambda h, t, norm: norm(h), [nn.BatchNorm1d(8)], ["batch"]),
    "layer norm by hand": (
        lambda h, t: (
            (h - h.mean(-1, keepdim=True))
            / torch.sqrt(h.var(-1, unbiased=False, keepdim=True) + 1e-5)
        ),
        [],
        ["layer"],
    ),
    "rms norm by hand": (
        lambda h, t: h * torch.rsqrt(h.pow(2).mean(-1, keepdim=True) + 1e-6),
        [],
        ["rms"],
    ),
    "unbiased layer norm": (
        lambda h, t: (h - h.mean(-1, keepdim=True)) * torch.rsqrt(h.var(-1, keepdim=True) + 1e-5),
        [],
        ["layer", "affine"],
    ),
    "embedding of the level": (
        lambda h, t, table: h * table(t),
        [nn.Embedding(32, 8)],
        ["embedding", "affine"],
    ),
    "modulation": (
        lambda h, t, table, norm: norm(h) * (1 + table(t)) + 2 * table(t),
        [nn.Embedding(32, 8), nn.LayerNorm(8, elementwise_affine=False)],
        ["layer", "embedding", "affine", "add"],
    ),
    "chunks of a linear": (
        lambda h, t, wide: _gated(*wide(h).chunk(3, -1)),
        [nn.Linear(8, 12)],
        ["linear", "linear", "mul", "linear", "add"],
    ),
    "interleaved waves": (
        lambda h, t: torch.stack(
            [(t[:, None] * torch.arange(1, 11)).sin(), (t[:, None] * torch.arange(1, 11)).cos()], -1
        ).flatten(1),
        [],
        ["fourier"],
    ),
    "level as a number": (lambda h, t: torch.cat([h, t[:, None] / 32], -1), [], ["affine"]),
    "reversed and repeated": (
        lambda h, t: torch.cat([h.flip(-1), h[:, 2:3].expand(-1, 4)], -1),
        [],
        ["linear"],
    ),
    "weight norm": (
        lambda h, t, layer: layer(h),
        [nn.utils.parametrizations.weight_norm(nn.Linear(8, 8))],
        ["linear"],
    ),
}


def _gated(a: Tensor, b: Tensor, c: Tensor) -> Tensor:
    return a * b + c


@pytest.mark.parametrize("name", BODIES)
def test_bodies(name: str, tmp_path: Path) -> None:
    """Each is exported, which compares it, as the operations one expects between the first and the last layer."""
    body, layers, expected = BODIES[name]
    config = export(Small(body, *layers), (STATE, LEVEL), tmp_path / "model", SCHEDULER)
    written = kinds(config)
    # Waves alone leave the first layer unread.
    first = [] if name == "interleaved waves" else ["linear"]
    last = ["linear", "linear"] if name == "interleaved waves" else ["linear"]
    assert written == [*first, *expected, *last]


REFUSED = {
    "softmax": (lambda h, t: torch.softmax(h, -1), "aten.softmax"),
    "exponential": (lambda h, t: torch.exp(h), "aten.exp"),
    "logarithm of the state": (lambda h, t: torch.log(h**2 + 1), "logarithm of the level only"),
    "attention": (lambda h, t: h @ h.T @ h, "weights that are computed"),
    "batch statistics": (lambda h, t: h - h.mean(0, keepdim=True), "last axis"),
    "division by the state": (lambda h, t: 1 / h, "aten.reciprocal"),
    "mixing samples": (lambda h, t: torch.relu(h.flip(0)), "mixed"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name: str, tmp_path: Path) -> None:
    """What the format cannot say is refused by the name of the operation, and nothing is written."""
    body, message = REFUSED[name]
    with pytest.raises(Unsupported, match=message.replace(".", r"\.")):
        export(Small(body), (STATE, LEVEL), tmp_path / "model", SCHEDULER)
    assert not list(tmp_path.iterdir())


def test_what_differs_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong evaluation of one activation is noticed, and the place stays empty."""
    monkeypatch.setitem(evaluate.ACTIVATIONS, "tanh", lambda value: np.tanh(value) * (1 + 1e-6))
    with pytest.raises(ExportError, match="differs from the traced graph"):
        export(Small(lambda h, t: torch.tanh(h)), (STATE, LEVEL), tmp_path / "model", SCHEDULER)
    assert not list(tmp_path.iterdir())


def test_batch_dependence_is_noticed(tmp_path: Path) -> None:
    """What the tracer takes for a constant, and depends on the batch, differs from the module."""
    module = Small(lambda h, t: h * len(h))
    with pytest.raises(ExportError, match="differs from the module"):
        export(module, (STATE, LEVEL), tmp_path / "model", SCHEDULER)


def test_older_export_is_kept_whole(tmp_path: Path) -> None:
    """A refused export leaves an older one at its place as it was."""
    export(Small(lambda h, t: torch.tanh(h)), (STATE, LEVEL), tmp_path / "model", SCHEDULER)
    before = (tmp_path / "model" / "config.json").read_text()
    with pytest.raises(Unsupported):
        export(Small(lambda h, t: torch.exp(h)), (STATE, LEVEL), tmp_path / "model", SCHEDULER)
    assert (tmp_path / "model" / "config.json").read_text() == before
    assert sorted(one.name for one in tmp_path.iterdir()) == ["model"]


def test_half_precision_stays(tmp_path: Path) -> None:
    """Weights are written in the type they have."""
    module = Small(lambda h, t: torch.tanh(h)).to(torch.bfloat16)
    export(module, (STATE, LEVEL), tmp_path / "model", SCHEDULER)
    stored = load_file(tmp_path / "model" / "model.safetensors")
    assert {value.dtype for value in stored.values()} == {torch.bfloat16}
    assert stored.keys() == module.state_dict().keys()


def test_logarithm_of_sigma(tmp_path: Path) -> None:
    """A module that takes ln σ is told it, if the caller says that its level is σ."""
    module = Small(lambda h, t: torch.cat([h, torch.log(t)[:, None] / 4], -1))
    example = (STATE, torch.tensor([0.1, 1.0, 80.0]))
    with pytest.raises(ExportError, match="'t': 'sigma'"):
        export(module, example, tmp_path / "model", SCHEDULER)
    config = export(
        module, example, tmp_path / "model", SCHEDULER, levels={"t": "sigma", "wrap": "ve"}
    )
    assert config["levels"] == {"t": "log_sigma", "wrap": "ve"}
    both = Small(lambda h, t: torch.cat([h, torch.log(t)[:, None], t[:, None]], -1))
    with pytest.raises(ExportError, match="the level and its logarithm"):
        export(both, example, tmp_path / "both", SCHEDULER, levels={"t": "sigma"})


class Conditioned(nn.Module):
    """A class, a vector per sample, an image as its state, and a variance beside the noise."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(2)
        self.table, self.layer = nn.Embedding(4, 5), nn.Linear(18 + 5 + 3 + 1, 36)

    def forward(self, x: Tensor, sigma: Tensor, labels: Tensor, observation: Tensor) -> Tensor:
        """`[N, 2, 3, 3]` to `[N, 4, 3, 3]`."""
        level = sigma.expand(len(x))[:, None]
        return self.layer(
            torch.cat([x.flatten(1), self.table(labels), observation, level], 1)
        ).reshape(-1, 4, 3, 3)


def test_everything_a_denoiser_is_given(tmp_path: Path) -> None:
    """Shapes, classes, vectors per sample, one level for all samples, and outputs of twice the width."""
    example = {
        "x": torch.randn(2, 2, 3, 3),
        "sigma": torch.tensor(0.5),
        "labels": torch.tensor([0, 3]),
        "observation": torch.randn(2, 3),
    }
    config = export(Conditioned(), example, tmp_path / "model", SCHEDULER, class_free_row=True)
    assert config["sample_shape"] == [2, 3, 3]
    assert (config["num_classes"], config["inputs"], config["outputs"]) == (
        3,
        {"observation": 3},
        "first",
    )
    written = json.loads((tmp_path / "model" / "config.json").read_text())
    assert written == config
    assert json.loads((tmp_path / "model" / "scheduler_config.json").read_text()) == SCHEDULER
    tensors = {
        name: value.numpy()
        for name, value in load_file(tmp_path / "model" / "model.safetensors").items()
    }
    out = Evaluator(written, tensors)(
        np.zeros((1, 18)), 0.5, {"observation": np.zeros((1, 3))}, np.array([3])
    )
    assert out.shape == (1, 36)


def test_roles_that_are_not_clear(tmp_path: Path) -> None:
    """An argument's role is asked for where its name does not say it."""

    class Odd(nn.Module):
        """Names its state `points`."""

        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(WIDTH, WIDTH)

        def forward(self, points: Tensor) -> Tensor:
            """A linear map."""
            return self.layer(points)

    with pytest.raises(ExportError, match="say which with roles"):
        export(Odd(), (STATE,), tmp_path / "model", SCHEDULER)
    config = export(Odd(), (STATE,), tmp_path / "model", SCHEDULER, roles={"points": "x"})
    assert kinds(config) == ["linear"]
    with pytest.raises(ExportError, match="has no argument"):
        export(Odd(), (STATE,), tmp_path / "model", SCHEDULER, roles={"x": "x"})


def test_scheduler_object(tmp_path: Path) -> None:
    """A diffusers scheduler is written as its own `save_pretrained` does."""
    diffusers = pytest.importorskip("diffusers")
    scheduler = diffusers.DDIMScheduler(num_train_timesteps=100, clip_sample=False)
    export(Small(lambda h, t: torch.tanh(h)), (STATE, LEVEL), tmp_path / "model", scheduler)
    scheduler.save_pretrained(tmp_path / "theirs")
    ours = json.loads((tmp_path / "model" / "scheduler_config.json").read_text())
    theirs = json.loads((tmp_path / "theirs" / "scheduler_config.json").read_text())
    assert ours == theirs
