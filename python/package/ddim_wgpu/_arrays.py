"""Arrays from whoever has them: NumPy, PyTorch, DLPack, the buffer protocol."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_CPU = 1
_CPU_PINNED = 3


def as_float32(what: str, values: Any) -> NDArray[np.float32]:
    """Values as a C-contiguous float32 array, without a copy where they are one.

    Parameters
    ----------
    what
        What they are, for messages.
    values
        A NumPy array, a CPU tensor, anything with DLPack or the buffer protocol, or nested numbers.

    Raises
    ------
    TypeError
        If they are not real floating-point numbers, or not in the CPU's memory.
    """
    array = _as_array(what, values)
    if array.dtype.kind != "f":
        raise TypeError(f"{what} are of type {array.dtype}: give float32 (or float16 or float64)")
    return np.asarray(array, dtype=np.float32, order="C")


def as_classes(values: Any) -> None | int | str | list[int]:
    """Classes of samples: none, one number, `"all"`, or a number for each sample.

    Raises
    ------
    TypeError
        If they are not whole numbers.
    """
    if values is None or isinstance(values, str):
        return values
    array = _as_array("class_labels", values)
    if array.dtype.kind not in "iu" or array.ndim > 1:
        raise TypeError(
            f"class_labels are of type {array.dtype} and {array.ndim} dimensions: give a whole "
            'number, one for each sample, or "all"'
        )
    if array.size and int(array.min()) < 0:
        raise ValueError(f"class_labels has {int(array.min())}: classes count from 0")
    if array.size and int(array.max()) >> 32:
        raise ValueError(f"class_labels has {int(array.max())}: classes are of 32 bits")
    labels: int | list[int] = array.tolist()
    return labels


def _as_array(what: str, values: Any) -> NDArray[Any]:
    if isinstance(values, np.ndarray):
        return values
    if hasattr(values, "detach"):
        return _of_tensor(what, values)
    if hasattr(values, "__dlpack_device__"):
        if values.__dlpack_device__()[0] not in (_CPU, _CPU_PINNED):
            raise TypeError(f"{what} are on another device: move them to the CPU first")
        try:
            return np.from_dlpack(values)
        except BufferError:
            # Of a type that DLPack lacks, or read-only, which NumPy before 2.1 does not take so.
            return np.asarray(values)
    return np.asarray(values)


def _of_tensor(what: str, tensor: Any) -> NDArray[Any]:
    """A tensor of PyTorch's, by its own way, which knows strides and types that DLPack lacks."""
    if tensor.device.type != "cpu":
        raise TypeError(f"{what} are on {tensor.device}: move them to the CPU first")
    # The gradient's graph is no part of what is asked for, and NumPy has no bfloat16.
    values = tensor.detach()
    if str(values.dtype) == "torch.bfloat16":
        values = values.float()
    return np.asarray(values)
