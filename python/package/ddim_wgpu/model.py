"""Models: a network with its weights and the scheduler it was trained for."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from . import _native
from ._config import config_text

__all__ = ["Model"]


class Model:
    """A network with its weights and the scheduler it was trained for.

    Made by :meth:`from_pretrained` or :meth:`from_torch`. Models do not change, and any number of
    pipelines and threads may share one.
    """

    def __init__(self, native: _native.Model) -> None:
        self._native = native
        for warning in native.warnings:
            warnings.warn(f"{native.name}: {warning}", stacklevel=3)

    @classmethod
    def from_pretrained(cls, name_or_directory: str | os.PathLike[str] = "digits") -> Model:
        """Reads a model directory, or a model that comes with the package.

        Parameters
        ----------
        name_or_directory
            ``"digits"``, or a directory with `config.json`, `model.safetensors` and
            `scheduler_config.json`. A bundled name means that model whatever lies in the current
            directory; ``"./digits"`` means the directory.

        Raises
        ------
        ModelError
            If there is no such model, or its files are not what they should be.
        """
        return cls(_native.Model.load(os.fsdecode(name_or_directory)))

    @classmethod
    def from_torch(
        cls,
        module: Any,
        example_inputs: Sequence[Any] | Mapping[str, Any],
        scheduler: Any,
        *,
        directory: None | str | os.PathLike[str] = None,
        roles: Mapping[str, str] | None = None,
        levels: Mapping[str, Any] | None = None,
        class_free_row: bool = False,
    ) -> Model:
        """Exports a PyTorch denoiser and loads what was written.

        The module is traced by `torch.export` and compared with what is read back from the files; see
        :func:`ddim_wgpu.export.export`. Needs PyTorch and safetensors.

        Parameters
        ----------
        module
            The denoiser, with its weights. It is not changed.
        example_inputs
            Arguments of its `forward`: the state `[N, …]`, the level `[N]`, the class `[N]`, vectors
            for each sample `[N, width]`.
        scheduler
            A diffusers scheduler, or a mapping with the keys of its `scheduler_config.json`.
        directory
            Where to keep the model's files; none: nowhere.
        roles, levels, class_free_row
            As :func:`ddim_wgpu.export.export` has them.

        Raises
        ------
        ddim_wgpu.export.ExportError
            If the module cannot be traced, or has an operation that the format lacks.
        """
        from .export import export

        with tempfile.TemporaryDirectory() as temporary:
            place = (
                Path(directory)
                if directory is not None
                else Path(temporary) / type(module).__name__
            )
            export(
                module,
                example_inputs,
                place,
                scheduler,
                roles=roles,
                levels=levels,
                class_free_row=class_free_row,
            )
            return cls.from_pretrained(place)

    @property
    def name(self) -> str:
        """The name of the model's directory."""
        return self._native.name

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """`(d,)` or `(channels, height, width)`."""
        return tuple(self._native.sample_shape)

    @property
    def num_classes(self) -> int | None:
        """Classes the model knows; none: it is unconditional."""
        return self._native.num_classes

    @property
    def conditions(self) -> dict[str, int]:
        """The vectors that each sample is conditioned on: their widths, by name."""
        return dict(self._native.inputs)

    def scheduler_config(self, scheduler: Any = None) -> _native.SchedulerConfig:
        """How the model is sampled by `scheduler`; by its own if that is None."""
        if scheduler is None:
            return self._native.scheduler
        config, notes = self._native.scheduler_from_json(config_text(scheduler))
        for note in notes:
            warnings.warn(note, stacklevel=3)
        return config

    def __repr__(self) -> str:
        return (
            f"<Model {self.name!r}: {list(self.sample_shape)}, {self.num_classes or 'no'} classes>"
        )
