"""Model directories: written whole or not at all."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from torch import Tensor


def scheduler_config(scheduler: Any) -> dict[str, Any]:
    """`scheduler_config.json` of a diffusers scheduler, or of a mapping with its keys."""
    if isinstance(scheduler, Mapping):
        return dict(scheduler)
    return json.loads(scheduler.to_json_string())


def config_text(config: Mapping[str, Any]) -> str:
    """JSON, an operation a line."""
    head = {key: value for key, value in config.items() if key != "ops"}
    lines = ",\n".join(f"  {json.dumps(op)}" for op in config["ops"])
    return json.dumps(head, indent=1).removesuffix("\n}") + f',\n "ops": [\n{lines}\n ]\n}}\n'


class Draft:
    """A model directory beside the place where it is to be, until it has been checked."""

    def __init__(self, directory: str | Path) -> None:
        self._directory = Path(directory)
        self._directory.parent.mkdir(parents=True, exist_ok=True)
        self._draft = Path(tempfile.mkdtemp(prefix=".export-", dir=self._directory.parent))

    def __enter__(self) -> Draft:
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._draft, ignore_errors=True)

    def write(
        self, config: Mapping[str, Any], tensors: Mapping[str, Tensor], scheduler: Mapping[str, Any]
    ) -> None:
        """Writes the three files."""
        (self._draft / "config.json").write_text(config_text(config))
        (self._draft / "scheduler_config.json").write_text(json.dumps(scheduler, indent=2) + "\n")
        save_file(dict(tensors), self._draft / "model.safetensors")

    def read(self) -> tuple[dict[str, Any], dict[str, Tensor]]:
        """What another program would read."""
        return json.loads((self._draft / "config.json").read_text()), load_file(
            self._draft / "model.safetensors"
        )

    def publish(self) -> None:
        """Moves the files to their place."""
        self._directory.mkdir(exist_ok=True)
        for file in self._draft.iterdir():
            file.replace(self._directory / file.name)
