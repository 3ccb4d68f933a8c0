//! How a workgroup of `program_step` divides samples and columns.

use super::division::Division;
use super::words::Words;
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::shader_target::ShaderTarget;
use crate::gpu::shader::constants::Constants;
use crate::network::{OpKind, Program, Stage};

/// Most samples one workgroup carries: more would leave small batches on few workgroups.
const MAX_SAMPLES: u32 = 64;
/// Most invocations of a workgroup.
const MAX_INVOCATIONS: u32 = 256;
/// Workgroup memory a tile may take; what every device has.
const TILE_BYTES: u32 = 16 << 10;
/// Inputs of a layer that it takes in one round of its loop.
const UNROLL: u32 = 4;

/// Samples of a workgroup: `samples` in the components of a value, in `row_groups`; and the
/// invocations that divide the columns of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnTile {
    samples: u32,
    row_groups: u32,
    column_groups: u32,
}

impl ColumnTile {
    /// The tile of the most samples, which reads weights the least often; a tile too wide for the
    /// usual 16 KiB may take what the device has.
    ///
    /// # Errors
    /// [`SamplerError::RegistersTooWide`] if not even one sample fits.
    pub fn choose(program: &Program, target: &ShaderTarget) -> Result<Self, SamplerError> {
        let words = Words::new(program);
        let limits = &target.limits;
        let memory = limits.max_compute_workgroup_storage_size;
        let columns = words.columns() as u32;
        let invocations = limits
            .max_compute_invocations_per_workgroup
            .min(limits.max_compute_workgroup_size_x)
            .min(MAX_INVOCATIONS);
        let samples = [4, 2, 1].into_iter();
        let mut fitting = samples.filter(|samples| {
            let bytes = 4 * u64::from(*samples) * words.columns() as u64;
            bytes <= u64::from(memory)
        });
        let Some(samples) = fitting.next() else {
            let register = &program.registers[words.widest()];
            return Err(SamplerError::RegistersTooWide {
                register: register.name.clone(),
                width: register.width,
                needed: 4 * words.columns() as u64,
                limit: u64::from(memory),
            });
        };
        let group_bytes = 4 * samples * columns;
        let bytes = TILE_BYTES.max(group_bytes).min(memory);
        let row_groups = (bytes / group_bytes)
            .min(MAX_SAMPLES / samples)
            .min(invocations);
        let widest = widest_quads(program).max(1);
        // As many columns each as it takes, and no more invocations than have one.
        let most = (invocations / row_groups).max(1);
        let rounds = widest.div_ceil(most);
        Ok(Self {
            samples,
            row_groups,
            column_groups: widest.div_ceil(rounds),
        })
    }

    pub fn division(self) -> Division {
        Division {
            constants: Constants::default()
                .set("WORKGROUP", self.row_groups * self.column_groups)
                .set("ROW_GROUPS", self.row_groups)
                .set("COLUMN_GROUPS", self.column_groups)
                .set("OWN", 1)
                .set("LANES", 1)
                .set("UNROLL", UNROLL),
            samples: self.samples,
            samples_per_workgroup: self.samples * self.row_groups,
            scratch_bytes: 0,
        }
    }
}

/// Quads of the widest linear layer.
fn widest_quads(program: &Program) -> u32 {
    let linear = program.stage(Stage::State).iter();
    let widths = linear.filter_map(|op| match op.kind {
        OpKind::Linear { .. } => Some(program.registers[op.out].width),
        _ => None,
    });
    widths.max().unwrap_or(1).div_ceil(4) as u32
}
