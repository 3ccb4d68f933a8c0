"""A scheduler in the place of diffusers' `DDIMScheduler`, by this library's rows and noise."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from . import _native
from ._config import SchedulerSettings
from ._grid import Grid
from ._inversion import Predict, inverted
from ._request import whole
from ._tensors import Tensors, tensors_of
from .outputs import DDIMSchedulerOutput

__all__ = ["DDIMScheduler"]

_FILE = "scheduler_config.json"


class DDIMScheduler:
    """DDIM (Song et al. 2021) with the interface of diffusers' scheduler of that name.

    Rows are computed in float64 and rounded once; each step goes to the next entry of the grid; noise
    follows a sample's index, so that pictures do not depend on the batch. It takes NumPy arrays and
    PyTorch tensors, on any device of theirs, and computes where they are.

    Parameters
    ----------
    num_train_timesteps, …, rescale_betas_zero_snr
        As diffusers has them.
    seed
        Of the noise that steps with η above 0 add, 64 bits.
    sample_offset
        Index of the first sample of every batch.

    Notes
    -----
    What differs from diffusers is in the book's chapter "Differences from diffusers". Of a
    `torch.Generator` only the seed is used: its bits cannot be made on every device.
    """

    #: Evaluations of the network in a step.
    order = 1
    #: Other classes of this package that read the same configuration.
    compatibles: tuple[type, ...] = ()
    _deprecated_kwargs: tuple[str, ...] = ()

    def __init__(
        self,
        num_train_timesteps: int = 1000,
        beta_start: float = 0.0001,
        beta_end: float = 0.02,
        beta_schedule: str = "linear",
        trained_betas: Any = None,
        clip_sample: bool = True,
        set_alpha_to_one: bool = True,
        steps_offset: int = 0,
        prediction_type: str = "epsilon",
        thresholding: bool = False,
        dynamic_thresholding_ratio: float = 0.995,
        clip_sample_range: float = 1.0,
        sample_max_value: float = 1.0,
        timestep_spacing: str = "leading",
        rescale_betas_zero_snr: bool = False,
        *,
        seed: int = 0,
        sample_offset: int = 0,
    ) -> None:
        betas = None if trained_betas is None else np.asarray(trained_betas).tolist()
        self.config = SchedulerSettings(
            num_train_timesteps=num_train_timesteps,
            beta_start=beta_start,
            beta_end=beta_end,
            beta_schedule=beta_schedule,
            trained_betas=betas,
            clip_sample=clip_sample,
            set_alpha_to_one=set_alpha_to_one,
            steps_offset=steps_offset,
            prediction_type=prediction_type,
            thresholding=thresholding,
            dynamic_thresholding_ratio=dynamic_thresholding_ratio,
            clip_sample_range=clip_sample_range,
            sample_max_value=sample_max_value,
            timestep_spacing=timestep_spacing,
            rescale_betas_zero_snr=rescale_betas_zero_snr,
        )
        self.seed = whole("seed", seed)
        self.sample_offset = whole("sample_offset", sample_offset)
        self._native, _ = _native.SchedulerConfig.from_json(self.to_json_string())
        tensors = tensors_of(None)
        self.alphas_cumprod = tensors.of(self._native.alphas_cumprod.astype(np.float32))
        #: Standard deviation of what sampling starts from.
        self.init_noise_sigma = 1.0
        self.num_inference_steps: int | None = None
        self.timesteps = tensors.of(
            np.arange(self._native.train_steps, dtype=np.int64)[::-1].copy()
        )
        self._grids: dict[tuple[float, bool], Grid] = {}

    @classmethod
    def from_config(cls, config: Any, **changes: Any) -> DDIMScheduler:
        """A scheduler by the keys of another's configuration, of those that this one knows.

        Parameters
        ----------
        config
            A mapping, or a scheduler.
        **changes
            What is to be otherwise.
        """
        keys = dict(config if isinstance(config, Mapping) else config.config)
        known = {"trained_betas", *cls().config}
        return cls(**{**{key: value for key, value in keys.items() if key in known}, **changes})

    @classmethod
    def from_pretrained(
        cls,
        directory: str | os.PathLike[str],
        subfolder: str | None = None,
        **changes: Any,
    ) -> DDIMScheduler:
        """A scheduler by the `scheduler_config.json` of a directory."""
        place = Path(directory) / (subfolder or "")
        return cls.from_config(json.loads((place / _FILE).read_text()), **changes)

    def save_pretrained(self, directory: str | os.PathLike[str], **_: Any) -> None:
        """Writes `scheduler_config.json` into a directory, which is made if need be."""
        Path(directory).mkdir(parents=True, exist_ok=True)
        (Path(directory) / _FILE).write_text(self.to_json_string())

    # diffusers' other name for it.
    save_config = save_pretrained

    def to_json_string(self) -> str:
        """The configuration as diffusers stores it."""
        named = {"_class_name": "DDIMScheduler", **self.config}
        return json.dumps(named, indent=2, sort_keys=True) + "\n"

    def __len__(self) -> int:
        """The number of training levels."""
        return self._native.train_steps

    def set_timesteps(self, num_inference_steps: int, device: Any = None) -> None:
        """Chooses the grid.

        Parameters
        ----------
        num_inference_steps
            From 1 to the number of training levels.
        device
            Of PyTorch's, where `timesteps` are to be.

        Raises
        ------
        ValueError
            If the schedule has fewer levels, or the grid would lead past them.
        """
        self.num_inference_steps = whole("num_inference_steps", num_inference_steps)
        self._grids = {}
        try:
            timesteps = self._grid_for(0.0, False).timesteps
        except ValueError:
            self.num_inference_steps = None
            raise
        self.timesteps = tensors_of(None).of(np.array(timesteps, dtype=np.int64), device)

    def scale_model_input(self, sample: Any, timestep: Any = None) -> Any:
        """The sample: DDIM scales nothing."""
        del timestep
        return sample

    def step(
        self,
        model_output: Any,
        timestep: Any,
        sample: Any,
        eta: float = 0.0,
        use_clipped_model_output: bool = False,
        generator: Any = None,
        variance_noise: Any = None,
        return_dict: bool = True,
    ) -> DDIMSchedulerOutput | tuple[Any, Any]:
        """Takes a state a step of the grid on.

        Parameters
        ----------
        model_output
            The network's, `[N, …]`.
        timestep
            One of `timesteps`; any other goes to the first of them below it.
        sample
            The state at that timestep.
        eta
            0: no noise; 1: as much as DDPM adds.
        use_clipped_model_output
            Whether ε̂ is made again from the clipped x̂₀.
        generator
            Its seed takes the place of `seed`; or a seed.
        variance_noise
            Noise to add, in place of this library's.
        return_dict
            False: a tuple of the next state and x̂₀.

        Raises
        ------
        ValueError
            Before `set_timesteps`, for a timestep that the schedule does not have, and for arrays of
            another shape than `sample`.
        """
        if self.num_inference_steps is None:
            raise ValueError("call `set_timesteps` before `step`: there is no grid yet")
        grid = self._grid_for(float(eta), bool(use_clipped_model_output))
        row = grid.row(timestep)
        tensors = tensors_of(sample)
        for what, values in [("sample", sample), ("model_output", model_output)]:
            _check_shape(what, values, sample)
        x0 = self._clipped(row["x0_from_x"] * sample + row["x0_from_out"] * model_output, tensors)
        if grid.rederives:
            epsilon = row["rederive_from_x"] * sample + row["rederive_from_x0"] * x0
        else:
            epsilon = row["eps_from_x"] * sample + row["eps_from_out"] * model_output
        following = row["x0_scale"] * x0 + row["eps_scale"] * epsilon
        if row["noise_scale"] > 0:
            if variance_noise is None:
                variance_noise = self._noise(sample, int(row["draw"]), generator, tensors)
            elif generator is not None:
                raise ValueError("a generator and variance_noise exclude each other")
            _check_shape("variance_noise", variance_noise, sample)
            following = following + row["noise_scale"] * variance_noise
        return DDIMSchedulerOutput(following, x0) if return_dict else (following, x0)

    def noise(self, shape: tuple[int, ...], like: Any = None) -> Any:
        """What sampling starts from: draw 0 of `seed`, `[N, …]`, the same bits on every machine.

        Parameters
        ----------
        shape
            Of the batch.
        like
            An array or tensor, whose kind, type and device the noise gets.
        """
        tensors = tensors_of(like)
        return tensors.like(self._drawn(tuple(shape), 0, self.seed), like)

    def add_noise(self, original_samples: Any, noise: Any, timesteps: Any) -> Any:
        """Data brought to the levels of `timesteps`, `[N]`: √ᾱ·x₀ + √(1-ᾱ)·noise.

        Raises
        ------
        ValueError
            For a timestep that the schedule does not have.
        """
        signal, strength = self._scales(original_samples, timesteps)
        return signal * original_samples + strength * noise

    def get_velocity(self, sample: Any, noise: Any, timesteps: Any) -> Any:
        """What v-prediction predicts: √ᾱ·noise - √(1-ᾱ)·x₀."""
        signal, strength = self._scales(sample, timesteps)
        return signal * noise - strength * sample

    def invert(
        self,
        predict: Predict,
        sample: Any,
        *,
        tolerance: float = 1e-5,
        iterations: int = 30,
    ) -> tuple[Any, Any]:
        """Finds the noise that the steps of the grid, with η = 0, bring back to data.

        Each step is inverted by fixed-point iteration, x ← x + gain·(x' - step(x)), and the best
        iterate is kept. A network that diffusers has is called like this:
        ``lambda x, t: unet(x, t).sample``.

        Parameters
        ----------
        predict
            The network: states `[N, …]` and a timestep to its output.
        sample
            Data, `[N, …]`.
        tolerance
            Root mean square of x' - step(x) at which a step is done with a sample.
        iterations
            Most evaluations in a step.

        Returns
        -------
        tuple
            The states at the first level, and a residual for each sample, `[N]`: the largest of any
            step.

        Raises
        ------
        ValueError
            Before `set_timesteps`, and where x̂₀ is clipped, which cannot be undone.
        """
        if self.num_inference_steps is None:
            raise ValueError("call `set_timesteps` before `invert`: there is no grid yet")
        if self.config.clip_sample or self.config.thresholding:
            raise ValueError(
                "x̂₀ is clipped, and what is cut off cannot be found again: clip_sample=False"
            )
        return inverted(self, self._grid_for(0.0, False), predict, sample, (tolerance, iterations))

    def _grid_for(self, eta: float, rederives: bool) -> Grid:
        key = (eta, rederives)
        if key not in self._grids:
            steps = self.num_inference_steps
            self._grids[key] = Grid(self._native, steps, eta, rederives and self._clips())
        return self._grids[key]

    def _clips(self) -> bool:
        return bool(self.config.clip_sample or self.config.thresholding)

    def _clipped(self, x0: Any, tensors: Tensors) -> Any:
        config = self.config
        if config.thresholding:
            ratio, most = config.dynamic_thresholding_ratio, config.sample_max_value
            return tensors.thresholded(x0, ratio, most)
        if config.clip_sample:
            return x0.clip(-config.clip_sample_range, config.clip_sample_range)
        return x0

    def _noise(self, sample: Any, draw: int, generator: Any, tensors: Tensors) -> Any:
        seed = self.seed
        if generator is not None:
            given = generator.initial_seed() if hasattr(generator, "initial_seed") else generator
            seed = whole("generator", given)
        return tensors.like(self._drawn(tuple(sample.shape), draw, seed), sample)

    def _drawn(self, shape: tuple[int, ...], draw: int, seed: int) -> Any:
        sizes = [int(size) for size in shape]
        return _native.noise(
            sizes[0], sizes[1:] or [1], seed, draw, self.sample_offset, "cpu"
        ).reshape(sizes)

    def _scales(self, like: Any, timesteps: Any) -> tuple[Any, Any]:
        """√ᾱ and √(1-ᾱ) of timesteps, one for each sample of `like`."""
        # Of a trainer's on a GPU of PyTorch's: the table is here.
        at = np.asarray(timesteps.cpu() if hasattr(timesteps, "cpu") else timesteps)
        if at.size and not 0 <= at.min() <= at.max() < len(self):
            raise ValueError(f"timesteps {at.tolist()}: the schedule has 0 to {len(self) - 1}")
        levels = self._native.alphas_cumprod[at]
        shape = np.shape(levels) + (1,) * (len(like.shape) - np.ndim(levels))
        tensors = tensors_of(like)
        signal, noise = np.sqrt(levels), np.sqrt(1 - levels)
        return tensors.like(signal.reshape(shape), like), tensors.like(noise.reshape(shape), like)


def _check_shape(what: str, values: Any, sample: Any) -> None:
    """Refuses what would be broadcast: a step is taken value by value."""
    if not hasattr(values, "shape"):
        raise TypeError(f"{what} is a {type(values).__name__}: give an array or a tensor")
    if tuple(values.shape) != tuple(sample.shape):
        raise ValueError(
            f"{what} is of shape {tuple(values.shape)}, and the sample of {tuple(sample.shape)}"
        )
