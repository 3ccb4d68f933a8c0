//! Twin of `shaders/step/predict_step.wgsl`: one step with a caller's network.

use crate::diffusion::Plan;

use super::denoiser::Denoiser;
use super::memory::StepMemory;
use super::update_step::{RoundedStep, SampleStep, update_step};

/// Advances one sample by one row of `plan`, with any network. Arrays as in [`update_step`].
///
/// # Panics
/// If there is no such row, or `x` and `memory` are not of the network's size.
pub fn predict_step<'a>(
    network: &dyn Denoiser,
    plan: &Plan,
    at: SampleStep,
    x: &mut [f32],
    memory: impl Into<StepMemory<'a>>,
) {
    let coefficients = &plan.stages()[at.row];
    let mut out = vec![0.0; x.len()];
    network.predict(coefficients, at.class, x, &mut out);
    if at.class.is_some() && at.guidance != 1.0 {
        let mut free = vec![0.0; x.len()];
        network.predict(coefficients, None, x, &mut free);
        for (out, free) in out.iter_mut().zip(free) {
            *out = at.guidance * *out + (1.0 - at.guidance) * free;
        }
    }
    update_step(&RoundedStep::new(plan, at.row), at, x, &out, memory);
}
