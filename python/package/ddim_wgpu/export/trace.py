"""The traced graph of a module, and the same graph run in float64."""

from __future__ import annotations

import copy
import operator
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.export.graph_signature import InputKind
from torch.fx import Node
from torch.fx.node import map_arg

from .errors import ExportError

_LOW = (torch.float32, torch.float16, torch.bfloat16)


@dataclass(frozen=True)
class Traced:
    """A module as a straight line of operations.

    Attributes
    ----------
    nodes
        In order.
    constants
        Value of each placeholder that is a parameter, a buffer or a lifted constant, floats in float64.
    names
        Its name in the module's `state_dict`, where it has one.
    arguments
        Placeholder of each argument of `forward`, in the order given.
    result
        The node returned.
    """

    nodes: list[Node]
    constants: dict[Node, Tensor]
    names: dict[Node, str]
    arguments: list[Node]
    result: Node

    def run(self, arguments: list[Tensor]) -> Tensor:
        """The graph on other arguments of the same shapes, every floating value in float64."""
        values: dict[Node, Any] = dict(self.constants)
        values.update(zip(self.arguments, (_double(one) for one in arguments), strict=True))
        with torch.no_grad():
            for node in self.nodes:
                if node.op == "call_function" and not is_assertion(node):
                    values[node] = evaluate(node, values)
        return values[self.result]


def trace(module: nn.Module, arguments: tuple[Tensor, ...]) -> Traced:
    """Traces a module with `torch.export`, in evaluation mode.

    Raises
    ------
    ExportError
        If PyTorch cannot trace it, or it does not return one tensor.
    """
    module = copy.deepcopy(module).float().eval()
    try:
        program = torch.export.export(module, arguments).run_decompositions({})
    except Exception as cause:
        raise ExportError(f"torch.export cannot trace {type(module).__name__}: {cause}") from cause
    stored = {**program.state_dict, **program.constants}
    placeholders = {node.name: node for node in program.graph.nodes if node.op == "placeholder"}
    constants, names, given = {}, {}, []
    for spec in program.graph_signature.input_specs:
        node = placeholders[spec.arg.name]
        if spec.kind == InputKind.USER_INPUT:
            given.append(node)
            continue
        constants[node] = _double(stored[spec.target]).detach()
        if spec.kind in (InputKind.PARAMETER, InputKind.BUFFER) and spec.persistent is not False:
            names[node] = spec.target
    (results,) = next(node for node in program.graph.nodes if node.op == "output").args
    if (
        not isinstance(results, (tuple, list))
        or len(results) != 1
        or not isinstance(results[0], Node)
    ):
        raise ExportError(
            "forward must return one tensor: wrap the module in one whose forward does"
        )
    return Traced(list(program.graph.nodes), constants, names, given, results[0])


def evaluate(node: Node, values: Mapping[Node, Any]) -> Any:
    """What a node makes of values that are known, with float64 wherever it names a shorter type."""
    args: Any = map_arg(node.args, lambda one: values[one])
    kwargs: Any = map_arg(node.kwargs, lambda one: values[one])
    if node.target is operator.getitem:
        return args[0][args[1]]
    args = torch.utils._pytree.tree_map(_long_type, args)
    kwargs = torch.utils._pytree.tree_map(_long_type, kwargs)
    if getattr(node.target, "_opname", "") == "rms_norm" and len(args) < 4:
        # Its default depends on the type: the module's own is float32's.
        kwargs = {"eps": torch.finfo(torch.float32).eps, **kwargs}
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        return torch.utils._pytree.tree_map(_double, node.target(*args, **kwargs))  # type: ignore[operator]
    finally:
        torch.set_default_dtype(default)


def is_assertion(node: Node) -> bool:
    """Whether the node only checks what the tracer assumed."""
    return "_assert" in str(node.target)


def _long_type(value: Any) -> Any:
    return torch.float64 if value in _LOW and isinstance(value, torch.dtype) else value


def _double(value: Any) -> Any:
    return value.double() if isinstance(value, Tensor) and value.dtype in _LOW else value
