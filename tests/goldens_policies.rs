//! The clips that policies sample with, against DPPO's formulas in float64.

use ddim_wgpu::Batch;
use ddim_wgpu::diffusion::{Clipping, Plan, PlanBuilder, SamplerKind, SchedulerConfig};
use ddim_wgpu::noise::normal;
use serde::Deserialize;
use serde_json::Value;

use crate::common::backends::BACKENDS;
use crate::common::golden_models::GoldenModel;
use crate::common::goldens::{self, Array, Arrays, Mismatch};
use crate::common::rows::run_given;

#[derive(Deserialize)]
struct Golden {
    scheduler: Value,
    seed: u64,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    model: String,
    sampler: String,
    steps: usize,
    eta: f64,
    clips: Limits,
}

#[derive(Clone, Copy, Deserialize)]
struct Limits {
    x0: Option<f64>,
    epsilon: Option<f64>,
    noise: Option<f64>,
    #[serde(rename = "final")]
    last_state: Option<f64>,
}

impl Limits {
    fn are_any_of_a_plan(self) -> bool {
        self.epsilon.or(self.noise).or(self.last_state).is_some()
    }
}

struct Runs {
    golden: Golden,
    arrays: Arrays,
}

/// Samples of each run.
const COUNT: usize = 4;

impl Runs {
    fn read() -> Self {
        Self {
            golden: goldens::json("policies/cases.json"),
            arrays: Arrays::read("policies/states.safetensors"),
        }
    }

    /// What the network said in every step, and the states after it, `[steps, 4, …]`.
    fn of(&self, case: &Case) -> [Array; 2] {
        ["out", "states"].map(|what| self.arrays.get(&format!("{}.{what}", case.name)))
    }

    fn plan(&self, case: &Case, limits: Limits) -> Plan {
        let (config, _) =
            SchedulerConfig::from_json(&self.golden.scheduler.to_string()).expect("a scheduler");
        let sampler: SamplerKind = case.sampler.parse().expect("a sampler");
        let mut builder = Plan::sampler(config, sampler).steps(case.steps);
        if sampler == SamplerKind::Ddim {
            builder = builder.eta(case.eta).rederive_epsilon(true);
        }
        if let Some(range) = limits.x0 {
            builder = builder.clipping(Clipping::Range(range));
        }
        type Set = fn(PlanBuilder, f64) -> PlanBuilder;
        let clips: [(Option<f64>, Set); 3] = [
            (limits.epsilon, PlanBuilder::clip_epsilon),
            (limits.noise, PlanBuilder::clip_noise),
            (limits.last_state, PlanBuilder::clip_final),
        ];
        for (limit, set) in clips {
            if let Some(limit) = limit {
                builder = set(builder, limit);
            }
        }
        builder
            .build()
            .unwrap_or_else(|error| panic!("{}: {error}", case.name))
    }

    /// A draw of every sample, `[4, dims]`.
    fn draw(&self, draw: u32, dims: usize) -> Vec<f64> {
        let of_sample = |sample| {
            (0..dims as u64).map(move |element| normal(self.golden.seed, sample, draw, element))
        };
        let samples = (0..COUNT as u64).flat_map(of_sample);
        samples.map(f64::from).collect()
    }

    /// Runs a plan on what the network said in the golden's run.
    fn check(&self, case: &Case, plan: &Plan) -> Result<(), Mismatch> {
        let [out, golden] = self.of(case);
        let dims = golden.row(0).len() / COUNT;
        let states = run_given(plan, COUNT, &self.draw(0, dims), |row, _| {
            (out.row(row.index).to_vec(), self.draw(row.draw, dims))
        });
        assert_eq!(states.len(), golden.shape[0], "{}: steps", case.name);
        for (i, state) in states.iter().enumerate() {
            // Both are f64; x̂₀ of the noisiest level, ᾱ = 2e-6, magnifies roundings by 600.
            let limit = 1e-12 * goldens::largest(golden.row(i)).max(1.0);
            let what = format!("{} after step {i}", case.name);
            goldens::compare(what, state, golden.row(i), |_| limit)?;
        }
        Ok(())
    }
}

#[test]
fn rows_do_what_dppo_does() {
    let runs = Runs::read();
    for case in &runs.golden.cases {
        goldens::pass(runs.check(case, &runs.plan(case, case.clips)));
    }
    assert_eq!(runs.golden.cases.len(), 21);
}

/// Every limit matters, but for noise where there is none or none beyond it, and a last state that
/// is within its limit as x̂₀ is.
#[test]
fn a_limit_that_is_missing_is_noticed() {
    let runs = Runs::read();
    type Remove = fn(&mut Limits);
    let remove: [(&str, Remove); 3] = [
        ("epsilon", |limits| limits.epsilon = None),
        ("noise", |limits| limits.noise = None),
        ("final", |limits| limits.last_state = None),
    ];
    let mut unnoticed = Vec::new();
    let mut noticed = 0;
    for case in &runs.golden.cases {
        let set = [case.clips.epsilon, case.clips.noise, case.clips.last_state];
        for ((option, remove), _) in remove.iter().zip(set).filter(|(_, set)| set.is_some()) {
            let mut limits = case.clips;
            remove(&mut limits);
            match runs.check(case, &runs.plan(case, limits)) {
                Ok(()) => unnoticed.push(format!("{}: {option}", case.name)),
                Err(_) => noticed += 1,
            }
        }
    }
    let expected = [
        "points.ddim.5.0.0.noise: noise",
        "points.ddim.5.0.0.all: noise",
        "points.ddim.5.0.0.dppo: noise",
        "points.ddim.5.0.0.dppo: final",
        "points.ddim.5.1.0.dppo: noise",
        "points.ddim.5.1.0.dppo: final",
        "points.ddpm.20.1.0.dppo: noise",
        "points.ddpm.20.1.0.dppo: final",
        "points.ddpm.20.1.0.diffusion-ql: final",
        "images.ddim.5.0.0.all: noise",
        "images.ddpm.20.1.0.dppo: final",
    ];
    assert_eq!(unnoticed, expected);
    assert_eq!(noticed, 22);
}

/// Engine, twins and kernels, each with a network of its own.
#[test]
fn every_engine_does_what_dppo_does() {
    let runs = Runs::read();
    for name in ["points", "images"] {
        let model = GoldenModel::read(name).files.load().expect("a model");
        for backend in BACKENDS {
            let mut sample = (backend.open)(&model);
            let own = |case: &&Case| case.model == name && case.clips.are_any_of_a_plan();
            for case in runs.golden.cases.iter().filter(own) {
                let plan = runs.plan(case, case.clips);
                let batch = Batch::new(COUNT).seed(runs.golden.seed);
                let found = sample(&plan, &batch).into_iter().map(f64::from);
                let found: Vec<f64> = found.collect();
                let [_, golden] = runs.of(case);
                let golden = golden.row(golden.shape[0] - 1);
                let limit = 2e-5 * goldens::largest(golden).max(1.0);
                let what = format!("{} on {}", case.name, backend.name);
                goldens::pass(goldens::compare(what, &found, golden, |_| limit));
            }
        }
    }
}
