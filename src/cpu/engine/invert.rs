//! Fixed-point encoding on the CPU.

use std::ops::ControlFlow;

use crate::batch::{Batch, BatchError, ClassChoice};
use crate::inversion::{FixedPoint, Inversion, invert};

use super::error::EngineError;
use super::program::EngineNetwork;
use super::sampler::CpuSampler;
use super::state::EngineState;
use crate::progress::Progress;

impl CpuSampler<'_> {
    /// Encodes the batch's initial state, `[count, D]`, which is data here, by inverting the rows
    /// of the plan one by one, so that [`CpuSampler::run`] from the result gives the data back. Of
    /// each sample the best state found is kept; see [`Inversion::residual`] for how good it is.
    ///
    /// The plan is that of decoding: DDIM with `η = 0`. The batch's classes and guidance apply as
    /// in sampling. `progress` counts rows that are done, times samples, and may stop the run.
    ///
    /// # Errors
    /// [`EngineError::Plan`] if the rows cannot be inverted, [`EngineError::NoData`] if the batch
    /// has no initial state, and as [`CpuSampler::run`].
    pub fn invert(
        &self,
        batch: &Batch,
        settings: &FixedPoint,
        progress: impl Fn(Progress) -> ControlFlow<()> + Sync,
    ) -> Result<Inversion, EngineError> {
        self.program.plan.check_invertible()?;
        let dims = self.dims();
        batch.validate_for(&self.program.network.needs())?;
        if batch.inpaint.is_some() {
            return Err(BatchError::InpaintWhileEncoding.into());
        }
        let data = batch.initial.as_ref().ok_or(EngineError::NoData)?;
        let total = batch.count as u64 * self.program.plan.len() as u64;
        invert(
            &self.program.plan,
            data,
            dims,
            settings,
            |row, samples, states| {
                let done = batch.count as u64 * (self.program.plan.len() - 1 - row) as u64;
                let mut some = EngineState {
                    data: states.to_vec(),
                    x0: vec![0.0; states.len()],
                    ring: Vec::new(),
                };
                self.advance(
                    &self.some_of(batch, samples),
                    row..row + 1,
                    &mut some,
                    |_| progress(Progress { done, total }),
                )?;
                states.copy_from_slice(&some.data);
                Ok(())
            },
        )
    }

    /// A batch of the samples of these numbers. They keep their classes and conditions, not their
    /// noise: the rows add none.
    fn some_of(&self, batch: &Batch, samples: &[usize]) -> Batch {
        let class_of = |&sample: &usize| batch.class_of(sample, self.num_classes());
        let class = match samples.iter().map(class_of).collect::<Option<Vec<u32>>>() {
            Some(classes) => ClassChoice::PerSample(classes),
            None => ClassChoice::None,
        };
        let mut some = Batch::new(samples.len())
            .class(class)
            .guidance(batch.guidance);
        if let EngineNetwork::Program(packed) = &self.program.network {
            for (input, _) in &packed.program.inputs {
                let rows = samples
                    .iter()
                    .filter_map(|&sample| batch.condition_of(sample, &input.name, input.width));
                some = some.condition(
                    input.name.as_str(),
                    rows.flatten().copied().collect::<Vec<f32>>(),
                );
            }
        }
        some
    }
}
