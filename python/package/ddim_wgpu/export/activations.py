"""Handlers of activations."""

from __future__ import annotations

from typing import Any

import torch
from torch.fx import Node

from . import moments
from .errors import Unsupported
from .lower import Lowering, handles
from .values import Rows

#: Activations without options, by ATen's name.
_PLAIN = {
    "relu": "relu",
    "silu": "silu",
    "mish": "mish",
    "tanh": "tanh",
    "sigmoid": "sigmoid",
    "selu": "selu",
}


@handles(*_PLAIN)
def plain_activation(
    lowering: Lowering, node: Node, args: list[Any], kwargs: dict[str, Any]
) -> Rows:
    """An activation without options."""
    name = node.target._opname  # type: ignore[union-attr]
    return lowering.elementwise(
        lowering.rows(args[0], node), {"op": "act", "function": _PLAIN[name]}, node
    )


@handles("gelu")
def gelu(lowering: Lowering, node: Node, args: list[Any], kwargs: dict[str, Any]) -> Rows:
    """GELU, exact or by tanh."""
    function = "gelu_tanh" if kwargs.get("approximate", "none") == "tanh" else "gelu"
    return lowering.elementwise(
        lowering.rows(args[0], node), {"op": "act", "function": function}, node
    )


@handles("leaky_relu")
def leaky_relu(lowering: Lowering, node: Node, args: list[Any], kwargs: dict[str, Any]) -> Rows:
    """Leaky ReLU with its slope."""
    slope = args[1] if len(args) > 1 else 0.01
    return lowering.elementwise(
        lowering.rows(args[0], node), {"op": "act", "function": "leaky_relu", "slope": slope}, node
    )


@handles("elu")
def elu(lowering: Lowering, node: Node, args: list[Any], kwargs: dict[str, Any]) -> Rows:
    """ELU with α = 1."""
    if any(one != 1 for one in args[1:]):
        raise Unsupported(node, "the format has elu with alpha = 1 only")
    return lowering.elementwise(
        lowering.rows(args[0], node), {"op": "act", "function": "elu"}, node
    )


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
    first = rows.apply(lambda one: one.chunk(2, axis)[0])
    second = rows.apply(lambda one: one.chunk(2, axis)[1])
    gate = lowering.elementwise(second, {"op": "act", "function": "sigmoid"}, node)
    return moments.product(lowering.program, first, gate, node.name)
