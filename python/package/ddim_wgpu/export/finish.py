"""The last passes over a program: what nothing reads is dropped, sums are joined, the result is named `out`."""

from __future__ import annotations

from collections import Counter
from typing import Any

from .errors import ExportError
from .program import Program, Source

Op = dict[str, Any]


def finish(program: Program, result: Source, width: int) -> list[Op]:
    """The operations in the end.

    Parameters
    ----------
    result
        The registers that the network returns, one after another.
    width
        The number of their elements.
    """
    last = program.one(result, "result", width)
    ops = program.ops
    if not any(op["out"] == last for op in ops):
        raise ExportError(f"the module returns its argument `{last}` unchanged")
    ops = _needed(ops, last)
    ops = _needed(_sums_joined(ops), last)
    ops = _needed(_shifts_joined(ops, program), last)
    ops = _needed(_norms_joined(ops, program), last)
    return _renamed(ops, {last: "out"})


def reads(op: Op) -> list[str]:
    """The registers and tensors an operation names, as often as it names them."""

    def flat(source: Any) -> list[str]:
        if isinstance(source, list):
            return [name for one in source for name in flat(one)]
        return [source] if isinstance(source, str) else []

    return flat(op["in"]) + [op[key] for key in ("scale", "shift") if isinstance(op.get(key), str)]


def _needed(ops: list[Op], last: str) -> list[Op]:
    needed, kept = {last}, []
    for op in reversed(ops):
        if op["out"] in needed:
            needed.update(reads(op))
            kept.append(op)
    return kept[::-1]


def _sums_joined(ops: list[Op]) -> list[Op]:
    """A sum that is read once, as a term of another, becomes its terms."""
    uses = Counter(name for op in ops for name in reads(op))
    sums = {op["out"]: op for op in ops if op["op"] == "add"}
    for op in ops:
        if op["op"] == "add":
            terms: list[Any] = []
            for term in op["in"]:
                inner = sums.get(term) if isinstance(term, str) and uses[term] == 1 else None
                terms += inner["in"] if inner is not None else [term]
            op["in"] = terms
    return ops


def _shifts_joined(ops: list[Op], program: Program) -> list[Op]:
    """A scaled register that is read once, in a sum, takes the other term as its shift.

    Unless that depends on the state: such sums are residual connections.
    """
    uses = Counter(name for op in ops for name in reads(op))
    scaled = {
        op["out"]: op
        for op in ops
        if op["op"] == "affine" and "shift" not in op and uses[op["out"]] == 1
    }
    made = []
    for op in ops:
        new = op
        if (
            op["op"] == "add"
            and len(op["in"]) == 2
            and all(isinstance(one, str) for one in op["in"])
        ):
            for term, other in (op["in"], op["in"][::-1]):
                if (
                    term in scaled
                    and not program.from_state([other])
                    and isinstance(scaled[term].get("scale"), str)
                ):
                    new = {**scaled[term], "out": op["out"], "shift": other}
                    break
        made.append(new)
    return made


def _norms_joined(ops: list[Op], program: Program) -> list[Op]:
    """A norm that is read once, by an affine with weight and bias under one prefix, takes these."""
    uses = Counter(name for op in ops for name in reads(op))
    bare = {
        op["out"]: op
        for op in ops
        if op["op"] == "norm" and "prefix" not in op and uses[op["out"]] == 1
    }
    made = []
    for op in ops:
        new, weight, bias = op, str(op.get("scale")), op.get("shift")
        prefix = weight.removesuffix(".weight")
        stored = [
            f"{prefix}.{part}"
            for part in ("weight", "bias")
            if program.tensors.has(f"{prefix}.{part}")
        ]
        whole = stored == [one for one in (weight, bias) if one is not None]
        if (
            op["op"] == "affine"
            and prefix != weight
            and whole
            and isinstance(op["in"], str)
            and op["in"] in bare
        ):
            new = {**bare[op["in"]], "out": op["out"], "prefix": prefix}
        made.append(new)
    return made


def _renamed(ops: list[Op], names: dict[str, str]) -> list[Op]:
    def rename(source: Any) -> Any:
        if isinstance(source, list):
            return [rename(one) for one in source]
        return names.get(source, source) if isinstance(source, str) else source

    return [
        {
            key: rename(value) if key in ("in", "out", "scale", "shift") else value
            for key, value in op.items()
        }
        for op in ops
    ]


def level_read(ops: list[Op]) -> tuple[list[Op], bool]:
    """The operations with one register for the level, and whether it is the logarithm of what the module was given.

    Raises
    ------
    ExportError
        If they read the level and its logarithm.
    """
    names = {name for op in ops for name in reads(op)}
    if {"t", "log(t)"} <= names:
        raise ExportError(
            "the module reads both the level and its logarithm: the format gives a program one of them"
        )
    return _renamed(ops, {"log(t)": "t"}), "log(t)" in names
