"""Schedulers as the text of diffusers' `scheduler_config.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np


def config_text(scheduler: Any) -> str:
    """The JSON of a scheduler.

    Parameters
    ----------
    scheduler
        A mapping with the keys of a `scheduler_config.json`, or a scheduler of diffusers or of this
        package.

    Raises
    ------
    TypeError
        If it is none of these.
    """
    if isinstance(scheduler, Mapping):
        return json.dumps(dict(scheduler), default=_plain)
    if hasattr(scheduler, "to_json_string"):
        text: str = scheduler.to_json_string()
        return text
    raise TypeError(
        f"a scheduler is a mapping or an object of diffusers, not {type(scheduler).__name__}"
    )


def _plain(value: Any) -> Any:
    """Arrays, of trained betas, as lists."""
    if hasattr(value, "tolist"):
        return np.asarray(value).tolist()
    raise TypeError(f"{type(value).__name__} in a scheduler's configuration")


class SchedulerSettings(dict[str, Any]):
    """The keys of a `scheduler_config.json`, as items and as attributes."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None
