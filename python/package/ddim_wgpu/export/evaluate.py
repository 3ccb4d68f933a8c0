"""What a program of the `layers` format means, in float64: the oracle that exported files are compared with."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Op = Mapping[str, Any]

_erf = np.vectorize(math.erf, otypes=[float])


def _sigmoid(v: Array) -> Array:
    return 0.5 * (1 + np.tanh(0.5 * v))


def _gelu_tanh(v: Array) -> Array:
    return 0.5 * v * (1 + np.tanh(math.sqrt(2 / math.pi) * (v + 0.044715 * v**3)))


def _elu(v: Array) -> Array:
    return np.where(v > 0, v, np.expm1(np.minimum(v, 0)))


def _selu(v: Array) -> Array:
    return 1.0507009873554805 * np.where(v > 0, v, 1.6732632423543772 * np.expm1(np.minimum(v, 0)))


ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "relu": lambda v: np.maximum(v, 0),
    "silu": lambda v: v * _sigmoid(v),
    "sigmoid": _sigmoid,
    "tanh": np.tanh,
    "sin": np.sin,
    "gelu": lambda v: 0.5 * v * (1 + _erf(v / math.sqrt(2))),
    "gelu_tanh": _gelu_tanh,
    "mish": lambda v: v * np.tanh(np.logaddexp(0, v)),
    "softplus": lambda v: np.logaddexp(0, v),
    "elu": _elu,
    "selu": _selu,
}


class Evaluator:
    """A program and its tensors, to be called on batches.

    Parameters
    ----------
    config
        `config.json` of a model directory, `"architecture": "layers"`.
    tensors
        Its tensors by name, of any floating type; converted to float64.
    single
        Every register rounded to float32.
    """

    def __init__(
        self, config: Mapping[str, Any], tensors: Mapping[str, npt.ArrayLike], single: bool = False
    ) -> None:
        self._config = config
        self._single = single
        self._tensors = {name: np.asarray(value, np.float64) for name, value in tensors.items()}

    def __call__(
        self,
        x: npt.ArrayLike,
        t: npt.ArrayLike,
        inputs: Mapping[str, npt.ArrayLike] | None = None,
        classes: npt.ArrayLike | None = None,
    ) -> Array:
        """The register `out` for a batch.

        Parameters
        ----------
        x
            The states, `[N, …sample_shape]`.
        t
            The register `t`: a number, or one per sample, `[N]`.
        inputs
            The vectors per sample by name, each `[N, width]`.
        classes
            The class of each sample, `[N]`, for programs that read one.

        Returns
        -------
        `[N, D]`, or `[N, 2·D]` where `outputs` is `first`.
        """
        state = np.asarray(x, np.float64)
        n = len(state)
        registers = {
            "x": state.reshape(n, -1),
            "t": np.broadcast_to(np.asarray(t, np.float64).reshape(-1, 1), (n, 1)),
        }
        for name, value in (inputs or {}).items():
            registers[name] = np.asarray(value, np.float64).reshape(n, -1)
        if classes is not None:
            registers["class"] = np.asarray(classes, np.float64).reshape(n, 1)
        for op in self._config["ops"]:
            value = self._operation(op, registers)
            registers[op["out"]] = rounded(value) if self._single else value
        return registers["out"]

    def _operation(self, op: Op, registers: Mapping[str, Array]) -> Array:
        kind = op["op"]
        if kind == "add":
            return sum((_term(term, registers) for term in op["in"]), start=np.zeros(()))
        if kind == "mul":
            return _read(op["in"][0], registers) * _read(op["in"][1], registers)
        value = _read(op["in"], registers)
        if kind == "linear":
            return self._linear(op, value)
        if kind == "affine":
            return self._affine(op, value, registers)
        if kind == "act":
            return _activation(op, value)
        if kind == "norm":
            return self._norm(op, value)
        if kind == "embedding":
            return self._tensors[op["weight"]][value.astype(int).reshape(-1)]
        if kind == "sinusoid":
            half = op["size"] // 2
            rates = np.exp(
                -math.log(op.get("max_period", 1e4)) * np.arange(half) / (half - op.get("shift", 0))
            )
            angles = value[..., None] * op.get("factor", 1) * rates
            return _waves(angles, op).reshape(len(value), -1)
        if kind == "fourier":
            weight = op["weight"]
            rates = (
                self._tensors[weight].reshape(-1)
                if isinstance(weight, str)
                else np.asarray(weight, np.float64)
            )
            return _waves(value * rates * op.get("factor", 2 * math.pi), op)
        raise ValueError(f"unknown operation `{kind}`")

    def _linear(self, op: Op, value: Array) -> Array:
        weight = self._tensors[op["weight"]]
        low, high = op.get("rows", [0, len(weight)])
        value = value @ weight[low:high].T
        return value + self._tensors[op["bias"]][low:high] if op.get("bias") else value

    def _affine(self, op: Op, value: Array, registers: Mapping[str, Array]) -> Array:
        def vector(source: str | float) -> Array:
            if not isinstance(source, str):
                return np.asarray(source, np.float64)
            return registers[source] if source in registers else self._tensors[source]

        if op.get("scale") is not None:
            value = value * (op.get("scale_offset", 0) + vector(op["scale"]))
        return value + vector(op["shift"]) if op.get("shift") is not None else value

    def _norm(self, op: Op, v: Array) -> Array:
        prefix, eps, kind = op.get("prefix"), op.get("eps", 1e-5), op["kind"]
        if kind == "rms":
            v = v / np.sqrt((v * v).mean(-1, keepdims=True) + eps)
        elif kind == "batch":
            mean, variance = (self._tensors[f"{prefix}.running_{of}"] for of in ("mean", "var"))
            v = (v - mean) / np.sqrt(variance + eps)
        else:
            groups = v.reshape(len(v), op.get("groups", 1), -1)
            centred = groups - groups.mean(-1, keepdims=True)
            v = (centred / np.sqrt(groups.var(-1, keepdims=True) + eps)).reshape(v.shape)
        v = v * self._tensors.get(f"{prefix}.weight", np.ones(()))
        return v + self._tensors.get(f"{prefix}.bias", np.zeros(()))


def rounded(value: Array) -> Array:
    """The nearest float32 values."""
    return value.astype(np.float32).astype(np.float64)


def _read(source: str | list[Any], registers: Mapping[str, Array]) -> Array:
    if isinstance(source, list):
        return np.concatenate([_read(one, registers) for one in source], -1)
    return registers[source]


def _term(term: Any, registers: Mapping[str, Array]) -> Array:
    if isinstance(term, list) and len(term) == 2 and isinstance(term[1], (int, float)):
        return term[1] * _read(term[0], registers)
    return _read(term, registers)


def _activation(op: Op, value: Array) -> Array:
    if op["function"] == "leaky_relu":
        return np.where(value > 0, value, op.get("slope", 0.01) * value)
    return ACTIVATIONS[op["function"]](value)


def _waves(angle: Array, op: Op) -> Array:
    waves = [np.sin(angle), np.cos(angle)]
    return np.concatenate(waves if op.get("order", "sin_cos") == "sin_cos" else waves[::-1], -1)
