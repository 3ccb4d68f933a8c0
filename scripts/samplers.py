#!/usr/bin/env python3
"""Every sampler at 5, 10, 20 and 50 steps on every bundled model: docs/samplers/*.png and the table of docs/samplers.md.

    pip install numpy pillow
    cargo build --release
    scripts/samplers.py [--ddim target/release/ddim] [--only digits]
    scripts/samplers.py --device 0 --sheets /tmp/sheets --no-table    # the pictures by another device

Takes some minutes on a few cores. Prints the table in Markdown; docs/samplers.md holds it with the reasons.
"""

import argparse
import json
import pathlib
import subprocess
import tempfile

import numpy as np
from PIL import Image, ImageDraw, ImageFont

ROOT = pathlib.Path(__file__).parents[1]
STEPS = (5, 10, 20, 50)
# A row's name, and the options of `ddim sample`.
ROWS = {
    "ddim": ["--sampler", "ddim"],
    "ddim, eta 1": ["--sampler", "ddim", "--eta", "1"],
    **{name: ["--sampler", name] for name in (
        "ddpm-large", "reverse-sde", "heun", "dpmpp-2m", "dpmpp-3m", "dpmpp-2m-sde", "dpm-2m", "dpm-3m", "unipc-2",
        "unipc-3", "deis-2", "deis-3", "lms", "plms", "lcm")},
}
MODELS = {"digits": ["--class", "all", "--count", "10"], "swiss-roll": ["--count", "3000"], "dino": ["--count", "3000"]}
LABEL, HEAD, GAP, SIDE = 92, 16, 6, 110


def sample(ddim, device, model, options, steps):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "out.npy"
        subprocess.run([ddim, "--quiet", "sample", "--model", model, "--device", device, "--steps", str(steps),
                        "--output", path, *options], check=True)
        return np.load(path)


def images(samples):
    """Ten digits in two rows of five."""
    grey = np.clip((samples[:, 0] + 1) * 127.5, 0, 255).astype(np.uint8)
    rows = [np.hstack(list(grey[i:i + 5])) for i in (0, 5)]
    return Image.fromarray(np.vstack(rows))


def points(samples):
    """The square from -1.3 to 1.3, brighter where there are more points."""
    light, _, _ = np.histogram2d(-samples[:, 1], samples[:, 0], bins=SIDE, range=[[-1.3, 1.3]] * 2)
    return Image.fromarray((255 * (1 - np.exp(-light / 1.5))).astype(np.uint8))


def sheet(ddim, device, folder, name):
    font = ImageFont.load_default(size=12)
    cells = {}
    for row, options in ROWS.items():
        for steps in STEPS:
            found = sample(ddim, device, path_of(name), options + MODELS[name], steps)
            assert np.isfinite(found).all(), (name, row, steps)
            cells[row, steps] = images(found) if found.ndim == 4 else points(found)
    width, height = next(iter(cells.values())).size
    # Two halves beside each other where the cells are tall.
    halves = 1 if width > height else 2
    rows = list(ROWS)
    depth = -(-len(rows) // halves)
    full = LABEL + len(STEPS) * (width + GAP)
    picture = Image.new("L", (halves * full, HEAD + depth * (height + GAP)), 24)
    draw = ImageDraw.Draw(picture)
    for place, row in enumerate(rows):
        left, top = place // depth * full, HEAD + place % depth * (height + GAP)
        draw.text((left + 4, top + height // 2 - 8), row, 255, font)
        for column, steps in enumerate(STEPS):
            at = left + LABEL + column * (width + GAP)
            if place % depth == 0:
                draw.text((at + 4, 0), f"S = {steps}", 255, font)
            picture.paste(cells[row, steps], (at, top))
    target = folder / f"{name}.png"
    folder.mkdir(exist_ok=True)
    picture.quantize(32).save(target, optimize=True)
    print(f"{target}: {target.stat().st_size // 1024} KiB", flush=True)


def table(ddim, device, name):
    classes = ["--class", "all"] if name == "digits" else []
    rows = ["0", "1", *list(ROWS)[2:]]
    run = subprocess.run(
        [ddim, "--quiet", "evaluate", "--model", path_of(name), "--device", device, "--json", "--eta", ",".join(rows),
         "--steps", ",".join(map(str, STEPS)), *classes], check=True, stdout=subprocess.PIPE, text=True)
    report = json.loads(run.stdout)
    print(json.dumps(report)[:200] if "rows" not in report else "", flush=True)
    return report


def path_of(name):
    return name if name == "digits" else str(ROOT / "models" / name)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ddim", default=ROOT / "target" / "release" / "ddim")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--sheets", type=pathlib.Path, default=ROOT / "docs" / "samplers")
    parser.add_argument("--only", choices=MODELS, action="append")
    parser.add_argument("--no-table", action="store_true")
    arguments = parser.parse_args()
    for name in arguments.only or MODELS:
        sheet(arguments.ddim, arguments.device, arguments.sheets, name)
        if not arguments.no_table:
            (ROOT / "target" / f"samplers-{name}.json").write_text(json.dumps(table(arguments.ddim, arguments.device, name)))


if __name__ == "__main__":
    main()
