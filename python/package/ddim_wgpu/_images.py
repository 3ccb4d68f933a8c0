"""Between samples, `[N, channels, height, width]` in [-1, 1], and images as diffusers gives them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

OUTPUT_TYPES = ("np", "pil", "pt", "latent")


def check_output_type(output_type: str, sample_shape: tuple[int, ...]) -> None:
    """Refuses a form that samples cannot be given in, before any is made.

    Raises
    ------
    ValueError
        For a name that is not one of `OUTPUT_TYPES`, and for pictures of what is not images.
    ImportError
        Where Pillow or PyTorch is not installed.
    """
    if output_type not in OUTPUT_TYPES:
        raise ValueError(f"output_type is {output_type!r}: it must be one of {OUTPUT_TYPES}")
    if output_type == "pil":
        if len(sample_shape) != 3 or sample_shape[0] not in (1, 3):
            raise ValueError(
                f'output_type is "pil", but samples are of shape {sample_shape}: pictures have 1 or 3 channels'
            )
        import PIL.Image  # noqa: F401
    if output_type == "pt":
        import torch  # noqa: F401


def to_images(samples: NDArray[np.float32], output_type: str) -> Any:
    """Samples in the form that is asked for.

    Parameters
    ----------
    samples
        `[N, channels, height, width]` in [-1, 1], or `[N, d]`, which is left as it is but for its type.
    output_type
        ``"np"``: `[N, height, width, channels]` in [0, 1]. ``"pt"``: a tensor `[N, channels, height,
        width]` in [0, 1]. ``"pil"``: a list of pictures. ``"latent"``: the samples themselves.
    """
    if output_type == "latent":
        return samples
    images = samples.ndim == 4
    values = np.clip(samples / 2 + 0.5, 0, 1) if images else samples
    if output_type == "pt":
        import torch

        return torch.from_numpy(values)
    if not images:
        return values
    values = values.transpose(0, 2, 3, 1)
    return [_picture(image) for image in values] if output_type == "pil" else values


def _picture(image: NDArray[np.float32]) -> Any:
    import PIL.Image

    pixels = (image * 255).round().astype("uint8")
    # A single channel is grey, for which Pillow wants no third dimension.
    return PIL.Image.fromarray(pixels.squeeze(-1) if pixels.shape[-1] == 1 else pixels)
