//! Noise levels and timestep grids against diffusers 0.42.

use ddim_wgpu::diffusion::{NoiseSchedule, SchedulerConfig, TimestepGrid, TimestepSpacing};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::common::goldens::{self, Mismatch};

fn config(value: &Value) -> SchedulerConfig {
    let (config, _) =
        SchedulerConfig::from_json(&value.to_string()).unwrap_or_else(|e| panic!("{value}: {e}"));
    config
}

#[derive(Deserialize)]
struct Levels {
    name: String,
    config: Value,
    timestep: Vec<usize>,
    alpha_bar: Vec<f64>,
    alpha_bar_f32: Vec<f64>,
}

fn check_levels(golden: &Levels, config: &SchedulerConfig) -> Result<(), Mismatch> {
    let found: Vec<f64> = golden
        .timestep
        .iter()
        .map(|&t| config.schedule.level(t).alpha_bar())
        .collect();
    // diffusers' code run in f64 takes the product of up to 1000 rounded
    // factors; ours adds logarithms.
    goldens::compare(&golden.name, &found, &golden.alpha_bar, |golden| {
        1e-11 * golden
    })?;
    // As shipped it computes in f32: a thousand roundings of 6e-8 each, in β and in the product.
    // The zero of a rescaled schedule is exact on both sides.
    goldens::compare(&golden.name, &found, &golden.alpha_bar_f32, |golden| {
        1e-4 * golden
    })
}

#[test]
fn noise_levels() {
    let all: Vec<Levels> = goldens::json("diffusers/noise_levels.json");
    for golden in &all {
        let config = config(&golden.config);
        assert_eq!(
            config.schedule.train_steps(),
            1 + golden.timestep.last().expect("a level"),
            "{}",
            golden.name
        );
        goldens::pass(check_levels(golden, &config));
    }
    assert_eq!(all.len(), 9);
}

#[derive(Deserialize)]
struct Grid {
    train_steps: usize,
    spacing: TimestepSpacingName,
    offset: usize,
    steps: usize,
    timesteps: Option<Vec<usize>>,
    faults: Vec<String>,
    diffusers: Option<Vec<i64>>,
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct TimestepSpacingName(TimestepSpacing);

impl TryFrom<String> for TimestepSpacingName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        name.parse()
            .map(Self)
            .map_err(|error| format!("{name}: {error}"))
    }
}

#[test]
fn timestep_grids() {
    let all: Vec<Grid> = goldens::json("diffusers/timesteps.json");
    let mut same = 0;
    for golden in &all {
        let what = format!(
            "{} of {} by {}",
            golden.steps, golden.train_steps, golden.spacing.0
        );
        let grid = TimestepGrid::new(
            golden.spacing.0,
            golden.train_steps,
            golden.steps,
            golden.offset,
        );
        match (&golden.timesteps, grid) {
            (Some(expected), Ok(grid)) => {
                assert_eq!(grid.as_slice(), expected, "{what}");
                assert_eq!(grid.len(), golden.steps, "{what}");
            }
            (None, Err(_)) => assert_eq!(golden.faults, ["out of range"], "{what}"),
            (None, Ok(grid)) => panic!("{what}: an error was expected, not {grid:?}"),
            (Some(_), Err(error)) => panic!("{what}: {error}"),
        }
        // The file keeps diffusers' own grid only where it has a fault; elsewhere the
        // comparison above was with it.
        same += usize::from(golden.diffusers.is_none());
    }
    assert!(
        all.len() > 80 && same > 80,
        "{} grids, {same} of them diffusers' own",
        all.len()
    );
}

#[test]
fn planted_faults_are_noticed() {
    let levels: Vec<Levels> = goldens::json("diffusers/noise_levels.json");
    let check = |name: &str, config: &SchedulerConfig| {
        let of = levels.iter().find(|levels| levels.name == name);
        check_levels(of.expect("a schedule"), config)
    };
    let linear = |start: f64, end: f64| config(&json!({"beta_start": start, "beta_end": end}));
    goldens::must_fail(
        "linear for scaled linear",
        check("scaled_linear", &linear(0.00085, 0.012)),
    );
    goldens::must_fail(
        "β_end off by 1e-9",
        check("linear", &linear(1e-4, 0.02 + 1e-9)),
    );
    goldens::must_fail("no rescaling", check("zero_snr", &linear(1e-4, 0.02)));
    let f = |u: f64| {
        ((u + 0.008) / 1.008 * std::f64::consts::FRAC_PI_2)
            .cos()
            .powi(2)
    };
    let alpha_bars: Vec<f64> = (1..=1000)
        .map(|i| f(f64::from(i) / 1000.0).max(1e-12))
        .collect();
    let schedule = NoiseSchedule::from_alpha_bars(&alpha_bars).expect("a schedule");
    goldens::must_fail("ᾱ = f, not the product", check("cosine", &schedule.into()));
}
