"""Models of ddim-train by README.md's PyTorch module beside `ddim sample`, DDIM, η = 0, 50 steps, to 1e-4."""

import json
import math
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

README = Path(__file__).resolve().parents[2] / "README.md"
TOLERANCE = 1e-4
COUNT, STEPS = 64, 50


def readme_module(scale):
    """`sinusoid` and `Denoiser` as README.md has them, but for what values are multiplied by."""
    text = README.read_text()
    code = re.search(r"^def sinusoid.*?^    return torch.cat.*?$", text, re.M | re.S).group()
    code += "\n" + re.search(r"^class Denoiser.*?return self.proj_out\(h\)$", text, re.M | re.S).group()
    code = code.replace("25.0", str(scale))
    names = {"torch": torch, "nn": torch.nn, "math": math}
    exec(code, names)  # noqa: S102
    return names["Denoiser"]


def decode(folder):
    config = json.loads((folder / "config.json").read_text())
    scheduler = json.loads((folder / "scheduler_config.json").read_text())
    weights = {name: tensor.double() for name, tensor in load_file(folder / "model.safetensors").items()}
    module = readme_module(config["input_embedding"]["scale"])
    model = module(config["sample_shape"][0], config["hidden_size"], config["num_blocks"], 64).double()
    table = weights.pop("class_embedding.weight", None)
    # The README's is as wide in time as in its layers; a trained one may be narrower.
    width = weights["time_embedding.linear_2.weight"].shape[0]
    hidden = config["hidden_size"]
    model.conditioning = torch.nn.ModuleList(
        torch.nn.Linear(width, hidden, bias=False) for _ in range(config["num_blocks"] + 1)
    ).double()
    model.time_embedding = torch.nn.ModuleDict(
        {"linear_1": torch.nn.Linear(64, width), "linear_2": torch.nn.Linear(width, width)}
    ).double()
    if table is not None:
        # The class, here none, is added to the vector of time.
        weights["time_embedding.linear_2.bias"] = weights["time_embedding.linear_2.bias"] + table[-1]
    model.load_state_dict(weights)
    levels = scheduler["num_train_timesteps"]
    f = [math.cos((i / levels + 0.008) / 1.008 * math.pi / 2) ** 2 for i in range(levels + 1)]
    kept = 1.0
    alpha_bar = []
    for i in range(levels):
        kept *= 1.0 - min(1.0 - f[i + 1] / f[i], 0.999)
        alpha_bar.append(kept)
    limit = scheduler["clip_sample_range"]
    subprocess.run(["ddim", "noise", "--quiet", "--count", str(COUNT), "--dims", "2", "--output", "noise.npy"], check=True)
    x = torch.from_numpy(np.load("noise.npy")).double()
    visited = [i * (levels // STEPS) for i in range(STEPS)][::-1]
    with torch.no_grad():
        for index, t in enumerate(visited):
            a = alpha_bar[t]
            b = alpha_bar[visited[index + 1]] if index + 1 < STEPS else 1.0
            epsilon = model(x, torch.full((COUNT,), t, dtype=torch.float64))
            x0 = ((x - math.sqrt(1 - a) * epsilon) / math.sqrt(a)).clamp(-limit, limit)
            x = math.sqrt(b) * x0 + math.sqrt(1 - b) * epsilon
    return x.numpy()


for name in sys.argv[1:]:
    command = ["ddim", "sample", "--quiet", "--model", name, "--device", "cpu", "--count", str(COUNT), "--steps", str(STEPS), "--eta", "0"]
    subprocess.run([*command, "--output", "samples.npy"], check=True)
    difference = np.abs(decode(Path(name)) - np.load("samples.npy")).max()
    print(f"{name}: {difference:.1e} from PyTorch in float64")
    if not difference <= TOLERANCE:
        sys.exit(f"{name}: {difference} is above {TOLERANCE}")
