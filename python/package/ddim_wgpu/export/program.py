"""A program under construction.

Its registers and operations, and how scattered elements of registers become one vector again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import torch

from .tensors import Tensors
from .values import Features, Rows
from .waves import Wave, plan_waves

Source = list[str]
#: Above this many pieces, elements are gathered by one matrix instead of a piece at a time.
_MAX_PIECES = 8


class Program:
    """Operations in order, and the width of each register.

    Parameters
    ----------
    given
        Widths of the registers that a program is given, by name.
    tensors
        The tensors it may name.
    """

    def __init__(self, given: Mapping[str, int], tensors: Tensors) -> None:
        self.ops: list[dict[str, Any]] = []
        self.tensors = tensors
        self._names: list[str] = []
        self._widths: list[int] = []
        self._waves: dict[int, Wave] = {}
        self._from_state: dict[str, bool] = {}
        self._known: dict[str, int] = {}
        for name, width in given.items():
            self._add(name, width, name == "x")

    def register(self, name: str) -> int:
        """The number of a register by its name."""
        return self._names.index(name)

    def width(self, register: int) -> int:
        """The number of its elements."""
        return self._widths[register]

    def from_state(self, source: Source) -> bool:
        """Whether any of the registers depends on the state `x`."""
        return any(self._from_state[name] for name in source)

    def emit(self, op: dict[str, Any], name: str, width: int, reads: Source) -> int:
        """Appends an operation whose result is a new register, named after `name`; its number.

        The same operation twice is one.
        """
        key = json.dumps(op, sort_keys=True)
        if key in self._known:
            return self._known[key]
        unique, count = name, 1
        while unique in self._names or self.tensors.has(unique) or unique == "out":
            unique, count = f"{name}_{count}", count + 1
        kind = op.pop("op")
        self.ops.append({"op": kind, "out": unique, **op})
        self._known[key] = self._add(unique, width, self.from_state(reads))
        return self._known[key]

    def wave(self, wave: Wave, name: str) -> int:
        """A register of sines or cosines, computed only once it is known what stands beside it."""
        register = self._add(f"{name} (pending)", len(wave.angle), False)
        self._waves[register] = wave
        return register

    def source(self, features: Features, name: str) -> Source:
        """The registers that, one after another, hold these elements; operations are added to make them so."""
        features = features.flat()
        plain = self._gather(features.plain(), name)
        if features.uniform() == (1.0, 0.0):
            return plain
        affine: dict[str, Any] = {"op": "affine", "in": named(plain)}
        if not bool((features.scale == 1).all()):
            affine["scale"] = self._constant(features.scale)
        if not bool((features.offset == 0).all()):
            affine["shift"] = self._constant(features.offset)
        return [self._names[self.emit(affine, f"{name}_affine", len(features), plain)]]

    def one(self, source: Source, name: str, width: int) -> str:
        """The same elements in a single register."""
        if len(source) == 1:
            return source[0]
        op = {"op": "affine", "in": named(source), "scale": 1}
        return self._names[self.emit(op, f"{name}_joined", width, source)]

    def rows(self, name: str, shape: tuple[int, ...], batched: bool) -> Rows:
        """A given register as a tensor."""
        return Rows.of_register(self.register(name), shape, batched)

    def _add(self, name: str, width: int, from_state: bool) -> int:
        self._names.append(name)
        self._widths.append(width)
        self._from_state[name] = from_state
        return len(self._names) - 1

    def _constant(self, values: torch.Tensor) -> float | str:
        if bool((values == values[0]).all()):
            return float(values[0])
        return self.tensors.name(values)

    def _gather(self, features: Features, name: str) -> Source:
        pieces = self._pieces(features)
        if len(pieces) > _MAX_PIECES:
            return [self._select_from_many(features, name)]
        source: Source = []
        for start, end in pieces:
            part = features[start:end]
            register = part.registers()[0]
            if register in self._waves:
                source += self._compute_waves(part, name)
            elif part.elements() == list(range(self._widths[register])):
                source.append(self._names[register])
            else:
                source.append(self._select(register, part.elements(), name))
        return source

    def _pieces(self, features: Features) -> list[tuple[int, int]]:
        """Runs of elements of one register, each from its first element to its last or a part; waves are one run."""
        registers, elements = features.registers(), features.elements()
        starts = [0]
        for at in range(1, len(registers)):
            here, before = registers[at], registers[at - 1]
            if here in self._waves and before in self._waves:
                continue
            full = elements[at] == 0 and elements[at - 1] == self._widths[before] - 1
            if here != before or full:
                starts.append(at)
        return list(zip(starts, [*starts[1:], len(registers)], strict=True))

    def _select(self, register: int, elements: list[int], name: str) -> str:
        low, high = elements[0], elements[-1] + 1
        producer = next((op for op in self.ops if op["out"] == self._names[register]), None)
        reads = [self._names[register]]
        if (
            producer is not None
            and producer["op"] == "linear"
            and elements == list(range(low, high))
        ):
            base = producer.get("rows", [0, 0])[0]
            op = {**producer, "rows": [base + low, base + high]}
            op.pop("out")
        else:
            weight = torch.zeros(len(elements), self._widths[register], dtype=torch.float64)
            weight[range(len(elements)), elements] = 1
            op = {"op": "linear", "in": reads[0], "weight": self.tensors.name(weight)}
        return self._names[self.emit(op, f"{name}_part", len(elements), reads)]

    def _select_from_many(self, features: Features, name: str) -> str:
        registers, elements = features.registers(), features.elements()
        whole: Source = []
        starts: dict[int, int] = {}
        total = 0
        for register in dict.fromkeys(registers):
            starts[register] = total
            total += self._widths[register]
            if register in self._waves:
                whole += self._compute_waves(
                    Rows.of_register(register, (self._widths[register],), False).features(), name
                )
            else:
                whole.append(self._names[register])
        weight = torch.zeros(len(elements), total, dtype=torch.float64)
        for row, (register, element) in enumerate(zip(registers, elements, strict=True)):
            weight[row, starts[register] + element] = 1
        op = {"op": "linear", "in": named(whole), "weight": self.tensors.name(weight)}
        return self._names[self.emit(op, f"{name}_gathered", len(elements), whole)]

    def _compute_waves(self, features: Features, name: str) -> Source:
        waves = [
            (self._waves[one], at)
            for one, at in zip(features.registers(), features.elements(), strict=True)
        ]
        pieces = plan_waves(waves, self.tensors)
        order = sorted(range(len(waves)), key=lambda at: waves[at][0].cosine)
        apart = plan_waves([waves[at] for at in order], self.tensors)
        # Sines and cosines in turns are computed apart and brought into their order after.
        turns = len(apart) < len(pieces)
        source: Source = []
        for piece in apart if turns else pieces:
            reads = self.source(piece.argument, name)
            op = {**piece.op, "in": named(reads)}
            source.append(self._names[self.emit(op, f"{name}_waves", piece.width, reads)])
        if not turns:
            return source
        weight = torch.zeros(len(order), len(order), dtype=torch.float64)
        weight[order, range(len(order))] = 1
        op = {"op": "linear", "in": named(source), "weight": self.tensors.name(weight)}
        return [self._names[self.emit(op, f"{name}_turns", len(order), source)]]

    def name_of(self, register: int) -> str:
        """Its name."""
        return self._names[register]


def named(source: Source) -> str | list[str]:
    """A register, or the list that means a concatenation."""
    return source[0] if len(source) == 1 else list(source)
