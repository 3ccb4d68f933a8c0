"""What the native half takes as mappings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

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
