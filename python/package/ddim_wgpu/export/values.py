"""What a tensor of the traced module is, element by element: a scaled and shifted element of a register.

Views, slices, concatenations and broadcasts then need no code of their own. PyTorch applies them to
a tensor of element codes, and the codes that come out say which register, element and sample each
value comes from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

#: Samples of the traced batch: prime, so that it is no width by chance.
BATCH = 13
#: The sample number of what all samples share.
SHARED = BATCH
_SAMPLE = 1 << 40
_REGISTER = 1 << 20


class MixesSamples(ValueError):
    """A value in which the samples of the batch are not told apart any more."""


@dataclass(frozen=True)
class Rows:
    """A tensor of `scale · register element + offset`; all three of the tensor's own shape.

    Attributes
    ----------
    code
        Sample, register and element, packed into an int64.
    scale, offset
        Float64.
    """

    code: Tensor
    scale: Tensor
    offset: Tensor

    @staticmethod
    def of_register(register: int, shape: tuple[int, ...], batched: bool) -> Rows:
        """All elements of a register in order, as a tensor of `shape`, whose first axis is the batch if `batched`."""
        per_sample = shape[1:] if batched else shape
        count = int(torch.tensor(per_sample).prod()) if per_sample else 1
        ids = (register * _REGISTER + torch.arange(count)).reshape(per_sample)
        if batched:
            samples = torch.arange(BATCH).reshape(BATCH, *[1] * len(per_sample))
            code = samples * _SAMPLE + ids
        else:
            code = SHARED * _SAMPLE + ids
        return Rows(
            code, torch.ones(shape, dtype=torch.float64), torch.zeros(shape, dtype=torch.float64)
        )

    @staticmethod
    def constant(value: Tensor, register: int) -> Rows:
        """A constant tensor, as no part of a register at all."""
        rows = Rows.of_register(register, (1,), False)
        return Rows(rows.code.reshape(()).expand(value.shape), torch.zeros_like(value), value)

    def apply(self, view: Callable[[Tensor], Tensor]) -> Rows:
        """The same elements in the places that a view operation puts them."""
        return Rows(view(self.code), view(self.scale), view(self.offset))

    def times(self, factor: Tensor) -> Rows:
        """Scaled by a constant that broadcasts with it."""
        code, _ = torch.broadcast_tensors(self.code, factor)
        return Rows(code, self.scale * factor, self.offset * factor)

    def plus(self, term: Tensor) -> Rows:
        """Shifted by a constant that broadcasts with it."""
        code, scale, offset = torch.broadcast_tensors(self.code, self.scale, self.offset + term)
        return Rows(code, scale, offset)

    def same(self, other: Rows) -> bool:
        """Whether both are the same elements in the same shape."""
        mine, theirs = (self.code, self.scale, self.offset), (other.code, other.scale, other.offset)
        return all(
            a.shape == b.shape and torch.equal(a, b) for a, b in zip(mine, theirs, strict=True)
        )

    @property
    def batched(self) -> bool:
        """Whether samples differ in it."""
        return bool((self.code // _SAMPLE != SHARED).any())

    def features(self) -> Features:
        """The elements of one sample, which those of all samples are alike.

        Raises
        ------
        MixesSamples
            If the first axis is not the batch, or a sample has elements of another.
        """
        sample = self.code // _SAMPLE
        ids = self.code % _SAMPLE
        if not bool((sample != SHARED).any()):
            return Features(ids, self.scale, self.offset)
        if self.code.dim() == 0 or self.code.shape[0] != BATCH:
            raise MixesSamples("its first axis is not the batch")
        own = torch.arange(BATCH).reshape(BATCH, *[1] * (self.code.dim() - 1))
        alike = all(
            torch.equal(one, one[:1].expand_as(one)) for one in (ids, self.scale, self.offset)
        )
        if not bool(((sample == SHARED) | (sample == own)).all()) or not alike:
            raise MixesSamples("samples of the batch are mixed")
        return Features(ids[0], self.scale[0], self.offset[0])


@dataclass(frozen=True)
class Features:
    """One sample's elements of a `Rows`: register and element in `ids`; no axis for the batch."""

    ids: Tensor
    scale: Tensor
    offset: Tensor

    def flat(self) -> Features:
        """In one axis."""
        return Features(self.ids.reshape(-1), self.scale.reshape(-1), self.offset.reshape(-1))

    def __getitem__(self, key: int | slice) -> Features:
        return Features(self.ids[key], self.scale[key], self.offset[key])

    def __len__(self) -> int:
        return len(self.ids)

    def registers(self) -> list[int]:
        """The register of each element."""
        return [int(one) // _REGISTER for one in self.ids]

    def elements(self) -> list[int]:
        """The place of each element in its register."""
        return [int(one) % _REGISTER for one in self.ids]

    def uniform(self) -> tuple[float, float] | None:
        """The one scale and the one offset of all elements, if there is only one of each."""
        if bool((self.scale == self.scale[0]).all()) and bool(
            (self.offset == self.offset[0]).all()
        ):
            return float(self.scale[0]), float(self.offset[0])
        return None

    def plain(self) -> Features:
        """The elements themselves, neither scaled nor shifted."""
        return Features(self.ids, torch.ones_like(self.scale), torch.zeros_like(self.offset))


def single(register: int, element: int) -> Features:
    """One element of a register."""
    ids = torch.tensor([register * _REGISTER + element])
    return Features(ids, torch.ones(1, dtype=torch.float64), torch.zeros(1, dtype=torch.float64))
