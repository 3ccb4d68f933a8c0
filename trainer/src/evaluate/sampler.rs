//! Samples of a model directory, made by the library that ships.

use ddim_wgpu::cpu::{CpuSampler, no_progress};
use ddim_wgpu::diffusion::{Clipping, Plan};
use ddim_wgpu::model::Mlp;
use ddim_wgpu::{Batch, ClassChoice};

use crate::error::Error;

/// What to sample.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) count: usize,
    pub(crate) steps: usize,
    pub(crate) eta: f64,
    pub(crate) seed: u64,
    pub(crate) guidance: f32,
    pub(crate) class: ClassChoice,
    /// Leaves x̂₀ as it is, whatever the model's scheduler says.
    pub(crate) unclipped: bool,
}

/// DDIM samples on the model's own grid, row-major `[count, D]`.
pub(crate) fn sample(model: &Mlp, request: Request) -> Result<Vec<f32>, Error> {
    let mut plan = Plan::ddim(model.schedule().clone())
        .steps(request.steps)
        .eta(request.eta);
    if request.unclipped {
        plan = plan.clipping(Clipping::None);
    }
    let plan = plan.build().map_err(Error::sampler)?;
    let batch = Batch::new(request.count)
        .seed(request.seed)
        .class(request.class)
        .guidance(request.guidance);
    let samples = CpuSampler::new(model, &plan)
        .run(&batch, no_progress)
        .map_err(Error::sampler)?;
    Ok(samples.data)
}
