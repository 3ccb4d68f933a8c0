"""The tensors a program reads: the module's own under their own names, and the few that had to be made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor

_CLOSE = 1e-13


class Tensors:
    """The module's parameters and buffers, and constants that are none of them.

    Parameters
    ----------
    own
        The module's tensors by name, as they are to be stored.
    """

    def __init__(self, own: Mapping[str, Tensor]) -> None:
        self._own = {name: value.detach() for name, value in own.items()}
        self._double = {
            name: value.double() for name, value in self._own.items() if value.is_floating_point()
        }
        self._made: dict[str, Tensor] = {}

    def name(self, value: Tensor, hint: str | None = None) -> str:
        """The name of a tensor with this value and shape, which is made if there is none."""
        if hint is not None:
            return hint
        for name, one in {**self._double, **self._made}.items():
            if one.shape == value.shape and torch.allclose(
                one.double(), value.double(), rtol=_CLOSE, atol=0
            ):
                return name
        name = f"exported.{len(self._made)}"
        self._made[name] = value.double()
        return name

    def find(self, values: Tensor) -> str | None:
        """The module's own tensor with these values in this order, in whatever shape."""
        for name, one in self._double.items():
            if one.numel() == values.numel() and torch.allclose(
                one.reshape(-1), values, rtol=_CLOSE, atol=0
            ):
                return name
        return None

    def has(self, name: str) -> bool:
        """Whether the module has a tensor of this name."""
        return name in self._own

    def stored(self, ops: Iterable[Mapping[str, Any]]) -> tuple[dict[str, Tensor], bool]:
        """What `ops` read, to be written, and whether a made tensor loses digits in float32."""
        named = {**self._own, **self._made}
        used = {name for op in ops for name in _read_by(op) if name in named}
        rounded = any(
            not torch.equal(one, one.float().double())
            for name, one in self._made.items()
            if name in used
        )
        stored = {name: value.contiguous().clone() for name, value in named.items() if name in used}
        kept = (torch.float32, torch.float16, torch.bfloat16)
        return {
            name: value if value.dtype in kept else value.float() for name, value in stored.items()
        }, rounded


def _read_by(op: Mapping[str, Any]) -> list[str]:
    keys = [op.get(key) for key in ("weight", "bias", "scale", "shift")]
    if op.get("prefix") is not None:
        keys += [
            f"{op['prefix']}.{part}" for part in ("weight", "bias", "running_mean", "running_var")
        ]
    return [key for key in keys if isinstance(key, str)]
