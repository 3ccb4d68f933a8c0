"""Steps of a scheduler inverted by fixed-point iteration, around whatever network."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ._grid import Grid
from ._tensors import tensors_of

#: States and a timestep to the network's output.
Predict = Callable[[Any, int], Any]


def inverted(
    scheduler: Any, grid: Grid, predict: Predict, data: Any, settings: tuple[float, int]
) -> tuple[Any, Any]:
    """The states that the grid's steps bring to `data`, and each sample's largest residual of a step.

    Parameters
    ----------
    scheduler
        Whose steps they are.
    settings
        The tolerance, and the most evaluations in a step.
    """
    tensors = tensors_of(data)
    state, worst = data, tensors.residuals(data, data)
    for timestep in reversed(grid.timesteps):
        gain = grid.row(timestep)["fixed_point_gain"]

        def step(x: Any, timestep: int = timestep) -> Any:
            return scheduler.step(predict(x, timestep), timestep, x)[0]

        state, residual = _fixed_point(step, state, gain, settings)
        worst = tensors.larger(worst, residual)
    return state, worst


def _fixed_point(
    step: Callable[[Any], Any], target: Any, gain: float, settings: tuple[float, int]
) -> tuple[Any, Any]:
    """The best iterate of x ← x + gain·(target - step(x)), and the root mean square of what it is off by."""
    tensors = tensors_of(target)
    tolerance, iterations = settings
    state = best = target
    least: Any = math.inf
    for _ in range(iterations):
        reached = step(state)
        residual = tensors.residuals(target, reached)
        better = residual < least
        best, least = tensors.where(better, state, best), tensors.where(better, residual, least)
        if bool((least <= tolerance).all()):
            break
        state = state + gain * (target - reached)
    return best, least
