"""What every test has. The package is the installed one."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

import ddim_wgpu

# For `make_networks` and `third_party`, behind what is installed.
sys.path.append(str(Path(__file__).resolve().parent.parent))

REPOSITORY = Path(__file__).resolve().parent.parent.parent


def software_driver() -> str | None:
    """The index of a Vulkan driver that computes on the CPU, if there is one."""
    found = (
        device
        for device in ddim_wgpu.devices()
        if device["type"] == "software" and device["backend"] == "vulkan"
    )
    device = next(found, None)
    return None if device is None else str(device["index"])


@pytest.fixture(params=["cpu", "driver"], scope="session")
def device(request: pytest.FixtureRequest) -> str:
    """The CPU engine, and a driver of Vulkan."""
    if request.param == "cpu":
        return "cpu"
    name = software_driver()
    if name is None:
        pytest.skip("there is no software driver of Vulkan: apt install mesa-vulkan-drivers")
    return name


@pytest.fixture(scope="session")
def pipe() -> ddim_wgpu.Pipeline:
    """The bundled model on the CPU engine."""
    return ddim_wgpu.Pipeline.from_pretrained("digits", device="cpu")


@pytest.fixture(scope="session")
def ddim() -> str:
    """The command: that of cargo, if DDIM names it, else the package's."""
    command = os.environ.get("DDIM") or shutil.which("ddim", path=str(Path(sys.executable).parent))
    assert command is not None, "the package installs `ddim`"
    return command
