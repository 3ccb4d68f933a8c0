//! A model of the caller's, by any form of its step, against its twin.

use std::num::NonZeroUsize;

use wgpu::{Device, Queue};

use super::harness::report::{Check, Measure};
use super::harness::verifier::{Options, Verifier};
use crate::batch::{Batch, ClassChoice};
use crate::cpu::{self, MlpDenoiser, ProgramTwin};
use crate::diffusion::Plan;
use crate::gpu::{Link, Precision, SamplerError, SamplerOptions};
use crate::network::Model;
use crate::verify::harness::stepwise::host_noise;

/// Sums of some thousand products of trained weights, row by row.
const SINGLE: Measure = Measure::Relative { bound: 1e-5 };
/// The same with weights and activations that are rounded to f16, beside a twin whose are not.
const HALF: Measure = Measure::Relative { bound: 2e-2 };
/// Rows that are compared.
const ROWS: usize = 3;

/// Three rows of a model with noise in them, for `count` samples and by the form of the step that `options`
/// say, against the twin: of each row, from the state that the device had before it. Submits and
/// blocks the calling thread.
///
/// # Errors
/// [`SamplerError::DeviceLost`], [`SamplerError::OutOfMemory`], [`SamplerError::Timeout`]. All else, such as a kernel that the
/// driver refuses, is a failed [`Check`].
pub fn model_blocking(
    (device, queue): (&Device, &Queue),
    model: &Model,
    count: usize,
    options: &SamplerOptions,
) -> Result<Check, SamplerError> {
    let link = Link::polling(device, queue, options.timeout);
    let nothing = Options::default();
    let on = Verifier {
        link,
        options: &nothing,
    };
    let measure = match options.precision {
        Precision::Single => SINGLE,
        Precision::Half => HALF,
    };
    let what = "rows of a model against its twin";
    pollster::block_on(on.check("model", what, measure, async |comparison| {
        let plan = Plan::ddim(model.scheduler()).steps(ROWS).eta(0.7).build();
        let plan = plan.map_err(SamplerError::Plan)?;
        let sampler = on.sampler(model, &plan, options).await?;
        let mut batch = Batch::new(count).samples_per_condition(NonZeroUsize::MAX);
        if model.num_classes().is_some() {
            batch = batch.class(ClassChoice::Cyclic).guidance(1.5);
        }
        let mut conditions = Vec::new();
        for (i, input) in model.inputs().iter().enumerate() {
            let values = host_noise(i as u64, 1, input.width);
            batch = batch.condition(input.name.as_str(), values.clone());
            conditions.push(values);
        }
        let on_plan = (&sampler, &plan);
        let classes = model.num_classes();
        if let Some(mlp) = model.mlp() {
            let twin = MlpDenoiser::new(mlp, &plan);
            let step = |at, x: &mut [f32], memory: cpu::StepMemory<'_>| {
                cpu::mlp_step(&twin, &plan, at, x, memory);
            };
            on.compare_stepwise(comparison, "the model", on_plan, batch, classes, step)
                .await
        } else {
            let twin = ProgramTwin::new(model, &plan);
            let inputs: Vec<&[f32]> = conditions.iter().map(Vec::as_slice).collect();
            let step = |at, x: &mut [f32], memory: cpu::StepMemory<'_>| {
                cpu::program_step(&twin, &plan, at, &inputs, x, memory);
            };
            on.compare_stepwise(comparison, "the model", on_plan, batch, classes, step)
                .await
        }
    }))
}
