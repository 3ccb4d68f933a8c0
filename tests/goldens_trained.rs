//! Every multistep sampler on a trained network against diffusers 0.42, state by state.

use ddim_wgpu::cpu::CpuSampler;
use ddim_wgpu::diffusion::{Plan, SamplerKind, SchedulerConfig, StageCoefficients};
use ddim_wgpu::network::Model;
use ddim_wgpu::{Batch, no_progress};
use serde::Deserialize;
use serde_json::Value;

use crate::common::goldens::{self, Array, Arrays, Mismatch};
use crate::common::rows::run_given;

#[derive(Deserialize)]
#[serde(untagged)]
enum Steps {
    Count(usize),
    Grid(Vec<usize>),
}

#[derive(Deserialize)]
struct Case {
    name: String,
    sampler: String,
    steps: Steps,
    /// What the network was told.
    timesteps: Vec<f64>,
    eta: f64,
    config: Value,
}

impl Case {
    fn plan(&self, sampler: SamplerKind, stabilize: bool) -> Plan {
        let (config, _) =
            SchedulerConfig::from_json(&self.config.to_string()).expect("a configuration");
        let mut builder = Plan::sampler(config, sampler).stabilize(stabilize);
        builder = match &self.steps {
            Steps::Count(steps) => builder.steps(*steps),
            Steps::Grid(timesteps) => builder.timesteps(timesteps.clone()),
        };
        if self.eta > 0.0 {
            builder = builder.eta(self.eta);
        }
        builder
            .build()
            .unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    fn sampler(&self) -> SamplerKind {
        self.sampler.parse().expect("a sampler")
    }

    /// Relative to the largest value of a state. All is in f64.
    fn tolerance(&self) -> f64 {
        match self.name.split('.').next() {
            // diffusers integrates the polynomials of LMS numerically, to 1e-4 of the weights.
            Some("lms") => 1e-6,
            // The fraction of a timestep is a logarithm that is interpolated here and there.
            _ if self.name.ends_with("karras") => 1e-9,
            _ => 1e-10,
        }
    }
}

struct Runs {
    cases: Vec<Case>,
    arrays: Arrays,
}

impl Runs {
    fn read() -> Self {
        Self {
            cases: goldens::json("trained/cases.json"),
            arrays: Arrays::read("trained/runs.safetensors"),
        }
    }

    /// `[stages, 3, 2]`.
    fn of(&self, case: &Case, what: &str) -> Array {
        self.arrays.get(&format!("{}.{what}", case.name))
    }

    /// Runs a plan on what the network said in diffusers' run.
    fn check(&self, case: &Case, plan: &Plan) -> Result<(), Mismatch> {
        let (start, golden) = (self.arrays.get("x_start"), self.of(case, "states"));
        let (out, noise) = (
            self.of(case, "out"),
            plan.is_stochastic().then(|| self.of(case, "noise")),
        );
        assert_eq!(plan.len(), golden.shape[0], "{}: stages", case.name);
        let given = |row: &StageCoefficients, _: &[f64]| {
            let z = noise.as_ref().filter(|_| row.noise_scale != 0.0);
            let z = z.map_or(vec![0.0; start.values.len()], |z| z.row(row.index).to_vec());
            (out.row(row.index).to_vec(), z)
        };
        let states = run_given(plan, start.shape[0], &start.values, given);
        for (i, state) in states.iter().enumerate() {
            let limit = case.tolerance() * goldens::largest(golden.row(i)).max(1.0);
            let what = format!("{} after stage {i}", case.name);
            goldens::compare(what, state, golden.row(i), |_| limit)?;
        }
        Ok(())
    }
}

#[test]
fn the_network_is_told_the_same() {
    let runs = Runs::read();
    for case in &runs.cases {
        let plan = case.plan(case.sampler(), false);
        for (stage, told) in plan.stages().iter().zip(&case.timesteps) {
            let error = (stage.timestep - told).abs();
            assert!(
                error < 1e-4,
                "{}, stage {}: told {}, in diffusers {told}",
                case.name,
                stage.index,
                stage.timestep
            );
        }
    }
}

#[test]
fn rows_do_what_diffusers_does() {
    let runs = Runs::read();
    for case in &runs.cases {
        goldens::pass(runs.check(case, &case.plan(case.sampler(), false)));
    }
    assert_eq!(runs.cases.len(), 56);
}

/// Another sampler of as many stages is not taken for the right one.
#[test]
fn the_other_sampler_is_noticed() {
    let runs = Runs::read();
    for case in &runs.cases {
        let other = match case.sampler() {
            SamplerKind::DpmSolverPlusPlus2M => SamplerKind::UniPc2,
            SamplerKind::DpmSolverPlusPlus3M => SamplerKind::DpmSolverPlusPlus2M,
            SamplerKind::DpmSolver2M => SamplerKind::Deis2,
            SamplerKind::DpmSolver3M => SamplerKind::Deis3,
            SamplerKind::UniPc2 => SamplerKind::UniPc3,
            SamplerKind::UniPc3 => SamplerKind::UniPc2,
            SamplerKind::Deis2 | SamplerKind::Deis3 => SamplerKind::Lms,
            _ => continue,
        };
        let plan = case.plan(other, false);
        goldens::must_fail(
            &format!("{other} for {}", case.name),
            runs.check(case, &plan),
        );
    }
}

/// By default long steps are taken another way, on purpose: on a cosine schedule the formulas weigh
/// the network's errors by thousands. Both values are held here.
#[test]
fn stabilised_plans_differ_on_purpose_where_steps_are_long() {
    let runs = Runs::read();
    let case = |name: &str| runs.cases.iter().find(|case| case.name == name);
    for (name, theirs, ours) in [("plms.cosine", 2.8e4, 500.0), ("heun.cosine", 2.8e4, 500.0)] {
        let case = case(name).expect("a case");
        let largest = goldens::largest(&runs.of(case, "states").values);
        assert!(largest > theirs, "{name}: {largest}");
        let dino = Model::load("models/dino").expect("the bundled model");
        let plan = case.plan(case.sampler(), true);
        let start = runs.arrays.get("x_start");
        let batch = Batch::new(start.shape[0]).initial(start.to_f32());
        let sampler = CpuSampler::new(&dino, &plan);
        let mut state = sampler.start(&batch).expect("a batch");
        for row in 0..plan.len() {
            let advanced = sampler.advance(&batch, row..row + 1, &mut state, no_progress);
            advanced.expect("a row");
            let found = state.data.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
            assert!(found < ours, "{name}, row {row}: {found}");
        }
    }
}

/// The engine itself, with the network, at f32.
#[test]
fn the_engine_makes_the_same_samples() {
    let runs = Runs::read();
    let dino = Model::load("models/dino").expect("the bundled model");
    let start = runs.arrays.get("x_start");
    for case in runs
        .cases
        .iter()
        .filter(|case| case.name.ends_with("linear"))
    {
        let plan = case.plan(case.sampler(), false);
        if plan.is_stochastic() {
            continue;
        }
        let batch = Batch::new(start.shape[0]).initial(start.to_f32());
        let found = CpuSampler::new(&dino, &plan).run(&batch, no_progress);
        let found: Vec<f64> = found
            .expect("a run")
            .data
            .iter()
            .map(|&x| x.into())
            .collect();
        let golden = runs.of(case, "states");
        // The network magnifies roundings: its inputs are angles of 25 radians and more.
        goldens::pass(goldens::compare(
            case.name.clone(),
            &found,
            golden.row(golden.shape[0] - 1),
            |_| 2e-3,
        ));
    }
}
