//! Which kernel runs an MLP, by device and shape.

use super::kernels::Kernel;
use super::mlp::{matrix_fits, serial_fits};
use super::target::ShaderTarget;
use crate::network::Mlp;

/// The kernel that is the fastest on such a device, of those that can carry the model with `rows` to a dispatch.
///
/// | device | kernel |
/// |---|---|
/// | a driver that runs on a CPU | `mlp_step_serial`, while its loops fit |
/// | matrix units that were asked for | `mlp_step_matrix`, while its tile fits |
/// | any | `mlp_step` |
pub(crate) fn mlp_kernel(target: &ShaderTarget, model: &Mlp, rows: u32) -> Kernel {
    let config = model.config();
    if target.software && serial_fits(config, target, rows) {
        Kernel::MlpStepSerial
    } else if target.matrix > 0 && matrix_fits(config, target) {
        Kernel::MlpStepMatrix
    } else {
        Kernel::MlpStep
    }
}
