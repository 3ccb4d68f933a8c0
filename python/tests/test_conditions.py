"""Networks of the `layers` format: vectors for each sample, and schedulers that keep the network's wrapping."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from conftest import REPOSITORY

from ddim_wgpu import Model, Pipeline

NETWORKS = REPOSITORY / "tests" / "data" / "networks"


def test_conditions_are_the_commands(ddim: str, tmp_path: Path) -> None:
    network = NETWORKS / "diffusion-ql-mlp"
    pipe = Pipeline(network, device="cpu")
    assert pipe.model.conditions == {"condition": 11}
    vectors = np.random.default_rng(5).standard_normal((4, 11)).astype(np.float32)
    np.save(tmp_path / "vectors.npy", vectors)
    words = [ddim, "-q", "sample", "--model", str(network), "--device", "cpu", "--steps", "5"]
    words += ["--condition", f"condition={tmp_path}/vectors.npy", "--samples-per-condition", "3"]
    subprocess.run([*words, "--output", str(tmp_path / "samples.npy")], check=True)
    found = pipe(num_inference_steps=5, condition={"condition": vectors}, samples_per_condition=3)
    assert found.samples.shape == (12, 3)
    assert np.array_equal(found.samples, np.load(tmp_path / "samples.npy"))
    assert np.array_equal(found.images, found.samples), "what is no image stays as it is"
    parts = pipe.stream(
        12,
        part_size=5,
        num_inference_steps=5,
        condition={"condition": vectors},
        samples_per_condition=3,
    )
    assert np.array_equal(np.concatenate([part.samples for part in parts]), found.samples)


def test_conditions_that_do_not_fit() -> None:
    pipe = Pipeline(NETWORKS / "diffusion-ql-mlp", device="cpu")
    for condition, message in [
        (None, "needs the condition"),
        ({"state": np.zeros((2, 11))}, "no condition `state`"),
        ({"condition": np.zeros((2, 10))}, r"must be \[N, 11\]"),
        ({"condition": np.zeros((1, 11))}, "1 rows"),
    ]:
        with pytest.raises(ValueError, match=message):
            pipe(2, 3, condition=condition)
    with pytest.raises(ValueError, match='"pil"'):
        pipe(2, 3, condition={"condition": np.zeros((2, 11))}, output_type="pil")


def test_another_scheduler_keeps_the_networks_wrapping() -> None:
    """The network is told ln σ and returns noise of VE: what says so is in its `config.json`."""
    network = NETWORKS / "smalldiffusion-timeinputmlp"
    own = Pipeline(network, device="cpu")(3, 5, seed=1).samples
    text = (network / "scheduler_config.json").read_text()

    again = Pipeline(Model.from_pretrained(network), json.loads(text), device="cpu")(3, 5, seed=1)
    assert np.array_equal(again.samples, own)
