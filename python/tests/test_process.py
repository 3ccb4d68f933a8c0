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


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_fork_of_a_sampling_process_ends() -> None:
    ended = run("""
import os, sys, threading, ddim_wgpu
pipe = ddim_wgpu.Pipeline.from_pretrained("digits", device="cpu")
started = threading.Event()
threading.Thread(
    target=pipe, args=(100_000, 50), kwargs={"progress": lambda *_: started.set()}, daemon=True
).start()
started.wait()
child = os.fork()
if child == 0:
    sys.exit(42)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 42
""")
    assert ended.returncode == 0, ended.stderr


#: What takes longer than anybody waits, in daemon threads.
LONG = [
    "pipe(200_000, 50, progress=told)",
    "pipe(20_000, 1000, progress=told, callback_on_step_end=told)",
    "pipe.encode(data, 1000, convention='fixed-point', progress=told)",
    "told(), ddim_wgpu.noise(500_000, 784)",
    "told(), [pipe(1, 3) for _ in range(1_000_000)]",
    "told(), [ddim_wgpu.noise(1, 3) for _ in range(100_000_000)]",
]


@pytest.mark.parametrize("call", LONG)
def test_a_process_ends_while_daemon_threads_compute(device: str, call: str) -> None:
    ended = run(f"""
import threading, numpy, ddim_wgpu
pipe = ddim_wgpu.Pipeline.from_pretrained("digits", device={device!r})
data = numpy.zeros((2_000, 1, 28, 28), numpy.float32)
started = threading.Event()
def told(*_):
    started.set()
def compute():
    {call}
for _ in range(2):
    threading.Thread(target=compute, daemon=True).start()
started.wait()
print("ends")
""")
    assert (ended.returncode, ended.stdout) == (0, "ends\n"), ended.stderr


@pytest.mark.parametrize("turn", range(12))
def test_a_process_ends_while_a_daemon_thread_begins(turn: int) -> None:
    """Between the first call and what it waits for, a little later each turn."""
    ended = run(f"""
import threading, time, ddim_wgpu
pipe = ddim_wgpu.Pipeline.from_pretrained("digits", device="cpu")
started = threading.Event()
def compute():
    started.set()
    while True:
        pipe(1, 1)
for _ in range(2):
    threading.Thread(target=compute, daemon=True).start()
started.wait()
time.sleep({turn} * 1e-4)
""")
    assert ended.returncode == 0, (ended.returncode, ended.stderr)


#: What runs until it is interrupted.
INTERRUPTED = [
    "pipe(200_000, 50, output_type='latent')",
    "pipe(20_000, 1000, callback_on_step_end=lambda *_: None, callback_steps=500)",
    "pipe.encode(data, 1000, convention='fixed-point', tolerance=0.0)",
    "list(pipe.stream(10_000_000, part_size=100_000))",
    "any(ddim_wgpu.noise(500_000, 784, device=pipe.device) is None for _ in range(1000))",
    "pipe.runner(200_000, 50)()",
    "any(len(ddim_wgpu.Pipeline(model, device=pipe.device).runner(1, 1)()) == 0 for _ in range(1000))",
    "[ddim_wgpu.verify(pipe.device) for _ in range(1000)]",
]


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for one process")
@pytest.mark.parametrize("call", INTERRUPTED)
def test_an_interruption_ends_a_run_within_a_second(device: str, call: str) -> None:
    program = f"""
import ddim_wgpu, numpy, os, signal, sys, threading, time
pipe = ddim_wgpu.Pipeline.from_pretrained("digits", device={device!r})
model = pipe.model
data = numpy.zeros((1_000, 1, 28, 28), numpy.float32)
pipe(1, 1)
# A process in the background of a script starts with the signal ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
sent = []
def interrupt():
    sent.extend([time.monotonic(), time.process_time()])
    os.kill(os.getpid(), signal.SIGINT)
threading.Timer(2, interrupt).start()
try:
    {call}
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


def test_devices_end_with_the_engine() -> None:
    found = ddim_wgpu.devices()
    assert found[-1]["name"] == "cpu"
    assert [device["index"] for device in found[:-1]] == list(range(len(found) - 1))
