#!/usr/bin/env python3
"""Writes a small network with random weights whose inputs are embedded in sinusoids: random_model.py SIZE DIRECTORY."""

import json
import pathlib
import random
import struct
import sys

size, directory = int(sys.argv[1]), pathlib.Path(sys.argv[2])
dims, hidden, time = 2, 16, 24
draw = random.Random(size)
shapes = {
    "proj_in.weight": [hidden, dims * size],
    "proj_in.bias": [hidden],
    "blocks.0.weight": [hidden, hidden],
    "blocks.0.bias": [hidden],
    "proj_out.weight": [dims, hidden],
    "proj_out.bias": [dims],
    "conditioning.0.weight": [hidden, time],
    "conditioning.1.weight": [hidden, time],
    "time_embedding.linear_1.weight": [time, 16],
    "time_embedding.linear_1.bias": [time],
    "time_embedding.linear_2.weight": [time, time],
    "time_embedding.linear_2.bias": [time],
}
header, data = {}, b""
for name, shape in shapes.items():
    count = shape[0] * (shape[1] if len(shape) > 1 else 1)
    # Keeps the variance of what passes through.
    scale = (shape[1] if len(shape) > 1 else 20) ** -0.5
    values = struct.pack(f"<{count}f", *(scale * draw.gauss(0, 1) for _ in range(count)))
    header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(values)]}
    data += values
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
directory.mkdir(parents=True, exist_ok=True)
(directory / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)
(directory / "config.json").write_text(
    json.dumps(
        {
            "architecture": "residual-mlp",
            "sample_shape": [dims],
            "hidden_size": hidden,
            "num_blocks": 1,
            "activation": "silu",
            "input_embedding": {"size": size, "scale": 3.0},
            "num_classes": None,
            "time_embedding": {
                "size": 16,
                "hidden_size": time,
                "flip_sin_to_cos": False,
                "downscale_freq_shift": 1,
                "max_period": 10000,
            },
        }
    )
)
(directory / "scheduler_config.json").write_text(
    json.dumps(
        {
            "_class_name": "DDIMScheduler",
            "num_train_timesteps": 1000,
            "beta_schedule": "linear",
            "beta_start": 1e-4,
            "beta_end": 0.02,
            "clip_sample": False,
            "set_alpha_to_one": True,
            "prediction_type": "sample",
            "timestep_spacing": "trailing",
        }
    )
)
