"""Plans of a scheduler's configuration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import _native
from ._request import GridRequest


class Plans:
    """Makes plans by a configuration, and keeps the last: most calls differ in other things."""

    def __init__(self, config: _native.SchedulerConfig) -> None:
        self._config = config
        self._last: tuple[tuple[Any, ...], _native.Plan] | None = None

    def sampling(
        self, sampler: str, eta: float | None, sigmas: Sequence[float] | None, grid: GridRequest
    ) -> _native.Plan:
        """A plan that samples."""
        settings = grid.native()
        asked = (
            sampler,
            None if eta is None else float(eta),
            None if sigmas is None else [float(sigma) for sigma in sigmas],
        )
        key = (*asked, *settings.values())
        last = self._last
        if last is None or last[0] != key:
            last = self._last = key, self._config.sampling(*asked, settings)
        return last[1]
