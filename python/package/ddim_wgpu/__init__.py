"""A DDIM sampler for NumPy, PyTorch and diffusers: any GPU, or none.

Examples
--------
>>> import ddim_wgpu
>>> pipe = ddim_wgpu.Pipeline.from_pretrained("digits", device="cpu")
>>> pipe(4, num_inference_steps=10, class_labels=[1, 2, 3, 4]).images.shape
(4, 28, 28, 1)

`Pipeline` samples, encodes and edits, and makes a `Runner` of what is sampled again and again; `Model`
reads model directories and exports PyTorch modules; `DDIMScheduler` takes the place of diffusers' own;
`noise` is the noise of all of them; `devices` lists what computes, and `verify` checks it.
"""

from __future__ import annotations

import atexit

from . import _native
from ._native import DeviceError, ModelError, Stopped, __version__, bundled_models
from .devices import devices, verify
from .model import Model
from .noise import noise
from .outputs import DDIMSchedulerOutput, Encoding, PipelineOutput
from .pipeline import Pipeline
from .runner import Runner
from .scheduler import DDIMScheduler

__all__ = [
    "DDIMScheduler",
    "DDIMSchedulerOutput",
    "DeviceError",
    "Encoding",
    "Model",
    "ModelError",
    "Pipeline",
    "PipelineOutput",
    "Runner",
    "Stopped",
    "__version__",
    "bundled_models",
    "devices",
    "noise",
    "verify",
]

# Before Python ends the daemon threads that may be sampling.
atexit.register(_native.close)
