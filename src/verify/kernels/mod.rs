//! Every kernel against its twin.

mod external;
mod network;
mod pictures;
mod program;

use wgpu::Features;

use crate::gpu::{Kernel, Precision, SamplerError};
use crate::verify::harness::compare::Comparison;
use crate::verify::harness::report::{Check, Measure};
use crate::verify::harness::verifier::Verifier;

/// A row is some sums of values that f32 rounds to 6e-8 each.
const UPDATE: Measure = Measure::Relative { bound: 1e-6 };
/// A network beside it: sums of up to some thousand products, and an exponential that WGSL allows
/// to be some units in the last place off.
const NETWORK: Measure = Measure::Relative { bound: 3e-6 };
/// A network whose layers are rounded to f16, which keeps 11 bits of a value (5e-4 of it), after
/// each of up to four layers.
const HALF_NETWORK: Measure = Measure::Relative { bound: 2e-3 };
/// A network whose products are of numbers of f16, against a twin whose are too: a driver may round
/// to the other neighbour (5e-4 to 1e-3 of a value) on each of up to four layers, and does where its
/// sums are on another side of the middle.
const HALF_PRODUCTS: Measure = Measure::Relative { bound: 2e-3 };
/// A unit in the last place of a half float: drivers may round to the nearest or towards zero.
const HALF_PICTURE: Measure = Measure::Relative { bound: 1e-3 };

/// What a kernel's check is about, and how near the kernel has to come to its twin.
fn about(kernel: Kernel) -> (&'static str, Measure) {
    match kernel {
        Kernel::InitNoise => (
            "x_T against its twin: lengths around a quad and a workgroup",
            Measure::Exact,
        ),
        Kernel::ThresholdStep => (
            "dynamic thresholding against its twin: quantiles at the ends, on a value and between two",
            UPDATE,
        ),
        Kernel::MaskStep => (
            "inpainting against its twin: kept, made and shared values, lengths around a quad and a workgroup",
            UPDATE,
        ),
        Kernel::UpdateStep => (
            "the update against its twin: clipping, re-derived noise, memory, injected noise, clips",
            UPDATE,
        ),
        Kernel::PredictStep => (
            "a step with a mixture's network in WGSL against its twin",
            NETWORK,
        ),
        Kernel::MlpStep => (
            "a step with the MLP against its twin: every activation, classes, guidance, three tilings",
            NETWORK,
        ),
        Kernel::MlpStepSerial => (
            "a step with the MLP against its twin: every activation, classes, guidance",
            NETWORK,
        ),
        Kernel::MlpStepSplit => (
            "a step with the MLP, layer by layer, against its twin: every activation, classes, guidance, a wide one",
            NETWORK,
        ),
        Kernel::MlpStepMatrix => (
            "a step with the MLP on matrix units against its twin: every activation, classes, guidance, two widths",
            NETWORK,
        ),
        Kernel::ProgramStep | Kernel::ProgramStepSerial => (
            "a step with a network of layers against its twin: every operation and function, conditions, guidance",
            NETWORK,
        ),
        Kernel::ProgramStepMatrix => (
            "a step with a network of layers on matrix units against its twin: every operation and function, conditions, guidance, several squares",
            NETWORK,
        ),
        Kernel::ToRgba8 => ("bytes of a picture against its twin", Measure::Exact),
        Kernel::ToRgba16F => ("half floats of a picture against its twin", HALF_PICTURE),
    }
}

/// Compares `kernel` with its twin. A kernel without a case here does not compile.
async fn compare(
    on: &Verifier<'_>,
    comparison: &mut Comparison,
    kernel: Kernel,
) -> Result<(), SamplerError> {
    match kernel {
        Kernel::InitNoise => external::init_noise(on, comparison).await,
        Kernel::ThresholdStep => external::threshold_step(on, comparison).await,
        Kernel::MaskStep => external::mask_step(on, comparison).await,
        Kernel::UpdateStep => external::update_step(on, comparison).await,
        Kernel::PredictStep => network::predict_step(on, comparison).await,
        Kernel::MlpStep | Kernel::MlpStepSerial | Kernel::MlpStepSplit | Kernel::MlpStepMatrix => {
            network::mlp_step(on, comparison, kernel, Precision::Single).await
        }
        Kernel::ProgramStep | Kernel::ProgramStepSerial | Kernel::ProgramStepMatrix => {
            program::program_step(on, comparison, kernel, Precision::Single).await
        }
        Kernel::ToRgba8 => pictures::to_rgba8(on, comparison).await,
        Kernel::ToRgba16F => pictures::to_rgba16f(on, comparison).await,
    }
}

/// The check of `kernel` against its twin.
pub async fn check(on: &Verifier<'_>, kernel: Kernel) -> Result<Check, SamplerError> {
    if kernel.takes_matrix_units() {
        return matrix(on, kernel, Precision::Single).await;
    }
    let (what, measure) = about(kernel);
    if !on.uses(kernel) {
        return Ok(Check::not_used(kernel.name().to_owned(), what, measure));
    }
    let compared = async |comparison: &mut Comparison| compare(on, comparison, kernel).await;
    on.check(kernel.name(), what, measure, compared).await
}

/// The same where weights are stored as f16, of the kernels that can; of a device that cannot, that
/// it does not offer it.
pub async fn check_half(on: &Verifier<'_>, kernel: Kernel) -> Result<Option<Check>, SamplerError> {
    let measure = match kernel {
        Kernel::MlpStep => HALF_NETWORK,
        // Activations stay f32, and the twin's weights are rounded as the kernel's own.
        Kernel::MlpStepSerial
        | Kernel::MlpStepSplit
        | Kernel::ProgramStep
        | Kernel::ProgramStepSerial => NETWORK,
        Kernel::MlpStepMatrix | Kernel::ProgramStepMatrix => {
            return matrix(on, kernel, Precision::Half).await.map(Some);
        }
        Kernel::InitNoise
        | Kernel::ThresholdStep
        | Kernel::MaskStep
        | Kernel::UpdateStep
        | Kernel::PredictStep
        | Kernel::ToRgba8
        | Kernel::ToRgba16F => return Ok(None),
    };
    let name = format!("{}, f16", kernel.name());
    let of_layers = matches!(kernel, Kernel::ProgramStep | Kernel::ProgramStepSerial);
    let what = if of_layers {
        "a step with a network of layers whose weights are stored as f16, which they are numbers of, against its twin"
    } else {
        "a step with the MLP stored as f16 against its twin with weights rounded to f16"
    };
    if !on.link.device.features().contains(Features::SHADER_F16) {
        return Ok(Some(Check::not_offered(name, what, measure)));
    }
    if !on.uses(kernel) {
        return Ok(Some(Check::not_used(name, what, measure)));
    }
    let compared = async |comparison: &mut Comparison| {
        if of_layers {
            program::program_step(on, comparison, kernel, Precision::Half).await
        } else {
            network::mlp_step(on, comparison, kernel, Precision::Half).await
        }
    };
    Ok(Some(on.check(name, what, measure, compared).await?))
}

/// A kernel for matrix units, on those of a precision.
pub async fn matrix(
    on: &Verifier<'_>,
    kernel: Kernel,
    precision: Precision,
) -> Result<Check, SamplerError> {
    let (what, single) = about(kernel);
    let (name, measure) = match precision {
        Precision::Single => (kernel.name().to_owned(), single),
        Precision::Half => {
            let layers = kernel == Kernel::ProgramStepMatrix;
            let measure = if layers { HALF_PRODUCTS } else { HALF_NETWORK };
            (format!("{}, f16", kernel.name()), measure)
        }
    };
    let mut units = on.options.matrix_units.iter();
    if !units.any(|units| units.precision() == precision) {
        return Ok(Check::not_offered(name, what, measure));
    }
    let compared = async |comparison: &mut Comparison| match kernel {
        Kernel::ProgramStepMatrix => program::program_step(on, comparison, kernel, precision).await,
        _ => network::mlp_step(on, comparison, kernel, precision).await,
    };
    on.check(name, what, measure, compared).await
}
