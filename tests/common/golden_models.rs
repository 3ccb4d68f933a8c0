//! The model directories of `tests/data/models` with what PyTorch makes of them.

use std::fs;

use ddim_wgpu::diffusion::{Plan, PredictionType, SchedulerConfig};
use ddim_wgpu::network::{Model, ModelError};
use ddim_wgpu::{Batch, ClassChoice};
use serde::Deserialize;
use serde_json::Value;

use super::backends::{Backend, Sample};
use super::goldens::{self, Arrays, Mismatch};

/// Relative to the largest value of the array, as the product promises. f32 itself takes up to 6e-6
/// of it: the difference of PyTorch in f32 from PyTorch in f64 on the same trajectories, which
/// `make_models.py` asserts to be below 1e-5.
const TOLERANCE: f64 = 1e-4;

/// The files of one model directory, as text and bytes, so that a test can plant faults in them.
#[derive(Clone)]
pub(crate) struct Files {
    pub(crate) config: Value,
    pub(crate) scheduler: Value,
    pub(crate) weights: Vec<u8>,
}

/// What PyTorch was asked.
#[derive(Deserialize)]
struct Asked {
    net: NetworkCalls,
    runs: Vec<Trajectory>,
}

/// The network called on its own with `net.x` for each timestep and class; `net.out` is
/// `[timesteps, classes, N, …]`.
#[derive(Deserialize)]
struct NetworkCalls {
    timesteps: Vec<usize>,
    classes: Vec<Option<u32>>,
}

/// A decoded trajectory at η = 0.
#[derive(Deserialize)]
struct Trajectory {
    steps: usize,
    classes: Option<Vec<u32>>,
    guidance: f32,
}

pub(crate) struct GoldenModel {
    pub(crate) name: String,
    pub(crate) files: Files,
    asked: Asked,
    arrays: Arrays,
}

impl GoldenModel {
    pub(crate) fn read(name: &str) -> Self {
        let at = |file: &str| format!("models/{name}/{file}");
        Self {
            name: name.to_owned(),
            files: Files {
                config: goldens::json(at("config.json")),
                scheduler: goldens::json(at("scheduler_config.json")),
                weights: fs::read(goldens::path(at("model.safetensors"))).expect("weights"),
            },
            asked: goldens::json(at("golden.json")),
            arrays: Arrays::read(at("golden.safetensors")),
        }
    }

    /// Every golden model, in the order of their names.
    pub(crate) fn all() -> Vec<Self> {
        let entries = fs::read_dir(goldens::path("models")).expect("a folder");
        let mut names: Vec<String> = entries
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .into_string()
                    .expect("UTF-8")
            })
            .collect();
        names.sort();
        names.iter().map(|name| Self::read(name)).collect()
    }

    /// Compares everything PyTorch was asked with what `backend` makes of `files`.
    pub(crate) fn check(&self, backend: &Backend, files: &Files) -> Result<(), Mismatch> {
        let mlp = files
            .load()
            .unwrap_or_else(|error| panic!("{}: {error}", self.name));
        let mut sample = (backend.open)(&mlp);
        let context = format!("{} on {}", self.name, backend.name);
        self.check_network(&context, &mlp, &mut sample)?;
        self.check_trajectories(&context, &mlp, &mut sample)
    }

    /// As [`Self::check`], of the network's own outputs alone.
    pub(crate) fn check_outputs(&self, backend: &Backend, files: &Files) -> Result<(), Mismatch> {
        let mlp = files
            .load()
            .unwrap_or_else(|error| panic!("{}: {error}", self.name));
        self.check_network(&self.name, &mlp, &mut (backend.open)(&mlp))
    }

    /// The network's own outputs. With x̂₀-prediction and ᾱ = 1 to go to, one unclipped step
    /// returns what the network said.
    fn check_network(
        &self,
        context: &str,
        mlp: &Model,
        sample: &mut Sample<'_>,
    ) -> Result<(), Mismatch> {
        let bare = SchedulerConfig {
            prediction: PredictionType::Sample,
            ..mlp.scheduler().schedule.clone().into()
        };
        let (x, outputs) = (self.arrays.get("net.x"), self.arrays.get("net.out"));
        let calls = &self.asked.net;
        let size = x.values.len();
        for (i, &timestep) in calls.timesteps.iter().enumerate() {
            let plan = Plan::ddim(&bare)
                .timesteps([timestep])
                .build()
                .expect("a plan");
            for (j, &class) in calls.classes.iter().enumerate() {
                let choice = class.map_or(ClassChoice::None, ClassChoice::One);
                let batch = Batch::new(x.shape[0]).class(choice).initial(x.to_f32());
                let expected = &outputs.values[(i * calls.classes.len() + j) * size..][..size];
                let what = format!("{context}: network at t = {timestep}, class {class:?}");
                compare(&what, &sample(&plan, &batch), expected)?;
            }
        }
        Ok(())
    }

    fn check_trajectories(
        &self,
        context: &str,
        mlp: &Model,
        sample: &mut Sample<'_>,
    ) -> Result<(), Mismatch> {
        for (i, run) in self.asked.runs.iter().enumerate() {
            let plan = Plan::ddim(mlp.scheduler())
                .steps(run.steps)
                .build()
                .expect("a plan");
            let x = self.arrays.get(&format!("run{i}.x_T"));
            let mut batch = Batch::new(x.shape[0])
                .guidance(run.guidance)
                .initial(x.to_f32());
            if let Some(classes) = &run.classes {
                batch = batch.class(ClassChoice::PerSample(classes.clone()));
            }
            let expected = self.arrays.get(&format!("run{i}.x_0"));
            let what = format!("{context}: {} steps, guidance {}", run.steps, run.guidance);
            compare(&what, &sample(&plan, &batch), &expected.values)?;
        }
        Ok(())
    }
}

impl Files {
    pub(crate) fn load(&self) -> Result<Model, ModelError> {
        Model::from_parts(
            "golden",
            &self.config.to_string(),
            &self.scheduler.to_string(),
            &self.weights,
        )
    }
}

fn compare(what: &str, found: &[f32], expected: &[f64]) -> Result<(), Mismatch> {
    let found: Vec<f64> = found.iter().copied().map(f64::from).collect();
    let limit = TOLERANCE * goldens::largest(expected);
    goldens::compare(what, &found, expected, |_| limit)
}
