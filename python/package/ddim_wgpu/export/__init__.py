"""Exports PyTorch denoisers as model directories of the `layers` network format.

Needs PyTorch, safetensors and Python 3.10 or later.
"""

from __future__ import annotations

from .errors import ExportError, Unsupported
from .exporting import export

__all__ = ["ExportError", "Unsupported", "export"]
