"""Exports a PyTorch denoiser as a model directory that `ddim` reads (`"architecture": "layers"`).

    from ddim_wgpu.export import export
    export(model, (torch.randn(2, 7), torch.tensor([0, 999])), "my-model", DDIMScheduler(clip_sample=False))

The module is traced with `torch.export`; the program that is made of it is read back from the files
and compared with the module on random inputs. What the format cannot say, and what differs, is not
written: `ExportError` names the operation.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from . import activations, arithmetic, norms  # noqa: F401  (register their handlers)
from .arguments import Argument, arguments, tiled
from .errors import ExportError, Unsupported
from .evaluate import Evaluator
from .files import Draft, scheduler_config
from .finish import finish, level_read
from .lower import Lowering
from .program import Program
from .tensors import Tensors
from .trace import Traced, trace
from .values import BATCH

__all__ = ["ExportError", "Unsupported", "export"]

#: Against the traced graph in float64, relative to the largest value.
_EXACT = 1e-9
#: The same where a constant had to be rounded to float32 to be stored.
_ROUNDED = 1e-5
#: Against the module as it is called, in float32: angles of a thousand radians lose four digits.
_SINGLE = 1e-3
_TRIALS = 4
_UNTOLD = "levels={'t': 'sigma'}"


def export(
    module: nn.Module,
    example_inputs: Sequence[Tensor] | Mapping[str, Tensor],
    directory: str | Path,
    scheduler: Any,
    *,
    roles: Mapping[str, str] | None = None,
    levels: Mapping[str, Any] | None = None,
    class_free_row: bool = False,
) -> dict[str, Any]:
    """Writes `config.json`, `model.safetensors` and `scheduler_config.json` of a denoiser.

    Parameters
    ----------
    module
        The denoiser, with its weights; used in evaluation mode, never changed.
    example_inputs
        Arguments of its `forward`, in order or by name: the state `[N, …]`, the level (a number,
        `[N]` or `[N, 1]`), the class `[N]`, vectors per sample `[N, width]`. The levels and classes
        are to span the range that the comparison may draw from.
    directory
        Where to write.
    scheduler
        A diffusers scheduler, or a mapping with the keys of its `scheduler_config.json`.
    roles
        What arguments are, by their names: `x`, `t`, `class`, else the name of a vector per sample.
        Common names are known.
    levels
        Written to `config.json` as it is: what number the level is and how the network is wrapped
        (`levels.py`). A module that takes σ and reads ln σ needs `{"t": "sigma"}`, which
        becomes `{"t": "log_sigma"}`.
    class_free_row
        Whether the last row of the class table means "no class".

    Returns
    -------
    The configuration written.

    Raises
    ------
    ExportError
        If the module cannot be traced, has an operation that the format lacks (`Unsupported`), or
        differs from its program.
    """
    made = arguments(module, example_inputs, roles or {})
    traced = trace(module, tiled(made))
    own = {name: value for name, value in module.state_dict().items() if isinstance(value, Tensor)}
    tensors = Tensors(own)
    given = {one.role: one.width for one in made}
    program = Program({**given, "log(t)": 1} if "t" in given else given, tensors)
    rows = Lowering(traced, program, [(one.role, one.batched) for one in made]).run()
    features = rows.features().flat()
    ops, logarithm = level_read(finish(program, program.source(features, "result"), len(features)))
    config = _config(made, ops, len(features), _levels(levels, logarithm), class_free_row, own)
    stored, rounded = tensors.stored(ops)
    with Draft(directory) as draft:
        draft.write(config, stored, scheduler_config(scheduler))
        evaluator = Evaluator(*_as_read(draft))
        _compare(module, traced, made, evaluator, logarithm, _ROUNDED if rounded else _EXACT)
        draft.publish()
    return config


def _as_read(draft: Draft) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    config, tensors = draft.read()
    return config, {name: value.double().numpy() for name, value in tensors.items()}


def _levels(levels: Mapping[str, Any] | None, logarithm: bool) -> dict[str, Any] | None:
    if not logarithm:
        return None if levels is None else dict(levels)
    if levels is None or levels.get("t") != "sigma":
        raise ExportError(
            f"the module takes the logarithm of its level, which must then be σ: say so with {_UNTOLD}"
        )
    return {**levels, "t": "log_sigma"}


def _config(
    made: list[Argument],
    ops: list[dict[str, Any]],
    width: int,
    levels: dict[str, Any] | None,
    class_free_row: bool,
    own: Mapping[str, Tensor],
) -> dict[str, Any]:
    state = next(one for one in made if one.role == "x")
    if width not in (state.width, 2 * state.width):
        raise ExportError(
            f"the module returns {width} values for a state of {state.width}: as many, or twice that, are in the format"
        )
    tables = [op["weight"] for op in ops if op["op"] == "embedding" and op["in"] == "class"]
    classes = len(own[tables[0]]) - int(class_free_row) if tables else None
    inputs = {one.role: one.width for one in made if one.role not in ("x", "t", "class")}
    config: dict[str, Any] = {
        "architecture": "layers",
        "sample_shape": list(state.example.shape[1:]),
        "num_classes": classes,
        "inputs": inputs,
    }
    if width != state.width:
        config["outputs"] = "first"
    if levels is not None:
        config["levels"] = levels
    return {**config, "ops": ops}


def _compare(
    module: nn.Module,
    traced: Traced,
    made: list[Argument],
    evaluator: Evaluator,
    logarithm: bool,
    exact: float,
) -> None:
    """Holds the program, as read from its files, against the traced graph and against the module itself."""
    generator = torch.Generator().manual_seed(0)
    single = copy.deepcopy(module).float().eval()
    for _ in range(_TRIALS):
        values = [one.random(BATCH, generator) for one in made]
        _differ(
            traced.run(values),
            _program(evaluator, made, values, logarithm),
            exact,
            "the traced graph in float64",
        )
        # Another batch, of what the tracer has not seen.
        values = [one.random(BATCH - 8, generator) for one in made]
        with torch.no_grad():
            result = single(**{one.name: value for one, value in zip(made, values, strict=True)})
        _differ(
            result, _program(evaluator, made, values, logarithm), _SINGLE, "the module in float32"
        )


def _program(
    evaluator: Evaluator, made: list[Argument], values: list[Tensor], logarithm: bool
) -> np.ndarray:
    by_role = {one.role: value.double().numpy() for one, value in zip(made, values, strict=True)}
    level = by_role.pop("t", np.zeros(()))
    state, classes = by_role.pop("x"), by_role.pop("class", None)
    return evaluator(state, np.log(level) if logarithm else level, by_role, classes)


def _differ(theirs: Tensor, ours: np.ndarray, limit: float, against: str) -> None:
    expected = theirs.detach().double().numpy().reshape(len(ours), -1)
    if expected.shape != ours.shape:
        raise ExportError(
            f"the program gives {ours.shape} where {against} gives {expected.shape}: nothing was written"
        )
    largest = float(np.abs(expected).max())
    if largest == 0:
        warnings.warn(
            "the module's output is zero: its comparison with the program says little", stacklevel=3
        )
    difference = float(np.abs(expected - ours).max()) / (largest or 1.0)
    if not difference <= limit:
        raise ExportError(
            f"the program differs from {against} by {difference:.1e} of the largest value,"
            f" limit {limit:.0e}: nothing was written"
        )
