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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::random_layers;
    use serde_json::json;

    /// x through a layer of this width.
    fn program(width: usize) -> std::sync::Arc<Program> {
        let config = json!({
            "architecture": "layers", "sample_shape": [2], "ops": [
                {"op": "linear", "out": "h", "in": "x", "weight": "in"},
                {"op": "act", "out": "a", "in": "h", "function": "silu"},
                {"op": "linear", "out": "out", "in": "a", "weight": "out"},
            ],
        });
        let scheduler = json!({
            "_class_name": "DDIMScheduler", "num_train_timesteps": 10, "beta_schedule": "linear",
            "beta_start": 0.01, "beta_end": 0.1, "clip_sample": false,
        });
        let shapes = [("in", [width, 2]), ("out", [2, width])];
        let shapes = shapes.map(|(name, shape)| (name.to_owned(), shape.to_vec()));
        random_layers(&config, &scheduler, &shapes).program()
    }

    #[test]
    fn units_are_used_where_they_were_asked_for_and_the_program_fits() {
        let mut target = ShaderTarget::new(wgpu::Limits::default());
        assert_eq!(
            program_kernel(&target, &program(100), 1),
            Kernel::ProgramStep
        );
        (target.matrix, target.most_lanes, target.half) = (16, 32, true);
        assert_eq!(
            program_kernel(&target, &program(100), 1),
            Kernel::ProgramStepMatrix
        );
        assert_eq!(
            program_kernel(&target, &program(1000), 1),
            Kernel::ProgramStep
        );
        target.software = true;
        assert_eq!(
            program_kernel(&target, &program(100), 1),
            Kernel::ProgramStepSerial
        );
    }
}
