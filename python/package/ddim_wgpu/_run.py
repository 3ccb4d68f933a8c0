"""A run, ready to be made: a plan, a batch, and a session for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Optional

from . import _native
from ._images import check_output_type, to_images
from ._plans import Plans
from ._progress import Progress, progress_of
from ._request import BatchRequest, GridRequest, drawn_by
from ._steps import Steps
from .model import Model
from .outputs import PipelineOutput

#: Share of the steps that image-to-image runs unless told otherwise: diffusers' default.
_STRENGTH = 0.8

Told = Optional[Callable[[int, int], object]]


@dataclass(frozen=True)
class Run:
    """A run, ready to be made."""

    plan: _native.Plan
    batch: _native.Batch
    session: _native.Session
    output_type: str

    def whole(self, told: Told, steps: Steps | None) -> PipelineOutput:
        """All samples; `steps` is shown states of the way there."""
        if steps is None:
            return self._output(self.session.sample(self.plan, self.batch, told))
        try:
            frames = (steps.rows, steps)
            return self._output(self.session.sample(self.plan, self.batch, told, frames))
        except _native.Stopped:
            # Of a batch in parts the states are only some.
            if steps.interrupted is None or len(steps.interrupted) != self.batch.count:
                raise
            return self._output(steps.interrupted)

    def parts(self, size: int, progress: Progress) -> Iterator[PipelineOutput]:
        """The samples, `size` at a time."""
        for first in range(0, self.batch.count, size):
            part = self.batch.part(first, min(first + size, self.batch.count))
            with progress_of(progress) as told:
                samples = self.session.sample(self.plan, part, told)
            yield self._output(samples, first)

    def _output(self, samples: Any, first: int = 0) -> PipelineOutput:
        return PipelineOutput(to_images(samples, self.output_type), samples, first)


def prepared(
    model: Model,
    plans: Plans,
    session: Callable[[], _native.Session],
    *,
    batch_size: int | None = None,
    num_inference_steps: int | None = None,
    eta: float | None = None,
    seed: int = 0,
    class_labels: Any = None,
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
    output_type: str = "np",
) -> Run:
    """The run that a call of a pipeline asks for; everything is checked before anything is computed."""
    check_output_type(output_type, model.sample_shape)
    grid = GridRequest(
        steps=num_inference_steps,
        spacing=spacing,
        timesteps=timesteps,
        strength=_strength(strength, image, mask),
        clip=clip,
        rederive_epsilon=rederive_epsilon,
        clip_noise=clip_noise,
        clip_epsilon=clip_epsilon,
        clip_final=clip_final,
        final_level=final_level,
    )
    plan = plans.sampling(sampler, eta, sigmas, grid)
    batch = BatchRequest(
        batch_size=batch_size,
        seed=seed,
        sample_offset=sample_offset,
        class_labels=class_labels,
        guidance_scale=guidance_scale,
        condition=condition,
        samples_per_condition=samples_per_condition,
        latents=latents,
        image=image,
        mask=mask,
    )
    if generator is not None:
        batch = _drawn(batch, generator, model)
    return Run(plan, batch.native(model, plan), session(), output_type)


def _drawn(batch: BatchRequest, generator: Any, model: Model) -> BatchRequest:
    """The batch with latents of a generator."""
    if batch.latents is not None:
        raise ValueError("latents and a generator that draws them exclude each other")
    count = batch.count()
    return replace(batch, latents=drawn_by(generator, (count, *model.sample_shape)))


def _strength(strength: float | None, image: Any, mask: Any) -> float | None:
    """The share of the steps to run; none where there are no data to edit."""
    if image is None:
        if strength is not None:
            raise ValueError("strength needs an image: it says how far to go from it")
        return None
    if strength is not None:
        return strength
    return _STRENGTH if mask is None else 1.0
