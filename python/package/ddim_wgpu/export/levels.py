"""What number a network is told at a level, and how its output becomes an estimate of the data, in float64.

`config.json`'s `levels`, every key optional:

`t`: what the network is told: `index` (the integer level, the default), `fraction` (index / T),
  `sigma`, `log_sigma`, `flow_time` (u = σ / (1 + σ): 0 is data, 1 is noise), or a list with a number
  a level.
`factor`, `offset`: it is told factor · that + offset; 1 and 0.
`wrap`: x̂₀ = skip · x + out · F(in · x, t) on the variance-preserving state x: `none` (by
  `prediction_type`), `ve`, `edm`, `score`, `flow`.
`sigma_data`: of `edm`; 0.5.
`sign`: −1 where a `score` network returns minus the score, or a `flow` network the velocity from
  noise to data; 1.

σ² = (1 − ᾱ) / ᾱ throughout.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .evaluate import Array, Evaluator, rounded


def alphas_cumprod(scheduler: Mapping[str, Any]) -> Array:
    """ᾱ of each training level, of the schedules that diffusers names."""
    count = scheduler.get("num_train_timesteps", 1000)
    name = scheduler.get("beta_schedule", "linear")
    start, end = scheduler.get("beta_start", 1e-4), scheduler.get("beta_end", 0.02)
    if scheduler.get("trained_betas") is not None:
        betas = np.asarray(scheduler["trained_betas"], np.float64)
    elif name == "linear":
        betas = np.linspace(start, end, count)
    elif name == "scaled_linear":
        betas = np.linspace(start**0.5, end**0.5, count) ** 2
    elif name == "squaredcos_cap_v2":
        signal = np.cos((np.arange(count + 1) / count + 0.008) / 1.008 * math.pi / 2) ** 2
        betas = np.minimum(1 - signal[1:] / signal[:-1], 0.999)
    else:
        raise ValueError(f"unknown beta_schedule {name}")
    return np.asarray(np.cumprod(1 - betas), np.float64)


class Denoiser:
    """A program at the levels of a schedule: x̂₀ from the state.

    Parameters
    ----------
    config, tensors
        The program.
    scheduler
        `scheduler_config.json`.
    single
        Every register and state rounded to float32: what rounding alone may change.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        tensors: Mapping[str, npt.ArrayLike],
        scheduler: Mapping[str, Any],
        single: bool = False,
    ) -> None:
        self.evaluator = Evaluator(config, tensors, single)
        self._round = rounded if single else lambda value: value
        self._levels = config.get("levels") or {}
        self._first = config.get("outputs") == "first"
        self._prediction = scheduler.get("prediction_type", "epsilon")
        self.alphas_cumprod = alphas_cumprod(scheduler)

    def told(self, level: int) -> float:
        """The number that the network is told."""
        kind = self._levels.get("t", "index")
        sigma = self._sigma(level)
        if isinstance(kind, list):
            base = kind[level]
        else:
            base = {
                "index": float(level),
                "fraction": level / len(self.alphas_cumprod),
                "sigma": sigma,
                "log_sigma": math.log(sigma),
                "flow_time": sigma / (1 + sigma),
            }[kind]
        return self._levels.get("factor", 1) * base + self._levels.get("offset", 0)

    def wrap(self, level: int) -> tuple[float, float, float]:
        """in, skip and out."""
        sigma = self._sigma(level)
        root = math.sqrt(1 + sigma**2)
        sign = self._levels.get("sign", 1)
        kind = self._levels.get("wrap", "none")
        if kind == "edm":
            data = self._levels.get("sigma_data", 0.5)
            total = sigma**2 + data**2
            return root / math.sqrt(total), root * data**2 / total, sigma * data / math.sqrt(total)
        if kind == "score":
            return 1.0, root, sign * sigma
        if kind == "flow":
            u = sigma / (1 + sigma)
            scale = math.hypot(1 - u, u)
            return scale, scale, -sign * u
        scale = root if kind == "ve" else 1.0
        if self._prediction == "epsilon":
            return scale, root, -sigma
        if self._prediction == "sample":
            return scale, 0.0, 1.0
        if self._prediction == "v_prediction" and kind == "none":
            return scale, 1 / root, -sigma / root
        raise ValueError(f"{self._prediction} in wrap {kind}")

    def estimate(
        self,
        x: Array,
        level: int,
        inputs: Mapping[str, npt.ArrayLike] | None = None,
        classes: npt.ArrayLike | None = None,
    ) -> Array:
        """x̂₀ of states `[N, …]` at a training level."""
        into, skip, out = self.wrap(level)
        value = self.evaluator(into * x, self.told(level), inputs, classes).reshape(len(x), -1)
        value = value[:, : value.shape[1] // 2] if self._first else value
        return skip * x + out * value.reshape(x.shape)

    def decode(
        self,
        x: Array,
        levels: Sequence[int],
        last: float = 1.0,
        inputs: Mapping[str, npt.ArrayLike] | None = None,
        classes: npt.ArrayLike | None = None,
    ) -> Array:
        """DDIM at η = 0 from `x` through `levels` to ᾱ = `last`; every state, `[S + 1, N, …]`."""
        states = [np.asarray(x, np.float64)]
        targets = [self.alphas_cumprod[level] for level in levels[1:]] + [last]
        for level, target in zip(levels, targets, strict=True):
            here = self.alphas_cumprod[level]
            data = self._round(self.estimate(states[-1], level, inputs, classes))
            noise = (states[-1] - math.sqrt(here) * data) / math.sqrt(1 - here)
            states.append(self._round(math.sqrt(target) * data + math.sqrt(1 - target) * noise))
        return np.stack(states)

    def _sigma(self, level: int) -> float:
        signal = self.alphas_cumprod[level]
        return math.sqrt((1 - signal) / signal)


def leading(train_steps: int, steps: int) -> list[int]:
    """Diffusers' `leading` grid without offset, in the order run."""
    return [(steps - 1 - at) * (train_steps // steps) for at in range(steps)]
