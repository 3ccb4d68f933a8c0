//! Kernels that hold a network: rows one by one, and whole runs.

use std::num::NonZero;

use ddim_wgpu::cpu::{self, Denoiser, MixtureDenoiser, MlpDenoiser, ProgramTwin, SampleStep};
use ddim_wgpu::diffusion::{Plan, PredictionType};
use ddim_wgpu::gpu::{DiffusionSampler, Kernel, SamplerOptions, WgslNetwork};
use ddim_wgpu::network::Model;
use ddim_wgpu::{Batch, ClassChoice};

use crate::Failure;
use crate::networks::{
    Classes, OFFSET, SEED, contracting, digits, host_noise, mixture, random_networks, scheduler,
};
use crate::recording::{Measure, Recording};

/// Sums of up to some thousand products, and an exponential that WGSL allows to be some
/// units in the last place off.
const NETWORK: f64 = 3e-6;
/// Rows whose differences add up, each within the bound of its kernel; the networks forget
/// them, so they do not grow.
const RUN: f64 = 1e-5;

/// What a step makes of a sample's state and x̂₀.
type Step<'a> = &'a dyn Fn(SampleStep, &mut [f32], &mut [f32]);

/// One sample's step by the CPU.
struct Twin<'a> {
    /// Classes that the network knows.
    classes: Option<usize>,
    step: Step<'a>,
}

impl Twin<'_> {
    /// A row of every sample of a batch: `state` becomes the next, and `x0` (on entry that of
    /// the row before) its x̂₀.
    fn row(&self, batch: &Batch, row: usize, state: &mut [f32], x0: &mut [f32]) {
        let dims = state.len() / batch.count;
        let samples = state.chunks_exact_mut(dims).zip(x0.chunks_exact_mut(dims));
        for (i, (x, x0)) in samples.enumerate() {
            let at = SampleStep {
                row,
                class: batch.class_of(i, self.classes),
                guidance: batch.guidance,
                seed: batch.seed,
                sample: batch.sample_offset + i as u64,
            };
            (self.step)(at, x, x0);
        }
    }
}

pub(crate) fn predict_step(to: &mut Recording) -> Result<(), Failure> {
    for &prediction in PredictionType::ALL {
        let mut config = scheduler();
        config.prediction = prediction;
        let plan = Plan::ddim(config).steps(4).eta(0.6).build()?;
        let network = WgslNetwork::gaussian_mixture(&mixture(), prediction);
        let sampler = DiffusionSampler::new(&to.device, &network, &plan)?;
        let exact = MixtureDenoiser::new(mixture(), prediction);
        let twin = Twin {
            classes: None,
            step: &|at, x, x0| cpu::predict_step(&exact, &plan, at, x, x0),
        };
        for count in [1, 65] {
            let names = ("predict_step", &*format!("{prediction}, {count} samples"));
            follow(to, names, (&sampler, &plan), Batch::new(count), &twin)?;
        }
    }
    let classes = Classes::new();
    let plan = Plan::ddim(scheduler()).steps(4).eta(0.6).build()?;
    let sampler = DiffusionSampler::new(&to.device, &classes.wgsl(), &plan)?;
    let twin = Twin {
        classes: classes.num_classes(),
        step: &|at, x, x0| cpu::predict_step(&classes, &plan, at, x, x0),
    };
    for guidance in [1.0, 2.5] {
        let names = ("predict_step", &*format!("classes, guidance {guidance}"));
        let batch = Batch::new(65).class(ClassChoice::Cyclic).guidance(guidance);
        follow(to, names, (&sampler, &plan), batch, &twin)?;
    }
    Ok(())
}

pub(crate) fn mlp_step(to: &mut Recording, kernel: Kernel) -> Result<(), Failure> {
    for (name, model) in random_networks() {
        let wide = model.mlp().ok_or("a residual MLP")?.config().hidden_size > 1000;
        let swept = name.starts_with("inputs");
        if (wide || swept) && kernel == Kernel::MlpStepSerial {
            // Wide ones are beyond what its loops are made for; inputs are embedded by
            // what both kernels share.
            continue;
        }
        let rows = if swept { 1 } else { 3 };
        let counts: &[usize] = match (swept, wide) {
            (true, _) => &[65],
            (_, true) => &[1, 63],
            _ => &[1, 65, 257],
        };
        let plan = Plan::ddim(model.scheduler()).steps(rows).eta(0.7).build()?;
        mlp_rows(to, kernel, (&name, &model), &plan, counts)?;
    }
    let model = digits()?;
    let plan = Plan::ddim(model.scheduler()).steps(3).eta(1.0).build()?;
    mlp_rows(to, kernel, ("digits", &model), &plan, &[3, 65])
}

/// Rows of an MLP, with classes and guidance where it has classes.
fn mlp_rows(
    to: &mut Recording,
    kernel: Kernel,
    (name, model): (&str, &Model),
    plan: &Plan,
    counts: &[usize],
) -> Result<(), Failure> {
    let sampler = DiffusionSampler::with_options(&to.device, model, plan, &by(kernel, 1))?;
    let network = MlpDenoiser::new(model.mlp().ok_or("a residual MLP")?, plan);
    let twin = Twin {
        classes: model.num_classes(),
        step: &|at, x, x0| cpu::mlp_step(&network, plan, at, x, x0),
    };
    for &count in counts {
        let mut batch = Batch::new(count);
        if model.num_classes().is_some() {
            let guidance = if count == 65 { 1.0 } else { 2.5 };
            batch = batch.class(ClassChoice::Cyclic).guidance(guidance);
        }
        let names = (kernel.name(), &*format!("{name}, {count} samples"));
        follow(to, names, (&sampler, plan), batch, &twin)?;
    }
    Ok(())
}

/// Samples that share a row of a condition: so many that a batch far up the indices takes two rows.
const SAMPLES_PER_CONDITION: NonZero<usize> = NonZero::new(1 << 31).expect("not 0");

/// Networks of layers: plain, with norms, with conditions and a gate for each sample.
pub(crate) fn program_step(to: &mut Recording, kernel: Kernel) -> Result<(), Failure> {
    for name in [
        "tiny-diffusion-mlp",
        "cep-qgpo-scorenet",
        "vibevoice-diffusion-head",
    ] {
        let model = Model::load(format!("tests/data/networks/{name}"))?;
        let plan = Plan::ddim(model.scheduler()).steps(3).eta(0.7).build()?;
        let sampler = DiffusionSampler::with_options(&to.device, &model, &plan, &by(kernel, 1))?;
        let network = ProgramTwin::new(&model, &plan);
        let inputs = model.inputs().iter();
        let conditions: Vec<(&str, usize, Vec<f32>)> = inputs
            .map(|input| {
                (
                    input.name.as_str(),
                    input.width,
                    host_noise(5, 3, input.width),
                )
            })
            .collect();
        let twin = Twin {
            classes: model.num_classes(),
            step: &|at, x, x0| {
                let row = (at.sample / SAMPLES_PER_CONDITION.get() as u64) as usize;
                let own = conditions.iter();
                let own = own.map(|(_, width, values)| &values[row * width..][..*width]);
                let inputs: Vec<&[f32]> = own.collect();
                cpu::program_step(&network, &plan, at, &inputs, x, x0);
            },
        };
        for count in [1, 65] {
            let mut batch = Batch::new(count).samples_per_condition(SAMPLES_PER_CONDITION);
            for (name, _, values) in &conditions {
                batch = batch.condition(*name, values.clone());
            }
            let names = (kernel.name(), &*format!("{name}, {count} samples"));
            follow(to, names, (&sampler, &plan), batch, &twin)?;
        }
    }
    Ok(())
}

/// Rows one by one, each from the twin's state and x̂₀ of the row before.
fn follow(
    to: &mut Recording,
    (check, case): (&str, &str),
    (sampler, plan): (&DiffusionSampler, &Plan),
    batch: Batch,
    twin: &Twin<'_>,
) -> Result<(), Failure> {
    let dims: usize = sampler.sample_shape().iter().product();
    let mut state = host_noise(SEED ^ 1, batch.count, dims);
    let batch = batch.seed(SEED).sample_offset(OFFSET);
    let batch = batch.initial(state.clone());
    let run = sampler.prepare(&to.device, &to.queue, &batch)?;
    // No row may look at what the first has not written.
    let mut x0 = vec![f32::NAN; state.len()];
    for (row, step) in plan.stages().iter().enumerate() {
        for (buffer, values) in [(run.state(), &state), (run.x0(), &x0)] {
            to.queue
                .write_buffer(buffer, 0, bytemuck::cast_slice(values));
        }
        to.submit(|encoder| sampler.encode(encoder, &run, row..row + 1));
        twin.row(&batch, row, &mut state, &mut x0);
        // 1/√ᾱ is 157 at the noisy end: the row multiplies the network's rounding by it.
        let gain = step.x0_from_out.abs();
        let state_gain = gain * step.x0_scale.abs();
        let state_gain = state_gain.max((step.eps_from_out * step.eps_scale).abs());
        let measure = |gain| Measure::Near {
            bound: NETWORK,
            gain,
        };
        let names = ["state", "x0"].map(|what| format!("{case}, row {row}, {what}"));
        to.state(&run, (check, &names[0]), &state, measure(state_gain))?;
        to.x0(&run, (check, &names[1]), &x0, measure(gain))?;
    }
    Ok(())
}

pub(crate) fn predict_step_run(to: &mut Recording) -> Result<(), Failure> {
    let (kernel, prediction) = (Kernel::MlpStep, PredictionType::Epsilon);
    let network = WgslNetwork::gaussian_mixture(&mixture(), prediction);
    let exact = MixtureDenoiser::new(mixture(), prediction);
    for (eta, rows) in RUNS {
        let plan = Plan::ddim(scheduler()).steps(50).eta(eta).build()?;
        let twin = Twin {
            classes: None,
            step: &|at, x, x0| cpu::predict_step(&exact, &plan, at, x, x0),
        };
        let sampler =
            DiffusionSampler::with_options(&to.device, &network, &plan, &by(kernel, rows))?;
        let names = ("run of predict_step", &*run_name(3, eta, rows));
        whole_run(to, names, (&sampler, &plan), run_of(67), &twin)?;
    }
    Ok(())
}

pub(crate) fn mlp_step_run(to: &mut Recording, kernel: Kernel) -> Result<(), Failure> {
    for (model, count) in [(contracting(), 67), (digits()?, 5)] {
        for (eta, rows) in RUNS {
            let plan = Plan::ddim(model.scheduler()).steps(6).eta(eta).build()?;
            let network = MlpDenoiser::new(model.mlp().ok_or("a residual MLP")?, &plan);
            let twin = Twin {
                classes: model.num_classes(),
                step: &|at, x, x0| cpu::mlp_step(&network, &plan, at, x, x0),
            };
            let batch = run_of(count).class(ClassChoice::Cyclic).guidance(1.5);
            let sampler =
                DiffusionSampler::with_options(&to.device, &model, &plan, &by(kernel, rows))?;
            let check = format!("run of {}", kernel.name());
            let names = (&*check, &*run_name(model.dims(), eta, rows));
            whole_run(to, names, (&sampler, &plan), batch, &twin)?;
        }
    }
    Ok(())
}

/// η and rows a dispatch: several are another text.
const RUNS: [(f64, usize); 3] = [(0.0, 1), (1.0, 1), (1.0, 3)];

/// The samples of a whole run, recorded as one command buffer.
fn whole_run(
    to: &mut Recording,
    names: (&str, &str),
    (sampler, plan): (&DiffusionSampler, &Plan),
    batch: Batch,
    twin: &Twin<'_>,
) -> Result<(), Failure> {
    let dims: usize = sampler.sample_shape().iter().product();
    let mut state = host_noise(5, batch.count, dims);
    let batch = batch.initial(state.clone());
    let run = sampler.prepare(&to.device, &to.queue, &batch)?;
    to.submit(|encoder| sampler.encode(encoder, &run, 0..plan.len()));
    let mut x0 = vec![f32::NAN; state.len()];
    for row in 0..plan.len() {
        twin.row(&batch, row, &mut state, &mut x0);
    }
    let measure = Measure::Near {
        bound: RUN,
        gain: 1.0,
    };
    to.state(&run, names, &state, measure)?;
    to.x0(&run, names, &x0, measure)
}

fn run_name(dims: usize, eta: f64, rows: usize) -> String {
    format!("{dims} values, eta {eta}, {rows} rows a dispatch")
}

fn run_of(count: usize) -> Batch {
    Batch::new(count).seed(SEED).sample_offset(OFFSET)
}

fn by(kernel: Kernel, rows: usize) -> SamplerOptions {
    let mut options = SamplerOptions::default();
    options.mlp_kernel = Some(kernel);
    options.rows_per_dispatch = NonZero::new(rows);
    options
}
