"""What does not fit: an exception of a documented type, before anything is computed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import ddim_wgpu
from ddim_wgpu import Pipeline

SHAPE = (2, 1, 28, 28)

WRONG: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"latents": np.zeros((2, 784), np.float32)}, ValueError, "latents are of shape"),
    ({"latents": np.zeros((2, 28, 28, 1), np.float32)}, ValueError, "must be"),
    ({"latents": np.zeros((), np.float32)}, ValueError, "a single number"),
    ({"latents": np.zeros((3, 1, 28, 28), np.float32)}, ValueError, "3 latents"),
    ({"latents": np.zeros(SHAPE, np.int64)}, TypeError, "int64"),
    ({"latents": np.zeros(SHAPE, np.complex64)}, TypeError, "complex64"),
    ({"latents": np.full(SHAPE, np.nan, np.float32)}, ValueError, "finite"),
    ({"latents": "noise"}, TypeError, "latents"),
    ({"latents": [[object()], [object()]]}, TypeError, "latents"),
    ({"batch_size": 0}, ValueError, "at least one"),
    ({"batch_size": -1}, ValueError, "at least 0"),
    ({"batch_size": 2.0}, TypeError, "whole number"),
    ({"batch_size": True}, TypeError, "whole number"),
    ({"batch_size": 1 << 62}, ValueError, "more than can be addressed"),
    ({"num_inference_steps": 0}, ValueError, "step"),
    ({"num_inference_steps": 1001}, ValueError, "1001"),
    ({"eta": -1.0}, ValueError, "eta"),
    ({"eta": float("nan")}, ValueError, "eta"),
    ({"seed": -1}, ValueError, "seed"),
    ({"seed": 1 << 64}, ValueError, "64 bits"),
    ({"class_labels": 10}, ValueError, "class 10"),
    ({"class_labels": -1}, ValueError, "classes count from 0"),
    ({"class_labels": 1 << 40}, ValueError, "32 bits"),
    ({"class_labels": 1 << 80}, TypeError, "whole"),
    ({"num_inference_steps": 1 << 70}, ValueError, "64 bits"),
    ({"sample_offset": (1 << 64) - 1}, ValueError, "more than can be addressed"),
    ({"eta": "some"}, ValueError, "some"),
    ({"sampler": 5}, TypeError, "str"),
    ({"timesteps": [900.5]}, TypeError, "timesteps"),
    ({"class_labels": [1, 2, 3]}, ValueError, "3 classes for 2"),
    ({"class_labels": 1.5}, TypeError, "whole"),
    ({"class_labels": "every"}, ValueError, "every"),
    ({"guidance_scale": 2.0}, ValueError, "needs a class"),
    ({"guidance_scale": float("inf"), "class_labels": 1}, ValueError, "finite"),
    ({"condition": {"text": np.zeros((2, 3), np.float32)}}, ValueError, "text"),
    ({"condition": np.zeros((2, 3), np.float32)}, TypeError, "give a mapping"),
    ({"condition": [("text", np.zeros((2, 3)))]}, TypeError, "give a mapping"),
    ({"samples_per_condition": 0}, ValueError, "at least 1"),
    ({"sigmas": [0.5]}, ValueError, "sigmas"),
    ({"sigmas": 0.5}, TypeError, "iterable"),
    ({"clip": 0.0}, ValueError, "clip"),
    ({"clip_noise": -1.0}, ValueError, "noise"),
    ({"final_level": "last"}, ValueError, "last"),
    ({"callback_on_step_end": lambda *_: [1]}, TypeError, "returned a list"),
    ({"progress": lambda: None}, TypeError, "positional"),
    ({"progress": "yes"}, TypeError, "give True, False or a function"),
    ({"sampler": "euler"}, ValueError, "euler"),
    ({"spacing": "dense"}, ValueError, "dense"),
    ({"timesteps": [5, 7]}, ValueError, "timestep"),
    ({"clip": "some"}, ValueError, "clip"),
    ({"final_level": "last"}, ValueError, "last"),
    ({"strength": 0.5}, ValueError, "image"),
    ({"image": np.zeros(SHAPE, np.float32), "strength": 0.0}, ValueError, "strength"),
    ({"mask": np.zeros(SHAPE, np.float32)}, ValueError, "image"),
    (
        {"image": np.zeros(SHAPE, np.float32), "mask": np.full(SHAPE, 2, np.float32)},
        ValueError,
        "mask",
    ),
    ({"output_type": "jpeg"}, ValueError, "jpeg"),
    ({"device": "no such device"}, ddim_wgpu.DeviceError, "no such device"),
    ({"device": 0}, TypeError, "device"),
    ({"callback_on_step_end": print, "callback_steps": 0}, ValueError, "callback_steps"),
    ({"generator": 5}, TypeError, "generator"),
    (
        {"generator": np.random.default_rng(), "latents": np.zeros(SHAPE, np.float32)},
        ValueError,
        "exclude",
    ),
]


@pytest.mark.parametrize(("arguments", "error", "message"), WRONG)
def test_what_does_not_fit_is_refused(
    pipe: Pipeline, arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        pipe(**{"batch_size": 2, "num_inference_steps": 3, **arguments})


def test_arrays_on_other_devices_are_refused(pipe: Pipeline) -> None:
    class OnGpu:
        """What CuPy and others have, with DLPack's number for CUDA."""

        shape = SHAPE

        def __dlpack_device__(self) -> tuple[int, int]:
            return (2, 0)

        def __dlpack__(self, **_: object) -> None:
            raise AssertionError("nobody should ask")

    with pytest.raises(TypeError, match="move them to the CPU"):
        pipe(2, 3, latents=OnGpu())

    class Lent(OnGpu):
        """Memory of the CPU's that is lent by DLPack."""

        values = ddim_wgpu.noise(2, SHAPE[1:], seed=1)

        def __dlpack_device__(self) -> tuple[int, int]:
            return self.values.__dlpack_device__()

        def __dlpack__(self, **options: Any) -> Any:
            return self.values.__dlpack__(**options)

    assert np.array_equal(pipe(2, 3, latents=Lent()).samples, pipe(2, 3, seed=1).samples)


def test_other_layouts_and_types_are_the_same_values(pipe: Pipeline) -> None:
    latents = ddim_wgpu.noise(2, (1, 28, 28), seed=3)
    expected = pipe(2, 3, latents=latents).samples
    frozen = latents.copy()
    frozen.flags.writeable = False
    strided = np.empty((2, 1, 28, 56), np.float32)[..., ::2]
    strided[...] = latents
    backwards = np.ascontiguousarray(latents[::-1])[::-1]
    for same in (
        frozen,
        strided,
        backwards,
        np.asfortranarray(latents),
        latents.astype(np.float64),
        latents.astype(">f4"),
        latents.tolist(),
        memoryview(latents),
    ):
        assert np.array_equal(pipe(2, 3, latents=same).samples, expected)
    assert np.array_equal(latents, ddim_wgpu.noise(2, (1, 28, 28), seed=3)), (
        "inputs are not changed"
    )


def test_memory_that_dlpack_cannot_lend(pipe: Pipeline) -> None:
    class Frozen:
        """What NumPy before 2.1 cannot take by DLPack, as read-only arrays of JAX's."""

        shape = SHAPE

        def __dlpack_device__(self) -> tuple[int, int]:
            return (1, 0)

        def __dlpack__(self, **_: object) -> None:
            raise BufferError("read-only")

        def __array__(self, *_: object, **__: object) -> np.ndarray:
            return ddim_wgpu.noise(2, SHAPE[1:], seed=1)

    assert np.array_equal(pipe(2, 3, latents=Frozen()).samples, pipe(2, 3, seed=1).samples)


def test_noise_that_cannot_be_made() -> None:
    assert ddim_wgpu.noise(2, np.int64(3)).shape == (2, 3)
    assert ddim_wgpu.noise(2, np.array([3, 4])).shape == (2, 3, 4)
    assert ddim_wgpu.noise(2, ()).shape == (2,)
    wrong: list[tuple[tuple[Any, ...], dict[str, Any], type[Exception], str]] = [
        ((0, 3), {}, ValueError, "nothing to make"),
        ((2, -1), {}, ValueError, "shape is -1"),
        ((2, (3, 0)), {}, ValueError, "nothing to make"),
        ((2, 1.5), {}, TypeError, "whole number"),
        ((2, 3), {"draw": 1 << 32}, ValueError, "32 bits"),
        ((1 << 40, 1 << 20), {}, MemoryError, "bytes"),
        ((1 << 40, 1 << 40), {}, ValueError, "addressed"),
        ((2, 3), {"device": "no such device"}, ddim_wgpu.DeviceError, "no such device"),
        ((2, 3), {"device": 0}, TypeError, "str"),
    ]
    for arguments, options, error, message in wrong:
        with pytest.raises(error, match=message):
            ddim_wgpu.noise(*arguments, **options)


def test_more_than_there_is_memory_for(pipe: Pipeline) -> None:
    with pytest.raises(MemoryError, match=r"Pipeline\.stream"):
        pipe(1 << 42, 1)


def test_encodings_that_do_not_fit(pipe: Pipeline) -> None:
    data = np.zeros(SHAPE, np.float32)
    wrong: list[tuple[dict[str, Any], type[Exception], str]] = [
        ({"image": np.zeros((2, 784), np.float32)}, ValueError, "must be"),
        ({"image": data.astype(int)}, TypeError, "int64"),
        ({"image": None}, TypeError, "data"),
        ({"convention": "own"}, ValueError, "own"),
        ({"tolerance": float("nan")}, ValueError, "tolerance"),
        ({"iterations": 0}, ValueError, "iterations"),
        ({"class_labels": 10}, ValueError, "class 10"),
    ]
    for options, error, message in wrong:
        with pytest.raises(error, match=message):
            pipe.encode(**{"image": data, "num_inference_steps": 3, **options})
    for options in ({"batch_size": 1}, {"between": (-1, 2)}, {"ends": data[:1]}):
        with pytest.raises(ValueError, match=r"at least|two are needed"):
            pipe.interpolate(**options)


def test_models_that_cannot_be_read(tmp_path: Any) -> None:
    with pytest.raises(ddim_wgpu.ModelError, match="bundled are"):
        ddim_wgpu.Model.from_pretrained("no/such/model")
    with pytest.raises(ddim_wgpu.ModelError, match=r"config\.json"):
        ddim_wgpu.Model.from_pretrained(tmp_path)
    assert issubclass(ddim_wgpu.ModelError, ValueError)
    assert issubclass(ddim_wgpu.DeviceError, RuntimeError)


def test_generators_draw_the_start(pipe: Pipeline) -> None:
    drawn = np.random.default_rng(4).standard_normal(SHAPE, dtype=np.float32)
    found = pipe(2, 3, generator=np.random.default_rng(4)).samples
    assert np.array_equal(found, pipe(2, 3, latents=drawn).samples)


def test_samples_own_their_memory(pipe: Pipeline) -> None:
    samples = pipe(2, 3).samples
    assert samples.flags.c_contiguous
    assert samples.flags.writeable
    shared = np.from_dlpack(samples)
    assert shared.__array_interface__["data"][0] == samples.__array_interface__["data"][0]
    assert memoryview(samples).nbytes == samples.nbytes
