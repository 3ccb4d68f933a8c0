//! The driverless engine: samples on the CPU, in tiles that stay in cache through all layers and
//! all steps.
//!
//! ```text
//! Model ─▶ PackedMlp (weights in reading order, biases folded) ─┐
//! Batch ─▶ tiles of 8 to 64 samples, shared out over threads ─┴▶ per tile: embed → layers → guide → update, every row
//! ```
//!
//! A sample has a vector lane to itself and the same chain of operations in every lane, so its bits
//! do not depend on the batch, its place in it, the width of the tile or the number of threads.
//! They do depend on the machine: with and without fused multiply-add the last bits differ.

mod estimate;
mod invert;
mod layer;
mod noise;
mod packed_mlp;
mod tile;
mod update;
mod vector_math;
mod workers;

use std::ops::{ControlFlow, Range};

use crate::batch::{Batch, BatchError};
use crate::diffusion::{Plan, PlanError};
use crate::network::Model;
use crate::noise::INITIAL_DRAW;

use crate::cpu::reference::denoiser::Denoiser;
use crate::cpu::reference::init_noise::init_noise;
use crate::cpu::reference::mask_step::mask_step;
use crate::cpu::reference::update_step::Step;

use packed_mlp::PackedMlp;

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Samples times rows done.
    pub done: u64,
    /// Samples times rows in all.
    pub total: u64,
}

/// A progress callback that neither shows anything nor stops the run.
pub fn no_progress(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Why the engine did not run.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The batch does not fit the network.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// The plan is not of a kind that this can be done with.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// There is nothing to encode.
    #[error("the batch has no initial state: give it the data to encode")]
    NoData,
    /// Rows are asked for that the plan does not have.
    #[error("rows {} to {} are asked for: the plan has {available}", rows.start, rows.end)]
    Rows {
        /// The rows asked for.
        rows: Range<usize>,
        /// Rows in the plan.
        available: usize,
    },
    /// The samples are not those of the batch.
    #[error("the samples hold {found} values, but the batch has {expected}")]
    Samples {
        /// Values there are, of state or x̂₀.
        found: usize,
        /// Values there should be.
        expected: usize,
    },
    /// There is no memory for the samples.
    #[error(
        "no memory for {bytes} bytes of samples: make them in several batches, with sample_offset"
    )]
    OutOfMemory {
        /// Bytes asked for at once.
        bytes: usize,
    },
    /// The progress callback asked to stop.
    #[error("stopped before the end")]
    Cancelled,
}

/// The samples of a batch, between any two rows of a plan.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Samples {
    /// The state, `[count, D]`: x_T at first, the finished samples after the last row.
    pub data: Vec<f32>,
    /// x̂₀ of the row last run, `[count, D]`; zeros before the first.
    pub x0: Vec<f32>,
}

enum Network<'a> {
    Mlp(Box<PackedMlp>),
    Custom(Box<dyn Denoiser + 'a>),
}

/// A network and a plan, ready to run on all cores of the CPU.
///
/// Runs in the current rayon thread pool.
pub struct CpuSampler<'a> {
    network: Network<'a>,
    plan: Plan,
    steps: Vec<Step>,
    arch: pulp::Arch,
}

impl<'a> CpuSampler<'a> {
    /// A sampler with the residual MLP. Packs the weights and folds time and class for the rows of
    /// the plan.
    pub fn new(mlp: &Model, plan: &Plan) -> Self {
        Self::with_network(Network::Mlp(Box::new(PackedMlp::new(mlp, plan))), plan)
    }

    /// A sampler with any network, evaluated one sample at a time.
    pub fn custom(denoiser: impl Denoiser + 'a, plan: &Plan) -> Self {
        Self::with_network(Network::Custom(Box::new(denoiser)), plan)
    }

    fn with_network(network: Network<'a>, plan: &Plan) -> Self {
        Self {
            network,
            steps: (0..plan.len()).map(|row| Step::new(plan, row)).collect(),
            plan: plan.clone(),
            arch: pulp::Arch::new(),
        }
    }

    /// Values in one sample, `D`.
    pub fn dims(&self) -> usize {
        match &self.network {
            Network::Mlp(mlp) => mlp.dims,
            Network::Custom(denoiser) => denoiser.dims(),
        }
    }

    /// Classes the network knows; none: it is unconditional.
    pub fn num_classes(&self) -> Option<usize> {
        match &self.network {
            Network::Mlp(mlp) => mlp.num_classes,
            Network::Custom(denoiser) => denoiser.num_classes(),
        }
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Runs the whole plan.
    ///
    /// `progress` is called now and then, from any thread, and may stop the run.
    ///
    /// # Errors
    /// [`EngineError`], when the batch does not fit the network or memory, or the run was stopped.
    pub fn run(
        &self,
        batch: &Batch,
        progress: impl Fn(Progress) -> ControlFlow<()> + Sync,
    ) -> Result<Samples, EngineError> {
        let mut samples = self.start(batch)?;
        self.advance(batch, 0..self.plan.len(), &mut samples, progress)?;
        Ok(samples)
    }

    /// The samples before the first row: x_T.
    ///
    /// # Errors
    /// As [`CpuSampler::run`].
    pub fn start(&self, batch: &Batch) -> Result<Samples, EngineError> {
        let dims = self.dims();
        batch.validate(dims, self.num_classes())?;
        let numbers = batch.count * dims;
        let allocate = || {
            let mut vec = Vec::new();
            let bytes = numbers * size_of::<f32>();
            vec.try_reserve_exact(numbers)
                .map_err(|_| EngineError::OutOfMemory { bytes })?;
            vec.resize(numbers, 0.0);
            Ok::<_, EngineError>(vec)
        };
        let mut samples = Samples {
            data: allocate()?,
            x0: allocate()?,
        };
        match &batch.initial {
            Some(initial) => samples.data.copy_from_slice(initial),
            None => init_noise(
                batch.seed,
                batch.sample_offset,
                INITIAL_DRAW,
                dims,
                &mut samples.data,
            ),
        }
        if let Some(known) = &batch.inpaint {
            let forward = self.plan.known(0);
            let scales = [forward.x0_scale as f32, forward.noise_scale as f32];
            for (i, x) in samples.data.chunks_exact_mut(dims).enumerate() {
                let own = i * dims..(i + 1) * dims;
                let noise = (batch.seed, batch.sample_offset + i as u64);
                let (data, mask) = (&known.data[own.clone()], &known.mask[own]);
                mask_step(scales, noise, data, mask, x);
            }
        }
        Ok(samples)
    }

    /// Runs rows `rows` of the plan on `samples`, in place. A run may be cut into ranges anywhere
    /// without changing a bit, for instance to keep the states between them as a trajectory.
    ///
    /// # Errors
    /// As [`CpuSampler::run`], and when the rows are not in the plan or the samples not of the
    /// batch. After [`EngineError::Cancelled`] the samples are at different rows, of no further
    /// use.
    pub fn advance(
        &self,
        batch: &Batch,
        rows: Range<usize>,
        samples: &mut Samples,
        progress: impl Fn(Progress) -> ControlFlow<()> + Sync,
    ) -> Result<(), EngineError> {
        let dims = self.dims();
        batch.validate(dims, self.num_classes())?;
        let available = self.plan.len();
        if rows.start > rows.end || rows.end > available {
            return Err(EngineError::Rows { rows, available });
        }
        let expected = batch.count * dims;
        for found in [samples.data.len(), samples.x0.len()] {
            if found != expected {
                return Err(EngineError::Samples { found, expected });
            }
        }
        workers::run(self, batch, &rows, samples, &progress)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::ClassChoice;

    /// Every instruction set this machine has, the plainest first.
    fn instruction_sets() -> Vec<pulp::Arch> {
        let mut sets = vec![pulp::Arch::Scalar];
        #[cfg(target_arch = "x86_64")]
        sets.extend(pulp::x86::V3::try_new().map(pulp::Arch::V3));
        sets.push(pulp::Arch::new());
        sets
    }

    /// Each has tiles of other widths; their results differ in rounding only, and within each a
    /// sample keeps its bits.
    #[test]
    fn every_instruction_set_gives_the_same() {
        let models = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/models");
        for (name, classes) in [("images", true), ("velocity", false), ("wide_input", false)] {
            let mlp = Model::load(format!("{models}/{name}")).expect("a golden model");
            let plan = Plan::ddim(mlp.scheduler()).steps(4).eta(1.0).build();
            let mut sampler = CpuSampler::new(&mlp, &plan.expect("a plan"));
            let mut run = |arch, first: u64, count| {
                let mut batch = Batch::new(count).sample_offset(first);
                if classes {
                    batch = batch.class(ClassChoice::Cyclic).guidance(2.0);
                }
                sampler.arch = arch;
                let samples = sampler.run(&batch, no_progress).expect("a batch");
                samples.data
            };
            let plain = run(pulp::Arch::Scalar, 0, 150);
            for arch in instruction_sets() {
                let all = run(arch, 0, 150);
                let largest = plain
                    .iter()
                    .fold(0.0_f32, |largest, v| largest.max(v.abs()));
                for (found, expected) in all.iter().zip(&plain) {
                    let error = (found - expected).abs() / largest;
                    assert!(error < 2e-5, "{name}, {arch:?}: {found}, not {expected}");
                }
                for (first, count) in [(0, 1), (70, 9), (149, 1), (30, 100)] {
                    let part = &all[first * mlp.dims()..][..count * mlp.dims()];
                    assert_eq!(run(arch, first as u64, count), part, "{name}, {arch:?}");
                }
            }
        }
    }
}
