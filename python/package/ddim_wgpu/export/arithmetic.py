"""Handlers of sums, products, and the moments of rows that become norms."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.fx import Node

from . import moments
from .errors import Unsupported
from .lower import Lowering, handles
from .moments import Centred, Mean, Moment, Square
from .values import Rows


@handles("neg")
def negate(lowering: Lowering, node: Node, args: list[Any], kwargs: dict[str, Any]) -> Rows:
    """The negative."""
    return lowering.rows(args[0], node).times(_number(-1))


@handles("add", "sub", "rsub")
def add(lowering: Lowering, node: Node, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """A sum or difference; eps under a root, and a row less its mean, stay what they are until a norm is known."""
    name, (left, right) = node.target._opname, args[:2]  # type: ignore[union-attr]
    alpha = float(kwargs.get("alpha", args[2] if len(args) > 2 else 1))
    if name == "rsub":
        left, right = right, left
    sign = _number(-alpha if name != "add" else alpha)
    for moment, eps, factor in ((left, right, sign), (right, left, _number(1))):
        shift = _scalar(eps)
        bare = isinstance(moment, Moment) and moment.power == 1 and moment.factor is None
        # The moment itself must not be what is taken away.
        if bare and shift is not None and (moment is left or float(sign) == 1):
            return _with_eps(moment, float(shift * factor), node)
    if (
        isinstance(left, Rows)
        and isinstance(right, Mean)
        and left.same(right.of)
        and float(sign) == -1
    ):
        return Centred(left)
    if _is_constant(right):
        return lowering.rows(left, node).plus(_number(right) * sign)
    if _is_constant(left):
        return lowering.rows(right, node).times(sign).plus(_number(left))
    return moments.total(
        lowering.program,
        [lowering.rows(left, node), lowering.rows(right, node).times(sign)],
        node.name,
    )


def _with_eps(moment: Moment, eps: float, node: Node) -> Moment:
    if eps < 0:
        raise Unsupported(node, "a negative eps under a root")
    return Moment(moment.of, moment.shape, moment.centred, moment.correction, moment.eps + eps)


@handles("mul")
def multiply(lowering: Lowering, node: Node, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """A product."""
    left, right = args
    if _is_constant(left):
        left, right = right, left
    if _is_constant(right):
        factor = _number(right)
        return (
            left.scaled(factor)
            if isinstance(left, Moment)
            else lowering.rows(left, node).times(factor)
        )
    if isinstance(left, Rows) and isinstance(right, Rows) and left.same(right):
        return Square(left)
    if isinstance(left, Centred) and isinstance(right, Centred) and left.of.same(right.of):
        return Square(left.of, centred=True)
    if isinstance(left, Moment):
        left, right = right, left
    if isinstance(right, Moment) and right.power == -0.5:
        return _normed(lowering, node, left, right)
    return moments.product(
        lowering.program, lowering.rows(left, node), lowering.rows(right, node), node.name
    )


@handles("div")
def divide(lowering: Lowering, node: Node, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """A quotient by a constant, or by a root of a row's moment."""
    left, right = args
    if kwargs.get("rounding_mode") is not None:
        raise Unsupported(node, "rounding is not in the format")
    if _is_constant(right):
        factor = 1 / _number(right)
        return (
            left.scaled(factor)
            if isinstance(left, Moment)
            else lowering.rows(left, node).times(factor)
        )
    if isinstance(right, Moment) and right.power == 0.5:
        inverse = _power(right, -0.5, node)
        return (
            inverse.scaled(_number(left))
            if _is_constant(left)
            else _normed(lowering, node, left, inverse)
        )
    raise Unsupported(node, "the format divides by constants and in norms only")


def _normed(lowering: Lowering, node: Node, value: Any, moment: Moment) -> Rows:
    centred = isinstance(value, Centred)
    same = (centred or isinstance(value, Rows)) and moment.of.same(value.of if centred else value)
    if same and (moment.eps > 0 or moment.centred == centred):
        return moments.norm(lowering.program, moment, centred, node.name)
    left, right = lowering.rows(value, node), lowering.rows(moment, node)
    return moments.product(lowering.program, left, right, node.name)


@handles("pow", "square", "sqrt", "rsqrt", "reciprocal")
def power(lowering: Lowering, node: Node, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """A square, or a root of a row's moment."""
    exponents = {"square": 2.0, "sqrt": 0.5, "rsqrt": -0.5, "reciprocal": -1.0}
    name = node.target._opname  # type: ignore[union-attr]
    exponent = exponents[name] if name in exponents else args[1]
    if isinstance(args[0], Moment):
        return _power(args[0], args[0].power * exponent, node)
    if exponent in (2, 3) and not isinstance(args[0], Centred):
        rows = lowering.rows(args[0], node)
        if exponent == 2:
            return Square(rows)
        return moments.product(
            lowering.program,
            moments.product(lowering.program, rows, rows, node.name),
            rows,
            node.name,
        )
    if exponent == 2:
        return Square(args[0].of, centred=True)
    raise Unsupported(
        node, "the format has squares and cubes, and roots in norms, and no other powers"
    )


def _power(moment: Moment, power: float, node: Node) -> Moment:
    if moment.factor is not None or power not in (0.5, -0.5):
        raise Unsupported(node, "only a root of a row's moment, under a row, is in the format")
    return Moment(moment.of, moment.shape, moment.centred, moment.correction, moment.eps, power)


@handles("mean")
def mean(lowering: Lowering, node: Node, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """The mean of each row."""
    value = args[0]
    of = value.of if isinstance(value, Square) else lowering.rows(value, node)
    _last_axis(node, of, args[1] if len(args) > 1 else kwargs.get("dim"))
    shape = tuple(node.meta["val"].shape)
    return Moment(of, shape, value.centred) if isinstance(value, Square) else Mean(of, shape)


@handles("sum")
def total(lowering: Lowering, node: Node, args: list[Any], kwargs: dict[str, Any]) -> Rows:
    """The sum of each row."""
    rows = lowering.rows(args[0], node)
    _last_axis(node, rows, args[1] if len(args) > 1 else kwargs.get("dim"))
    shape = tuple(node.meta["val"].shape)
    summed = moments.mean(lowering.program, rows, node.name).times(_number(rows.code.shape[-1]))
    return summed.apply(lambda one: one.reshape(shape))


@handles("var")
def variance(lowering: Lowering, node: Node, args: list[Any], kwargs: dict[str, Any]) -> Moment:
    """The variance of each row."""
    of = lowering.rows(args[0], node)
    _last_axis(node, of, args[1] if len(args) > 1 else kwargs.get("dim"))
    correction = kwargs.get("correction", args[2] if len(args) > 2 else kwargs.get("unbiased", 1))
    return Moment(
        of, tuple(node.meta["val"].shape), True, 1.0 if correction is None else float(correction)
    )


def _last_axis(node: Node, rows: Rows, axes: Any) -> None:
    axes = [axes] if isinstance(axes, int) else axes
    if axes is None or [one % rows.code.dim() for one in axes] != [rows.code.dim() - 1]:
        raise Unsupported(node, "means and variances of a row are over its last axis")


def _is_constant(value: Any) -> bool:
    return isinstance(value, (int, float, Tensor))


def _number(value: Any) -> Tensor:
    return (
        value.double()
        if isinstance(value, Tensor)
        else torch.tensor(float(value), dtype=torch.float64)
    )


def _scalar(value: Any) -> Tensor | None:
    """A constant with a single value."""
    if not _is_constant(value):
        return None
    number = _number(value)
    return number.reshape(()) if number.numel() == 1 else None
