//! What a network has on the device, beside its kernel.

use wgpu::{Buffer, BufferUsages, Device, Limits};

use super::buffers::{check_binding, filled};
use crate::diffusion::Plan;
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::error_scope::checked;
use crate::gpu::device::shader_target::ShaderTarget;
use crate::gpu::mlp::packing::{Packing, pack_biases, pack_weights};
use crate::gpu::shader::step_program::Padded;
use crate::network::Model;

/// What a network has on the device.
#[derive(Debug)]
pub enum NetworkBuffers {
    Mlp {
        weights: Buffer,
        biases: Buffer,
        model: Box<Model>,
        padded: Padded,
    },
    Wgsl {
        params: Buffer,
    },
    External,
}

pub fn mlp_buffers(
    device: &Device,
    model: &Model,
    plan: &Plan,
    padded: Padded,
    row_capacity: usize,
    target: &ShaderTarget,
) -> Result<NetworkBuffers, SamplerError> {
    let config = model.config();
    let class_rows = config.num_classes.map_or(0, |n| n + 1);
    let rows = class_rows + row_capacity;
    let quads = Packing::new(model, padded).biases + rows * config.layers() * padded.hidden / 4;
    let bias_bytes = quads * 16;
    check_binding(
        &target.limits,
        "the model's biases at every step",
        bias_bytes as u64,
    )?;
    let packed = pack_weights(model, padded, target.half);
    check_binding(&target.limits, "the model's weights", packed.len() as u64)?;
    checked(device, "the model's weights", || {
        let weights = filled(device, "ddim.weights", &packed, BufferUsages::STORAGE);
        let mut values = pack_biases(model, plan, padded);
        values.resize(bias_bytes / 4, 0.0);
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST;
        let biases = filled(device, "ddim.biases", bytemuck::cast_slice(&values), usage);
        NetworkBuffers::Mlp {
            weights,
            biases,
            model: Box::new(model.clone()),
            padded,
        }
    })
}

pub fn params_buffer(
    device: &Device,
    params: &[f32],
    limits: &Limits,
) -> Result<NetworkBuffers, SamplerError> {
    check_binding(limits, "the network's parameters", 4 * params.len() as u64)?;
    checked(device, "the network's parameters", || {
        let params = filled(
            device,
            "ddim.params",
            bytemuck::cast_slice(params),
            BufferUsages::STORAGE,
        );
        NetworkBuffers::Wgsl { params }
    })
}
