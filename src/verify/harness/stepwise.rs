//! A run row by row, and its twin on what the device really had before each row.

use super::compare::Comparison;
use super::verifier::Verifier;
use crate::batch::Batch;
use crate::cpu::{SampleStep, StepMemory, init_noise};
use crate::diffusion::{Plan, StageCoefficients};
use crate::gpu::{DiffusionSampler, SamplerError};

/// Both halves of the seed count.
pub const SEED: u64 = 0x1234_5678_9ABC_DEF0;
/// Straddles 2³², so that both halves of the sample index count.
pub const OFFSET: u64 = (1 << 32) - 40;

/// Numbers for a batch to start from that no kernel has made.
pub fn host_noise(seed: u64, count: usize, dims: usize) -> Vec<f32> {
    let mut values = vec![0.0; count * dims];
    init_noise(seed, 0, 0, dims, &mut values);
    values
}

impl Verifier<'_> {
    /// Runs a plan a row at a time, and compares state and x̂₀ after each with what `twin` makes of
    /// the device's own state before it.
    pub async fn compare_stepwise(
        &self,
        comparison: &mut Comparison,
        case: &str,
        (sampler, plan): (&DiffusionSampler, &Plan),
        batch: Batch,
        num_classes: Option<usize>,
        twin: impl Fn(SampleStep, &mut [f32], StepMemory<'_>),
    ) -> Result<(), SamplerError> {
        let dims = sampler.sample_shape().iter().product();
        let mut before = host_noise(SEED ^ 1, batch.count, dims);
        let batch = batch
            .seed(SEED)
            .sample_offset(OFFSET)
            .initial(before.clone());
        let run = self.prepare(sampler, &batch).await?;
        // No row may look at what the first has not written.
        let mut history = vec![f32::NAN; before.len()];
        self.link.write(run.x0(), &history)?;
        let slots = StageCoefficients::SLOTS * dims;
        let mut rings = vec![f32::NAN; batch.count * slots];
        for (row, step) in plan.stages().iter().enumerate() {
            self.submit(|encoder| sampler.encode(encoder, &run, row..row + 1))
                .await?;
            let after = self.read(&run).await?;
            let x0 = self.read_x0(&run).await?;
            let samples = before.chunks_exact_mut(dims);
            for (i, (x, x0)) in samples.zip(history.chunks_exact_mut(dims)).enumerate() {
                let at = SampleStep {
                    row,
                    class: batch.class_of(i, num_classes),
                    guidance: batch.guidance,
                    seed: SEED,
                    sample: OFFSET + i as u64,
                };
                let ring = &mut rings[i * slots..(i + 1) * slots];
                twin(at, x, StepMemory { x0, ring });
            }
            // 1/√ᾱ is 157 at the noisy end: the row multiplies the network's rounding by it.
            let gain = step.x0_from_out.abs();
            let state_gain = gain * step.x0_scale.abs();
            let state_gain = state_gain.max((step.eps_from_out * step.eps_scale).abs());
            comparison.near(
                &format!("{case}, row {row}, state"),
                &after,
                &before,
                state_gain,
            );
            comparison.near(&format!("{case}, row {row}, x0"), &x0, &history, gain);
            (before, history) = (after, x0);
        }
        Ok(())
    }
}
