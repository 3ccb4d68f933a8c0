"""The noise itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from . import _native
from ._request import whole

__all__ = ["noise"]


def noise(
    batch_size: int,
    shape: int | Sequence[int],
    *,
    seed: int = 0,
    draw: int = 0,
    sample_offset: int = 0,
    device: str = "cpu",
) -> NDArray[np.float32]:
    """Standard normals: Philox4x32-10 and an integer-only inverse distribution function.

    The same bits on every device and machine, and for a sample whatever the batch it is made in.

    Parameters
    ----------
    batch_size
        Samples.
    shape
        Of one sample: a number, or one for each dimension.
    seed
        64 bits.
    draw
        0: what a run starts from. 1 + i: what its step i adds.
    sample_offset
        Index of the first sample.
    device
        What makes them.

    Returns
    -------
    numpy.ndarray
        `[batch_size, …shape]` float32.
    """
    sizes = list(shape) if isinstance(shape, Iterable) else [shape]
    return _native.noise(
        whole("batch_size", batch_size),
        [whole("shape", size) for size in sizes],
        whole("seed", seed),
        whole("draw", draw, 32),
        whole("sample_offset", sample_offset),
        device,
    )
