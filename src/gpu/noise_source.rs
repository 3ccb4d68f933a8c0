//! Noise made on the device, for those who want nothing but that.

use wgpu::{CommandEncoderDescriptor, Device, Queue};

use crate::batch::Batch;
use crate::diffusion::{NoiseSchedule, Plan};
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::error_scope::checked;
use crate::gpu::program::network::ExternalNetwork;
use crate::gpu::program::options::SamplerOptions;
use crate::gpu::sampler::DiffusionSampler;

/// The kernel that starts a run, by itself: any draw of any samples, the same bits as [`crate::noise::fill_normals`].
#[derive(Debug)]
pub struct NoiseSource {
    /// Of a plan that is never run: only the start of its runs is recorded.
    sampler: DiffusionSampler,
}

impl NoiseSource {
    /// Compiles the kernel for samples of `dims` values.
    ///
    /// # Errors
    /// [`SamplerError::Refused`], [`SamplerError::LimitExceeded`].
    pub fn new(device: &Device, dims: usize) -> Result<Self, SamplerError> {
        Self::with_options(device, dims, &SamplerOptions::default())
    }

    pub(crate) fn with_options(
        device: &Device,
        dims: usize,
        options: &SamplerOptions,
    ) -> Result<Self, SamplerError> {
        let schedule = NoiseSchedule::from_betas(&[0.5]).expect("a schedule of one level");
        let plan = Plan::ddim(schedule).build().expect("a plan of one step");
        let network = ExternalNetwork::new(vec![dims]);
        let sampler = DiffusionSampler::with_options(device, &network, &plan, options)?;
        Ok(Self { sampler })
    }

    /// Makes the noise of draw `draw` of the samples of `batch`, `[count, dims]`, and copies it to the host. Of the batch, count,
    /// seed and offset matter.
    ///
    /// Submits, polls and blocks the calling thread.
    ///
    /// # Errors
    /// As [`DiffusionSampler::prepare`] and [`Run::read_blocking`](crate::gpu::run::run::Run::read_blocking).
    pub fn read_blocking(
        &self,
        device: &Device,
        queue: &Queue,
        batch: &Batch,
        draw: u32,
    ) -> Result<Vec<f32>, SamplerError> {
        let mut run = self.sampler.prepare(device, queue, batch)?;
        run.set_draw(queue, draw);
        checked(device, "ddim.noise", || {
            let mut encoder = device.create_command_encoder(&CommandEncoderDescriptor {
                label: Some("ddim.noise"),
            });
            self.sampler
                .encode_external(&mut encoder, &run, 0..0, |_, _, _| {});
            queue.submit([encoder.finish()]);
        })?;
        run.read_blocking(device, queue)
    }
}
