"""Means and variances of a row on their way to a norm: values that are known only by what is done with them next."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from .program import Program, named
from .values import Features, Rows


@dataclass(frozen=True)
class Square:
    """`of²`, each element."""

    of: Rows
    centred: bool = False


@dataclass(frozen=True)
class Mean:
    """The mean of each row (last axis) of `of`, in `shape`."""

    of: Rows
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Centred:
    """`of` less its mean."""

    of: Rows


@dataclass(frozen=True)
class Moment:
    """`factor · (a moment of each row + eps)^power`, in `shape`.

    Attributes
    ----------
    centred
        The variance, else the mean of the squares.
    correction
        1 where the sum is divided by one less than the width.
    """

    of: Rows
    shape: tuple[int, ...]
    centred: bool
    correction: float = 0.0
    eps: float = 0.0
    power: float = 1.0
    factor: Tensor | None = None

    def scaled(self, factor: Tensor) -> Moment:
        """Times a constant."""
        return replace(self, factor=factor if self.factor is None else self.factor * factor)


Lazy = Square | Mean | Centred | Moment


def per_row(program: Program, rows: Rows, name: str, width: int | None, emit: object) -> Rows:
    """Applies an operation to every row (last axis), as `nn.Linear` and norms do.

    Parameters
    ----------
    width
        The width of its result; that of its operand if None.
    emit
        Called with a row's features; returns the register with the result.
    """
    features = rows.features()
    batched = rows.batched
    last = features.ids.shape[-1]
    count = features.ids.numel() // last
    width = last if width is None else width
    made = []
    for at in range(count):
        row = Features(
            *(
                one.reshape(count, last)[at]
                for one in (features.ids, features.scale, features.offset)
            )
        )
        register = emit(row)  # type: ignore[operator]
        lead = (rows.code.shape[0], width) if batched else (width,)
        made.append(Rows.of_register(register, lead, batched))
    axis = 1 if batched else 0
    stacked = [
        torch.stack([getattr(one, of) for one in made], axis) for of in ("code", "scale", "offset")
    ]
    shape = (*rows.code.shape[:-1], width)
    return Rows(*(one.reshape(shape) for one in stacked))


def norm(program: Program, moment: Moment, centred: bool, name: str) -> Rows:
    """What divides a row by its root moment: `of` (less its mean if `centred`) times the moment to the power −½."""
    width = moment.of.code.shape[-1]
    if moment.centred != centred:
        operand = centre(program, moment.of, name) if centred else moment.of
        return product(program, operand, inverse_root(program, moment, name), name)
    # A sum divided by less than the width is a mean times a factor, which can
    # be taken out of the root.
    share = (width - moment.correction) / width

    def emit(row: Features) -> int:
        source = program.source(row, name)
        op = {
            "op": "norm",
            "in": named(source),
            "kind": "layer" if centred else "rms",
            "eps": moment.eps * share,
        }
        return program.emit(op, name, width, source)

    result = per_row(program, moment.of, name, None, emit)
    result = result if share == 1 else result.times(torch.tensor(share**0.5, dtype=torch.float64))
    return result if moment.factor is None else result.times(moment.factor)


def inverse_root(program: Program, moment: Moment, name: str) -> Rows:
    """A moment to the power −½ as a register, which only the output of a norm can give.

    A constant `a` beside the elements is divided by the same root; with a² and eps chosen so that
    the mean of the squares over all of them is the moment times a known factor, that output over
    `a` is the power asked for. For the variance, the elements are first made less their mean.
    """
    width = moment.of.code.shape[-1]
    divisor = width - moment.correction
    if moment.eps <= 0:
        raise ValueError("a moment without eps under the root is not supported")
    constant = (divisor * moment.eps / 2) ** 0.5
    zeros = program.tensors.name(torch.zeros(1, width, dtype=torch.float64))
    eps = moment.eps * divisor / (2 * (width + 1))

    def emit(row: Features) -> int:
        source = program.source(row, name)
        zero = program.emit(
            {"op": "linear", "in": named(source), "weight": zeros}, f"{name}_zero", 1, source
        )
        beside = {"op": "affine", "in": program.name_of(zero), "shift": constant}
        pad = program.emit(beside, f"{name}_constant", 1, source)
        reads = [*source, program.name_of(pad)]
        op = {"op": "norm", "in": reads, "kind": "rms", "eps": eps}
        divided = program.emit(op, f"{name}_root", width + 1, reads)
        last = Rows.of_register(divided, (width + 1,), False).features()[width : width + 1]
        return program.register(program.one(program.source(last, f"{name}_root"), name, 1))

    operand = centre(program, moment.of, name) if moment.centred else moment.of
    root = per_row(program, operand, name, 1, emit)
    factor = torch.tensor((divisor / (width + 1)) ** 0.5 / constant, dtype=torch.float64)
    root = root.times(factor).apply(lambda one: one.reshape(moment.shape))
    return root if moment.factor is None else root.times(moment.factor)


def mean(program: Program, of: Rows, name: str) -> Rows:
    """The mean of each row, in one element: a sum, scaled."""
    width = of.code.shape[-1]
    weight = program.tensors.name(torch.ones(1, width, dtype=torch.float64))

    def emit(row: Features) -> int:
        source = program.source(row, name)
        return program.emit(
            {"op": "linear", "in": named(source), "weight": weight}, f"{name}_sum", 1, source
        )

    return per_row(program, of, name, 1, emit).times(torch.tensor(1 / width, dtype=torch.float64))


def moment(program: Program, value: Moment, name: str) -> Rows:
    """A moment itself, in one element."""
    operand = centre(program, value.of, name) if value.centred else value.of
    width = value.of.code.shape[-1]
    squares = mean(program, product(program, operand, operand, name), name)
    rows = squares.times(torch.tensor(width / (width - value.correction), dtype=torch.float64))
    rows = rows.plus(torch.tensor(value.eps, dtype=torch.float64)).apply(
        lambda one: one.reshape(value.shape)
    )
    return rows if value.factor is None else rows.times(value.factor)


def centre(program: Program, of: Rows, name: str) -> Rows:
    """Each row less its mean."""
    average = mean(program, of, name)
    return total(program, [of, average.times(torch.tensor(-1.0, dtype=torch.float64))], name)


def product(program: Program, left: Rows, right: Rows, name: str) -> Rows:
    """The product of two values, broadcast: a scale where one does not depend on the state, else `mul`."""
    left, right = broadcast(left, right)
    shape, batched = tuple(left.code.shape), left.batched or right.batched
    one, two = left.features().flat(), right.features().flat()
    if (_depends(program, two, name) and not _depends(program, one, name)) or one.uniform() == (
        1.0,
        1.0,
    ):
        one, two = two, one
    factor = 1.0
    if two.uniform() == (1.0, 1.0):
        scale = program.one(program.source(two.plain(), name), name, len(two))
        reads = program.source(one, name)
        op = {"op": "affine", "in": named(reads), "scale": scale, "scale_offset": 1}
        register = program.emit(op, name, len(one), [*reads, scale])
    else:
        operands = []
        for side in (one, two):
            uniform = side.uniform()
            common = uniform is not None and uniform[1] == 0 and uniform[0] != 0
            factor *= uniform[0] if common and uniform is not None else 1.0
            operands.append(program.source(side.plain() if common else side, name))
        register = _multiplied(program, operands[0], operands[1], name, len(one))
    rows = Rows.of_register(register, shape, batched)
    return rows if factor == 1 else rows.times(torch.tensor(factor, dtype=torch.float64))


def _depends(program: Program, features: Features, name: str) -> bool:
    return program.from_state(program.source(features.plain(), name))


def _multiplied(program: Program, one: list[str], two: list[str], name: str, width: int) -> int:
    if program.from_state(two) or not program.from_state(one):
        op = {"op": "mul", "in": [named(one), named(two)]}
        return program.emit(op, name, width, [*one, *two])
    scale = program.one(two, name, width)
    return program.emit(
        {"op": "affine", "in": named(one), "scale": scale}, name, width, [*one, scale]
    )


def total(program: Program, terms: list[Rows], name: str) -> Rows:
    """The sum of values, broadcast; a common factor of a whole term becomes its weight."""
    left, right = broadcast(*terms)
    shape, batched = tuple(left.code.shape), left.batched or right.batched
    written, reads, shift = [], [], 0.0
    for side in (left.features().flat(), right.features().flat()):
        uniform = side.uniform()
        if uniform is None or uniform[0] == 0:
            source = program.source(side, name)
            weight = 1.0
        else:
            source = program.source(side.plain(), name)
            weight = uniform[0]
            shift += uniform[1]
        written.append(named(source) if weight == 1 else [named(source), weight])
        reads += source
    width = int(left.features().ids.numel()) if batched else left.code.numel()
    rows = Rows.of_register(
        program.emit({"op": "add", "in": written}, name, width, reads), shape, batched
    )
    return rows if shift == 0 else rows.plus(torch.tensor(shift, dtype=torch.float64))


def broadcast(left: Rows, right: Rows) -> tuple[Rows, Rows]:
    """Both in the shape they have together."""
    shape = torch.broadcast_shapes(left.code.shape, right.code.shape)
    return left.apply(lambda one: one.expand(shape)), right.apply(lambda one: one.expand(shape))
