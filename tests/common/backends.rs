//! Everything that executes plans, behind one function each: golden tests go through all of them.

use ddim_wgpu::Batch;
use ddim_wgpu::cpu::{self, Denoiser, MlpDenoiser, SampleStep, Step};
use ddim_wgpu::diffusion::{Plan, StepCoefficients};
use ddim_wgpu::model::Mlp;

/// One way to sample.
pub(crate) struct Backend {
    pub(crate) name: &'static str,
    /// The samples, `[count, D]`.
    pub(crate) sample: fn(&Mlp, &Plan, &Batch) -> Vec<f32>,
}

/// All of them.
pub(crate) const BACKENDS: &[Backend] = &[Backend {
    name: "twins",
    sample: with_twins,
}];

/// One sample and one row at a time, through the twins of the kernels.
fn with_twins(mlp: &Mlp, plan: &Plan, batch: &Batch) -> Vec<f32> {
    let dims = mlp.dims();
    let mut state = batch.initial.clone().unwrap_or_else(|| {
        let mut state = vec![0.0; batch.count * dims];
        cpu::init_noise(batch.seed, batch.sample_offset, dims, &mut state);
        state
    });
    let network = MlpDenoiser::new(mlp, plan);
    for (i, x) in state.chunks_exact_mut(dims).enumerate() {
        let mut x0 = vec![0.0; dims];
        for row in 0..plan.len() {
            let at = SampleStep {
                row,
                class: batch.class_of(i, mlp.num_classes()),
                guidance: batch.guidance,
                seed: batch.seed,
                sample: batch.sample_offset + i as u64,
            };
            cpu::mlp_step(&network, plan, at, x, &mut x0);
        }
    }
    state
}

/// The seed of the noise of [`STEP_BACKENDS`].
pub(crate) const SEED: u64 = 2020;

/// `(x', x̂₀)` of row `row` for samples 0 to `samples` of [`SEED`], from `(plan, row, samples, x, out)`.
type StepFn = fn(&Plan, usize, usize, &[f32], &[f32]) -> (Vec<f32>, Vec<f32>);

/// One way to execute a single row whose network output is given.
pub(crate) struct StepBackend {
    pub(crate) name: &'static str,
    pub(crate) step: StepFn,
}

/// All of them.
pub(crate) const STEP_BACKENDS: &[StepBackend] = &[StepBackend {
    name: "twin of update_step",
    step: step_with_twin,
}];

fn step_with_twin(
    plan: &Plan,
    row: usize,
    samples: usize,
    x: &[f32],
    out: &[f32],
) -> (Vec<f32>, Vec<f32>) {
    let dims = x.len() / samples;
    let (mut x, mut x0) = (x.to_vec(), vec![f32::NAN; x.len()]);
    let step = Step::new(plan, row);
    let states = x.chunks_exact_mut(dims).zip(x0.chunks_exact_mut(dims));
    for (i, ((x, x0), out)) in states.zip(out.chunks_exact(dims)).enumerate() {
        let at = SampleStep {
            row,
            class: None,
            guidance: 1.0,
            seed: SEED,
            sample: i as u64,
        };
        cpu::update_step(&step, at, x, out, x0);
    }
    (x, x0)
}

/// A network that is a formula, in `x` and the timestep `t`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Formula {
    /// `x·t/(t+1)`, of diffusers' scheduler tests.
    Diffusers,
    /// `0.6x + 0.01t·x/(1 + x²)`, of `make_solvers.py`.
    Smooth,
}

impl Formula {
    /// The output for one value.
    pub(crate) fn output(self, t: f64, x: f64) -> f64 {
        match self {
            Self::Diffusers => x * t / (t + 1.0),
            Self::Smooth => 0.6 * x + 0.01 * t * x / (1.0 + x * x),
        }
    }
}

/// One way to run a plan with a network that is a formula.
pub(crate) struct LoopBackend {
    pub(crate) name: &'static str,
    /// The samples made from x_T, of which there are as many as the third argument says.
    pub(crate) sample: fn(Formula, &Plan, usize, &[f32]) -> Vec<f32>,
}

/// All of them.
pub(crate) const LOOP_BACKENDS: &[LoopBackend] = &[LoopBackend {
    name: "twin of predict_step",
    sample: loop_with_twin,
}];

struct FormulaNetwork {
    formula: Formula,
    dims: usize,
}

impl Denoiser for FormulaNetwork {
    fn dims(&self) -> usize {
        self.dims
    }

    fn predict(&self, step: &StepCoefficients, _class: Option<u32>, x: &[f32], out: &mut [f32]) {
        for (out, &x) in out.iter_mut().zip(x) {
            *out = self.formula.output(step.timestep as f64, x.into()) as f32;
        }
    }
}

fn loop_with_twin(formula: Formula, plan: &Plan, samples: usize, x: &[f32]) -> Vec<f32> {
    let network = FormulaNetwork {
        formula,
        dims: x.len() / samples,
    };
    let mut x = x.to_vec();
    for (i, x) in x.chunks_exact_mut(network.dims).enumerate() {
        let mut x0 = vec![f32::NAN; network.dims];
        for row in 0..plan.len() {
            let at = SampleStep {
                row,
                class: None,
                guidance: 1.0,
                seed: SEED,
                sample: i as u64,
            };
            cpu::predict_step(&network, plan, at, x, &mut x0);
        }
    }
    x
}
