//! Where a run starts: x_T of every sample.

use std::ops::ControlFlow;

use rayon::prelude::*;

use crate::batch::Batch;
use crate::cpu::reference::mask_step::mask_step;
use crate::noise::{INITIAL_DRAW, fill_normals};

use super::error::EngineError;
use super::ledger::Ledger;
use super::pool::threads;
use super::sampler::CpuSampler;
use super::told::Told;

/// Values that a thread writes at a time: a millisecond's.
const AT_ONCE: usize = 1 << 18;

impl CpuSampler<'_> {
    /// Writes x_T of a batch that fits, `[count, D]`. Nothing is done yet where it tells.
    pub(super) fn write_start(
        &self,
        batch: &Batch,
        samples: &mut [f32],
        told: &mut Told<'_>,
    ) -> Result<(), EngineError> {
        let dims = self.dims();
        let ledger = Ledger::new(batch.count as u64 * self.program.plan.len() as u64);
        let each = (AT_ONCE / dims).max(1);
        let write = |(index, chunk): (usize, &mut [f32]), report: &mut dyn FnMut(usize) -> _| {
            report(0)?;
            self.write_some(batch, index * each, chunk);
            ControlFlow::Continue(())
        };
        let alone = batch.count <= each || cfg!(target_arch = "wasm32") || threads() == 1;
        let end = match told {
            Told::Pool(tell) if !alone => {
                let chunks = samples.par_chunks_mut(each * dims).enumerate();
                let reporter = || ledger.reporter(&**tell);
                chunks.try_for_each_init(reporter, |report, chunk| write(chunk, report))
            }
            told => {
                let mut report = ledger.reporter(|progress| told.tell(progress));
                let mut chunks = samples.chunks_mut(each * dims).enumerate();
                chunks.try_for_each(|chunk| write(chunk, &mut report))
            }
        };
        match end {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(EngineError::Cancelled),
        }
    }

    /// Writes x_T of samples from the `first` of the batch on.
    fn write_some(&self, batch: &Batch, first: usize, samples: &mut [f32]) {
        let dims = self.dims();
        match &batch.initial {
            Some(initial) => samples.copy_from_slice(&initial[first * dims..][..samples.len()]),
            None => {
                for (i, x) in (first as u64..).zip(samples.chunks_exact_mut(dims)) {
                    fill_normals(batch.seed, batch.sample_offset + i, INITIAL_DRAW, x);
                }
            }
        }
        let Some(known) = &batch.inpaint else { return };
        let forward = self.program.plan.known(0);
        let scales = [forward.x0_scale as f32, forward.noise_scale as f32];
        for (i, x) in (first..).zip(samples.chunks_exact_mut(dims)) {
            let own = i * dims..(i + 1) * dims;
            let noise = (batch.seed, batch.sample_offset + i as u64);
            let (data, mask) = (&known.data[own.clone()], &known.mask[own]);
            mask_step(scales, noise, data, mask, x);
        }
    }
}
