"""Sines and cosines: which of them, side by side, are one `sinusoid` or `fourier` operation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch

from .tensors import Tensors
from .values import Features

_CLOSE = 1e-12


@dataclass(frozen=True)
class Wave:
    """Sine or cosine of each of some angles."""

    cosine: bool
    angle: Features


@dataclass(frozen=True)
class WavePiece:
    """One operation to be, what it is to read, and its result's width."""

    op: dict[str, Any]
    argument: Features
    width: int


@dataclass(frozen=True)
class _One:
    """The sine or cosine of `rate · (element base) + phase`."""

    cosine: bool
    base: int
    rate: float
    phase: float
    angle: Features


def plan_waves(waves: list[tuple[Wave, int]], tensors: Tensors) -> list[WavePiece]:
    """The operations whose results, one after another, are these waves.

    Parameters
    ----------
    waves
        A wave and which of its angles, for each element in order.
    tensors
        Where frequencies may be stored under a name.
    """
    ones = [_one(wave, at) for wave, at in waves]
    pieces: list[WavePiece] = []
    start = 0
    while start < len(ones):
        half = _half(ones, start)
        if half:
            pieces.append(_paired(ones[start : start + half], tensors))
            start += 2 * half
        else:
            end = next((at for at in range(start + 1, len(ones)) if _half(ones, at)), len(ones))
            pieces.append(_unpaired(ones[start:end]))
            start = end
    return _merged(pieces)


def _one(wave: Wave, at: int) -> _One:
    angle = wave.angle[at : at + 1]
    return _One(
        wave.cosine, int(angle.ids[0]), float(angle.scale[0]), float(angle.offset[0]), angle
    )


def _half(ones: list[_One], start: int) -> int:
    """The number of waves from `start` that are followed by the other kind of the same angles; 0 if they are not."""
    first = ones[start]
    half = 0
    while start + half < len(ones) and _alike(ones[start + half], first):
        half += 1
    follow = ones[start + half : start + 2 * half]
    same = len(follow) == half and all(
        two.cosine != first.cosine
        and (two.base, two.rate, two.phase) == (one.base, one.rate, one.phase)
        for one, two in zip(ones[start : start + half], follow, strict=True)
    )
    return half if same else 0


def _alike(one: _One, first: _One) -> bool:
    return one.cosine == first.cosine and one.base == first.base and one.phase == 0


def _paired(ones: list[_One], tensors: Tensors) -> WavePiece:
    rates = torch.tensor([one.rate for one in ones], dtype=torch.float64)
    op = (
        _stored(rates, tensors)
        or _sinusoid(rates)
        or {"op": "fourier", "weight": rates.tolist(), "factor": 1}
    )
    if ones[0].cosine:
        op["order"] = "cos_sin"
    elif op["op"] == "sinusoid":
        op["order"] = "sin_cos"
    return WavePiece(op, ones[0].angle.plain(), 2 * len(ones))


def _stored(rates: torch.Tensor, tensors: Tensors) -> dict[str, Any] | None:
    """Frequencies that are a tensor of the module's own."""
    for factor in (1.0, 2 * math.pi):
        name = tensors.find(rates / factor)
        if name is not None:
            return {"op": "fourier", "weight": name, **({"factor": 1} if factor == 1 else {})}
    return None


def _sinusoid(rates: torch.Tensor) -> dict[str, Any] | None:
    """Frequencies that fall geometrically, if their period is a whole number."""
    half = len(rates)
    if half < 3 or bool((rates <= 0).any()):
        return None
    factor = float(rates[0])
    for shift in (0, 1):
        period = round(math.exp(math.log(factor / float(rates[1])) * (half - shift)))
        if period < 2:
            continue
        ideal = factor * torch.exp(
            -math.log(period) * torch.arange(half, dtype=torch.float64) / (half - shift)
        )
        if torch.allclose(rates, ideal, rtol=_CLOSE, atol=0):
            whole = round(factor) if abs(factor - round(factor)) < _CLOSE * factor else factor
            op: dict[str, Any] = {"op": "sinusoid", "size": 2 * half}
            op.update({"shift": 1} if shift else {})
            op.update({"max_period": period} if period != 10000 else {})
            op.update({"factor": whole} if whole != 1 else {})
            return op
    return None


def _unpaired(ones: list[_One]) -> WavePiece:
    """Waves that are part of no pair: sines, of angles a quarter turn on for cosines."""
    turned = torch.tensor([math.pi / 2 if one.cosine else 0.0 for one in ones], dtype=torch.float64)
    ids, scale, offset = (
        torch.cat([getattr(one.angle, of) for one in ones]) for of in ("ids", "scale", "offset")
    )
    return WavePiece(
        {"op": "act", "function": "sin"}, Features(ids, scale, offset + turned), len(ones)
    )


def _merged(pieces: list[WavePiece]) -> list[WavePiece]:
    """Equal sinusoids of one element after another as one operation, which works coordinate by coordinate."""
    merged: list[WavePiece] = []
    for piece in pieces:
        last = merged[-1] if merged else None
        if last is not None and piece.op == last.op and piece.op["op"] == "sinusoid":
            both = Features(
                *(
                    torch.cat([getattr(one.argument, of) for one in (last, piece)])
                    for of in ("ids", "scale", "offset")
                )
            )
            merged[-1] = WavePiece(last.op, both, last.width + piece.width)
        else:
            merged.append(piece)
    return merged
