//! What a kernel needs behind the outputs of a linear layer.

use crate::gpu::device::shader_target::ShaderTarget;
use crate::gpu::shader::kernel::Kernel;

/// How far a kernel writes and reads beyond the outputs of a linear layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Padding {
    /// The rows of a matrix are whole multiples of this.
    outputs: usize,
    /// Registers have places of whole multiples of this.
    registers: usize,
}

impl Padding {
    /// That of the kernels that read weights by quads and write single values.
    pub const QUADS: Self = Self {
        outputs: 4,
        registers: 1,
    };

    /// That of `kernel` on a device: matrix units read and write whole squares.
    pub fn of(kernel: Kernel, target: &ShaderTarget) -> Self {
        match kernel {
            Kernel::ProgramStepMatrix => Self::squares(target.matrix),
            _ => Self::QUADS,
        }
    }

    /// That of matrix units of this size.
    pub fn squares(size: u32) -> Self {
        Self {
            outputs: size as usize,
            registers: size as usize,
        }
    }

    /// Weights of an input of a layer, from one to the next.
    pub fn outputs(self, width: usize) -> usize {
        width.next_multiple_of(self.outputs)
    }

    /// Columns that a register has.
    pub fn register(self, width: usize) -> usize {
        width.next_multiple_of(self.registers)
    }
}
