//! Kernels that hold a network of layers.

use crate::batch::Batch;
use crate::cpu::{self, ProgramTwin};
use crate::diffusion::Plan;
use crate::gpu::{Kernel, Precision, SamplerError};
use crate::verify::harness::compare::Comparison;
use crate::verify::harness::layers;
use crate::verify::harness::verifier::Verifier;

/// Around a workgroup's invocations, a tile's samples, a value's components.
const COUNTS: [usize; 4] = [1, 63, 65, 257];

pub async fn program_step(
    on: &Verifier<'_>,
    comparison: &mut Comparison,
    kernel: Kernel,
    precision: Precision,
) -> Result<(), SamplerError> {
    let networks = match kernel {
        Kernel::ProgramStepMatrix => layers::shallow(),
        _ => layers::networks(),
    };
    for network in &networks {
        let model = &network.model;
        let plan = Plan::ddim(model.scheduler()).steps(3).eta(0.7);
        let plan = plan.build().expect("a plan");
        let options = on.options.stored(kernel, precision);
        let sampler = on.sampler(model, &plan, &options).await?;
        let mut twin = ProgramTwin::new(model, &plan);
        if kernel == Kernel::ProgramStepMatrix && precision == Precision::Half {
            twin = twin.in_f16();
        }
        for count in COUNTS {
            let guidance = if count == 65 { 1.0 } else { 2.5 };
            let batch = layers::conditioned(network, Batch::new(count), guidance);
            let values = batch.conditions[0].values.clone();
            let width = model.inputs()[0].width;
            let case = format!("{}, {count} samples", network.name);
            let on_plan = (&sampler, &plan);
            let classes = model.num_classes();
            on.compare_stepwise(comparison, &case, on_plan, batch, classes, |at, x, x0| {
                let row = (at.sample / layers::SAMPLES_PER_CONDITION) as usize;
                let inputs = [&values[row * width..][..width]];
                cpu::program_step(&twin, &plan, at, &inputs, x, x0);
            })
            .await?;
        }
    }
    Ok(())
}
