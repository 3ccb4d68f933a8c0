//! Kernels that hold a network.

use half::f16;

use crate::batch::{Batch, ClassChoice};
use crate::cpu::{self, MixtureDenoiser, MlpDenoiser};
use crate::diffusion::{Plan, PredictionType, SamplerKind};
use crate::gpu::{Kernel, Precision, SamplerError, WgslNetwork};
use crate::network::{Mlp, Model};
use crate::verify::harness::cases;
use crate::verify::harness::cases::Network;
use crate::verify::harness::compare::Comparison;
use crate::verify::harness::verifier::Verifier;

/// Around a workgroup's invocations, a tile's samples, a quad.
const COUNTS: [usize; 4] = [1, 63, 65, 257];

pub async fn predict_step(
    on: &Verifier<'_>,
    comparison: &mut Comparison,
) -> Result<(), SamplerError> {
    for &prediction in PredictionType::ALL {
        let mut config = cases::scheduler();
        config.prediction = prediction;
        // Without a ring of earlier estimates, and with one; without clips beside x̂₀'s, and with.
        let clips = Plan::ddim(&config).eta(0.6).clip_noise(0.8);
        let plans = [
            ("", Plan::ddim(&config).eta(0.6)),
            (", with clips", clips.clip_epsilon(0.9).clip_final(0.5)),
            (", with a ring", Plan::sampler(&config, SamplerKind::UniPc3)),
        ];
        for (kind, builder) in plans {
            let plan = builder.steps(4).build().expect("a plan");
            let case = format!("{prediction}{kind}");
            predict_rows(on, comparison, &plan, &case).await?;
        }
    }
    Ok(())
}

async fn predict_rows(
    on: &Verifier<'_>,
    comparison: &mut Comparison,
    plan: &Plan,
    case: &str,
) -> Result<(), SamplerError> {
    let (mixture, prediction) = (cases::mixture(), plan.prediction());
    let network = WgslNetwork::gaussian_mixture(&mixture, prediction);
    let options = on.options.sampler(Kernel::MlpStep);
    let sampler = on.sampler(&network, plan, &options).await?;
    let twin = MixtureDenoiser::new(mixture, prediction);
    for count in COUNTS {
        on.compare_stepwise(
            comparison,
            &format!("{case}, {count} samples"),
            (&sampler, plan),
            Batch::new(count),
            None,
            |at, x, memory| cpu::predict_step(&twin, plan, at, x, memory),
        )
        .await?;
    }
    Ok(())
}

pub async fn mlp_step(
    on: &Verifier<'_>,
    comparison: &mut Comparison,
    kernel: Kernel,
    precision: Precision,
) -> Result<(), SamplerError> {
    let mut networks = cases::narrow();
    match kernel {
        Kernel::MlpStep => networks.extend(cases::wide()),
        // One that it is for; of a wider one nothing is different.
        Kernel::MlpStepSplit => networks.extend(cases::wide().into_iter().take(1)),
        Kernel::MlpStepMatrix => networks.extend(cases::tiled()),
        _ => {}
    }
    for Network { name, model } in &networks {
        let plan = Plan::ddim(model.scheduler()).steps(3).eta(0.7);
        let plan = plan.build().expect("a plan");
        let options = on.options.stored(kernel, precision);
        let sampler = on.sampler(model, &plan, &options).await?;
        let stored = match precision {
            Precision::Single => model.clone(),
            Precision::Half => rounded(model.clone()),
        };
        let twin = MlpDenoiser::new(mlp_of(&stored), &plan);
        let wide = mlp_of(model).config().hidden_size > 1000;
        for count in COUNTS.into_iter().filter(|&count| !wide || count < 64) {
            let mut batch = Batch::new(count);
            if model.num_classes().is_some() {
                let guidance = if count == 65 { 1.0 } else { 2.5 };
                batch = batch.class(ClassChoice::Cyclic).guidance(guidance);
            }
            let case = format!("{name}, {count} samples");
            let on_plan = (&sampler, &plan);
            on.compare_stepwise(
                comparison,
                &case,
                on_plan,
                batch,
                model.num_classes(),
                |at, x, x0| {
                    cpu::mlp_step(&twin, &plan, at, x, x0);
                },
            )
            .await?;
        }
    }
    Ok(())
}

fn mlp_of(model: &Model) -> &Mlp {
    model.mlp().expect("a random model is a residual MLP")
}

/// The model with the weights that f16 makes of its own.
fn rounded(mut model: Model) -> Model {
    let mlp = model.mlp_mut().expect("a random model is a residual MLP");
    let weights = mlp.weights_mut();
    let linears = [&mut weights.proj_in, &mut weights.proj_out];
    for linear in linears.into_iter().chain(&mut weights.blocks) {
        for weight in &mut linear.weight.data {
            *weight = f16::from_f32(*weight).to_f32();
        }
    }
    model
}
