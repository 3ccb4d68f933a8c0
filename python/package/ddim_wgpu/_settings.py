"""Options that are handed on together: by the pipeline's methods, and to the native half."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray


class GridSettings(TypedDict):
    """Which levels a run visits."""

    steps: int | None
    spacing: str | None
    timesteps: Sequence[int] | None
    strength: float | None
    clip: str | None
    final_level: str | None
    rederive_epsilon: bool | None
    clip_noise: float | None
    clip_epsilon: float | None
    clip_final: float | None


class BatchSettings(TypedDict):
    """What a batch is made of."""

    count: int
    seed: int
    sample_offset: int
    classes: None | int | str | Sequence[int]
    guidance: float
    conditions: Sequence[tuple[str, NDArray[np.float32]]]
    samples_per_condition: int
    latents: NDArray[np.float32] | None
    image: NDArray[np.float32] | None
    mask: NDArray[np.float32] | None


class NamedOptions(TypedDict, total=False):
    """Options of a run that a call of a pipeline takes by name alone, and documents."""

    class_labels: None | int | str | Sequence[int]
    guidance_scale: float
    condition: Mapping[str, Any] | None
    samples_per_condition: int
    latents: Any
    generator: Any
    image: Any
    mask: Any
    strength: float | None
    sampler: str
    sigmas: Sequence[float] | None
    spacing: str | None
    timesteps: Sequence[int] | None
    clip: None | float | str
    rederive_epsilon: bool | None
    clip_noise: float | None
    clip_epsilon: float | None
    clip_final: float | None
    final_level: str | None
    sample_offset: int
    device: str | None


class RunOptions(NamedOptions, total=False):
    """Options of a run by name."""

    eta: float | None
    seed: int
