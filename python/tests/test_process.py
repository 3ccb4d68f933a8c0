"""Threads, forks, signals, and how long things take."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import ddim_wgpu
from ddim_wgpu import Pipeline


def run(program: str, **options: object) -> subprocess.CompletedProcess[str]:
    """A Python program of its own."""
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, **options
    )


def test_threads_sample_at_once(device: str) -> None:
    pipe = Pipeline.from_pretrained("digits", device=device)
    options = [{"num_inference_steps": 3 + n % 4, "eta": n / 8, "seed": n} for n in range(8)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda option: pipe(5, **option).samples, options))
    for samples, option in zip(found, options):
        assert np.array_equal(samples, pipe(5, **option).samples)


def test_the_gil_is_released(pipe: Pipeline) -> None:
    counted = 0
    done = threading.Event()

    def count() -> None:
        nonlocal counted
        while not done.is_set():
            counted += 1
            time.sleep(0.001)

    thread = threading.Thread(target=count)
    thread.start()
    started = time.monotonic()
    pipe(3000, 50)
    took = time.monotonic() - started
    done.set()
    thread.join()
    assert counted > took * 20, f"{counted} turns in {took:.1f} s"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_forks() -> None:
    before = run("""
import os, ddim_wgpu
pipe = ddim_wgpu.Pipeline.from_pretrained("digits", device="cpu")
child = os.fork()
pipe(2, 3)
if child == 0:
    os._exit(0)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
""")
    assert before.returncode == 0, before.stderr
    after = run("""
import os, ddim_wgpu
pipe = ddim_wgpu.Pipeline.from_pretrained("digits", device="cpu")
pipe(2, 3)
child = os.fork()
if child == 0:
    try:
        pipe(2, 3)
    except RuntimeError as error:
        os._exit(42 if "spawn" in str(error) else 1)
    os._exit(2)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 42
""")
    assert after.returncode == 0, after.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for one process")
def test_an_interruption_ends_a_run_within_a_second(device: str) -> None:
    program = f"""
import ddim_wgpu, os, signal, sys, threading, time
pipe = ddim_wgpu.Pipeline.from_pretrained("digits", device={device!r})
pipe(1, 1)
# A process in the background of a script starts with the signal ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
sent = []
def interrupt():
    sent.extend([time.monotonic(), time.process_time()])
    os.kill(os.getpid(), signal.SIGINT)
threading.Timer(2, interrupt).start()
try:
    pipe(200_000, 50, output_type="latent")
except KeyboardInterrupt:
    # The lesser, for machines that have other things to do.
    print(min(time.monotonic() - sent[0], time.process_time() - sent[1]))
    sys.exit(42)
"""
    ended = run(program)
    assert ended.returncode == 42, ended.stderr
    assert float(ended.stdout) < 1


def test_the_first_sample_comes_soon() -> None:
    """Import, load and sample, in whatever is less of time and of the processors' time."""
    program = """
import time
start = time.perf_counter()
import ddim_wgpu
ddim_wgpu.Pipeline.from_pretrained("digits", device="cpu")(1)
print(min(time.perf_counter() - start, time.process_time()))
"""
    best = min(float(run(program).stdout) for _ in range(3))
    assert best < 0.5, f"{best:.2f} s"


def test_changes_compile_nothing(device: str) -> None:
    if device == "cpu":
        pytest.skip("the engine compiles nothing")
    pipe = Pipeline.from_pretrained("digits", device=device)
    started = time.perf_counter()
    pipe(1, 1)
    first = time.perf_counter() - started
    for steps, eta, label in [(7, 0.0, 1), (2, 1.0, 2), (40, 0.5, 3)]:
        pipe(1, steps, eta, class_labels=label)
        started = time.perf_counter()
        pipe(1, 1, eta, class_labels=label)
        again = time.perf_counter() - started
        assert again < first, f"{again:.3f} s after {first:.3f} s"


def test_devices_end_with_the_engine() -> None:
    found = ddim_wgpu.devices()
    assert found[-1]["name"] == "cpu"
    assert [device["index"] for device in found[:-1]] == list(range(len(found) - 1))
