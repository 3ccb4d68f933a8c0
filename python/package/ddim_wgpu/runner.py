"""Sampling again and again, for instance a policy's actions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _native
from ._arrays import as_float32
from ._request import whole

__all__ = ["Runner"]


class Runner:
    """A plan and a batch, ready to be run again and again: :meth:`Pipeline.runner` makes them.

    A call is told what has changed, and makes the samples anew. It takes little beside them: options
    are checked and steps computed once, and on the CPU engine a few samples are made by the calling
    thread, in memory that is kept. One thread at a time may call a runner; others make theirs, which
    share pipelines and weights.

    Attributes
    ----------
    shape
        `(batch_size, …sample_shape)`.
    """

    def __init__(self, native: _native.Runner) -> None:
        self._native = native
        self.shape: tuple[int, ...] = tuple(native.shape)

    def __call__(
        self,
        *,
        seed: int | None = None,
        condition: Mapping[str, Any] | None = None,
        latents: Any = None,
        out: NDArray[np.float32] | None = None,
    ) -> NDArray[np.float32]:
        """Makes the samples. What is not given is as in the call before.

        Parameters
        ----------
        seed
            Of all noise, 64 bits.
        condition
            `[M, width]` by name: what samples are conditioned on.
        latents
            `(batch_size, …sample_shape)`: what to start from, in place of noise of the seed.
        out
            A C-contiguous float32 array of this shape, which is filled and returned. By default a
            new one.

        Returns
        -------
        numpy.ndarray
            `(batch_size, …sample_shape)` float32: bit for bit the `samples` that the pipeline makes.

        Raises
        ------
        ValueError, TypeError
            If shapes, types or names do not fit.
        RuntimeError
            If the runner is in a call, of another thread or of a signal's handler.
        DeviceError
            If the device fails.
        """
        if seed is not None:
            seed = whole("seed", seed)
        if condition is not None:
            condition = {
                name: as_float32(f"condition {name!r}", values)
                for name, values in condition.items()
            }
        if latents is not None:
            latents = as_float32("latents", latents)
        return self._native.run(seed, condition, latents, out)

    def __repr__(self) -> str:
        return f"<Runner of samples {self.shape}>"
