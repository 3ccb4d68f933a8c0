"""The few operations that NumPy arrays and PyTorch tensors name differently."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np


class Tensors:
    """NumPy's."""

    def of(self, array: Any, device: Any = None) -> Any:
        """An array, in this library's form."""
        del device
        return array

    def like(self, array: Any, like: Any) -> Any:
        """An array of the type and on the device of another."""
        return array if like is None else array.astype(like.dtype)

    def residuals(self, a: Any, b: Any) -> Any:
        """The root mean square difference of each sample."""
        difference = (a - b).reshape(len(a), -1)
        return np.sqrt((difference * difference).mean(axis=1))

    def larger(self, a: Any, b: Any) -> Any:
        """The larger, element by element."""
        return np.maximum(a, b)

    def where(self, chosen: Any, a: Any, b: Any) -> Any:
        """Samples of `a` where they are chosen, of `b` elsewhere."""
        return np.where(chosen.reshape(-1, *[1] * (a.ndim - 1)), a, b)

    def thresholded(self, x0: Any, ratio: float, most: float) -> Any:
        """Dynamic thresholding (Saharia et al. 2022)."""
        size = np.quantile(np.abs(x0).reshape(len(x0), -1), ratio, axis=1)
        size = np.clip(size, 1, most).reshape(-1, *[1] * (x0.ndim - 1)).astype(x0.dtype)
        return np.clip(x0, -size, size) / size


class _Torch(Tensors):
    """PyTorch's."""

    def of(self, array: Any, device: Any = None) -> Any:
        import torch

        return torch.from_numpy(array).to(device)

    def like(self, array: Any, like: Any) -> Any:
        import torch

        return torch.from_numpy(np.ascontiguousarray(array)).to(like.device, like.dtype)

    def residuals(self, a: Any, b: Any) -> Any:
        return (a - b).float().flatten(1).square().mean(dim=1).sqrt()

    def larger(self, a: Any, b: Any) -> Any:
        return a.maximum(b)

    def where(self, chosen: Any, a: Any, b: Any) -> Any:
        import torch

        return torch.where(chosen.reshape(-1, *[1] * (a.ndim - 1)), a, b)

    def thresholded(self, x0: Any, ratio: float, most: float) -> Any:
        size = x0.float().abs().flatten(1).quantile(ratio, dim=1).clamp(1, most)
        size = size.reshape(-1, *[1] * (x0.ndim - 1)).to(x0.dtype)
        return x0.clamp(-size, size) / size


def tensors_of(like: Any) -> Tensors:
    """The operations for an array; for None PyTorch's, if the program uses that."""
    torch = sys.modules.get("torch")
    if torch is not None and (like is None or isinstance(like, torch.Tensor)):
        return _Torch()
    return Tensors()
