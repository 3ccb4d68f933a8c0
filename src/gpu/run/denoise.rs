//! What the network says of given states, on a GPU.

use wgpu::{Device, Queue};

use super::run::Run;
use crate::gpu::device::error::SamplerError;
use crate::gpu::sampler::DiffusionSampler;

impl DiffusionSampler {
    /// x̂₀ of row `row` for given states, `[count, D]`: what the network takes the data to be, clipped if the plan says so. The run is
    /// one that was prepared with an initial state; its classes and guidance apply, its states are overwritten.
    ///
    /// Submits and polls; for use outside a host's frame loop.
    ///
    /// # Errors
    /// [`SamplerError::NoData`] if the run has no initial state, and as [`Run::read_blocking`].
    ///
    /// # Panics
    /// If the network is external, the plan has no such row, or the states are not those of the run's samples.
    pub fn estimate_blocking(
        &self,
        device: &Device,
        queue: &Queue,
        run: &Run,
        row: usize,
        states: &[f32],
    ) -> Result<Vec<f32>, SamplerError> {
        assert!(row < self.len(), "row {row} of {}", self.len());
        assert_eq!(
            states.len(),
            run.count() * run.dims,
            "a state for every sample"
        );
        if run.batch.initial.is_none() {
            return Err(SamplerError::NoData);
        }
        run.write_state(queue, row, states);
        self.submit(device, queue, run, row..row + 1)?;
        run.read_x0_blocking(device, queue)
    }
}
