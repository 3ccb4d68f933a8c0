//! The coefficient table against 1,512 rows computed at 50 digits.

use ddim_wgpu::diffusion::{Plan, SchedulerConfig, Spacing, StageCoefficients};
use serde::Deserialize;
use serde_json::Value;

use crate::common::goldens::{self, Arrays, Mismatch};
use crate::common::training_levels;

/// What the columns of `rows.safetensors` are, after the timestep.
const COLUMNS: [&str; 9] = [
    "alpha_bar",
    "alpha_bar_next",
    "x0_from_x",
    "x0_from_out",
    "eps_from_x",
    "eps_from_out",
    "x0_scale",
    "eps_scale",
    "noise_scale",
];

#[derive(Deserialize)]
struct Case {
    config: Value,
    spacing: Option<String>,
    custom: Option<Vec<usize>>,
    steps: usize,
    timesteps: Vec<usize>,
    eta: f64,
    first_row: usize,
}

/// The cases, each with its rows.
fn cases() -> Vec<(Case, Vec<Vec<f64>>)> {
    let rows = Arrays::read("coefficients/rows.safetensors").get("rows");
    let cases: Vec<Case> = goldens::json("coefficients/cases.json");
    let of_case = |case: Case| {
        let rows = (0..case.steps)
            .map(|i| rows.row(case.first_row + i).to_vec())
            .collect();
        (case, rows)
    };
    cases.into_iter().map(of_case).collect()
}

fn plan(case: &Case) -> Result<Plan, String> {
    let (config, _) =
        SchedulerConfig::from_json(&case.config.to_string()).map_err(|error| error.to_string())?;
    let mut builder = match case.config["_class_name"].as_str() {
        Some("DDPMScheduler") => Plan::ddpm(config),
        _ => Plan::ddim(config).eta(case.eta),
    };
    if let Some(timesteps) = &case.custom {
        builder = builder.timesteps(timesteps.clone());
    } else {
        builder = builder.steps(case.steps);
        if let Some(spacing) = &case.spacing {
            builder = builder.spacing(spacing.parse::<Spacing>().expect("a known spacing"));
        }
    }
    builder.build().map_err(|error| error.to_string())
}

fn check(row: &StageCoefficients, golden: &[f64]) -> Result<(), Mismatch> {
    let found = [
        row.level.alpha_bar(),
        row.next_level.alpha_bar(),
        row.x0_from_x,
        row.x0_from_out,
        row.eps_from_x,
        row.eps_from_out,
        row.x0_scale,
        row.eps_scale,
        row.noise_scale,
    ];
    for ((name, found), &expected) in COLUMNS.iter().zip(found).zip(&golden[1..]) {
        // 1e-9 of each number, however small it is, is what the product promises. A relative bound,
        // so that the cancellation in B at η = 1 (down to 1e-4 of its terms here) is part of the
        // test. Measured: at most 5e-12, early in the cosine schedule of 4000 levels, where β = 1 −
        // f/f of 1e-5 has lost five of its sixteen digits.
        goldens::compare(
            format!("row {} {name}", row.index),
            &[found],
            &[expected],
            |golden| 1e-9 * golden.abs(),
        )?;
    }
    Ok(())
}

#[test]
fn rows_match_50_digits() {
    let mut rows = 0;
    for (number, (case, golden)) in cases().iter().enumerate() {
        let plan = plan(case).unwrap_or_else(|error| panic!("case {number}: {error}"));
        let timesteps = training_levels(&plan);
        assert_eq!(timesteps, case.timesteps, "case {number}");
        for (row, golden) in plan.stages().iter().zip(golden) {
            assert_eq!(row.timestep, golden[0], "case {number}");
            assert_eq!(row.history[0], 0.0, "case {number}");
            if let Err(mismatch) = check(row, golden) {
                panic!("case {number}, {:?}: {mismatch}", case.config);
            }
            rows += 1;
        }
    }
    assert!(rows >= 1000, "only {rows} rows were compared");
}

/// Mistakes in circulation (and one of our own making), each planted in every row
/// where it makes a difference.
#[test]
fn planted_faults_are_noticed() {
    type Fault = fn(&mut StageCoefficients);
    let faults: [(&str, Fault); 8] = [
        ("A and B swapped", |row| {
            std::mem::swap(&mut row.x0_scale, &mut row.eps_scale);
        }),
        ("σ² for σ", |row| row.noise_scale *= row.noise_scale),
        (
            "the σ of the DDPM posterior without its 1/(1 − ᾱ)",
            |row| {
                row.noise_scale *= row.level.sqrt_one_minus_alpha_bar();
            },
        ),
        ("B without its σ²", |row| {
            row.eps_scale = row.next_level.sqrt_one_minus_alpha_bar();
        }),
        ("√α for √ᾱ under x̂₀", |row| {
            let step = row.level.ratio(row.next_level).sqrt();
            row.x0_from_x *= row.level.sqrt_alpha_bar() / step;
        }),
        ("the maps of x and out swapped", |row| {
            std::mem::swap(&mut row.x0_from_x, &mut row.x0_from_out);
        }),
        ("the level one step on", |row| row.level = row.next_level),
        ("B rounded to f32", |row| {
            row.eps_scale = f64::from(row.eps_scale as f32);
        }),
    ];
    let cases = cases();
    for (name, fault) in faults {
        let mut noticed = 0;
        for (case, golden) in &cases {
            for (row, golden) in plan(case)
                .expect("checked above")
                .stages()
                .iter()
                .zip(golden)
            {
                let mut faulty = *row;
                fault(&mut faulty);
                noticed += usize::from(check(&faulty, golden).is_err());
            }
        }
        // Not all rows can tell: at η = 0 there is no σ to get wrong, and the last row ends on x̂₀.
        assert!(noticed > 300, "{name}: noticed in only {noticed} rows");
    }
}
