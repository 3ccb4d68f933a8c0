//! A network's buffers on the device, beside its kernel.

use std::sync::Arc;

use wgpu::{Buffer, BufferUsages, Device, Limits, Queue};

use super::buffers::{check_binding, filled};
use super::network::Network;
use crate::diffusion::{Plan, PlanError};
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::error_scope::checked;
use crate::gpu::device::shader_target::ShaderTarget;
use crate::gpu::layers::padding::Padding;
use crate::gpu::layers::step_rows::StepRows;
use crate::gpu::layers::weights::pack_weights as pack_terms;
use crate::gpu::layers::words::Words;
use crate::gpu::mlp::packing::{Packing, pack_biases, pack_weights};
use crate::gpu::mlp::time_biases::TimeBiases;
use crate::gpu::shader::step_program::Padded;
use crate::network::{Mlp, Model, Program, Stage};

/// Floating-point operations a value, for a network of which nothing is known.
const UNKNOWN_FLOP: usize = 1000;

/// A network's buffers on the device.
#[derive(Debug)]
pub enum NetworkBuffers {
    Mlp {
        weights: Buffer,
        biases: Buffer,
        time: Arc<TimeBiases>,
        /// Floating-point operations of an evaluation.
        flop: usize,
    },
    Layers {
        weights: Buffer,
        /// Constants, operations, and the registers of the step.
        words: Buffer,
        steps: Arc<StepRows>,
        program: Arc<Program>,
        /// Numbers of the registers of a sample.
        sample_row_len: usize,
    },
    Wgsl {
        params: Buffer,
    },
    External,
}

impl NetworkBuffers {
    /// The same network at the rows of another plan, with room for `row_capacity` of them. The
    /// weights are shared; `network` is the one that these were made of.
    pub async fn for_plan(
        &self,
        device: &Device,
        network: Network<'_>,
        plan: &Plan,
        row_capacity: usize,
    ) -> Result<Self, SamplerError> {
        Ok(match (self, network) {
            (
                Self::Mlp {
                    weights,
                    time,
                    flop,
                    ..
                },
                Network::Mlp(model),
            ) => Self::Mlp {
                weights: weights.clone(),
                biases: bias_buffer(device, model, plan, time.padded(), row_capacity).await?,
                time: time.clone(),
                flop: *flop,
            },
            (
                Self::Layers {
                    weights,
                    steps,
                    program,
                    sample_row_len,
                    ..
                },
                _,
            ) => Self::Layers {
                weights: weights.clone(),
                words: word_buffer(device, steps, plan, row_capacity).await?,
                steps: steps.clone(),
                program: program.clone(),
                sample_row_len: *sample_row_len,
            },
            (Self::Mlp { .. }, _) => unreachable!("the buffers of an MLP are given that MLP"),
            (Self::Wgsl { params }, _) => Self::Wgsl {
                params: params.clone(),
            },
            (Self::External, _) => Self::External,
        })
    }

    /// Whether the network can be told the levels of a plan.
    pub fn check_plan(&self, plan: &Plan) -> Result<(), PlanError> {
        match self {
            Self::Layers { steps, .. } => steps.check(plan),
            _ => Ok(()),
        }
    }

    /// Replaces what depends on the plan.
    pub fn write_plan(&self, queue: &Queue, plan: &Plan) {
        match self {
            Self::Mlp { biases, time, .. } => {
                queue.write_buffer(biases, time.offset(), bytemuck::cast_slice(&time.of(plan)));
            }
            Self::Layers { words, steps, .. } => {
                queue.write_buffer(words, steps.offset(), bytemuck::cast_slice(&steps.of(plan)));
            }
            Self::Wgsl { .. } | Self::External => {}
        }
    }

    /// Numbers that a run holds of each class and condition of its samples.
    pub fn sample_row_len(&self) -> usize {
        match self {
            Self::Layers { sample_row_len, .. } => *sample_row_len,
            _ => 0,
        }
    }

    /// Floating-point operations of one evaluation for one sample of `dims` values.
    pub fn flop(&self, dims: usize) -> usize {
        match self {
            Self::Mlp { flop, .. } => *flop,
            Self::Layers { program, .. } => 2 * program.multiply_adds(Stage::State) + dims,
            Self::Wgsl { .. } | Self::External => UNKNOWN_FLOP * dims,
        }
    }
}

pub async fn mlp_buffers(
    device: &Device,
    model: &Mlp,
    plan: &Plan,
    padded: Padded,
    row_capacity: usize,
    target: &ShaderTarget,
) -> Result<NetworkBuffers, SamplerError> {
    let biases = bias_buffer(device, model, plan, padded, row_capacity).await?;
    let packed = pack_weights(model, padded, target.half);
    check_binding(&target.limits, "the model's weights", packed.len() as u64)?;
    checked(device, "the model's weights", || NetworkBuffers::Mlp {
        weights: filled(device, "ddim.weights", &packed, BufferUsages::STORAGE),
        biases,
        time: Arc::new(TimeBiases::new(model, padded)),
        flop: 2 * model.config().multiply_adds(),
    })
    .await
}

/// The biases at the rows of a plan, with room for `row_capacity` of them.
async fn bias_buffer(
    device: &Device,
    model: &Mlp,
    plan: &Plan,
    padded: Padded,
    row_capacity: usize,
) -> Result<Buffer, SamplerError> {
    let config = model.config();
    let class_rows = config.num_classes.map_or(0, |n| n + 1);
    let rows = class_rows + row_capacity;
    let quads = Packing::new(model, padded).biases + rows * config.layers() * padded.hidden / 4;
    let bytes = quads * 16;
    check_binding(
        &device.limits(),
        "the model's biases at every step",
        bytes as u64,
    )?;
    checked(device, "the model's biases", || {
        let mut values = pack_biases(model, plan, padded);
        values.resize(bytes / 4, 0.0);
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST;
        filled(device, "ddim.biases", bytemuck::cast_slice(&values), usage)
    })
    .await
}

pub async fn layers_buffers(
    device: &Device,
    model: &Model,
    plan: &Plan,
    row_capacity: usize,
    (target, padding): (&ShaderTarget, Padding),
) -> Result<NetworkBuffers, SamplerError> {
    let program = model.program();
    let train_steps = model.scheduler().schedule.train_steps();
    let steps = StepRows::new(&program, train_steps, padding);
    let words = word_buffer(device, &steps, plan, row_capacity).await?;
    let packed = pack_terms(&program, padding, target.half);
    check_binding(&target.limits, "the network's weights", packed.len() as u64)?;
    checked(device, "the network's weights", || NetworkBuffers::Layers {
        weights: filled(device, "ddim.weights", &packed, BufferUsages::STORAGE),
        words,
        steps: Arc::new(steps),
        sample_row_len: Words::new(&program, padding).sample_len(),
        program,
    })
    .await
}

/// Constants, operations, and the registers of the step at the rows of a plan, with room for
/// `row_capacity` of them.
async fn word_buffer(
    device: &Device,
    steps: &StepRows,
    plan: &Plan,
    row_capacity: usize,
) -> Result<Buffer, SamplerError> {
    steps.check(plan)?;
    let bytes = steps.offset() + 4 * (row_capacity * steps.row_len()) as u64;
    let what = "the network's registers at every step";
    check_binding(&device.limits(), what, bytes)?;
    checked(device, what, || {
        let mut values = steps.words();
        values.extend(steps.of(plan).into_iter().map(f32::to_bits));
        values.resize(bytes as usize / 4, 0);
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST;
        filled(device, "ddim.program", bytemuck::cast_slice(&values), usage)
    })
    .await
}

pub async fn params_buffer(
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
    .await
}
