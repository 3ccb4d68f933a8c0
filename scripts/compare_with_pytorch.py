#!/usr/bin/env python3
"""Decodes random-weight models with `ddim` and with PyTorch in float64, and compares: for checking an installation, a new
kernel or a driver with more models than the test suite has.

    pip install -r tests/data/requirements.txt
    cargo build --release
    python scripts/compare_with_pytorch.py                                        # 20 random models, --device cpu
    python scripts/compare_with_pytorch.py --device llvmpipe --cases 100 --seed 7
    python scripts/compare_with_pytorch.py --shape 1 28 28 --hidden 512 --blocks 4 --activation silu --classes 10 --eta 1

What is not given is drawn at random, from --seed. The limit is 1e-4 of the largest value. A random network can be so
sensitive that no f32 sampler could promise that: where PyTorch in float32 is itself off by a quarter of the limit, the model
is shown but not counted. For η > 0 the noise comes from `ddim noise`. Exit status 1 where a model differs; --keep leaves its
directory for inspection.
"""

import argparse
import copy
import pathlib
import random
import subprocess
import sys
import tempfile

import numpy as np
import torch

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "data"))
import make_models  # noqa: E402
import reference  # noqa: E402

SHAPES = [[1], [2], [3], [5], [7], [16], [64], [1, 5, 5], [1, 8, 8], [3, 4, 6], [1, 28, 28]]
SCHEDULES = [{"beta_schedule": "linear"}, {"beta_schedule": "squaredcos_cap_v2"},
             {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012},
             {"beta_schedule": "linear", "num_train_timesteps": 250, "beta_start": 4e-4, "beta_end": 0.08}]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ddim", default=str(ROOT / "target/release/ddim"), help="the command to test")
    parser.add_argument("--device", default="cpu", help="passed on to it")
    parser.add_argument("--cases", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=9, help="samples of each model")
    parser.add_argument("--limit", type=float, default=1e-4, help="largest difference over largest value")
    parser.add_argument("--keep", action="store_true", help="leave the directories of models that differ")
    option = parser.add_argument_group("the models, drawn at random where not given").add_argument
    option("--shape", type=int, nargs="+")
    option("--hidden", type=int)
    option("--blocks", type=int)
    option("--activation", choices=list(reference.ACTIVATIONS))
    option("--dtype", choices=list(make_models.DTYPES))
    option("--classes", type=int, help="0: none")
    option("--guidance", type=float)
    option("--steps", type=int)
    option("--eta", type=float)
    option("--prediction", choices=["epsilon", "sample", "v_prediction"])
    option("--spacing", choices=["leading", "trailing", "linspace", "quadratic"])
    return parser.parse_args()


def random_case(rng, given):
    """One model and one run of it."""
    pick = lambda name, choices: rng.choice(choices) if getattr(given, name) is None else getattr(given, name)
    time_size, classes = rng.choice([2, 5, 16, 33, 64]), pick("classes", [0, 0, 1, 3, 10])
    # A shift of half the size or more leaves no frequencies to shift.
    shifts = [s for s in (0, 1) if s < time_size // 2]
    input_embedding = rng.choice([None, None, {"size": rng.choice([4, 7, 16]), "scale": rng.choice([1.0, 3.0, 10.0])}])
    config = {
        "architecture": "residual-mlp", "sample_shape": pick("shape", SHAPES),
        "hidden_size": pick("hidden", [1, 17, 64, 100, 128, 257]), "num_blocks": pick("blocks", [0, 1, 2, 3, 4, 6]),
        "activation": pick("activation", list(reference.ACTIVATIONS)),
        "time_embedding": make_models.time(time_size, rng.choice([None, 1, 24, 65]), rng.random() < 0.5,
                                           rng.choice(shifts), rng.choice([10000, 10000, 400])),
        "input_embedding": input_embedding, "num_classes": classes or None,
    }
    scheduler = {
        "_class_name": "DDIMScheduler", "num_train_timesteps": 1000, **rng.choice(SCHEDULES),
        "prediction_type": pick("prediction", ["epsilon", "epsilon", "sample", "v_prediction"]),
        "clip_sample": rng.random() < 0.5, "clip_sample_range": rng.choice([1.0, 2.0]),
        "set_alpha_to_one": rng.random() < 0.7, "timestep_spacing": rng.choice(["leading", "trailing", "linspace"]),
    }
    run = {"steps": pick("steps", [1, 5, 10, 20, 33]), "eta": pick("eta", [0.0, 0.0, 0.0, 0.5, 1.0]),
           "spacing": given.spacing, "class": None, "guidance": 1.0}
    if classes and (given.guidance is not None or rng.random() < 0.7):
        run["class"] = rng.choice(["all", str(rng.randrange(classes))])
        run["guidance"] = given.guidance if given.guidance is not None else rng.choice([1.0, 0.5, 1.5])
    return config, scheduler, run, make_models.DTYPES[pick("dtype", list(make_models.DTYPES))]


def command(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, words))}\nexited with {done.returncode}: {done.stderr.strip()}")


def noise_of(ddim, directory, seed, count, shape):
    """z of step i: draw 1 + i of the sampler's own noise."""
    def noise(step):
        file = directory / f"z{step}.npy"
        command(ddim, "noise", "--seed", seed, "--count", count, "--dims", int(np.prod(shape)), "--draw", 1 + step,
                "--device", "cpu", "--output", file)
        return torch.from_numpy(np.load(file)).double().view(count, *shape)
    return noise


def compare(given, directory, config, scheduler, run, dtype, seed):
    """The difference from float64 over the largest value: of `ddim`, and of PyTorch in float32."""
    generator = torch.Generator().manual_seed(seed)
    model = reference.ResidualMlp(config).double()
    make_models.trained_size(model, generator)
    reference.save(directory, model, scheduler, dtype)
    model, scheduler = reference.load(directory)
    count, shape = given.count, config["sample_shape"]
    x = torch.randn(count, *shape, generator=generator)
    np.save(directory / "x_T.npy", x.numpy())

    words = [given.ddim, "sample", "--model", directory, "--steps", run["steps"], "--eta", run["eta"], "--count", count,
             "--seed", seed, "--init", directory / "x_T.npy", "--device", given.device, "--output", directory / "out.npy"]
    if run["spacing"]:
        words += ["--spacing", run["spacing"]]
        scheduler = {**scheduler, "timestep_spacing": run["spacing"]}
    y = None
    if run["class"] is not None:
        words += ["--class", run["class"], "--guidance", run["guidance"]]
        y = torch.arange(count) % config["num_classes"] if run["class"] == "all" else torch.full((count,), int(run["class"]))
    command(*words)
    found = torch.from_numpy(np.load(directory / "out.npy"))
    assert found.dtype == torch.float32 and list(found.shape) == [count, *shape], (found.dtype, found.shape)

    noise = noise_of(given.ddim, directory, seed, count, shape)
    exact = reference.ddim(model, scheduler, x.double(), run["steps"], y, run["guidance"], run["eta"], noise)
    single = reference.ddim(copy.deepcopy(model).float(), scheduler, x, run["steps"], y, run["guidance"], run["eta"],
                            lambda step: noise(step).float())
    off = lambda other: ((other.double() - exact).abs().max() / exact.abs().max()).item()
    return off(found), off(single)


def main():
    given = arguments()
    rng, passed, failed, worst = random.Random(given.seed), 0, 0, 0.0
    for case in range(given.cases):
        config, scheduler, run, dtype = random_case(rng, given)
        directory = pathlib.Path(tempfile.mkdtemp(prefix="ddim-compare-"))
        found, single = compare(given, directory, config, scheduler, run, dtype, given.seed + case)
        good = found <= given.limit  # never where it is not a number
        judged = single < given.limit / 4
        if judged:
            passed, failed, worst = passed + good, failed + (not good), max(worst, found)
        time, phi = config["time_embedding"], config["input_embedding"]
        print(f"{('ok  ' if good else 'FAIL') if judged else 'wild'} {found:.1e} (PyTorch in float32 {single:.1e})  shape {config['sample_shape']} "
              f"hidden {config['hidden_size']} blocks {config['num_blocks']} {config['activation']} "
              f"time {time['size']}/{time['hidden_size']} input {phi and phi['size']} classes {config['num_classes']} "
              f"{str(dtype).removeprefix('torch.')} {scheduler['prediction_type']} {scheduler['beta_schedule']} "
              f"{'clip ' if scheduler['clip_sample'] else ''}{run}", flush=True)
        if good or not (judged and given.keep):
            for file in directory.iterdir():
                file.unlink()
            directory.rmdir()
        else:
            print(f"     kept in {directory}")
    print(f"{passed} of {passed + failed} within {given.limit:g}, the largest difference is {worst:.1e}; "
          f"{given.cases - passed - failed} too sensitive to judge")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
