//! Which kernel runs a program, by device and shape.

use super::serial::serial_fits;
use crate::gpu::device::shader_target::ShaderTarget;
use crate::gpu::shader::kernel::Kernel;
use crate::network::Program;

/// The kernel for a program with `rows` to a dispatch: `program_step_serial` on drivers that run on
/// a CPU, while its loops fit; else `program_step`.
pub fn program_kernel(target: &ShaderTarget, program: &Program, rows: u32) -> Kernel {
    if target.software && serial_fits(program, target, rows) {
        Kernel::ProgramStepSerial
    } else {
        Kernel::ProgramStep
    }
}
