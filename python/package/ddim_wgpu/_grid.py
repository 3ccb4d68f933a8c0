"""The rows of a grid of steps, by their timesteps."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from . import _native
from ._request import GridRequest


class Grid:
    """The rows of DDIM for a number of steps.

    Parameters
    ----------
    config
        The schedule, and how it is sampled.
    steps
        How many.
    eta
        η.
    rederives
        Whether ε̂ is made again from the clipped x̂₀.
    """

    def __init__(
        self, config: _native.SchedulerConfig, steps: int | None, eta: float, rederives: bool
    ) -> None:
        self._config, self._eta = config, eta
        self._request = GridRequest(steps=steps, rederive_epsilon=rederives)
        plan = self._plan(self._request)
        #: In the order run.
        self.timesteps = [int(timestep) for timestep in plan.timesteps]
        self.rederives = rederives
        self._rows = dict(zip(self.timesteps, _rows(plan)))

    def row(self, timestep: Any) -> dict[str, float]:
        """The numbers of a step from `timestep` to the next entry of the grid.

        A timestep that is not in the grid goes to the first entry below it.

        Raises
        ------
        ValueError
            If the schedule has no such timestep.
        """
        at = int(timestep)
        if at not in self._rows:
            below = [entry for entry in self.timesteps if entry < at]
            plan = self._plan(replace(self._request, steps=None, timesteps=[at, *below]))
            # The noise is that of the step in whose place this one is.
            draw = 1 + len(self.timesteps) - len(below)
            self._rows[at] = {**_rows(plan)[0], "draw": draw}
        return self._rows[at]

    def _plan(self, request: GridRequest) -> _native.Plan:
        return self._config.sampling("ddim", self._eta, None, request.native())


def _rows(plan: _native.Plan) -> list[dict[str, float]]:
    rows = plan.rows()
    return [
        {name: values[index].item() for name, values in rows.items()} for index in range(len(plan))
    ]
