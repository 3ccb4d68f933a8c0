//! Everything that executes plans, each behind one function: golden tests go through all of them.
//!
//! A backend is opened once for a network and then given any number of plans. That spares the GPU
//! ones most of their compilations, and goes through
//! [`DiffusionSampler::set_plan`](ddim_wgpu::gpu::DiffusionSampler::set_plan).

use ddim_wgpu::Batch;
use ddim_wgpu::cpu::{self, CpuSampler, Denoiser, MlpDenoiser, RoundedStep, SampleStep};
use ddim_wgpu::diffusion::{Plan, StageCoefficients};
use ddim_wgpu::network::Model;

use super::gpu_backends;

/// The seed of all noise.
pub(crate) const SEED: u64 = 2020;

/// Samples `[count, D]` of a plan and a batch.
pub(crate) type Sample<'a> = Box<dyn FnMut(&Plan, &Batch) -> Vec<f32> + 'a>;

/// One way to sample with an MLP.
pub(crate) struct Backend {
    pub(crate) name: &'static str,
    pub(crate) open: for<'a> fn(&'a Model) -> Sample<'a>,
}

/// One sample and one row at a time, through the twins of the kernels.
pub(crate) const TWINS: Backend = Backend {
    name: "twins",
    open: open_twins,
};

/// All of them.
pub(crate) const BACKENDS: &[Backend] = &[
    TWINS,
    Backend {
        name: "CPU engine",
        open: open_engine,
    },
    Backend {
        name: "mlp_step",
        open: gpu_backends::open_tiled_kernel,
    },
    Backend {
        name: "mlp_step_serial",
        open: gpu_backends::open_serial_kernel,
    },
    Backend {
        name: "mlp_step_serial with the device's features",
        open: gpu_backends::open_featured_serial_kernel,
    },
];

fn open_twins(mlp: &Model) -> Sample<'_> {
    Box::new(|plan, batch| {
        let dims = mlp.dims();
        let mut state = batch.initial.clone().unwrap_or_else(|| {
            let mut noise = vec![f32::NAN; batch.count * dims];
            cpu::init_noise(batch.seed, batch.sample_offset, 0, dims, &mut noise);
            noise
        });
        let network = MlpDenoiser::new(mlp.mlp().expect("a residual MLP"), plan);
        for (i, x) in state.chunks_exact_mut(dims).enumerate() {
            let mut x0 = vec![f32::NAN; x.len()];
            let keep = |scales: [f32; 2], x: &mut [f32]| {
                if let Some(known) = &batch.inpaint {
                    let own = i * dims..(i + 1) * dims;
                    let (data, mask) = (&known.data[own.clone()], &known.mask[own]);
                    cpu::mask_step(scales, (batch.seed, i as u64), data, mask, x);
                }
            };
            let start = plan.known(0);
            keep([start.x0_scale as f32, start.noise_scale as f32], x);
            for row in 0..plan.len() {
                let class = batch.class_of(i, mlp.num_classes());
                let at = SampleStep {
                    class,
                    guidance: batch.guidance,
                    ..unguided(row, i)
                };
                cpu::mlp_step(&network, plan, at, x, &mut x0);
                keep(RoundedStep::new(plan, row).inpaint, x);
            }
        }
        state
    })
}

/// Tiles of samples on all cores.
fn open_engine(mlp: &Model) -> Sample<'_> {
    Box::new(|plan, batch| {
        let samples = CpuSampler::new(mlp, plan).run(batch, ddim_wgpu::no_progress);
        samples.expect("golden runs are valid").data
    })
}

fn unguided(row: usize, sample: usize) -> SampleStep {
    SampleStep {
        row,
        class: None,
        guidance: 1.0,
        seed: SEED,
        sample: sample as u64,
    }
}

/// A row to execute by itself for samples 0, 1, … of [`SEED`], its network output given.
pub(crate) struct RowJob<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) row: usize,
    /// `[samples, D]`, as is `out`.
    pub(crate) x: &'a [f32],
    pub(crate) out: &'a [f32],
}

/// `(x', x̂₀)` of a row.
pub(crate) type RunRow = Box<dyn FnMut(RowJob<'_>) -> (Vec<f32>, Vec<f32>)>;

/// One way to execute a single row whose network output is given.
pub(crate) struct RowBackend {
    pub(crate) name: &'static str,
    /// For samples of as many values as the argument says.
    pub(crate) open: fn(usize) -> RunRow,
}

/// All of them.
pub(crate) const ROW_BACKENDS: &[RowBackend] = &[
    RowBackend {
        name: "twin of update_step",
        open: open_row_twin,
    },
    RowBackend {
        name: "update_step",
        open: gpu_backends::open_row_kernel,
    },
];

fn open_row_twin(dims: usize) -> RunRow {
    Box::new(move |RowJob { plan, row, x, out }| {
        let (mut x, mut x0) = (x.to_vec(), vec![f32::NAN; x.len()]);
        let step = RoundedStep::new(plan, row);
        let states = x.chunks_exact_mut(dims).zip(x0.chunks_exact_mut(dims));
        for (i, ((x, x0), out)) in states.zip(out.chunks_exact(dims)).enumerate() {
            cpu::update_step(&step, unguided(row, i), x, out, x0);
        }
        (x, x0)
    })
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

/// Samples from a plan and x_T, `[samples, D]`.
pub(crate) type RunLoop = Box<dyn FnMut(&Plan, &[f32]) -> Vec<f32>>;

/// One way to run a plan with a network that is a formula.
pub(crate) struct LoopBackend {
    pub(crate) name: &'static str,
    /// For samples of as many values as the second argument says.
    pub(crate) open: fn(Formula, usize) -> RunLoop,
}

/// All of them.
pub(crate) const LOOP_BACKENDS: &[LoopBackend] = &[
    LoopBackend {
        name: "twin of predict_step",
        open: open_loop_twin,
    },
    LoopBackend {
        name: "CPU engine",
        open: open_loop_engine,
    },
    LoopBackend {
        name: "predict_step",
        open: gpu_backends::open_loop_kernel,
    },
];

struct FormulaNetwork {
    formula: Formula,
    dims: usize,
}

impl Denoiser for FormulaNetwork {
    fn dims(&self) -> usize {
        self.dims
    }

    fn predict(&self, step: &StageCoefficients, _class: Option<u32>, x: &[f32], out: &mut [f32]) {
        for (out, &x) in out.iter_mut().zip(x) {
            *out = self.formula.output(step.timestep, x.into()) as f32;
        }
    }
}

fn open_loop_twin(formula: Formula, dims: usize) -> RunLoop {
    let network = FormulaNetwork { formula, dims };
    Box::new(move |plan, x| {
        let mut x = x.to_vec();
        for (i, x) in x.chunks_exact_mut(dims).enumerate() {
            let mut x0 = vec![f32::NAN; dims];
            for row in 0..plan.len() {
                cpu::predict_step(&network, plan, unguided(row, i), x, &mut x0);
            }
        }
        x
    })
}

fn open_loop_engine(formula: Formula, dims: usize) -> RunLoop {
    Box::new(move |plan, x| {
        let sampler = CpuSampler::custom(FormulaNetwork { formula, dims }, plan);
        let batch = Batch::new(x.len() / dims).initial(x.to_vec());
        sampler
            .run(&batch, ddim_wgpu::no_progress)
            .expect("samples")
            .data
    })
}
