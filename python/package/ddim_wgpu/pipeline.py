"""Sampling, as diffusers' pipelines have it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np

from . import _native
from ._arrays import as_float32
from ._plans import Plans
from ._progress import Progress, progress_of
from ._request import BatchRequest, GridRequest, whole
from ._run import Run, prepared
from ._steps import StepCallback, Steps
from .model import Model
from .noise import noise
from .outputs import Encoding, PipelineOutput
from .runner import Runner

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._settings import NamedOptions, RunOptions

__all__ = ["Pipeline"]

#: Where the network is asked when data are encoded by fixed point.
_FIXED_POINT = "fixed-point"


class Pipeline:
    """A model on a device.

    Kernels are compiled once, by the first run: other steps, η, classes, guidance and counts compile
    nothing. Threads may call one pipeline at once. While a run computes, the GIL is released, and
    Ctrl-C ends it.

    Parameters
    ----------
    model
        The model, or what :meth:`Model.from_pretrained` takes.
    scheduler
        In place of the model's own: a mapping with the keys of a `scheduler_config.json`, or a
        scheduler of diffusers or of this package.
    device
        ``"auto"`` (a hardware GPU, else the CPU engine), ``"gpu"``, ``"cpu"``, or the index or a part
        of the name of one of :func:`ddim_wgpu.devices`. Each call may name another.

    Examples
    --------
    >>> import ddim_wgpu
    >>> pipe = ddim_wgpu.Pipeline.from_pretrained("digits", device="cpu")
    >>> output = pipe(8, num_inference_steps=20, seed=42, class_labels="all")
    >>> output.samples.shape, output.images.shape
    ((8, 1, 28, 28), (8, 28, 28, 1))
    """

    def __init__(
        self,
        model: Model | str | os.PathLike[str],
        scheduler: Any = None,
        *,
        device: str = "auto",
    ) -> None:
        self.model = model if isinstance(model, Model) else Model.from_pretrained(model)
        self.scheduler = scheduler
        self.device = device
        self._config = self.model.scheduler_config(scheduler)
        self._plans = Plans(self._config)
        self._sessions: dict[str, _native.Session] = {}
        self._interrupt = False

    @classmethod
    def from_pretrained(
        cls,
        name_or_directory: str | os.PathLike[str] = "digits",
        *,
        scheduler: Any = None,
        device: str = "auto",
    ) -> Pipeline:
        """A pipeline of a model directory, or of a model that comes with the package."""
        return cls(Model.from_pretrained(name_or_directory), scheduler, device=device)

    @overload
    def __call__(
        self,
        batch_size: int | None = ...,
        num_inference_steps: int | None = ...,
        eta: float | None = ...,
        seed: int = ...,
        *,
        output_type: str = ...,
        callback_on_step_end: StepCallback | None = ...,
        callback_steps: int = ...,
        progress: Progress = ...,
        return_dict: Literal[True] = ...,
        **options: Unpack[NamedOptions],
    ) -> PipelineOutput: ...

    @overload
    def __call__(
        self,
        batch_size: int | None = ...,
        num_inference_steps: int | None = ...,
        eta: float | None = ...,
        seed: int = ...,
        *,
        output_type: str = ...,
        callback_on_step_end: StepCallback | None = ...,
        callback_steps: int = ...,
        progress: Progress = ...,
        return_dict: Literal[False],
        **options: Unpack[NamedOptions],
    ) -> tuple[Any]: ...

    def __call__(
        self,
        batch_size: int | None = None,
        num_inference_steps: int | None = None,
        eta: float | None = None,
        seed: int = 0,
        *,
        class_labels: None | int | str | Sequence[int] = None,
        guidance_scale: float = 1.0,
        condition: Mapping[str, Any] | None = None,
        samples_per_condition: int = 1,
        latents: Any = None,
        generator: Any = None,
        image: Any = None,
        mask: Any = None,
        strength: float | None = None,
        sampler: str = "ddim",
        sigmas: Sequence[float] | None = None,
        spacing: str | None = None,
        timesteps: Sequence[int] | None = None,
        clip: None | float | str = None,
        rederive_epsilon: bool | None = None,
        clip_noise: float | None = None,
        clip_epsilon: float | None = None,
        clip_final: float | None = None,
        final_level: str | None = None,
        sample_offset: int = 0,
        device: str | None = None,
        output_type: str = "np",
        callback_on_step_end: StepCallback | None = None,
        callback_steps: int = 1,
        progress: Progress = None,
        return_dict: bool = True,
    ) -> PipelineOutput | tuple[Any]:
        """Makes samples.

        Parameters
        ----------
        batch_size
            How many; by default as many as there are `latents`, images, `class_labels` or rows of
            `condition`, else 1.
        num_inference_steps
            Default 50, or all levels of a model with fewer.
        eta
            Noise of DDIM: 0 (the default) none, 1 as much as DDPM.
        seed
            Of all noise, 64 bits. Sample `i` is the same for every `batch_size`.
        class_labels
            A class, one for each sample, or ``"all"`` for each in turn; by default none.
        guidance_scale
            G of u + G·(c - u); 1 is none.
        condition
            Vectors that samples are conditioned on, `[M, width]`, by name.
        samples_per_condition
            How many samples of consecutive indices share a row of `condition`.
        latents
            `[N, …sample_shape]`: what to start from, in place of noise of the seed.
        generator
            A `torch.Generator` or `numpy.random.Generator` that draws `latents`. The bits of
            another library's generator cannot be made on every device; so it draws the start, in its
            own library, and noise on the way (η above 0) is still that of `seed`.
        image
            Data to start from (image-to-image), or of which `mask` says what to keep: `[1 or N,
            …sample_shape]` in [-1, 1].
        mask
            `[1 or N, …sample_shape]`: 1 makes new, 0 keeps `image` bit for bit.
        strength
            Share of the steps to run on `image`; default 0.8, with a mask 1.
        sampler
            ``"ddim"``, ``"ddpm"``, ``"ddpm-large"``, ``"reverse-sde"``, ``"heun"``, ``"dpmpp-2m"``,
            ``"dpmpp-3m"``, ``"dpmpp-2m-sde"``, ``"dpm-2m"``, ``"dpm-3m"``, ``"unipc-2"``,
            ``"unipc-3"``, ``"deis-2"``, ``"deis-3"``, ``"lms"``, ``"plms"``, ``"lcm"``.
        sigmas
            σ of each step, in place of `eta`.
        spacing, timesteps
            How steps are spread (``"leading"``, ``"trailing"``, ``"linspace"``, ``"quadratic"``,
            ``"log-snr"``, ``"karras"``), or the list of them; by default as the scheduler says.
        clip, final_level
            ``"none"`` or the range that x̂₀ is clipped to; ``"one"`` or ``"first"``, where the last
            step goes. By default as the scheduler says.
        rederive_epsilon
            Whether DDIM makes ε̂ again from the clipped x̂₀; by default not.
        clip_noise, clip_epsilon, clip_final
            Ranges that the noise of every step, ε̂ of DDIM, and the samples are clipped to, as policies
            are sampled; the noise to start from is not. By default none.
        sample_offset
            Index of the first sample.
        device
            In place of the pipeline's.
        output_type
            ``"np"``, ``"pil"``, ``"pt"`` or ``"latent"``: the form of `.images`.
        callback_on_step_end
            Called as `callback(pipeline, step, timestep, {"latents": …})` with the states after a
            step. Each call costs a transfer from the device and ends a submission, so ask for no more
            than are looked at. It may set `pipeline._interrupt = True`, which ends the run with these
            states; it cannot replace them. A batch beyond the device's memory is shown in parts,
            whose first sample has the index ``"first_sample"``.
        callback_steps
            Every how many steps the callback is called; after the last it always is.
        progress
            Default: a bar on a terminal, where tqdm is installed. True, False, or a function that is
            called with what is done and the total and stops the run by returning False.
        return_dict
            False: a tuple with the images alone.

        Returns
        -------
        PipelineOutput
            With `.images` and `.samples`.

        Raises
        ------
        TypeError
            For arrays of other types than floating point, or on another device.
        ValueError
            For shapes, names and numbers that do not fit; the message says what would.
        ModelError
            If the device cannot run the network.
        DeviceError
            If there is no such device, or it fails.
        MemoryError
            If there is no room.
        Stopped
            If `progress` returned False.
        RuntimeError
            In a fork of a process that has sampled.
        """
        run = self._prepared(
            batch_size=batch_size,
            num_inference_steps=num_inference_steps,
            eta=eta,
            seed=seed,
            class_labels=class_labels,
            guidance_scale=guidance_scale,
            condition=condition,
            samples_per_condition=samples_per_condition,
            latents=latents,
            generator=generator,
            image=image,
            mask=mask,
            strength=strength,
            sampler=sampler,
            sigmas=sigmas,
            spacing=spacing,
            timesteps=timesteps,
            clip=clip,
            rederive_epsilon=rederive_epsilon,
            clip_noise=clip_noise,
            clip_epsilon=clip_epsilon,
            clip_final=clip_final,
            final_level=final_level,
            sample_offset=sample_offset,
            device=device,
            output_type=output_type,
        )
        self._interrupt = False
        steps = None
        if callback_on_step_end is not None:
            steps = Steps(
                self, run.plan, callback_on_step_end, whole("callback_steps", callback_steps)
            )
        with progress_of(progress) as told:
            output = run.whole(told, steps)
        return output if return_dict else (output.images,)

    def stream(
        self,
        batch_size: int,
        *,
        part_size: int = 1024,
        progress: Progress = None,
        **options: Unpack[RunOptions],
    ) -> Iterator[PipelineOutput]:
        """Makes many samples part by part, each when it is asked for, in bounded memory.

        Parameters
        ----------
        batch_size
            How many in all.
        part_size
            How many at a time. The samples do not depend on it.
        progress
            As a call has it, for each part.
        **options
            As a call of the pipeline has them, by name.

        Yields
        ------
        PipelineOutput
            The next samples; `.first` is the index of the first of them.
        """
        size = whole("part_size", part_size)
        if size == 0:
            raise ValueError("part_size is 0: it must be at least 1")
        # Checked at the call, and not when the first part is asked for.
        return self._prepared(batch_size=batch_size, **options).parts(size, progress)

    def runner(
        self,
        batch_size: int | None = None,
        num_inference_steps: int | None = None,
        **options: Unpack[RunOptions],
    ) -> Runner:
        """Makes a run ready that is made again and again, for instance a policy's actions.

        Parameters
        ----------
        batch_size, num_inference_steps
            As in a call.
        **options
            As a call of the pipeline has them, by name, but for `output_type`, callbacks and
            `progress`: a runner gives `samples` and nothing else.

        Returns
        -------
        Runner
            Of which a call is told the seed, conditions and latents that have changed.

        Examples
        --------
        >>> import ddim_wgpu
        >>> runner = ddim_wgpu.Pipeline("digits", device="cpu").runner(1, 10, class_labels=3)
        >>> [runner(seed=seed).shape for seed in range(3)]
        [(1, 1, 28, 28), (1, 1, 28, 28), (1, 1, 28, 28)]
        """
        if "output_type" in options:
            raise TypeError("a runner gives samples: it takes no output_type")
        run = self._prepared(
            batch_size=batch_size, num_inference_steps=num_inference_steps, **options
        )
        return Runner(run.session.runner(run.plan, run.batch))

    def encode(
        self,
        image: Any,
        num_inference_steps: int | None = None,
        *,
        convention: str = "paper",
        class_labels: None | int | str | Sequence[int] = None,
        guidance_scale: float = 1.0,
        condition: Mapping[str, Any] | None = None,
        samples_per_condition: int = 1,
        spacing: str | None = None,
        timesteps: Sequence[int] | None = None,
        final_level: str | None = None,
        tolerance: float = 1e-5,
        iterations: int = 30,
        device: str | None = None,
        progress: Progress = None,
    ) -> Encoding:
        """Finds the noise that sampling brings back to data.

        Parameters
        ----------
        image
            `[N, …sample_shape]` in [-1, 1].
        convention
            ``"paper"``: the network is asked where a step starts; ``"diffusers"``: where it goes to.
            ``"fixed-point"`` inverts the steps of sampling one by one, so that decoding with the same
            options (and ``clip="none"``) gives the data back, with a residual for each sample.
        tolerance, iterations
            Of the fixed point: the root mean square at which a step is done with a sample, and the
            most evaluations of the network in a step.

        Other parameters are as in a call. For a network that predicts the data the final level is
        ``"first"`` unless it is given, as `ddim encode` has it.

        Returns
        -------
        Encoding
        """
        if image is None:
            raise TypeError("image is None: give the data to encode")
        grid = GridRequest(
            steps=num_inference_steps, spacing=spacing, timesteps=timesteps, final_level=final_level
        )
        fixed_point = convention == _FIXED_POINT
        plan = (
            self._config.inverting(grid.native())
            if fixed_point
            else self._config.encoding(convention, grid.native())
        )
        batch = BatchRequest(
            class_labels=class_labels,
            guidance_scale=guidance_scale,
            condition=condition,
            samples_per_condition=samples_per_condition,
            latents=image,
        ).native(self.model, plan)
        if whole("iterations", iterations) == 0 or not 0 <= tolerance < np.inf:
            raise ValueError(
                "iterations must be at least 1, and the tolerance finite and at least 0"
            )
        session = self._session(device)
        with progress_of(progress) as told:
            if not fixed_point:
                return Encoding(session.sample(plan, batch, told))
            return Encoding(*session.invert(plan, batch, tolerance, iterations, told))

    def interpolate(
        self,
        batch_size: int = 9,
        *,
        between: tuple[int, int] = (0, 1),
        seed: int = 0,
        ends: Any = None,
        **options: Any,
    ) -> PipelineOutput:
        """Makes the samples on the way from one sample to another, without noise (η = 0).

        Parameters
        ----------
        batch_size
            How many, with both ends.
        between
            The indices of the samples at the ends.
        ends
            `[2 or more, …sample_shape]`: states to go from and to, the first and the last, in place
            of noise; :meth:`encode` makes them of data.
        **options
            As a call of the pipeline has them.
        """
        count = whole("batch_size", batch_size)
        if count < 2:
            raise ValueError(f"batch_size is {count}: the two ends make at least 2")
        if ends is None:
            first, last = (
                noise(1, self.model.sample_shape, seed=seed, sample_offset=index)[0]
                for index in between
            )
        else:
            states = as_float32("ends", ends)
            if len(states) < 2:
                raise ValueError(f"ends holds {len(states)} states, and two are needed")
            first, last = states[0], states[-1]
        way = [_native.slerp(first, last, index / (count - 1)) for index in range(count)]
        output: PipelineOutput = self(latents=np.stack(way), **{**options, "return_dict": True})
        return output

    def _prepared(self, device: str | None = None, **options: Any) -> Run:
        return prepared(self.model, self._plans, partial(self._session, device), **options)

    def _session(self, device: str | None) -> _native.Session:
        name = self.device if device is None else device
        if not isinstance(name, str):
            raise TypeError(f"device is {name!r}: give a name as text")
        session = self._sessions.get(name)
        if session is None:
            # Of two threads that are first at once, the later one's session stays.
            session = self._sessions[name] = _native.Session(self.model._native, name)
        return session

    def __repr__(self) -> str:
        return f"<Pipeline of {self.model!r} on {self.device!r}>"
