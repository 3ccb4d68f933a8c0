"""Handlers of arithmetic, activations and norms."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.fx import Node

from . import moments
from .errors import Unsupported
from .lower import Lowering, handles
from .moments import Centred, Mean, Moment, Square
from .program import named
from .values import Features, Rows

#: Activations without options, by ATen's name.
_PLAIN = {"relu": "relu", "silu": "silu", "mish": "mish", "tanh": "tanh", "sigmoid": "sigmoid", "selu": "selu"}


@handles(*_PLAIN)
def plain_activation(lowering: Lowering, node: Node, args: list[Any], kwargs: dict[str, Any]) -> Rows:
    """An activation without options."""
    name = node.target._opname  # type: ignore[union-attr]
    return lowering.elementwise(lowering.rows(args[0], node), {"op": "act", "function": _PLAIN[name]}, node)


@handles("gelu")
def gelu(lowering: Lowering, node: Node, args: list[Any], kwargs: dict[str, Any]) -> Rows:
    """GELU, exact or by tanh."""
    function = "gelu_tanh" if kwargs.get("approximate", "none") == "tanh" else "gelu"
    return lowering.elementwise(lowering.rows(args[0], node), {"op": "act", "function": function}, node)


@handles("leaky_relu")
def leaky_relu(lowering: Lowering, node: Node, args: list[Any], kwargs: dict[str, Any]) -> Rows:
    """Leaky ReLU with its slope."""
    slope = args[1] if len(args) > 1 else 0.01
    return lowering.elementwise(lowering.rows(args[0], node), {"op": "act", "function": "leaky_relu", "slope": slope}, node)


@handles("elu")
def elu(lowering: Lowering, node: Node, args: list[Any], kwargs: dict[str, Any]) -> Rows:
    """ELU with α = 1."""
    if any(one != 1 for one in args[1:]):
        raise Unsupported(node, "the format has elu with alpha = 1 only")
    return lowering.elementwise(lowering.rows(args[0], node), {"op": "act", "function": "elu"}, node)


@handles("softplus")
def softplus(lowering: Lowering, node: Node, args: list[Any], kwargs: dict[str, Any]) -> Rows:
    """Softplus; another β scales what goes in and what comes out."""
    beta = torch.tensor(float(args[1] if len(args) > 1 else 1), dtype=torch.float64)
    rows = lowering.rows(args[0], node).times(beta)
    return lowering.elementwise(rows, {"op": "act", "function": "softplus"}, node).times(1 / beta)


@handles("glu")
def glu(lowering: Lowering, node: Node, args: list[Any], kwargs: dict[str, Any]) -> Rows:
    """The first half times the sigmoid of the second."""
    rows = lowering.rows(args[0], node)
    axis = args[1] if len(args) > 1 else -1
    first, second = (rows.apply(lambda one, half=half: one.chunk(2, axis)[half]) for half in (0, 1))
    gate = lowering.elementwise(second, {"op": "act", "function": "sigmoid"}, node)
    return moments.product(lowering.program, first, gate, node.name)


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
    if isinstance(left, Moment) and left.power == 1 and left.factor is None and _scalar(right) is not None:
        return _with_eps(left, float(_scalar(right) * sign), node)
    if isinstance(right, Moment) and right.power == 1 and right.factor is None and _scalar(left) is not None and float(sign) == 1:
        return _with_eps(right, float(_scalar(left)), node)
    if isinstance(left, Rows) and isinstance(right, Mean) and left.same(right.of) and float(sign) == -1:
        return Centred(left)
    if _is_constant(right):
        return lowering.rows(left, node).plus(_number(right) * sign)
    if _is_constant(left):
        return lowering.rows(right, node).times(sign).plus(_number(left))
    return moments.total(lowering.program, [lowering.rows(left, node), lowering.rows(right, node).times(sign)], node.name)


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
        return left.scaled(factor) if isinstance(left, Moment) else lowering.rows(left, node).times(factor)
    if isinstance(left, Rows) and isinstance(right, Rows) and left.same(right):
        return Square(left)
    if isinstance(left, Centred) and isinstance(right, Centred) and left.of.same(right.of):
        return Square(left.of, centred=True)
    if isinstance(left, Moment):
        left, right = right, left
    if isinstance(right, Moment) and right.power == -0.5:
        return _normed(lowering, node, left, right)
    return moments.product(lowering.program, lowering.rows(left, node), lowering.rows(right, node), node.name)


@handles("div")
def divide(lowering: Lowering, node: Node, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """A quotient by a constant, or by a root of a row's moment."""
    left, right = args
    if kwargs.get("rounding_mode") is not None:
        raise Unsupported(node, "rounding is not in the format")
    if _is_constant(right):
        factor = 1 / _number(right)
        return left.scaled(factor) if isinstance(left, Moment) else lowering.rows(left, node).times(factor)
    if isinstance(right, Moment) and right.power == 0.5:
        inverse = _power(right, -0.5, node)
        return inverse.scaled(_number(left)) if _is_constant(left) else _normed(lowering, node, left, inverse)
    raise Unsupported(node, "the format divides by constants and in norms only")


def _normed(lowering: Lowering, node: Node, value: Any, moment: Moment) -> Rows:
    centred = isinstance(value, Centred)
    if (centred or isinstance(value, Rows)) and moment.of.same(value.of if centred else value):
        if moment.eps > 0 or (moment.centred == centred and moment.correction == 0):
            return moments.norm(lowering.program, moment, centred, node.name)
    return moments.product(lowering.program, lowering.rows(value, node), lowering.rows(moment, node), node.name)


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
        return moments.product(lowering.program, moments.product(lowering.program, rows, rows, node.name), rows, node.name)
    if exponent == 2:
        return Square(args[0].of, centred=True)
    raise Unsupported(node, "the format has squares and cubes, and roots in norms, and no other powers")


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
    return Moment(of, tuple(node.meta["val"].shape), True, 1.0 if correction is None else float(correction))


def _last_axis(node: Node, rows: Rows, axes: Any) -> None:
    axes = [axes] if isinstance(axes, int) else axes
    if axes is None or [one % rows.code.dim() for one in axes] != [rows.code.dim() - 1]:
        raise Unsupported(node, "means and variances of a row are over its last axis")


@handles("layer_norm", "rms_norm")
def row_norm(lowering: Lowering, node: Node, args: list[Any], kwargs: dict[str, Any]) -> Rows:
    """LayerNorm or RMSNorm over the last axis."""
    rows = lowering.rows(args[0], node)
    if len(args[1]) != 1:
        raise Unsupported(node, "norms are over the last axis only")
    layer = node.target._opname == "layer_norm"  # type: ignore[union-attr]
    weight = _at(node, args, kwargs, 2, "weight")
    bias = _at(node, args, kwargs, 3, "bias") if layer else (None, None)
    eps = _at(node, args, kwargs, 4 if layer else 3, "eps")[0]
    if eps is None:
        eps = 1e-5 if layer else float(torch.finfo(torch.float32).eps)
    op = {"kind": "layer" if layer else "rms", "eps": eps}
    return _affine_norm(lowering, node, rows, op, {"weight": weight, "bias": bias})


@handles("group_norm", "native_group_norm")
def group_norm(lowering: Lowering, node: Node, args: list[Any], kwargs: dict[str, Any]) -> Rows:
    """GroupNorm of vectors."""
    if node.target._opname != "group_norm":  # type: ignore[union-attr]
        raise Unsupported(node, "only group_norm is known")
    rows = lowering.rows(args[0], node)
    if rows.code.dim() != 2:
        raise Unsupported(node, "group norms of vectors only, `[N, width]`")
    eps = args[4] if len(args) > 4 else kwargs.get("eps", 1e-5)
    op = {"kind": "group", "eps": eps, "groups": args[1]}
    parts = {"weight": _at(node, args, kwargs, 2, "weight"), "bias": _at(node, args, kwargs, 3, "bias")}
    return _affine_norm(lowering, node, rows, op, parts)


@handles("_native_batch_norm_legit_no_training", "batch_norm")
def batch_norm(lowering: Lowering, node: Node, args: list[Any], kwargs: dict[str, Any]) -> list[Rows] | Rows:
    """BatchNorm with its running statistics."""
    rows = lowering.rows(args[0], node)
    if rows.code.dim() != 2 or args[3] is None:
        raise Unsupported(node, "batch norms of vectors only, `[N, width]`, with running statistics")
    names = ("weight", "bias", "running_mean", "running_var")
    parts = {name: _at(node, args, kwargs, at, name) for at, name in enumerate(names, 1)}
    plain = node.target._opname == "batch_norm"  # type: ignore[union-attr]
    result = _affine_norm(lowering, node, rows, {"kind": "batch", "eps": args[7 if plain else 6]}, parts)
    return result if plain else [result]


def _at(node: Node, args: list[Any], kwargs: dict[str, Any], at: int, name: str) -> tuple[Any, Any]:
    """An argument's value, and its node."""
    if len(args) > at:
        return args[at], node.args[at]
    return kwargs.get(name), node.kwargs.get(name)


def _affine_norm(lowering: Lowering, node: Node, rows: Rows, op: dict[str, Any], parts: dict[str, tuple[Any, Any]]) -> Rows:
    """A norm whose tensors lie under one prefix; weight and bias that do not become an affine behind it."""
    given = {name: part for name, part in parts.items() if part[0] is not None}
    stored = {name: lowering.tensor_name(part[1]) for name, part in given.items()}
    prefixes = {str(stored[name]).removesuffix(f".{name}") for name in stored if str(stored[name]).endswith(f".{name}")}
    together = len(prefixes) == 1 and all(str(full).endswith(f".{name}") for name, full in stored.items())
    prefix = prefixes.pop() if together else None
    if prefix is not None and any(lowering.program.tensors.has(f"{prefix}.{one}") for one in ("weight", "bias") if one not in given):
        prefix = None
    if prefix is None and op["kind"] == "batch":
        raise Unsupported(node, "the tensors of a batch norm must lie under one prefix")
    if prefix is not None:
        op = {**op, "prefix": prefix}

    def emit(row: Features) -> int:
        source = lowering.program.source(row, node.name)
        return lowering.program.emit({"op": "norm", "in": named(source), **op}, node.name, len(row), source)

    result = moments.per_row(lowering.program, rows, node.name, None, emit)
    if prefix is None:
        result = result.times(given["weight"][0]) if "weight" in given else result
        result = result.plus(given["bias"][0]) if "bias" in given else result
    return result


def _is_constant(value: Any) -> bool:
    return isinstance(value, (int, float, Tensor))


def _number(value: Any) -> Tensor:
    return value.double() if isinstance(value, Tensor) else torch.tensor(float(value), dtype=torch.float64)


def _scalar(value: Any) -> Tensor | None:
    """A constant with a single value."""
    if not _is_constant(value):
        return None
    number = _number(value)
    return number.reshape(()) if number.numel() == 1 else None
