//! Noise made on the device, for callers who want nothing but that.

use wgpu::{CommandEncoderDescriptor, Device, Queue};

use crate::batch::Batch;
use crate::diffusion::{NoiseSchedule, Plan};
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::error_scope::checked;
use crate::gpu::device::link::Link;
use crate::gpu::program::network::ExternalNetwork;
use crate::gpu::program::options::SamplerOptions;
use crate::gpu::run::prepared::Run;
use crate::gpu::sampler::DiffusionSampler;

/// The kernel that starts a run, by itself: any draw of any samples, the same bits as
/// [`crate::noise::fill_normals`].
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
    #[cfg(not(target_arch = "wasm32"))]
    pub fn new(device: &Device, dims: usize) -> Result<Self, SamplerError> {
        pollster::block_on(Self::new_async(device, dims))
    }

    /// As [`NoiseSource::new`], awaiting the device.
    ///
    /// # Errors
    /// As [`NoiseSource::new`].
    pub async fn new_async(device: &Device, dims: usize) -> Result<Self, SamplerError> {
        Self::with_options(device, dims, &SamplerOptions::default()).await
    }

    pub(crate) async fn with_options(
        device: &Device,
        dims: usize,
        options: &SamplerOptions,
    ) -> Result<Self, SamplerError> {
        let schedule = NoiseSchedule::from_betas(&[0.5]).expect("a schedule of one level");
        let plan = Plan::ddim(schedule).build().expect("a plan of one step");
        let network = ExternalNetwork::new(vec![dims]);
        let sampler = DiffusionSampler::with_options_async(device, &network, &plan, options);
        let sampler = sampler.await?;
        Ok(Self { sampler })
    }

    /// Makes the noise of draw `draw` of the samples of `batch`, `[count, dims]`, and copies it to
    /// the host. Of the batch, count, seed and offset matter.
    ///
    /// Submits and awaits; the host polls the device meanwhile.
    ///
    /// # Errors
    /// As [`DiffusionSampler::prepare`] and [`Run::read`].
    pub async fn read(
        &self,
        device: &Device,
        queue: &Queue,
        batch: &Batch,
        draw: u32,
    ) -> Result<Vec<f32>, SamplerError> {
        self.read_by(Link::new(device, queue), batch, draw).await
    }

    /// As [`NoiseSource::read`], waiting as `link` does.
    pub(crate) async fn read_by(
        &self,
        link: Link<'_>,
        batch: &Batch,
        draw: u32,
    ) -> Result<Vec<f32>, SamplerError> {
        let run = self.submit(link.device, link.queue, batch, draw).await?;
        run.gather_state(link).await
    }

    /// As [`NoiseSource::read`], but polls the device itself and blocks the calling thread.
    ///
    /// # Errors
    /// As [`DiffusionSampler::prepare`] and [`Run::read_blocking`].
    #[cfg(not(target_arch = "wasm32"))]
    pub fn read_blocking(
        &self,
        device: &Device,
        queue: &Queue,
        batch: &Batch,
        draw: u32,
    ) -> Result<Vec<f32>, SamplerError> {
        let run = pollster::block_on(self.submit(device, queue, batch, draw))?;
        run.read_blocking(device, queue)
    }

    /// A run whose state is the noise, once the device has run what was submitted.
    async fn submit(
        &self,
        device: &Device,
        queue: &Queue,
        batch: &Batch,
        draw: u32,
    ) -> Result<Run, SamplerError> {
        let mut run = self.sampler.prepare_async(device, queue, batch).await?;
        run.set_draw(queue, draw)?;
        checked(device, "ddim.noise", || {
            let mut encoder = device.create_command_encoder(&CommandEncoderDescriptor {
                label: Some("ddim.noise"),
            });
            self.sampler
                .encode_external(&mut encoder, &run, 0..0, |_, _, _| {});
            queue.submit([encoder.finish()]);
        })
        .await?;
        Ok(run)
    }
}
