"""Which argument of a module is the state, the level, the class or a vector per sample."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .errors import ExportError
from .values import BATCH

_STATE = (
    "x",
    "x_t",
    "xt",
    "sample",
    "noisy",
    "noisy_images",
    "state_noisy",
    "theta",
    "action",
    "input",
    "inputs",
)
_LEVEL = (
    "t",
    "time",
    "times",
    "timestep",
    "timesteps",
    "sigma",
    "sigmas",
    "noise_level",
    "step",
    "steps",
)
_CLASS = ("y", "class_labels", "class_label", "labels", "label", "classes")


@dataclass(frozen=True)
class Argument:
    """One argument of `forward`.

    Attributes
    ----------
    role
        `x`, `t`, `class`, or the name of a vector per sample.
    example
        The example given.
    batched
        Whether its first axis is the batch.
    """

    name: str
    role: str
    example: Tensor
    batched: bool

    @property
    def width(self) -> int:
        """Elements a sample."""
        return self.example[0].numel() if self.batched else self.example.numel()

    def tiled(self, count: int) -> Tensor:
        """The example's rows over and over, `count` of them; what all samples share stays as it is."""
        if not self.batched:
            return self.example
        return self.example[torch.arange(count) % len(self.example)]

    def random(self, count: int, generator: torch.Generator) -> Tensor:
        """Other values of the same kind: normal ones, or for levels and classes values between those of the example."""
        example = self.tiled(count)
        low, high = self.example.min(), self.example.max()
        if not example.is_floating_point():
            return torch.randint(
                int(low), int(high) + 1, example.shape, generator=generator, dtype=example.dtype
            )
        if self.role == "t":
            return low + (high - low) * torch.rand(
                example.shape, generator=generator, dtype=example.dtype
            )
        return torch.randn(example.shape, generator=generator, dtype=example.dtype)


def arguments(
    module: nn.Module, examples: Sequence[Tensor] | Mapping[str, Tensor], roles: Mapping[str, str]
) -> list[Argument]:
    """Names the arguments.

    Raises
    ------
    ExportError
        If one's role is not clear, or there is not exactly one state.
    """
    known = list(inspect.signature(module.forward).parameters)
    if isinstance(examples, Mapping):
        given = dict(examples)
    else:
        given = dict(zip(known, examples, strict=False))
        if len(given) != len(examples):
            raise ExportError(
                f"{len(examples)} example inputs for a forward with the arguments {', '.join(known)}"
            )
    unknown = sorted((set(given) | set(roles)) - set(known))
    if unknown:
        raise ExportError(
            f"forward has no argument {', '.join(unknown)}: it has {', '.join(known)}"
        )
    given = {name: given[name] for name in known if name in given}
    found = {name: roles.get(name) or _role(name) for name in given}
    for role in ("x", "t", "class"):
        names = [name for name, one in found.items() if one == role]
        if len(names) > 1 or (role == "x" and not names):
            called = " and ".join(names) or "no argument"
            hint = "say which with roles={'argument': 'x' | 't' | 'class' | name of a vector per sample}"
            raise ExportError(f"{called} would be `{role}` among {', '.join(given)}: {hint}")
    state = next(given[name] for name, role in found.items() if role == "x")
    made = [
        Argument(name, found[name], value, _batched(name, found[name], value, state))
        for name, value in given.items()
    ]
    for one in made:
        if one.role in ("t", "class") and one.width != 1:
            raise ExportError(
                f"argument {one.name} is the {one.role} and must have one value a sample, not {one.width}"
            )
    return made


def _role(name: str) -> str:
    for role, names in (("x", _STATE), ("t", _LEVEL), ("class", _CLASS)):
        if name in names:
            return role
    return name


def _batched(name: str, role: str, value: Tensor, state: Tensor) -> bool:
    if not isinstance(value, Tensor):
        raise ExportError(f"the example of {name} must be a tensor, not {type(value).__name__}")
    batched = value.dim() > 0 and len(value) == len(state)
    if not batched and role != "t":
        raise ExportError(
            f"the example of {name} has {tuple(value.shape)}: its first axis must be the batch, {len(state)}"
        )
    return batched


def tiled(made: list[Argument]) -> tuple[Tensor, ...]:
    """Examples for the tracer."""
    return tuple(one.tiled(BATCH) for one in made)
