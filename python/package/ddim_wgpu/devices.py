"""What computes, and whether it computes right."""

from __future__ import annotations

import json
from typing import Any

from . import _native

__all__ = ["devices", "verify"]


def devices() -> list[dict[str, Any]]:
    """The devices that ``device=`` can name, the preferred first and the CPU engine last.

    Returns
    -------
    list of dict
        `index` (None for the engine), `name`, `backend`, `type`, `hardware_gpu`, and for GPUs
        `driver` and `driver_info`.
    """
    return _native.devices()


def verify(device: str = "auto") -> dict[str, Any]:
    """Compares the noise, every kernel and whole runs on a device with their twins on the CPU.

    Takes some seconds, on software drivers a minute and more; Ctrl-C takes effect at its end.

    Returns
    -------
    dict
        The report that `ddim verify --json` writes: `passed`, `checks`, `device`.
    """
    report: dict[str, Any] = json.loads(_native.verify(device))
    return report
