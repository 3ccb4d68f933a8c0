"""A callback that is shown the states of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Optional

import numpy as np
from numpy.typing import NDArray

from . import _native

#: `callback(pipeline, step, timestep, {"latents": states, …})`.
StepCallback = Callable[[Any, int, float, dict[str, Any]], Optional[dict[str, Any]]]


class Steps:
    """Shows a callback the states after every `every`-th step of a plan, and after the last."""

    def __init__(
        self, pipeline: Any, plan: _native.Plan, callback: StepCallback, every: int
    ) -> None:
        if every < 1:
            raise ValueError(f"callback_steps is {every}: it must be at least 1")
        ends, timesteps = plan.step_ends, plan.timesteps
        starts = [0, *ends[:-1]]
        shown = [step for step in range(len(ends)) if (step + 1) % every == 0]
        if not shown or shown[-1] != len(ends) - 1:
            shown.append(len(ends) - 1)
        self._pipeline = pipeline
        self._callback = callback
        self._steps = [(step, timesteps[starts[step]]) for step in shown]
        #: The numbers of rows after which states are shown.
        self.rows = [ends[step] for step in shown]
        #: The states that the callback ended the run with.
        self.interrupted: NDArray[np.float32] | None = None

    def __call__(self, index: int, first: int, states: NDArray[np.float32]) -> bool:
        """Shows a frame; says whether the run goes on."""
        step, timestep = self._steps[index]
        told = {"latents": states, "first_sample": first}
        returned = self._callback(self._pipeline, step, timestep, told)
        if not isinstance(returned, (Mapping, type(None))):
            raise TypeError(
                f"the callback returned a {type(returned).__name__}: it must return None, or the "
                "mapping that it was given"
            )
        if returned is not None and returned.get("latents", states) is not states:
            raise ValueError(
                "the callback returned other latents: states cannot be replaced under way; run a part of "
                "the steps by `timesteps`, and start the next run from `latents`"
            )
        if getattr(self._pipeline, "_interrupt", False):
            self.interrupted = states
            return False
        return True
