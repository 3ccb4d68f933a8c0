//! Networks of any operations on the GPU: the words that the kernels of programs read, how each
//! kernel divides the samples, and what its text is composed with.

pub mod cooperative;
mod division;
pub mod padding;
mod place;
pub mod sample_rows;
pub mod select;
pub mod serial;
pub mod step_rows;
pub mod text;
pub mod tiled;
pub mod weights;
pub mod words;

use crate::gpu::device::error::SamplerError;
use crate::gpu::device::shader_target::ShaderTarget;
use crate::gpu::shader::cooperative_matrix;
use crate::gpu::shader::kernel::Kernel;
use crate::gpu::shader::step_program::{Padded, StepProgram};
use crate::network::Program;
use cooperative::SquareTile;
use padding::Padding;
use serial::SerialColumns;
use tiled::ColumnTile;
use words::Words;

/// The step of `kernel` for a program on a device.
pub fn program(
    kernel: Kernel,
    network: &Program,
    target: &ShaderTarget,
    steps: u32,
) -> Result<StepProgram, SamplerError> {
    let division = match kernel {
        Kernel::ProgramStepSerial => SerialColumns::new(network, target, steps)
            .division(&Words::new(network, Padding::QUADS)),
        Kernel::ProgramStepMatrix => SquareTile::choose(network, target)?.division(),
        _ => ColumnTile::choose(network, target)?.division(),
    };
    let words = Words::new(network, Padding::of(kernel, target));
    let dims = network.dims as u32;
    let constants = division
        .constants
        .set("INT64", u32::from(target.int64))
        .set("NOISE", 1)
        .set("STEPS", steps)
        .plans(target)
        .set("DIMS", dims)
        .set("QUADS", dims.div_ceil(4))
        .set("HALF", u32::from(target.half))
        .set("SAMPLES", division.samples)
        .set("COLUMNS", words.columns() as u32)
        .set("GUIDED", u32::from(words.guided()))
        .set("RESULT_AT", words.result() as u32)
        .set("MIXED_AT", words.mixed() as u32)
        .set("OPS_AT", words.ops().start as u32)
        .set("OPS_END", words.ops().end as u32)
        .set("STEP_AT", words.ops().end as u32)
        .set("STEP_LEN", words.step_len() as u32)
        .set("SAMPLE_LEN", words.sample_len() as u32);
    let mut choices = text::choices(network, division.samples);
    if kernel == Kernel::ProgramStepMatrix {
        choices += &cooperative_matrix::types(target);
    }
    Ok(StepProgram {
        kernel,
        constants,
        network: choices,
        samples_per_workgroup: division.samples_per_workgroup,
        padded: Padded::default(),
        scratch_bytes: division.scratch_bytes,
        dispatches: Vec::new(),
    })
}
