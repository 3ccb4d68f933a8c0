//! The engine's front: a network and a plan, run on batches.

use std::ops::{ControlFlow, Range};

use crate::batch::Batch;
use crate::cpu::reference::denoiser::Denoiser;
use crate::diffusion::Plan;
use crate::network::Model;
use crate::progress::{Progress, no_progress};

use super::dispatch::instructions;
use super::error::EngineError;
use super::job::RunContext;
use super::memory::RunMemory;
use super::packed_mlp::PackedMlp;
use super::packed_program::PackedProgram;
use super::pool::threads;
use super::program::{EngineNetwork, EngineProgram};
use super::state::{EngineState, SamplesMut, ring_len};
use super::tile::lanes;
use super::told::Told;
use super::workers;

/// A network and a plan, ready to run on all cores of the CPU.
///
/// Runs in the current rayon thread pool.
pub struct CpuSampler<'a> {
    pub(super) program: EngineProgram<'a>,
}

impl CpuSampler<'_> {
    /// Lanes of this machine's vectors, on which the order of summation depends.
    #[must_use]
    pub fn vector_lanes() -> usize {
        lanes(instructions())
    }
}

impl<'a> CpuSampler<'a> {
    /// A sampler with the network of a model. Packs the weights and folds time and class
    /// for the rows of the plan.
    ///
    /// # Panics
    /// If the plan has timesteps that the model's scheduler does not have, and
    /// the network looks them up.
    pub fn new(model: &Model, plan: &Plan) -> Self {
        let network = match model.mlp() {
            Some(mlp) => EngineNetwork::Mlp(Box::new(PackedMlp::new(mlp, plan))),
            None => EngineNetwork::Program(Box::new(PackedProgram::new(model, plan))),
        };
        Self {
            program: EngineProgram::new(network, plan),
        }
    }

    /// A sampler with any network, evaluated one sample at a time.
    pub fn custom(denoiser: impl Denoiser + 'a, plan: &Plan) -> Self {
        let network = EngineNetwork::Custom(Box::new(denoiser));
        Self {
            program: EngineProgram::new(network, plan),
        }
    }

    /// Values in one sample, `D`.
    pub fn dims(&self) -> usize {
        self.program.network.dims()
    }

    /// Classes the network knows; none: it is unconditional.
    pub fn num_classes(&self) -> Option<usize> {
        self.program.network.num_classes()
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.program.plan
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
    ) -> Result<EngineState, EngineError> {
        let mut samples = self.start_told(batch, Told::Pool(&progress))?;
        self.advance(batch, 0..self.program.plan.len(), &mut samples, progress)?;
        Ok(samples)
    }

    /// The samples before the first row: x_T.
    ///
    /// # Errors
    /// As [`CpuSampler::run`].
    pub fn start(&self, batch: &Batch) -> Result<EngineState, EngineError> {
        self.start_told(batch, Told::Pool(&no_progress))
    }

    /// As [`CpuSampler::start`], which may be stopped.
    pub(crate) fn start_told(
        &self,
        batch: &Batch,
        mut told: Told<'_>,
    ) -> Result<EngineState, EngineError> {
        let dims = self.dims();
        batch.validate_for(&self.program.network.needs())?;
        let allocate = |values: usize| {
            let numbers = batch.count * values;
            let mut vec = Vec::new();
            let bytes = numbers * size_of::<f32>();
            vec.try_reserve_exact(numbers)
                .map_err(|_| EngineError::OutOfMemory { bytes })?;
            vec.resize(numbers, 0.0);
            Ok::<_, EngineError>(vec)
        };
        let mut samples = EngineState {
            data: allocate(dims)?,
            x0: allocate(dims)?,
            ring: allocate(ring_len(&self.program.plan, dims))?,
        };
        self.write_start(batch, &mut samples.data, &mut told)?;
        Ok(samples)
    }

    /// Runs rows `rows` of the plan on `samples`, in place. A run may be cut into ranges anywhere
    /// without changing a bit, for instance to keep the states between them as a trajectory.
    ///
    /// # Errors
    /// As [`CpuSampler::run`], and when the rows are not in the plan or the samples not
    /// of the batch. After [`EngineError::Cancelled`] the samples are at different
    /// rows, of no further use.
    pub fn advance(
        &self,
        batch: &Batch,
        rows: Range<usize>,
        samples: &mut EngineState,
        progress: impl Fn(Progress) -> ControlFlow<()> + Sync,
    ) -> Result<(), EngineError> {
        self.advance_told(batch, rows, samples, Told::Pool(&progress))
    }

    /// Whether one thread does all the work of a run of so many samples: they are few, or there is
    /// no other thread.
    pub(crate) fn is_alone(&self, count: usize) -> bool {
        workers::tiles(&self.program, count, self.program.plan.len()) <= 1 || threads() == 1
    }

    /// As [`CpuSampler::advance`], by whoever is told.
    pub(crate) fn advance_told(
        &self,
        batch: &Batch,
        rows: Range<usize>,
        samples: &mut EngineState,
        told: Told<'_>,
    ) -> Result<(), EngineError> {
        let dims = self.dims();
        batch.validate_for(&self.program.network.needs())?;
        let available = self.program.plan.len();
        if rows.start > rows.end || rows.end > available {
            return Err(EngineError::Rows { rows, available });
        }
        let expected = batch.count * dims;
        let ring = batch.count * ring_len(&self.program.plan, dims);
        let sizes = [
            (samples.data.len(), expected),
            (samples.x0.len(), expected),
            (samples.ring.len(), ring),
        ];
        for (found, expected) in sizes {
            if found != expected {
                return Err(EngineError::Samples { found, expected });
            }
        }
        let memory = &mut RunMemory::default();
        self.run_rows(batch, &rows, samples.samples_mut(), memory, told)
    }

    /// Runs rows of the plan, all of which has been checked.
    pub(super) fn run_rows(
        &self,
        batch: &Batch,
        rows: &Range<usize>,
        samples: SamplesMut<'_>,
        memory: &mut RunMemory,
        told: Told<'_>,
    ) -> Result<(), EngineError> {
        let context = RunContext {
            batch,
            steps: &self.program.steps,
            rows,
            uses_history: self.program.plan.uses_history(),
            ring: ring_len(&self.program.plan, self.dims()),
        };
        workers::run(&self.program, context, samples, memory, told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::ClassChoice;
    use crate::progress::no_progress;

    /// Every instruction set this machine has, the plainest first.
    fn instruction_sets() -> Vec<pulp::Arch> {
        let mut sets = vec![pulp::Arch::Scalar];
        #[cfg(target_arch = "x86_64")]
        sets.extend(pulp::x86::V3::try_new().map(pulp::Arch::V3));
        sets.push(pulp::Arch::new());
        sets
    }

    /// Each has tiles of other widths; their results differ in rounding only, and within each
    /// a sample keeps its bits.
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
                sampler.program.arch = arch;
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

    /// A few samples go another way than a tile of them; on every instruction set to the same bits.
    #[test]
    fn a_few_samples_have_the_bits_of_a_tile() {
        let networks = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/networks");
        for name in [
            "tutorial-mlpdiffusion",
            "smalldiffusion-timeinputmlp",
            "torchcfm-mlp",
        ] {
            let model = Model::load(format!("{networks}/{name}")).expect("a fixture");
            let plan = Plan::ddim(model.scheduler()).steps(4).eta(1.0).build();
            let mut sampler = CpuSampler::new(&model, &plan.expect("a plan"));
            for arch in instruction_sets() {
                sampler.program.arch = arch;
                let run = |first: u64, count| {
                    let mut batch = Batch::new(count).sample_offset(first);
                    for input in model.inputs() {
                        batch = batch.condition(input.name.as_str(), vec![0.5; 200 * input.width]);
                    }
                    let samples = sampler.run(&batch, no_progress).expect("a batch");
                    samples.data
                };
                let all = run(0, 150);
                for (first, count) in [(0, 1), (70, 2), (30, 5), (140, 9)] {
                    let part = &all[first * model.dims()..][..count * model.dims()];
                    assert_eq!(run(first as u64, count), part, "{name}, {arch:?}");
                }
            }
        }
    }
}
