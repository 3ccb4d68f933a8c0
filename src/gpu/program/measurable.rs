//! Every form of a network's step that is worth measuring.

use wgpu::Device;

use super::choose::{Form, kernels, of_kernels, program};
use super::multi_step::{most_rows, takes_multi_step};
use super::network::Network;
use super::options::SamplerOptions;
use super::target::target;
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::shader_target::ShaderTarget;

/// Rows of a dispatch to measure, between one and all.
const FEW_ROWS: usize = 8;

/// Every form of a network's step on a device that is worth measuring.
///
/// # Errors
/// As those of `options` for the device: [`SamplerError::MissingFeature`].
pub fn measurable(
    device: &Device,
    network: Network<'_>,
    plan_rows: usize,
    options: &SamplerOptions,
) -> Result<Vec<Form>, SamplerError> {
    let target = target(device, options)?;
    Ok(of_target(network, &target, options, plan_rows))
}

/// Of each kernel and tile one row a dispatch, and then several.
fn of_target(
    network: Network<'_>,
    target: &ShaderTarget,
    options: &SamplerOptions,
    plan_rows: usize,
) -> Vec<Form> {
    let plain = Form::asked(network, target, options, 1);
    let kernels = match options.mlp_kernel {
        Some(_) => vec![plain.kernel],
        None => kernels(network, plain.kernel),
    };
    let mut measurable = Vec::new();
    let mut seen = Vec::new();
    for form in of_kernels(&kernels, options, plain) {
        // Several sizes may come to one tile.
        let carried = program(network, target, form, 1).map(|step| step.samples_per_workgroup);
        let shape = (form.kernel, carried.ok());
        if seen.contains(&shape) {
            continue;
        }
        seen.push(shape);
        measurable.push(form);
        if takes_multi_step(network, form.kernel) {
            let most = plan_rows.min(most_rows(target));
            let mut several = vec![FEW_ROWS.min(most), most];
            several.dedup();
            let several = several.into_iter().filter(|&rows| rows > 1);
            measurable.extend(several.map(|rows| Form { rows, ..form }));
        }
    }
    measurable
}
