//! Heun's method and DPM-Solver++(2M) against diffusers 0.42.

use ddim_wgpu::diffusion::{Plan, SamplerKind, SchedulerConfig};
use serde::Deserialize;
use serde_json::Value;

use crate::common::backends::{Formula, LOOP_BACKENDS};
use crate::common::goldens::{self, Array, Arrays, Mismatch};
use crate::common::rows::run;

#[derive(Deserialize)]
struct Case {
    name: String,
    solver: String,
    timesteps: Vec<usize>,
    config: Value,
}

impl Case {
    fn plan(&self, solver: SamplerKind) -> Plan {
        let (config, _) =
            SchedulerConfig::from_json(&self.config.to_string()).expect("a configuration");
        let builder = Plan::sampler(config, solver)
            .timesteps(self.timesteps.clone())
            .stabilize(false);
        builder
            .build()
            .unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    fn solver(&self) -> SamplerKind {
        self.solver.parse().expect("a sampler")
    }
}

/// The runs with their states after every call of the network, `[calls, 3, 4]`.
fn cases() -> (Array, Vec<(Case, Array)>) {
    let arrays = Arrays::read("solvers/states.safetensors");
    let cases: Vec<Case> = goldens::json("solvers/cases.json");
    let states = cases.into_iter().map(|case| {
        let states = arrays.get(&case.name);
        (case, states)
    });
    (arrays.get("x_start"), states.collect())
}

fn check(case: &Case, plan: &Plan, x_start: &Array, golden: &Array) -> Result<(), Mismatch> {
    let states = run(plan, x_start.shape[0], &x_start.values, |t, x| {
        Formula::Smooth.output(t, x)
    });
    assert_eq!(
        states.len(),
        golden.shape[0],
        "{}: calls of the network",
        case.name
    );
    for (i, state) in states.iter().enumerate() {
        // Both are f64, by different formulas: diffusers integrates y = x/√ᾱ, and the memory of 2M
        // is a divided difference.
        let limit = 1e-11 * goldens::largest(golden.row(i));
        goldens::compare(
            format!("{} after row {i}", case.name),
            state,
            golden.row(i),
            |_| limit,
        )?;
    }
    Ok(())
}

#[test]
fn rows_do_what_diffusers_does() {
    let (x_start, cases) = cases();
    for (case, golden) in &cases {
        goldens::pass(check(case, &case.plan(case.solver()), &x_start, golden));
    }
    assert_eq!(cases.len(), 24);
}

#[test]
fn kernels_do_what_diffusers_does() {
    let (x_start, cases) = cases();
    for backend in LOOP_BACKENDS {
        let mut run_loop = (backend.open)(Formula::Smooth, x_start.shape[1]);
        for (case, golden) in &cases {
            let plan = case.plan(case.solver());
            let x = run_loop(&plan, &x_start.to_f32());
            let found: Vec<f64> = x.into_iter().map(f64::from).collect();
            let golden = golden.row(golden.shape[0] - 1);
            // Up to 13 rows of f32; x̂₀ of the noisiest level, ᾱ = 6e-3, magnifies
            // roundings of 6e-8 by 13.
            let limit = 2e-5 * goldens::largest(golden);
            let what = format!("{} on {}", case.name, backend.name);
            goldens::pass(goldens::compare(what, &found, golden, |_| limit));
        }
    }
}

#[test]
fn the_other_solver_is_noticed() {
    let (x_start, cases) = cases();
    for (case, golden) in &cases {
        if case.solver() == SamplerKind::DpmSolverPlusPlus2M && case.timesteps.len() > 2 {
            // Of as many rows, with nothing but the memory missing.
            let ddim = case.plan(SamplerKind::Ddim);
            goldens::must_fail("DDIM for 2M", check(case, &ddim, &x_start, golden));
        }
    }
}
