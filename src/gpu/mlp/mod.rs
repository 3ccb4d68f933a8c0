//! The residual MLP on the GPU: how each kernel divides it, and what its text is composed with.

pub mod cooperative;
pub mod packing;
pub mod select;
pub mod serial;
mod split;
mod tiling;
pub mod time_biases;
pub mod workgroup;

use crate::gpu::device::error::SamplerError;
use crate::gpu::device::shader_target::ShaderTarget;
use crate::gpu::shader::cooperative_matrix;
use crate::gpu::shader::kernel::Kernel;
use crate::gpu::shader::step_program::StepProgram;
use crate::network::{Activation, Mlp};
use cooperative::MatrixTile;
use packing::Packing;
use serial::SerialTile;
use split::Split;
use workgroup::Tile;

/// The program of `kernel` for a model on a device.
pub fn program(
    kernel: Kernel,
    model: &Mlp,
    target: &ShaderTarget,
    steps: u32,
) -> Result<StepProgram, SamplerError> {
    let config = model.config();
    let dims = config.dims() as u32;
    let features = config.input_features() as u32;
    let division = match kernel {
        Kernel::MlpStepSerial => SerialTile::new(config, target, steps).division(config),
        Kernel::MlpStepSplit => Split::new(config, &target.limits).division(config),
        Kernel::MlpStepMatrix => MatrixTile::choose(config, target)?.division(config),
        _ => Tile::choose(config.hidden_size as u32, target)?.division(config, target.half),
    };
    let hidden = division.padded.hidden as u32;

    let packing = Packing::new(model, division.padded);
    let (embedding, cosine_first) = config.input_embedding.as_ref().map_or((0, false), |e| {
        (e.size as u32, config.time_embedding.flip_sin_to_cos)
    });
    let mut constants = division
        .constants
        .set("INT64", u32::from(target.int64))
        .plans(target)
        .set("NOISE", 1)
        .set("STEPS", steps)
        .set("DIMS", dims)
        .set("QUADS", dims.div_ceil(4))
        .set("OUTPUTS", division.padded.outputs as u32)
        .set("FEATURES", features)
        .set("FEATURE_QUADS", features.div_ceil(4))
        .set("HIDDEN", hidden)
        .set("HIDDEN_QUADS", hidden / 4)
        .set("BLOCKS", config.num_blocks as u32)
        .set("CLASS_ROWS", config.num_classes.map_or(0, |n| n as u32 + 1))
        .set("EMBEDDING", embedding)
        .set("EMBEDDING_COSINE_FIRST", u32::from(cosine_first))
        .set("PROJ_IN_AT", packing.proj_in as u32)
        .set("BLOCKS_AT", packing.blocks as u32)
        .set("PROJ_OUT_AT", packing.proj_out as u32)
        .set("PROJ_OUT_BIAS_AT", packing.proj_out_bias as u32)
        .set("FREQUENCIES_AT", packing.frequencies as u32)
        .set("BIASES_AT", packing.biases as u32)
        .set("HALF", u32::from(target.half));
    let activation = match config.activation {
        Activation::Relu => "relu",
        Activation::Silu => "silu",
        Activation::Gelu => "gelu",
        Activation::GeluTanh => "gelu_tanh",
    };
    let mut network =
        format!("fn activate(v: vec4<f32>) -> vec4<f32> {{\n    return {activation}(v);\n}}\n");
    if kernel == Kernel::MlpStepMatrix {
        constants = constants.set("INPUT_STRIDE", packing.features as u32);
        network += &cooperative_matrix::types(target);
    }
    Ok(StepProgram {
        kernel,
        constants,
        network,
        samples_per_workgroup: division.samples_per_workgroup,
        padded: division.padded,
        scratch_bytes: division.scratch_bytes,
        dispatches: match kernel {
            Kernel::MlpStepSplit => Split::new(config, &target.limits).dispatches(config, &packing),
            _ => Vec::new(),
        },
    })
}
