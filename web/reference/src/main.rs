//! `ddim-web-reference CASES.json MODELS OUT`: what the native CPU engine answers to the requests that
//! the page's tests make, read by the code that reads them in the browser.
//!
//! Writes for each case NAME, as little-endian f32, `[count, D]` each: `NAME.start`, x_T; `NAME.samples`;
//! and what the case gives to the batch: `NAME.initial`, `NAME.data` and `NAME.mask`.

use std::error::Error;
use std::f64::consts::TAU;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use ddim_web::request::{Arrays, BatchRequest, PlanRequest, read};
use ddim_wgpu::cpu::{CpuSampler, MixtureDenoiser};
use ddim_wgpu::diffusion::SchedulerConfig;
use ddim_wgpu::network::{GaussianMixture, Model};
use ddim_wgpu::no_progress;
use ddim_wgpu::noise::fill_normals;
use serde::Deserialize;

/// A case of `test/cases.json`; the browser has the options.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    model: Option<String>,
    wgsl: Option<String>,
    plan: serde_json::Value,
    batch: serde_json::Value,
    #[serde(rename = "options")]
    _options: Option<serde_json::Value>,
    /// Of the browser's answer, where it is not the common one, and the reason.
    #[serde(rename = "bound")]
    _bound: Option<f64>,
    #[serde(rename = "reason")]
    _reason: Option<String>,
    #[serde(default)]
    mask: bool,
    /// The case whose samples are the initial state.
    initial: Option<String>,
}

/// Where the models are and the answers go.
struct Places {
    models: PathBuf,
    out: PathBuf,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [cases, models, out] = arguments.as_slice() else {
        eprintln!("usage: ddim-web-reference CASES.json MODELS OUT");
        return ExitCode::from(2);
    };
    let places = Places {
        models: models.into(),
        out: out.into(),
    };
    match answer_all(Path::new(cases), &places) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ddim-web-reference: {error}");
            ExitCode::FAILURE
        }
    }
}

fn answer_all(cases: &Path, places: &Places) -> Result<(), Box<dyn Error>> {
    let cases: Vec<Case> = serde_json::from_str(&std::fs::read_to_string(cases)?)?;
    for case in &cases {
        answer(case, places).map_err(|error| format!("{}: {error}", case.name))?;
    }
    Ok(())
}

fn answer(case: &Case, places: &Places) -> Result<(), Box<dyn Error>> {
    let plan: PlanRequest = read("plan", &case.plan.to_string())?;
    let batch: BatchRequest = read("batch", &case.batch.to_string())?;
    let (sampler, dims) = match &case.model {
        Some(model) => {
            let model = Model::load(places.models.join(model))?;
            let plan = plan.plan(model.scheduler())?;
            (CpuSampler::new(&model, &plan), model.dims())
        }
        None => {
            let mixture = closed_form(case.wgsl.as_deref().unwrap_or_default())?;
            let scheduler = places.models.join("dino/scheduler_config.json");
            let (scheduler, _) = SchedulerConfig::from_json(&std::fs::read_to_string(scheduler)?)?;
            let plan = plan.plan(&scheduler)?;
            let exact = MixtureDenoiser::new(mixture, plan.prediction());
            (CpuSampler::custom(exact, &plan), 2)
        }
    };
    let values = batch.batch(Arrays::default())?.count * dims;
    let mut arrays = Arrays::default();
    if let Some(name) = &case.initial {
        let samples = std::fs::read(places.out.join(format!("{name}.samples")))?;
        arrays.initial = Some(bytemuck::pod_collect_to_vec(&samples[..4 * values]));
    }
    if case.mask {
        let mut noise = vec![0.0; values];
        fill_normals(1, 0, 0, &mut noise);
        arrays.data = Some(noise.iter().map(|value| value.clamp(-1.0, 1.0)).collect());
        // All kept, a share of both, all new.
        arrays.mask = Some(
            (0..values)
                .map(|at| [0.0, 0.25, 1.0][at / 28 % 3])
                .collect(),
        );
    }
    let batch = batch.batch(arrays.clone())?;
    let start = sampler.start(&batch)?;
    let samples = sampler.run(&batch, no_progress)?;
    let write = |what: &str, values: &[f32]| {
        let file = places.out.join(format!("{}.{what}", case.name));
        std::fs::write(file, bytemuck::cast_slice(values))
    };
    write("start", &start.data)?;
    write("samples", &samples.data)?;
    let given = [
        ("initial", arrays.initial),
        ("data", arrays.data),
        ("mask", arrays.mask),
    ];
    for (what, values) in given {
        if let Some(values) = values {
            write(what, &values)?;
        }
    }
    Ok(())
}

/// The mixture of Gaussians that a text in WGSL is the closed form of.
fn closed_form(text: &str) -> Result<GaussianMixture, Box<dyn Error>> {
    let center = |k: i32| {
        let angle = TAU * f64::from(k) / 8.0;
        vec![0.8 * angle.cos(), 0.8 * angle.sin()]
    };
    match text {
        "test/gaussian.wgsl" => Ok(GaussianMixture::gaussian(vec![0.25, -0.5], 0.04)?),
        "ring.wgsl" => {
            let centers = (0..8).map(center).collect();
            Ok(GaussianMixture::new(&[1.0; 8], centers, vec![0.004; 8])?)
        }
        other => Err(format!("{other} has no closed form").into()),
    }
}
