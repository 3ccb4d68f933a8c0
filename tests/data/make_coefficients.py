"""Goldens of the coefficient table: over 1,000 rows of random schedulers, grids and η at 50 digits, rounded once to f64.

    python make_coefficients.py           # writes coefficients/cases.json and coefficients/rows.safetensors

Nothing here is shared with the Rust side but the formulas' names: noise levels are products, not exponentials of sums,
1 − ᾱ is subtracted (50 digits leave more than 30 after any cancellation here), grids are rounded as exact fractions.
"""

import json
import math
import pathlib
import random
from fractions import Fraction

import numpy as np
from mpmath import cos, exp, mp, mpf, pi, sqrt
from safetensors.numpy import save_file

import reference

HERE = pathlib.Path(__file__).parent / "coefficients"
COLUMNS = ["timestep", "alpha_bar", "alpha_bar_next", "x0_from_x", "x0_from_out", "eps_from_x", "eps_from_out",
           "x0_scale", "eps_scale", "noise_scale"]
mp.dps = 50


def linspace(start, end, count):
    start, end = mpf(start), mpf(end)
    return [start + (end - start) * i / (count - 1) for i in range(count)]


def alpha_bars(scheduler):
    total, kind = scheduler["num_train_timesteps"], scheduler["beta_schedule"]
    start, end = mpf(scheduler["beta_start"]), mpf(scheduler["beta_end"])
    if scheduler["trained_betas"] is not None:
        beta = [mpf(b) for b in scheduler["trained_betas"]]
    elif kind == "linear":
        beta = linspace(start, end, total)
    elif kind == "scaled_linear":
        beta = [b**2 for b in linspace(sqrt(start), sqrt(end), total)]
    elif kind == "squaredcos_cap_v2":
        f = [cos((mpf(i) / total + mpf("0.008")) / mpf("1.008") * pi / 2) ** 2 for i in range(total + 1)]
        beta = [min(1 - b / a, mpf("0.999")) for a, b in zip(f, f[1:])]
    elif kind == "sigmoid":
        beta = [(end - start) / (1 + exp(-u)) + start for u in linspace(-6, 6, total)]
    level, levels = mpf(1), []
    for b in beta:
        level *= 1 - b
        levels.append(level)
    if scheduler["rescale_betas_zero_snr"]:
        first, last = sqrt(levels[0]), sqrt(levels[-1])
        levels = [((sqrt(a) - last) * first / (first - last)) ** 2 for a in levels]
    return levels


def timesteps(total, spacing, count, offset):
    """Exact fractions where the definition is one, numpy where the definition is floating point."""
    if spacing == "leading":
        grid = [i * (total // count) + offset for i in reversed(range(count))]
    elif spacing == "trailing":
        grid = [round(total - Fraction(i * total, count)) - 1 for i in range(count)]  # Python rounds half to even
    else:
        try:
            grid = reference.timesteps({"num_train_timesteps": total, "timestep_spacing": spacing}, count)
        except ValueError:  # two entries round to one
            return None
    valid = grid[0] < total and all(a > b for a, b in zip(grid, grid[1:]))
    return grid if valid else None


def row(timestep, a, p, prediction, eta):
    """One row, straight from the paper: equations 12 and 16."""
    s, n = sqrt(a), sqrt(1 - a)
    maps = {
        "epsilon": lambda: (1 / s, -n / s, 0, 1),
        "sample": lambda: (0, 1, 1 / n, -s / n),
        "v_prediction": lambda: (s, -n, n, s),
    }[prediction]()
    sigma = eta * sqrt((1 - p) / (1 - a)) * sqrt(1 - a / p)
    rest = 1 - p - sigma**2
    if abs(rest) < mpf(10) ** -40:  # exactly 0, at a = 0 and η = 1: what is left is the rounding of the 50th digit
        rest = mpf(0)
    return [timestep, a, p, *maps, sqrt(p), sqrt(rest), sigma]


def random_case(rng):
    kind = rng.choice(["linear", "linear", "scaled_linear", "squaredcos_cap_v2", "sigmoid", "trained_betas"])
    total = rng.choice([8, 50, 100, 250, 1000, 1000, 1000, 4000])
    betas = None
    if kind == "trained_betas":
        total = rng.choice([5, 12, 30])
        betas = [round(rng.uniform(1e-5, 0.6), 6) for _ in range(total)]
    start = round(10 ** rng.uniform(-6, -2), 9)
    scale = min(1.0, 1000 / total)
    end = start if rng.random() < 0.05 else round(start + 10 ** rng.uniform(-3, -1.3) * scale, 9)
    zero_snr = rng.random() < 0.15 and kind != "squaredcos_cap_v2"
    prediction = rng.choice(["epsilon", "sample", "v_prediction"][zero_snr:])
    ddpm = rng.random() < 0.15 or kind == "sigmoid"  # diffusers' DDIMScheduler has no sigmoid schedule
    config = {"_class_name": "DDPMScheduler" if ddpm else "DDIMScheduler", "num_train_timesteps": total,
              "beta_start": start, "beta_end": end, "beta_schedule": kind if betas is None else "linear",
              "trained_betas": betas, "prediction_type": prediction, "clip_sample": False,
              "steps_offset": rng.choice([0, 0, 1, 3]), "rescale_betas_zero_snr": zero_snr}
    config["timestep_spacing"] = rng.choice(["leading", "trailing", "linspace"])
    if ddpm:
        config["variance_type"] = "fixed_small"
    else:
        config["set_alpha_to_one"] = rng.random() < 0.7
    count = min(total, rng.choice([1, 2, 3, 7, 10, 13, 20, 25]))
    spacing, custom = None, None
    if rng.random() < 0.3:
        spacing = rng.choice(["leading", "trailing", "linspace", "quadratic"])
    elif rng.random() < 0.3:
        custom = sorted(rng.sample(range(total), count), reverse=True)
        if rng.random() < 0.3:
            custom = [total - 1, 0]  # the longest step there is: B at η = 1 is nearly all cancellation
    grid = custom or timesteps(total, spacing or config["timestep_spacing"], count, config["steps_offset"])
    eta = 1.0 if ddpm else rng.choice([0.0, 1.0, round(rng.random(), 3), round(rng.random(), 3)])
    if grid is None:
        return None
    return {"config": config, "spacing": spacing, "custom": custom, "steps": len(grid), "timesteps": grid, "eta": eta}


def table(case):
    config, grid = case["config"], case["timesteps"]
    levels = alpha_bars(config)
    last = mpf(1) if config.get("set_alpha_to_one", True) else levels[0]
    targets = [levels[t] for t in grid[1:]] + [last]
    return [row(t, levels[t], p, config["prediction_type"], mpf(case["eta"])) for t, p in zip(grid, targets)]


def main():
    rng = random.Random(20201006)
    cases, rows = [], []
    while len(rows) < 1500:
        case = random_case(rng)
        # Below 1e-30 a level means no more than 0 does, and f64's own exponent range is the only thing tested.
        if case is None or not (case["config"]["rescale_betas_zero_snr"] or alpha_bars(case["config"])[-1] > 1e-30):
            continue
        cases.append({**case, "first_row": len(rows)})
        rows += table(case)
    HERE.mkdir(exist_ok=True)
    text = ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases)
    (HERE / "cases.json").write_text(f"[\n{text}\n]\n")
    values = np.array([[float(v) for v in r] for r in rows], dtype=np.float64)
    assert np.isfinite(values).all() and values.shape[1] == len(COLUMNS)
    save_file({"rows": values}, HERE / "rows.safetensors", metadata={"columns": " ".join(COLUMNS)})
    (HERE / "rows.safetensors").chmod(0o644)
    print(f"{len(rows)} rows of {len(cases)} cases")


if __name__ == "__main__":
    main()
