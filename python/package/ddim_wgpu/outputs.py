"""What runs give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["DDIMSchedulerOutput", "Encoding", "PipelineOutput"]


@dataclass(frozen=True, eq=False)
class PipelineOutput:
    """Samples, as images and as they are.

    Attributes
    ----------
    images
        As ``output_type`` says: ``"np"`` `[N, height, width, channels]` in [0, 1], ``"pil"`` a list
        of pictures, ``"pt"`` a tensor `[N, channels, height, width]` in [0, 1], ``"latent"`` the
        samples. Samples that are no images are the same in all of these but ``"pil"``.
    samples
        `[N, …sample_shape]` float32: bit for bit what `ddim sample --output FILE.npy` writes on the
        same device. Data live in [-1, 1]. The array owns its memory, which tensors may share
        (`torch.from_numpy`, DLPack).
    first
        Index in the batch of the first sample, for parts of a stream.
    """

    images: Any
    samples: NDArray[np.float32]
    first: int = 0

    def __getitem__(self, index: Any) -> Any:
        """`output[0]` and `output["images"]`, as diffusers' outputs have them."""
        return self.images if index == "images" else (self.images,)[index]


@dataclass(frozen=True, eq=False)
class Encoding:
    """Data encoded: the noise that sampling brings back to them.

    Attributes
    ----------
    latents
        `[N, …sample_shape]` float32: what to give as ``latents``.
    residuals
        With ``convention="fixed-point"`` a number for each sample, `[N]`: the largest root mean
        square of what decoding a step is off by. None for the others, which do not measure it.
    """

    latents: NDArray[np.float32]
    residuals: NDArray[np.float32] | None = None


@dataclass(frozen=True, eq=False)
class DDIMSchedulerOutput:
    """What a step of a scheduler gives.

    Attributes
    ----------
    prev_sample
        The next state.
    pred_original_sample
        x̂₀, clipped as the configuration says.
    """

    prev_sample: Any
    pred_original_sample: Any

    def to_tuple(self) -> tuple[Any, Any]:
        """The next state, and x̂₀."""
        return (self.prev_sample, self.pred_original_sample)

    def values(self) -> tuple[Any, Any]:
        """As :meth:`to_tuple`; diffusers' outputs are mappings."""
        return self.to_tuple()

    def __getitem__(self, index: Any) -> Any:
        """By number or by name."""
        return getattr(self, index) if isinstance(index, str) else self.to_tuple()[index]
