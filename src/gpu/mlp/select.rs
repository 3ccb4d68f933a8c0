//! Which kernel runs an MLP, by device and shape.

use super::cooperative::matrix_fits;
use super::serial::serial_fits;
use crate::gpu::device::shader_target::ShaderTarget;
use crate::gpu::shader::kernel::Kernel;
use crate::network::Mlp;

/// The kernel that is the fastest on such a device, of those that can carry the model
/// with `rows` to a dispatch.
///
/// | device | kernel |
/// |---|---|
/// | a driver that runs on a CPU | `mlp_step_serial`, while its loops fit |
/// | matrix units that were asked for | `mlp_step_matrix`, while its tile fits |
/// | any | `mlp_step` |
pub fn mlp_kernel(target: &ShaderTarget, model: &Mlp, rows: u32) -> Kernel {
    let config = model.config();
    if target.software && serial_fits(config, target, rows) {
        Kernel::MlpStepSerial
    } else if target.matrix > 0 && matrix_fits(config, target) {
        Kernel::MlpStepMatrix
    } else {
        Kernel::MlpStep
    }
}
