"""Runs that are made again and again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from conftest import REPOSITORY

from ddim_wgpu import Pipeline, noise

POLICY = REPOSITORY / "tests" / "data" / "networks" / "diffusion-ql-mlp"


def test_calls_give_the_pipelines_samples(device: str) -> None:
    pipe = Pipeline.from_pretrained("digits", device=device)
    options: dict[str, Any] = {"class_labels": "all", "guidance_scale": 2.0, "eta": 0.5}
    for count in (1, 3, 70):
        runner = pipe.runner(count, 4, **options)
        assert runner.shape == (count, 1, 28, 28)
        for seed in (0, 7, 2**64 - 1):
            expected = pipe(count, 4, seed=seed, **options).samples
            assert np.array_equal(runner(seed=seed), expected)
        # As in the call before.
        assert np.array_equal(runner(), expected)


def test_conditions_and_latents_change(device: str) -> None:
    pipe = Pipeline.from_pretrained(POLICY, device=device)
    ((name, width),) = pipe.model.conditions.items()
    first, second = noise(2, width)[:, None]
    runner = pipe.runner(1, 5, eta=1.0, condition={name: first})
    for condition in (first, second, second.astype(np.float64), second[:, ::-1]):
        expected = pipe(1, 5, eta=1.0, condition={name: condition}).samples
        assert np.array_equal(runner(condition={name: condition}), expected)
    latents = noise(1, pipe.model.sample_shape, seed=5)
    expected = pipe(latents=latents, num_inference_steps=5, eta=1.0, condition={name: first})
    assert np.array_equal(runner(latents=latents, condition={name: first}), expected.samples)


def test_an_array_is_filled(pipe: Pipeline) -> None:
    runner = pipe.runner(2, 3)
    out = np.full(runner.shape, np.nan, np.float32)
    assert runner(out=out) is out
    assert np.array_equal(out, pipe(2, 3).samples)
    # A new one each time: one that was given stays as it was.
    kept = runner(seed=1)
    copy = kept.copy()
    runner(seed=2)
    assert np.array_equal(kept, copy)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"seed": -1}, ValueError),
        ({"seed": 2**64}, ValueError),
        ({"seed": 0.5}, TypeError),
        ({"latents": np.zeros((2, 28, 28), np.float32)}, ValueError),
        ({"latents": np.zeros((3, 1, 28, 28), np.float32)}, ValueError),
        ({"condition": {"state": np.zeros((2, 3), np.float32)}}, ValueError),
        ({"out": np.zeros((2, 784), np.float32)}, ValueError),
        ({"out": np.zeros((2, 1, 28, 28))}, TypeError),
        ({"out": np.zeros((2, 1, 28, 56), np.float32)[..., ::2]}, ValueError),
        ({"out": np.broadcast_to(np.float32(0), (2, 1, 28, 28))}, (TypeError, ValueError)),
    ],
)
def test_what_does_not_fit_is_refused(pipe: Pipeline, options: Any, error: Any) -> None:
    runner = pipe.runner(2, 3)
    with pytest.raises(error):
        runner(**options)
    assert np.array_equal(runner(seed=4), pipe(2, 3, seed=4).samples)


def test_conditions_that_do_not_fit_are_refused() -> None:
    pipe = Pipeline.from_pretrained(POLICY, device="cpu")
    ((name, width),) = pipe.model.conditions.items()
    with pytest.raises(ValueError, match=name):
        pipe.runner(1, 5)
    runner = pipe.runner(1, 5, condition={name: np.zeros((1, width), np.float32)})
    for shape in [(1, width + 1), (width,), (0, width)]:
        with pytest.raises(ValueError):
            runner(condition={name: np.zeros(shape, np.float32)})


def test_a_picture_is_not_to_be_had(pipe: Pipeline) -> None:
    with pytest.raises(TypeError, match="output_type"):
        pipe.runner(2, 3, output_type="pil")  # type: ignore[call-arg]


def test_one_thread_at_a_time(pipe: Pipeline) -> None:
    runner = pipe.runner(300, 50)
    with ThreadPoolExecutor(2) as pool:
        ends = [pool.submit(runner) for _ in range(2)]
        errors = [end.exception() for end in ends]
    refused = [error for error in errors if error is not None]
    assert all(isinstance(error, RuntimeError) for error in refused), errors
    assert len(refused) < 2, "one of them has the runner"
    assert np.array_equal(runner(), pipe(300, 50).samples)
