"""From the traced graph to a program: one handler an ATen operation."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.fx import Node
from torch.fx.node import map_arg

from . import moments
from .errors import Unsupported
from .moments import Centred, Lazy, Mean, Moment, Square
from .program import Program, named
from .trace import Traced, evaluate, is_assertion
from .values import Features, MixesSamples, Rows
from .waves import Wave

Handler = Callable[["Lowering", Node, "list[Any]", "dict[str, Any]"], Any]
HANDLERS: dict[str, Handler] = {}


def handles(*names: str) -> Callable[[Handler], Handler]:
    """Registers a handler for the ATen operations of these names, overloads alike."""

    def register(handler: Handler) -> Handler:
        HANDLERS.update(dict.fromkeys(names, handler))
        return handler

    return register


class Lowering:
    """Walks the graph; every node's value is a constant tensor, a `Rows`, a moment, or a list of those.

    Parameters
    ----------
    traced
        The graph.
    program
        Receives the operations.
    arguments
        For each argument of the graph, the register it is and whether its first axis is the batch.
    """

    def __init__(self, traced: Traced, program: Program, arguments: list[tuple[str, bool]]) -> None:
        self.program = program
        self._traced = traced
        self.values: dict[Node, Any] = dict(traced.constants)
        for node, (name, batched) in zip(traced.arguments, arguments, strict=True):
            self.values[node] = program.rows(name, tuple(node.meta["val"].shape), batched)

    def run(self) -> Rows:
        """Lowers everything that the result needs.

        Raises
        ------
        Unsupported
            Naming the node that has no counterpart in the format.
        """
        needed = _needed(self._traced)
        for node in self._traced.nodes:
            if node in needed and node.op == "call_function" and not is_assertion(node):
                try:
                    self.values[node] = self._node(node)
                except MixesSamples as cause:
                    raise Unsupported(node, str(cause)) from cause
        result = self.values[self._traced.result]
        if isinstance(result, Tensor):
            raise Unsupported(self._traced.result, "the result is a constant")
        return self.rows(result, self._traced.result)

    def rows(self, value: Any, node: Node) -> Rows:
        """A value as elements of registers; moments are computed."""
        if isinstance(value, Rows):
            return value
        if isinstance(value, Tensor):
            return Rows.constant(value.double(), 0)
        if isinstance(value, Square):
            return moments.product(self.program, value.of, value.of, node.name)
        if isinstance(value, Mean):
            return moments.mean(self.program, value.of, node.name).apply(
                lambda one: one.reshape(value.shape)
            )
        if isinstance(value, Centred):
            return moments.centre(self.program, value.of, node.name)
        if isinstance(value, Moment) and value.power == 1:
            return moments.moment(self.program, value, node.name)
        if isinstance(value, Moment) and value.power == -0.5 and value.eps > 0:
            return moments.inverse_root(self.program, value, node.name)
        raise Unsupported(node, "a root of a row's moment outside a norm is not in the format")

    def elementwise(self, rows: Rows, op: dict[str, Any], node: Node) -> Rows:
        """An operation on each element."""
        features = rows.features().flat()
        source = self.program.source(features, node.name)
        register = self.program.emit(
            {"op": op.pop("op"), "in": named(source), **op}, node.name, len(features), source
        )
        return Rows.of_register(register, tuple(rows.code.shape), rows.batched)

    def linear(
        self,
        rows: Rows,
        weight: Tensor,
        bias: Tensor | None,
        names: tuple[str | None, str | None],
        node: Node,
    ) -> Rows:
        """`nn.Linear` on each row."""
        op: dict[str, Any] = {"weight": self.program.tensors.name(weight, names[0])}
        if bias is not None:
            op["bias"] = self.program.tensors.name(bias, names[1])

        def emit(row: Features) -> int:
            source = self.program.source(row, node.name)
            return self.program.emit(
                {"op": "linear", "in": named(source), **op}, node.name, len(weight), source
            )

        return moments.per_row(self.program, rows, node.name, len(weight), emit)

    def tensor_name(self, node: Any) -> str | None:
        """The name of a node that is a tensor of the module's own."""
        return self._traced.names.get(node) if isinstance(node, Node) else None

    def _node(self, node: Node) -> Any:
        if node.target is operator.getitem:
            return self.values[node.args[0]][node.args[1]]  # type: ignore[index]
        inputs = [self.values[one] for one in node.all_input_nodes]
        if all(_is_constant(one) for one in inputs):
            return evaluate(node, self.values)
        name = _aten(node)
        if name not in HANDLERS:
            raise Unsupported(node, "the `layers` format has no such operation")
        args = list(map_arg(node.args, lambda one: self.values[one]))
        kwargs = dict(map_arg(node.kwargs, lambda one: self.values[one]))
        return HANDLERS[name](self, node, args, kwargs)


def _is_constant(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return all(_is_constant(one) for one in value)
    return not isinstance(value, (Rows, Lazy))


def _aten(node: Node) -> str:
    return getattr(node.target, "_opname", str(node.target))


def _needed(traced: Traced) -> set[Node]:
    needed, todo = set(), [traced.result]
    while todo:
        node = todo.pop()
        if node not in needed:
            needed.add(node)
            todo += node.all_input_nodes
    return needed


_VIEWS = [
    "view",
    "_unsafe_view",
    "reshape",
    "expand",
    "repeat",
    "permute",
    "transpose",
    "t",
    "select",
    "slice",
    "chunk",
    "split",
    "split_with_sizes",
    "unsqueeze",
    "squeeze",
    "flatten",
    "unflatten",
    "index_select",
    "movedim",
    "flip",
    "narrow",
    "unbind",
    "tile",
    "roll",
    "repeat_interleave",
    "expand_as",
    "view_as",
]


@handles(*_VIEWS)
def view(lowering: Lowering, node: Node, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """Another arrangement of the same elements: done to the element codes."""
    rows = lowering.rows(args[0], node)
    rest = [one.code if isinstance(one, Rows) else one for one in args[1:]]
    parts = [node.target(one, *rest, **kwargs) for one in (rows.code, rows.scale, rows.offset)]  # type: ignore[operator]
    if isinstance(parts[0], Tensor):
        return Rows(*parts)
    return [Rows(*one) for one in zip(*parts, strict=True)]


@handles("cat", "stack")
def concatenate(lowering: Lowering, node: Node, args: list[Any], kwargs: dict[str, Any]) -> Rows:
    """Several arrangements as one."""
    all_rows = [lowering.rows(one, node) for one in args[0]]
    parts = [
        node.target([getattr(one, of) for one in all_rows], *args[1:], **kwargs)  # type: ignore[operator]
        for of in ("code", "scale", "offset")
    ]
    return Rows(*parts)


@handles("slice_scatter", "select_scatter")
def scatter(lowering: Lowering, node: Node, args: list[Any], kwargs: dict[str, Any]) -> Rows:
    """An arrangement of which a part is another."""
    into, part = lowering.rows(args[0], node), lowering.rows(args[1], node)
    target: Any = node.target
    pairs = [(getattr(into, of), getattr(part, of)) for of in ("code", "scale", "offset")]
    return Rows(*(target(*pair, *args[2:], **kwargs) for pair in pairs))


@handles("copy")
def copy(lowering: Lowering, node: Node, args: list[Any], kwargs: dict[str, Any]) -> Rows:
    """What is written over all of a part."""
    shape = tuple(node.meta["val"].shape)
    return lowering.rows(args[1], node).apply(lambda one: one.expand(shape))


@handles(
    "_to_copy",
    "to",
    "clone",
    "contiguous",
    "alias",
    "detach",
    "type_as",
    "lift_fresh_copy",
    "dropout",
    "native_dropout",
)
def same(lowering: Lowering, node: Node, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """What changes no value in evaluation."""
    kind = node.meta["val"].dtype if isinstance(node.meta["val"], Tensor) else None
    before = node.args[0].meta["val"].dtype if isinstance(node.args[0], Node) else None
    if (
        before is not None
        and kind is not None
        and before.is_floating_point
        and not kind.is_floating_point
    ):
        raise Unsupported(
            node, "rounding to integers is not in the format: give the argument as integers"
        )
    return args[0]


@handles("linear")
def linear(lowering: Lowering, node: Node, args: list[Any], kwargs: dict[str, Any]) -> Rows:
    """`nn.Linear`."""
    weight, bias = args[1], args[2] if len(args) > 2 else kwargs.get("bias")
    _require_constant(node, weight, bias)
    names = (
        lowering.tensor_name(node.args[1]),
        lowering.tensor_name(node.args[2]) if len(node.args) > 2 else None,
    )
    return lowering.linear(lowering.rows(args[0], node), weight, bias, names, node)


@handles("matmul", "mm")
def matmul(lowering: Lowering, node: Node, args: list[Any], kwargs: dict[str, Any]) -> Rows:
    """A product with a constant matrix on the right."""
    _require_constant(node, args[1])
    if args[1].dim() != 2:
        raise Unsupported(
            node, "only a product with a constant matrix on the right is in the format"
        )
    return lowering.linear(lowering.rows(args[0], node), args[1].T, None, (None, None), node)


@handles("addmm")
def addmm(lowering: Lowering, node: Node, args: list[Any], kwargs: dict[str, Any]) -> Rows:
    """`bias + in · matrix`."""
    _require_constant(node, args[0], args[2])
    if kwargs.get("alpha", 1) != 1 or kwargs.get("beta", 1) != 1:
        raise Unsupported(node, "addmm with alpha or beta is not supported")
    names = (None, lowering.tensor_name(node.args[0]))
    return lowering.linear(lowering.rows(args[1], node), args[2].T, args[0], names, node)


@handles("embedding")
def embedding(lowering: Lowering, node: Node, args: list[Any], kwargs: dict[str, Any]) -> Rows:
    """A row of a table by the class or the level."""
    _require_constant(node, args[0])
    rows = lowering.rows(args[1], node)
    features = rows.features().flat()
    source = lowering.program.source(features, node.name)
    if len(features) != 1 or source not in (["t"], ["class"]):
        raise Unsupported(
            node, "an embedding reads the level `t` or the `class` as it is given, and one of them"
        )
    weight = lowering.program.tensors.name(args[0], lowering.tensor_name(node.args[0]))
    op = {"op": "embedding", "in": source[0], "weight": weight}
    register = lowering.program.emit(op, node.name, args[0].shape[1], source)
    return Rows.of_register(register, tuple(node.meta["val"].shape), rows.batched)


@handles("sin", "cos")
def wave(lowering: Lowering, node: Node, args: list[Any], kwargs: dict[str, Any]) -> Rows:
    """A sine or cosine, which may become half of a `sinusoid` or `fourier`."""
    rows = lowering.rows(args[0], node)
    register = lowering.program.wave(Wave(_aten(node) == "cos", rows.features().flat()), node.name)
    return Rows.of_register(register, tuple(rows.code.shape), rows.batched)


@handles("log")
def log(lowering: Lowering, node: Node, args: list[Any], kwargs: dict[str, Any]) -> Rows:
    """The logarithm of the level, which the host can give as it is; of nothing else."""
    rows = lowering.rows(args[0], node)
    features = rows.features().flat()
    program = lowering.program
    given = [program.name_of(one) for one in features.registers()]
    if given != ["t"] or float(features.offset[0]) != 0 or float(features.scale[0]) <= 0:
        raise Unsupported(
            node, "the format has a logarithm of the level only (`levels` then gives ln σ)"
        )
    taken = Rows.of_register(program.register("log(t)"), tuple(rows.code.shape), rows.batched)
    return taken.plus(torch.log(features.scale[0]))


def _require_constant(node: Node, *values: Any) -> None:
    if any(isinstance(one, (Rows, Lazy)) for one in values):
        raise Unsupported(
            node,
            "weights that are computed from the input (attention, hypernetworks) are not in the format",
        )
