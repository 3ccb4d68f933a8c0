"""What a driver of Vulkan is asked for, counted by a layer between it and the loader."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import REPOSITORY

LAYER = "VK_LAYER_DDIM_fault"

#: Counts the calls since the last `count()` by what the layer has written.
COUNTING = """
import os, sys
import numpy, ddim_wgpu

log = open(os.environ["DDIM_FAULT_LOG"])

def count():
    names = log.read().split()
    return {name: names.count(name) for name in ("vkCreateComputePipelines", "vkQueueSubmit")}

pipe = ddim_wgpu.Pipeline.from_pretrained("digits", device=sys.argv[1])
"""


@pytest.fixture(scope="session")
def counted(device: str, tmp_path_factory: pytest.TempPathFactory) -> Counted:
    """Runs programs on the driver, with the layer in between."""
    if device == "cpu":
        pytest.skip("the engine compiles and submits nothing")
    if sys.platform != "linux" or shutil.which("rustc") is None:
        pytest.skip("the layer is built by rustc, for Linux's loader")
    folder = tmp_path_factory.mktemp("layer")
    library = folder / "libddim_fault.so"
    words = ["rustc", "--edition", "2024", "--crate-type", "cdylib", "-O", "-o", str(library)]
    subprocess.run([*words, str(REPOSITORY / "scripts/faults/layer.rs")], check=True)
    manifest = {
        "name": LAYER,
        "type": "GLOBAL",
        "library_path": str(library),
        "api_version": "1.3.0",
        "implementation_version": "1",
        "description": "Writes down calls",
    }
    (folder / "ddim_fault.json").write_text(
        json.dumps({"file_format_version": "1.1.2", "layer": manifest})
    )
    return Counted(device, folder)


class Counted:
    """Programs on a driver whose calls are written down."""

    def __init__(self, device: str, folder: Path) -> None:
        self._device, self._folder = device, folder

    def run(self, program: str) -> None:
        """Runs a program after `COUNTING`; what it asserts has to hold."""
        log = self._folder / "log"
        log.write_text("")
        layer = {
            "VK_LAYER_PATH": str(self._folder),
            "VK_INSTANCE_LAYERS": LAYER,
            # Mesa's own layer would choose among devices, and list them otherwise.
            "NODEVICE_SELECT": "1",
            "DDIM_FAULT_LOG": str(log),
        }
        ended = subprocess.run(
            [sys.executable, "-c", COUNTING + program, self._device],
            env={**os.environ, **layer},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr


def test_changes_compile_nothing(counted: Counted) -> None:
    counted.run("""
pipe(3, 4)
assert count()["vkCreateComputePipelines"] > 0, "the first run compiles, and that is seen"
for options in [
    {"num_inference_steps": 9},
    {"eta": 1.0},
    {"eta": 0.5, "num_inference_steps": 2},
    {"class_labels": 3},
    {"class_labels": "all"},
    {"class_labels": [1, 2, 3]},
    {"class_labels": 5, "guidance_scale": 1.5},
    {"seed": 4, "sample_offset": 7},
    {"batch_size": 5},
    {"spacing": "trailing", "clip": "none"},
]:
    pipe(**{"batch_size": 3, "num_inference_steps": 4, **options})
    found = count()
    assert found["vkCreateComputePipelines"] == 0, (options, found)
    assert found["vkQueueSubmit"] > 0, (options, found)
""")


def test_pipelines_and_threads_share_what_is_compiled(counted: Counted) -> None:
    counted.run("""
import threading
pipe(3, 4)
count()
threads = [threading.Thread(target=pipe, args=(3, 4 + n, n / 4)) for n in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
list(pipe.stream(6, part_size=2, num_inference_steps=3))
pipe.interpolate(3, num_inference_steps=3)
pipe(3, 4, callback_on_step_end=lambda *_: None)
assert count()["vkCreateComputePipelines"] == 0
""")


def test_states_cost_submissions_where_they_are_asked_for(counted: Counted) -> None:
    # A network that takes a row in a fraction of a millisecond, so that none waits for the clock.
    counted.run(f"""
pipe = ddim_wgpu.Pipeline.from_pretrained({str(REPOSITORY / "models" / "dino")!r}, device=sys.argv[1])
ROWS = 24

def once(steps, options):
    pipe(3, steps, **options)
    return count()["vkQueueSubmit"]

def submitted(steps=ROWS, **options):
    # A driver that is kept waiting gets its rows in more submissions: the fewest are a run's own.
    return min(once(steps, options) for _ in range(9))

submitted()
alone = submitted()
assert submitted(progress=lambda done, total: None) == alone, "progress costs nothing"
for every in (1, 4, 8, ROWS):
    shown = []
    cost = submitted(callback_on_step_end=lambda *_: shown.append(1), callback_steps=every)
    states = ROWS // every
    assert len(shown) == 9 * states
    # What is between two states costs what it costs as a run of its own, whose end is read too; the
    # end of all is read once more.
    assert cost <= states * submitted(every) + 2, (every, cost, submitted(every))
    if every > ROWS // 4:
        assert cost - alone < ROWS - states, "steps that nobody looks at"
""")
