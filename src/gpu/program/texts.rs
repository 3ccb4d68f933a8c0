//! Every text that a sampler compiles, for those who read it or compile it elsewhere.

use super::build::step_program;
use super::multi_step::takes_multi_step;
use super::network::Network;
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::shader_target::ShaderTarget;
use crate::gpu::shader::kernel::Kernel;
use crate::gpu::shader::step_program::plain_constants;

/// The WGSL of every kernel that a sampler for `network` compiles on such a device, as it is
/// composed: for tests, for other compilers, and to read. `kernel` is the step's if the
/// network is a model.
///
/// # Errors
/// [`SamplerError::HiddenTooWide`], [`SamplerError::RegistersTooWide`] and
/// [`SamplerError::MatrixTileTooWide`] if no workgroup within the limits can carry the network;
/// [`SamplerError::MissingFeature`] for a kernel of matrix units where the device has none.
pub fn wgsl<'a>(
    network: impl Into<Network<'a>>,
    kernel: Kernel,
    target: &ShaderTarget,
) -> Result<Vec<(Kernel, String)>, SamplerError> {
    let network = network.into();
    let mut texts = Vec::new();
    for plain in [Kernel::InitNoise, Kernel::ThresholdStep, Kernel::MaskStep] {
        let text = plain.compose(&plain_constants(network.dims(), target), "");
        texts.push((plain, text.into_text()));
    }
    // One row a dispatch, and several.
    let rows = if takes_multi_step(network, kernel) {
        &[1, 4][..]
    } else {
        &[1]
    };
    for &rows in rows {
        let step = step_program(network, kernel, target, rows)?;
        let without_noise = step.without_noise();
        for program in [Some(step), without_noise].into_iter().flatten() {
            let composed = program.texts().into_iter();
            texts.extend(composed.map(|(text, _)| (program.kernel, text.into_text())));
        }
    }
    Ok(texts)
}
