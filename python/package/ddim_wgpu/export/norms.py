"""Handlers of norms that the module calls by name."""

from __future__ import annotations

from typing import Any

import torch
from torch.fx import Node

from . import moments
from .errors import Unsupported
from .lower import Lowering, handles
from .program import named
from .values import Features, Rows


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
    parts = {
        "weight": _at(node, args, kwargs, 2, "weight"),
        "bias": _at(node, args, kwargs, 3, "bias"),
    }
    return _affine_norm(lowering, node, rows, op, parts)


@handles("_native_batch_norm_legit_no_training", "batch_norm")
def batch_norm(
    lowering: Lowering, node: Node, args: list[Any], kwargs: dict[str, Any]
) -> list[Rows] | Rows:
    """BatchNorm with its running statistics."""
    rows = lowering.rows(args[0], node)
    if rows.code.dim() != 2 or args[3] is None:
        raise Unsupported(
            node, "batch norms of vectors only, `[N, width]`, with running statistics"
        )
    names = ("weight", "bias", "running_mean", "running_var")
    parts = {name: _at(node, args, kwargs, at, name) for at, name in enumerate(names, 1)}
    plain = node.target._opname == "batch_norm"  # type: ignore[union-attr]
    result = _affine_norm(
        lowering, node, rows, {"kind": "batch", "eps": args[7 if plain else 6]}, parts
    )
    return result if plain else [result]


def _at(node: Node, args: list[Any], kwargs: dict[str, Any], at: int, name: str) -> tuple[Any, Any]:
    """An argument's value, and its node."""
    if len(args) > at:
        return args[at], node.args[at]
    return kwargs.get(name), node.kwargs.get(name)


def _affine_norm(
    lowering: Lowering,
    node: Node,
    rows: Rows,
    op: dict[str, Any],
    parts: dict[str, tuple[Any, Any]],
) -> Rows:
    """A norm whose tensors lie under one prefix; weight and bias that do not become an affine behind it."""
    given = {name: part for name, part in parts.items() if part[0] is not None}
    stored = {name: lowering.tensor_name(part[1]) for name, part in given.items()}
    prefixes = {
        str(stored[name]).removesuffix(f".{name}")
        for name in stored
        if str(stored[name]).endswith(f".{name}")
    }
    together = len(prefixes) == 1 and all(
        str(full).endswith(f".{name}") for name, full in stored.items()
    )
    prefix = prefixes.pop() if together else None
    if prefix is not None and any(
        lowering.program.tensors.has(f"{prefix}.{one}")
        for one in ("weight", "bias")
        if one not in given
    ):
        prefix = None
    if prefix is None and op["kind"] == "batch":
        raise Unsupported(node, "the tensors of a batch norm must lie under one prefix")
    if prefix is not None:
        op = {**op, "prefix": prefix}

    def emit(row: Features) -> int:
        source = lowering.program.source(row, node.name)
        return lowering.program.emit(
            {"op": "norm", "in": named(source), **op}, node.name, len(row), source
        )

    result = moments.per_row(lowering.program, rows, node.name, None, emit)
    if prefix is None:
        result = result.times(given["weight"][0]) if "weight" in given else result
        result = result.plus(given["bias"][0]) if "bias" in given else result
    return result
