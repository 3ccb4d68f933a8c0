//! The figures that diffusers' own scheduler tests publish: Σ|x| after ten steps with a
//! network that is a formula.

use ddim_wgpu::diffusion::{EncodeConvention, Plan, SchedulerConfig, TimestepGrid};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::common::backends::{Formula, LOOP_BACKENDS};
use crate::common::goldens::{self, Mismatch};
use crate::common::rows::run;

#[derive(Deserialize)]
struct Figure {
    published: f64,
    float64: f64,
}

/// How many the dummy sample is.
const SAMPLES: usize = 4;

fn figure(name: &str) -> Figure {
    let mut all: serde_json::Map<String, Value> = goldens::json("diffusers/figures.json");
    let value = all
        .remove(name)
        .unwrap_or_else(|| panic!("no figure {name}"));
    serde_json::from_value(value).expect("a figure")
}

fn check_figure(name: &str, found: f64) -> Result<(), Mismatch> {
    let figure = figure(name);
    // diffusers publishes four decimals of an f32 computation, which its f64 self
    // differs from by up to 7e-4.
    goldens::compare(
        format!("{name}, published"),
        &[found],
        &[figure.published],
        |_| 1e-3,
    )?;
    // The same in f64 but for the order of operations, and for 1 − ᾱ, which diffusers
    // subtracts: 1e-13 at ᾱ = 0.9999.
    goldens::compare(name, &[found], &[figure.float64], |golden| 1e-11 * golden)
}

/// diffusers' dummy sample `[SAMPLES, 3, 8, 8]`: the n-th of 768 values is n/768, filled
/// in the order (C, H, W, B).
fn dummy_sample() -> Vec<f64> {
    let (batch, rest) = (SAMPLES, 3 * 8 * 8);
    let at = |index: usize| (index % rest) * batch + index / rest;
    (0..batch * rest)
        .map(|index| at(index) as f64 / 768.0)
        .collect()
}

/// The test configuration of diffusers' own scheduler tests, with changes.
fn full_loop_config(changes: &Value) -> SchedulerConfig {
    let mut value = json!({
        "num_train_timesteps": 1000, "beta_start": 1e-4, "beta_end": 0.02, "beta_schedule": "linear", "clip_sample": true
    });
    for (key, change) in changes.as_object().expect("an object") {
        value[key] = change.clone();
    }
    SchedulerConfig::from_json(&value.to_string())
        .expect("diffusers' configuration")
        .0
}

/// Σ|x| after a loop with diffusers' dummy network, `out = x·t/(t+1)`.
fn full_loop(plan: &Plan, x: &[f64]) -> f64 {
    let states = run(plan, SAMPLES, x, |t, x| x * t / (t + 1.0));
    states.last().expect("a row").iter().map(|x| x.abs()).sum()
}

/// The figures reached from the dummy sample with their plans, decoding and encoding.
fn full_loops() -> Vec<(&'static str, Plan)> {
    let decode = |changes| {
        Plan::ddim(full_loop_config(&changes))
            .steps(10)
            .build()
            .expect("a plan")
    };
    let encode = |changes| {
        let builder = Plan::encode(full_loop_config(&changes), EncodeConvention::Diffusers);
        builder.steps(10).build().expect("a plan")
    };
    let v = json!({"prediction_type": "v_prediction"});
    let to_one = json!({"set_alpha_to_one": true, "beta_start": 0.01});
    let to_first = json!({"set_alpha_to_one": false, "beta_start": 0.01});
    vec![
        ("epsilon", decode(json!({}))),
        ("v_prediction", decode(v.clone())),
        ("set_alpha_to_one", decode(to_one.clone())),
        ("not_set_alpha_to_one", decode(to_first.clone())),
        ("inverse_epsilon", encode(json!({}))),
        ("inverse_v_prediction", encode(v)),
        ("inverse_set_alpha_to_one", encode(to_one)),
        ("inverse_not_set_alpha_to_one", encode(to_first)),
    ]
}

#[test]
fn figures_of_whole_loops() {
    for (name, plan) in full_loops() {
        goldens::pass(check_figure(name, full_loop(&plan, &dummy_sample())));
    }
}

#[test]
fn figures_of_whole_loops_in_f32() {
    let x = goldens::to_f32(&dummy_sample());
    for backend in LOOP_BACKENDS {
        // Everything here is element by element, and a kernel in registers is happier with
        // 192 samples of 4 values.
        let mut run_loop = (backend.open)(Formula::Diffusers, 4);
        for (name, plan) in full_loops() {
            let found = run_loop(&plan, &x);
            let sum: f64 = found.iter().map(|&x| f64::from(x.abs())).sum();
            // Ten steps of f32, of which the first magnifies a rounding by 1/√ᾱ = 90:
            // diffusers' own f32 is off by 2e-6.
            let what = format!("{name} on {}", backend.name);
            let golden = figure(name).float64;
            goldens::pass(goldens::compare(what, &[sum], &[golden], |sum| 1e-5 * sum));
        }
    }
}

#[test]
fn figure_of_a_loop_begun_at_a_noised_sample() {
    let config = full_loop_config(&json!({}));
    let grid = TimestepGrid::new(config.spacing, 1000, 10, 0).expect("a grid");
    let rest = &grid.as_slice()[8..];
    let level = config.schedule.level(rest[0]);
    // The noise is the dummy sample counted from the other end.
    let noised = |x: f64| {
        level.sqrt_alpha_bar() * x + level.sqrt_one_minus_alpha_bar() * (767.0 / 768.0 - x)
    };
    let x: Vec<f64> = dummy_sample().into_iter().map(noised).collect();
    let plan = Plan::ddim(config).timesteps(rest).build().expect("a plan");
    goldens::pass(check_figure("noised_from_8", full_loop(&plan, &x)));
}

#[test]
fn figures_of_the_variance() {
    for (t, s) in [(420, 400), (980, 960)] {
        let config = full_loop_config(&json!({}));
        let plan = Plan::ddim(config)
            .timesteps([t, s])
            .eta(1.0)
            .build()
            .expect("a plan");
        let sigma = plan.stages()[0].noise_scale;
        goldens::pass(check_figure(&format!("variance_{t}_{s}"), sigma * sigma));
    }
}

#[test]
fn planted_faults_are_noticed() {
    for (fault, changes, eta) in [
        (
            "the last step to ᾱ_0",
            json!({"set_alpha_to_one": false}),
            0.0,
        ),
        ("ε for v", json!({"prediction_type": "v_prediction"}), 0.0),
        ("B of η = 1e-4", json!({}), 1e-4),
    ] {
        let plan = Plan::ddim(full_loop_config(&changes))
            .steps(10)
            .eta(eta)
            .build()
            .expect("a plan");
        goldens::must_fail(
            fault,
            check_figure("epsilon", full_loop(&plan, &dummy_sample())),
        );
    }
    let config = full_loop_config(&json!({}));
    let paper = Plan::encode(config, EncodeConvention::Paper)
        .steps(10)
        .build()
        .expect("a plan");
    goldens::must_fail(
        "the other convention",
        check_figure("inverse_epsilon", full_loop(&paper, &dummy_sample())),
    );
}
