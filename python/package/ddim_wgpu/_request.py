"""What a run is asked for, checked and turned into a plan and a batch."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _native
from ._arrays import as_classes, as_float32
from ._settings import BatchSettings, GridSettings
from .model import Model


@dataclass(frozen=True)
class GridRequest:
    """Which levels a run visits."""

    steps: int | None = None
    spacing: str | None = None
    timesteps: Sequence[int] | None = None
    strength: float | None = None
    clip: None | float | str = None
    final_level: str | None = None
    rederive_epsilon: bool | None = None
    clip_noise: float | None = None
    clip_epsilon: float | None = None
    clip_final: float | None = None

    def native(self) -> GridSettings:
        """As the native half takes it."""
        timesteps = self.timesteps
        return {
            "steps": None if self.steps is None else whole("num_inference_steps", self.steps),
            "spacing": self.spacing,
            "timesteps": None if timesteps is None else [whole("timesteps", t) for t in timesteps],
            "strength": None if self.strength is None else float(self.strength),
            "clip": None if self.clip is None else str(self.clip),
            "final_level": self.final_level,
            "rederive_epsilon": self.rederive_epsilon,
            "clip_noise": _limit(self.clip_noise),
            "clip_epsilon": _limit(self.clip_epsilon),
            "clip_final": _limit(self.clip_final),
        }


@dataclass(frozen=True)
class BatchRequest:
    """How many samples, from which noise, of which class and conditions."""

    batch_size: int | None = None
    seed: int = 0
    sample_offset: int = 0
    class_labels: Any = None
    guidance_scale: float = 1.0
    condition: Mapping[str, Any] | None = None
    samples_per_condition: int = 1
    latents: Any = None
    image: Any = None
    mask: Any = None

    def __post_init__(self) -> None:
        if not isinstance(self.condition, (Mapping, type(None))):
            raise TypeError(
                f"condition is a {type(self.condition).__name__}: give a mapping, from the names of "
                "the model's `conditions` to arrays"
            )

    def count(self) -> int:
        """How many samples: as said, else as many as there are latents, images, classes or conditions."""
        held = {"latents": _length(self.latents), "images": _length(self.image)}
        # A single image serves any number.
        held = {what: n for what, n in held.items() if (what, n) != ("images", 1)}
        if self.batch_size is not None:
            count = whole("batch_size", self.batch_size)
            for what, found in held.items():
                if found not in (None, count):
                    raise ValueError(f"batch_size is {count}, but there are {found} {what}")
            return count
        labels = None if isinstance(self.class_labels, str) else _length(self.class_labels)
        rows = [_length(values) or 0 for values in (self.condition or {}).values()]
        conditioned = min(rows) * self.samples_per_condition if rows else None
        return next((n for n in (*held.values(), labels, conditioned) if n is not None), 1)

    def native(self, model: Model, plan: _native.Plan) -> _native.Batch:
        """The batch, checked against its model."""
        if self.mask is not None and self.image is None:
            raise ValueError("a mask needs an image, of which it says what to make anew")
        settings: BatchSettings = {
            "count": self.count(),
            "seed": whole("seed", self.seed),
            "sample_offset": whole("sample_offset", self.sample_offset),
            "classes": as_classes(self.class_labels),
            "guidance": float(self.guidance_scale),
            "conditions": [
                (name, as_float32(f"condition {name!r}", values))
                for name, values in (self.condition or {}).items()
            ],
            "samples_per_condition": whole("samples_per_condition", self.samples_per_condition),
            "latents": _optional("latents", self.latents),
            "image": _optional("image", self.image),
            "mask": _optional("mask", self.mask),
        }
        return _native.Batch(model._native, plan, settings)


def _limit(limit: float | None) -> float | None:
    return None if limit is None else float(limit)


def _length(values: Any) -> int | None:
    """The length of an array's first dimension; none of a number, or of nothing."""
    if values is None:
        return None
    shape: Sequence[int] = values.shape if hasattr(values, "shape") else np.shape(values)
    return int(shape[0]) if len(shape) > 0 else None


def _optional(what: str, values: Any) -> NDArray[np.float32] | None:
    if values is None:
        return None
    array = as_float32(what, values)
    if array.ndim == 0:
        raise ValueError(f"{what} is a single number: give an array of samples")
    return array


def whole(what: str, value: Any, bits: int = 64) -> int:
    """A whole number, at least 0.

    Raises
    ------
    TypeError
        If it is no whole number.
    ValueError
        If it is below 0, or does not fit so many bits.
    """
    if isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{what} is {value}: give a whole number")
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{what} is {value!r}: give a whole number") from None
    if number < 0:
        raise ValueError(f"{what} is {number}: it must be at least 0")
    if number >> bits:
        raise ValueError(f"{what} is {number}: it must fit {bits} bits")
    return number


def drawn_by(generator: Any, shape: Sequence[int]) -> Any:
    """Normals of a generator of PyTorch's or NumPy's, drawn by its own library.

    Raises
    ------
    TypeError
        If it is neither.
    """
    if isinstance(generator, np.random.Generator):
        return generator.standard_normal(tuple(shape), dtype=np.float32)
    if type(generator).__module__.partition(".")[0] == "torch":
        import torch

        return torch.randn(tuple(shape), generator=generator, device=generator.device).cpu()
    raise TypeError(
        f"generator is a {type(generator).__name__}: give one of torch or numpy.random, or a seed"
    )
