"""Goldens of the model format: small random-weight model directories with what PyTorch makes of them in float64.

    python make_models.py           # writes models/<case>/{config,scheduler_config,golden}.json and *.safetensors

`golden.json` says what was run, `golden.safetensors` holds the arrays: `net.*` the network called on its own, `run<i>.*`
whole trajectories at η = 0 from the given x_T. Weights have the size training leaves them at, so that a trajectory is no
more than moderately sensitive: each is also run in float32, and the difference, asserted below and kept as
`float32_error`, is what any f32 implementation may be off by through rounding alone.
"""

import copy
import json
import math
import pathlib

import torch
from safetensors.torch import save_file
from torch import nn

import reference

HERE = pathlib.Path(__file__).parent / "models"
# Relative to the largest value: a tenth of the 1e-4 that the product promises.
SENSITIVITY_LIMIT = 1e-5
DTYPES = {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16}

LINEAR = {"beta_schedule": "linear", "beta_start": 1e-4, "beta_end": 0.02}
SCALED = {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012}
COSINE = {"beta_schedule": "squaredcos_cap_v2"}


def time(size, hidden, flip=False, shift=1, period=10000):
    return {"size": size, "hidden_size": hidden, "flip_sin_to_cos": flip, "downscale_freq_shift": shift, "max_period": period}


# name: (dtype, shape, H, blocks, activation, time embedding, input embedding, classes, scheduler, [(steps, class, guidance)])
CASES = {
    "points": ("f32", [2], 17, 0, "relu", time(8, None), None, None, LINEAR, [(10, None, 1.0)]),
    "images": ("f16", [1, 5, 5], 100, 2, "silu", time(33, 40, flip=True, shift=0), None, 10,
               {**SCALED, "clip_sample": True, "timestep_spacing": "trailing"},
               [(20, None, 1.0), (20, "cyclic", 1.5), (7, 3, 1.0)]),
    "velocity": ("f32", [3], 33, 1, "gelu", time(16, 24, shift=0), {"size": 16, "scale": 4.0}, None,
                 {**COSINE, "prediction_type": "v_prediction", "timestep_spacing": "linspace"}, [(8, None, 1.0)]),
    "denoiser": ("bf16", [7], 64, 3, "gelu_tanh", time(10, None, flip=True), None, 3,
                 {**LINEAR, "prediction_type": "sample", "steps_offset": 1, "set_alpha_to_one": False},
                 [(5, "cyclic", 0.5), (20, 2, 3.0)]),
    "scalar": ("f32", [1], 17, 4, "silu", time(9, 9), {"size": 8, "scale": 25.0}, None, SCALED, [(12, None, 1.0)]),
    "one_class": ("f16", [5], 129, 1, "relu", time(12, 31), {"size": 5, "scale": 3.0}, 1,
                  {**LINEAR, "clip_sample": True, "clip_sample_range": 2.0}, [(6, 0, 1.5), (6, None, 1.0)]),
    "narrow": ("f32", [2], 1, 2, "silu", time(5, 1, shift=0.5), None, 2,
               {"trained_betas": [0.01, 0.05, 0.02, 0.2, 0.3, 0.1, 0.4], "num_train_timesteps": 7}, [(7, 1, 1.0)]),
    "channels": ("bf16", [3, 2, 4], 31, 2, "gelu", time(20, 1, period=500), None, None,
                 {**SCALED, "timestep_spacing": "trailing"}, [(15, None, 1.0)]),
    "wide_input": ("f16", [2], 100, 3, "gelu_tanh", time(32, 64), {"size": 34, "scale": 10.0}, None,
                   {**COSINE, "clip_sample": True, "clip_sample_range": 3.0}, [(10, None, 1.0)]),
    "flipped_input": ("f32", [3], 20, 1, "silu", time(6, None, flip=True, period=300), {"size": 7, "scale": 2.0}, 2,
                      {**LINEAR, "prediction_type": "v_prediction"}, [(9, "cyclic", 2.0)]),
}


def trained_size(model, generator):
    """Weights of about the size training leaves: variance-keeping layers, residual branches that add up to one of them."""
    def fill(tensor, deviation):
        tensor.copy_(torch.randn(tensor.shape, generator=generator, dtype=torch.float64) * deviation)

    with torch.no_grad():
        for name, layer in model.named_modules():
            if isinstance(layer, nn.Linear):
                gain = math.sqrt(2) if name == "proj_in" else 1 / math.sqrt(len(model.blocks)) if "blocks" in name else 0.7
                fill(layer.weight, gain / math.sqrt(layer.in_features))
                if layer.bias is not None:
                    fill(layer.bias, 0.1)
            elif isinstance(layer, nn.Embedding):
                fill(layer.weight, 0.7)


def make(name, seed):
    dtype, shape, hidden, blocks, activation, embedding, phi, classes, extra, runs = CASES[name]
    generator = torch.Generator().manual_seed(seed)
    config = {"architecture": "residual-mlp", "sample_shape": shape, "hidden_size": hidden, "num_blocks": blocks,
              "activation": activation, "time_embedding": embedding, "input_embedding": phi, "num_classes": classes}
    scheduler = {"_class_name": "DDIMScheduler", "_diffusers_version": "0.42.0", "clip_sample": False,
                 "num_train_timesteps": 1000, "prediction_type": "epsilon", "timestep_spacing": "leading", **extra}
    model = reference.ResidualMlp(config).double()
    trained_size(model, generator)
    directory = HERE / name
    reference.save(directory, model, scheduler, DTYPES[dtype])
    model, scheduler = reference.load(directory)  # as stored: the rounding to f16 or bf16 is part of the model
    # Inputs are exact in f32, which is what the sampler reads.
    draw = lambda count: torch.randn(count, *shape, generator=generator, dtype=torch.float32)
    tensors, meta = {}, {"runs": []}

    total = scheduler["num_train_timesteps"]
    x = draw(4)
    times = [0, total // 3, total - 1]
    labels = [None] if classes is None else [None, 0, classes - 1]
    outputs = torch.stack([torch.stack([network(model, x.double(), t, y) for y in labels]) for t in times])
    meta["net"] = {"timesteps": times, "classes": labels}
    tensors["net.x"], tensors["net.out"] = x, outputs

    for i, (steps, choice, guidance) in enumerate(runs):
        count = 5
        x = draw(count)
        y = None if choice is None else torch.arange(count) % classes if choice == "cyclic" else torch.full((count,), choice)
        exact = reference.ddim(model, scheduler, x.double(), steps, y, guidance)
        rounded = reference.ddim(copy.deepcopy(model).float(), scheduler, x, steps, y, guidance)
        error = ((rounded - exact).abs().max() / exact.abs().max()).item()
        print(f"{name:14} S = {steps:3}  largest {exact.abs().max():8.3f}  float32 error {error:.1e}")
        assert exact.isfinite().all() and error < SENSITIVITY_LIMIT, (name, i)
        meta["runs"].append({"steps": steps, "classes": None if y is None else y.tolist(), "guidance": guidance,
                             "float32_error": float(f"{error:.1e}")})
        tensors[f"run{i}.x_T"], tensors[f"run{i}.x_0"] = x, exact
    (directory / "golden.json").write_text(json.dumps(meta) + "\n")
    save_file(tensors, directory / "golden.safetensors")
    for file in directory.iterdir():
        file.chmod(0o644)


@torch.no_grad()
def network(model, x, t, y):
    full = lambda value: torch.full((len(x),), value)
    return model(x, full(t), None if y is None else full(y))


if __name__ == "__main__":
    for seed, name in enumerate(CASES):
        make(name, seed)
