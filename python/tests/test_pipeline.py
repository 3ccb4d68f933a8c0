"""What a pipeline makes: the command's bits, diffusers' shapes, and the same in parts."""

from __future__ import annotations

import inspect
import re
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ddim_wgpu
from ddim_wgpu import Pipeline


def by_command(ddim: str, device: str, tmp_path: Path, *options: str) -> np.ndarray:
    """What the command writes."""
    output = tmp_path / "samples.npy"
    subprocess.run(
        [ddim, "--quiet", "sample", "--device", device, "--output", str(output), *options],
        check=True,
    )
    return np.load(output)


CASES: list[tuple[list[str], dict[str, Any]]] = [
    (["--count", "5"], {"batch_size": 5, "num_inference_steps": 50}),
    (
        [
            *("--count", "4", "--steps", "5", "--eta", "1", "--clip", "1", "--rederive-epsilon"),
            *("--clip-noise", "0.8", "--clip-epsilon", "0.9", "--clip-final", "0.5"),
        ],
        {
            "batch_size": 4,
            "num_inference_steps": 5,
            "eta": 1.0,
            "clip": 1.0,
            "rederive_epsilon": True,
            "clip_noise": 0.8,
            "clip_epsilon": 0.9,
            "clip_final": 0.5,
        },
    ),
    (
        [
            "--count",
            "7",
            "--steps",
            "9",
            "--seed",
            "42",
            "--class",
            "all",
            "--guidance",
            "1.5",
            "--eta",
            "0.7",
        ],
        {
            "batch_size": 7,
            "num_inference_steps": 9,
            "seed": 42,
            "class_labels": "all",
            "guidance_scale": 1.5,
            "eta": 0.7,
        },
    ),
    (
        [
            "--count",
            "3",
            "--steps",
            "6",
            "--sampler",
            "dpmpp-2m",
            "--spacing",
            "trailing",
            "--class",
            "4",
            "--sample-offset",
            "11",
            "--clip",
            "none",
        ],
        {
            "batch_size": 3,
            "num_inference_steps": 6,
            "sampler": "dpmpp-2m",
            "spacing": "trailing",
            "class_labels": 4,
            "sample_offset": 11,
            "clip": "none",
        },
    ),
]


@pytest.mark.parametrize(("options", "arguments"), CASES)
def test_samples_are_the_commands_to_the_bit(
    device: str, ddim: str, tmp_path: Path, options: list[str], arguments: dict[str, Any]
) -> None:
    expected = by_command(ddim, device, tmp_path, *options)
    found = Pipeline.from_pretrained("digits", device=device)(**arguments)
    assert found.samples.dtype == np.float32
    assert np.array_equal(found.samples, expected)


def named(parameter: str) -> list[str]:
    """The names that a parameter of a pipeline's call is documented to take."""
    text = inspect.getdoc(Pipeline.__call__)
    assert text is not None
    described = re.search(rf"^{parameter}.*\n((?:    .*\n)+)", text, re.M)
    assert described is not None
    return re.findall(r'``"([\w-]+)"``', described[1])


@pytest.mark.parametrize("sampler", named("sampler"))
def test_samplers_are_the_commands(pipe: Pipeline, ddim: str, tmp_path: Path, sampler: str) -> None:
    words = ["--count", "3", "--steps", "6", "--sampler", sampler, "--class", "5"]
    expected = by_command(ddim, "cpu", tmp_path, *words)
    found = pipe(3, 6, sampler=sampler, class_labels=5).samples
    assert np.array_equal(found, expected)


def test_the_commands_names_are_documented(ddim: str) -> None:
    said = subprocess.run([ddim, "sample", "--help"], capture_output=True, text=True, check=True)
    samplers = re.search(r"--sampler <SAMPLER>.*?\n\n.*?\n\n", said.stdout, re.S)
    spacings = re.search(r"--spacing <SPACING>.*?possible values: (.*?)\]", said.stdout, re.S)
    assert samplers is not None
    assert spacings is not None
    assert re.findall(r"- ([\w-]+):", samplers[0]) == named("sampler")
    assert spacings[1].split(", ") == named("spacing")


def test_encoding_and_editing_are_the_commands_to_the_bit(
    pipe: Pipeline, ddim: str, tmp_path: Path
) -> None:
    data, mask = tmp_path / "data.npy", tmp_path / "mask.npy"
    digits = pipe(3, 10, class_labels=7).samples
    np.save(data, digits)
    keep = np.ones_like(digits)
    keep[..., :14, :] = 0
    np.save(mask, keep)
    steps = ["--steps", "8", "--device", "cpu"]
    for convention in ("paper", "diffusers", "fixed-point"):
        output = tmp_path / "latents.npy"
        words = [ddim, "-q", "encode", "--input", str(data), "--convention", convention]
        subprocess.run([*words, *steps, "--output", str(output)], check=True)
        found = pipe.encode(digits, 8, convention=convention)
        assert np.array_equal(found.latents, np.load(output)), convention
        assert (found.residuals is not None) == (convention == "fixed-point")
    edits = ["--count", "3", "--steps", "8", "--init-image", str(data)]
    expected = by_command(ddim, "cpu", tmp_path, *edits, "--strength", "0.5")
    assert np.array_equal(pipe(3, 8, image=digits, strength=0.5).samples, expected)
    expected = by_command(ddim, "cpu", tmp_path, *edits, "--mask", str(mask))
    found = pipe(3, 8, image=digits, mask=keep).samples
    assert np.array_equal(found, expected)
    assert np.array_equal(found[..., :14, :], digits[..., :14, :]), "what is kept is kept"


def test_interpolation_is_the_commands(pipe: Pipeline, ddim: str, tmp_path: Path) -> None:
    output = tmp_path / "way.npy"
    words = [
        "-q",
        "interpolate",
        "--from",
        "3",
        "--to",
        "8",
        "--count",
        "4",
        "--seed",
        "6",
        "--steps",
        "5",
        "--class",
        "2",
        "--device",
        "cpu",
    ]
    subprocess.run([ddim, *words, "--output", str(output)], check=True)
    found = pipe.interpolate(4, between=(3, 8), seed=6, num_inference_steps=5, class_labels=2)
    assert np.array_equal(found.samples, np.load(output))


def test_images_are_as_diffusers_has_them(pipe: Pipeline) -> None:
    output = pipe(4, 5, class_labels=[1, 2, 3, 4])
    assert output.images.shape == (4, 28, 28, 1)
    expected = (output.samples / 2 + 0.5).clip(0, 1).transpose(0, 2, 3, 1)
    assert np.array_equal(output.images, expected)
    assert output[0] is output.images
    assert pipe(1, 5, return_dict=False)[0].shape == (1, 28, 28, 1)
    assert pipe(2, 5, output_type="latent").images.shape == (2, 1, 28, 28)
    assert pipe(num_inference_steps=5).samples.shape == (1, 1, 28, 28)


def test_pictures_of_pillow(pipe: Pipeline) -> None:
    pytest.importorskip("PIL")
    pictures = pipe(2, 5, output_type="pil", class_labels=3).images
    assert [picture.size for picture in pictures] == [(28, 28)] * 2
    assert pictures[0].mode == "L"


def test_parts_are_the_whole(pipe: Pipeline) -> None:
    classes = np.arange(11) % 10
    latents = ddim_wgpu.noise(11, (1, 28, 28), seed=9)
    whole = pipe(11, 5, eta=1.0, seed=2, class_labels=classes, latents=latents).samples
    parts = list(
        pipe.stream(
            11,
            part_size=4,
            num_inference_steps=5,
            eta=1.0,
            seed=2,
            class_labels=classes,
            latents=latents,
        )
    )
    assert [part.first for part in parts] == [0, 4, 8]
    assert np.array_equal(np.concatenate([part.samples for part in parts]), whole)
    assert np.array_equal(
        pipe(3, 5, sample_offset=8, seed=4).samples, pipe(11, 5, seed=4).samples[8:]
    )


def test_a_stream_is_checked_when_it_is_asked_for(pipe: Pipeline) -> None:
    with pytest.raises(ValueError, match="class 10"):
        pipe.stream(5, class_labels=10)
    with pytest.raises(TypeError, match="nonsense"):
        pipe.stream(5, nonsense=1)


def test_noise_is_what_a_run_starts_from(pipe: Pipeline, device: str) -> None:
    latents = ddim_wgpu.noise(6, (1, 28, 28), seed=5, sample_offset=3, device=device)
    started = pipe(6, 5, latents=latents).samples
    assert np.array_equal(started, pipe(6, 5, seed=5, sample_offset=3).samples)
    assert ddim_wgpu.noise(2, 8).shape == (2, 8)


def test_callbacks_see_the_steps_they_ask_for(device: str) -> None:
    pipe = Pipeline.from_pretrained("digits", device=device)
    seen: list[tuple[int, float, np.ndarray]] = []

    def look(_: Pipeline, step: int, timestep: float, told: dict[str, Any]) -> dict[str, Any]:
        seen.append((step, timestep, told["latents"]))
        return told

    output = pipe(3, 6, seed=1, callback_on_step_end=look, callback_steps=4)
    assert [step for step, _, _ in seen] == [3, 5]
    assert np.array_equal(seen[-1][2], output.samples)
    assert np.array_equal(output.samples, pipe(3, 6, seed=1).samples), "looking changes nothing"
    seen.clear()
    pipe(1, 6, callback_on_step_end=look)
    timesteps = [timestep for _, timestep, _ in seen]
    assert len(timesteps) == 6
    assert timesteps == sorted(timesteps, reverse=True)


def test_callbacks_stop_a_run(pipe: Pipeline) -> None:
    def interrupt(pipeline: Pipeline, step: int, _: float, told: dict[str, Any]) -> dict[str, Any]:
        pipeline._interrupt = step == 2
        return told

    stopped = pipe(2, 6, callback_on_step_end=interrupt).samples
    states: list[np.ndarray] = []
    pipe(2, 6, callback_on_step_end=lambda _p, _s, _t, told: states.append(told["latents"]))
    assert np.array_equal(stopped, states[2])

    class Own(Exception):
        pass

    def fail(*_: object) -> None:
        raise Own

    with pytest.raises(Own):
        pipe(2, 6, callback_on_step_end=fail)
    with pytest.raises(Own):
        pipe(2000, 50, progress=fail)
    with pytest.raises(ddim_wgpu.Stopped):
        pipe(2000, 50, progress=lambda _done, _total: False)
    with pytest.raises(ValueError, match="cannot be replaced"):
        pipe(2, 6, callback_on_step_end=lambda _p, _s, _t, told: {"latents": told["latents"] + 1})
    assert pipe(2, 6).samples.shape == (2, 1, 28, 28), "the pipeline serves on"


def test_a_callback_may_sample(pipe: Pipeline) -> None:
    inner: list[np.ndarray] = []

    def nested(pipeline: Pipeline, *_: object) -> None:
        inner.append(pipeline(1, 3, seed=8).samples)

    pipe(2, 4, callback_on_step_end=nested)
    assert len(inner) == 4
    assert np.array_equal(inner[0], pipe(1, 3, seed=8).samples)


def test_progress_reaches_its_total(pipe: Pipeline) -> None:
    told: list[tuple[int, int]] = []
    pipe(20, 10, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (200, 200)
    pytest.importorskip("tqdm")
    pipe(20, 10, progress=True)


def test_schedulers_are_dicts_and_objects() -> None:
    model = ddim_wgpu.Model.from_pretrained("digits")
    own = Pipeline(model, device="cpu")(3, 5).samples
    config = {
        "prediction_type": "sample",
        "beta_schedule": "squaredcos_cap_v2",
        "timestep_spacing": "trailing",
        "trained_betas": np.linspace(1e-4, 0.02, 1000),
        "_class_name": "DDIMScheduler",
    }
    other = Pipeline(model, config, device="cpu")(3, 5).samples
    assert not np.array_equal(own, other)
    scheduler = ddim_wgpu.DDIMScheduler.from_config(config)
    assert np.array_equal(Pipeline(model, scheduler, device="cpu")(3, 5).samples, other)
    with pytest.raises(TypeError, match="a scheduler is"):
        Pipeline(model, 5)
    with pytest.raises(ValueError, match="nonsense"):
        Pipeline(model, {"beta_schedule": "nonsense"})


def test_models_say_what_they_are() -> None:
    model = ddim_wgpu.Model.from_pretrained("digits")
    assert (model.name, model.sample_shape, model.num_classes) == ("digits", (1, 28, 28), 10)
    assert model.conditions == {}
    assert "digits" in ddim_wgpu.bundled_models()
    assert "digits" in repr(model)


def test_verify_reports(device: str) -> None:
    if device != "cpu":
        pytest.skip("minutes on a software driver; `ddim verify` has tests of its own")
    report = ddim_wgpu.verify(device)
    assert report["passed"]
    assert report["noise_hash"] == "0x1AB4A1B9413780C0"
