#!/usr/bin/env python3
"""Writes a residual MLP as a network of layers with the same tensors, to measure what its own kernels gain over those of programs.

    python benches/as_layers.py models/dino /tmp/dino-layers
    ddim bench --model models/dino,/tmp/dino-layers --count 1000 --device cpu
"""

import json
import pathlib
import shutil
import sys


def layers(config):
    function, time, features = config["activation"], config["time_embedding"], config.get("input_embedding")
    order = "cos_sin" if time["flip_sin_to_cos"] else "sin_cos"
    period = time["max_period"]
    shape = {"op": "sinusoid", "order": order, "max_period": period}
    ops = [{**shape, "out": "features_of_t", "in": "t", "size": time["size"], "shift": time["downscale_freq_shift"]}]

    def linear(out, of, name, bias=True):
        ops.append({"op": "linear", "out": out, "in": of, "weight": f"{name}.weight", **({"bias": f"{name}.bias"} if bias else {})})

    e = "features_of_t"
    if time["hidden_size"]:
        linear("t1", e, "time_embedding.linear_1")
        ops.append({"op": "act", "out": "t2", "in": "t1", "function": "silu"})
        linear("t3", "t2", "time_embedding.linear_2")
        e = "t3"
    if config["num_classes"]:
        ops.append({"op": "embedding", "out": "label", "in": "class", "weight": "class_embedding.weight"})
        ops.append({"op": "add", "out": "e", "in": [e, "label"]})
        e = "e"
    h = "x"
    if features:
        ops.append({**shape, "out": "features", "in": "x", "size": features["size"], "shift": 1, "factor": features["scale"]})
        h = "features"
    for i in range(config["num_blocks"] + 1):
        linear(f"p{i}", h, f"blocks.{i - 1}" if i else "proj_in")
        linear(f"c{i}", e, f"conditioning.{i}", bias=False)
        ops.append({"op": "add", "out": f"s{i}", "in": [f"p{i}", f"c{i}"]})
        ops.append({"op": "act", "out": f"a{i}", "in": f"s{i}", "function": function})
        if i:
            ops.append({"op": "add", "out": f"h{i}", "in": [h, f"a{i}"]})
        h = f"h{i}" if i else "a0"
    linear("out", h, "proj_out")
    return {"architecture": "layers", "sample_shape": config["sample_shape"], "num_classes": config["num_classes"], "ops": ops}


def main():
    model, out = map(pathlib.Path, sys.argv[1:])
    config = layers(json.loads((model / "config.json").read_text()))
    out.mkdir(parents=True, exist_ok=True)
    (out / "config.json").write_text(json.dumps(config, indent=1))
    for name in ("model.safetensors", "scheduler_config.json"):
        shutil.copy(model / name, out / name)


if __name__ == "__main__":
    main()
