//! Which kernel runs a program, by device and shape.

use super::cooperative::squares_fit;
use super::serial::serial_fits;
use crate::gpu::device::shader_target::ShaderTarget;
use crate::gpu::shader::kernel::Kernel;
use crate::network::Program;

/// The kernel that is the fastest on such a device, of those that can carry the program with
/// `rows` to a dispatch.
///
/// | device | kernel |
/// |---|---|
/// | a driver that runs on a CPU | `program_step_serial`, while its loops fit |
/// | matrix units that were asked for | `program_step_matrix`, while its tile fits |
/// | any | `program_step` |
pub fn program_kernel(target: &ShaderTarget, program: &Program, rows: u32) -> Kernel {
    if target.software && serial_fits(program, target, rows) {
        Kernel::ProgramStepSerial
    } else if target.matrix > 0 && squares_fit(program, target) {
        Kernel::ProgramStepMatrix
    } else {
        Kernel::ProgramStep
    }
}
