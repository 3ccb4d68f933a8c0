//! How a workgroup of `program_step` divides samples and columns.

use super::division::Division;
use super::padding::Padding;
use super::words::Words;
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::shader_target::{ShaderTarget, invocations_up_to, workgroup_invocations};
use crate::gpu::shader::constants::Constants;
use crate::network::{Program, Stage};

/// Workgroup memory a tile may take; what every device has.
const TILE_BYTES: u32 = 16 << 10;
/// Workgroups are of whole multiples of this many invocations: a part of a subgroup would idle, and
/// llvmpipe (Mesa 22.3) computes nonsense in a part of one of its vectors behind a barrier.
const WHOLE: u32 = 32;
/// Invocations of a workgroup that carries one sample, and most of them that share the inputs of a layer: more would have
/// few each.
const ALONE: u32 = 512;
const MAX_PARTS: u32 = 8;
/// Inputs of a layer that it takes in one round of its loop.
const UNROLL: u32 = 4;

/// Samples of a workgroup: `samples` in the components of a value, in `row_groups`; and the
/// invocations that divide the columns of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnTile {
    samples: u32,
    row_groups: u32,
    column_groups: u32,
    /// Invocations that share the inputs of a linear layer's outputs.
    parts: u32,
}

impl ColumnTile {
    /// The tile of the most samples, which reads weights the least often; a tile too wide for the
    /// usual 16 KiB may take what the device has.
    ///
    /// # Errors
    /// [`SamplerError::RegistersTooWide`] if not even one sample fits.
    pub fn choose(program: &Program, target: &ShaderTarget) -> Result<Self, SamplerError> {
        let words = Words::new(program, Padding::QUADS);
        let limits = &target.limits;
        let memory = limits.max_compute_workgroup_storage_size;
        let columns = words.columns() as u32;
        let invocations = workgroup_invocations(limits);
        let most = target.tile_samples.max(1);
        // In components that have no sample nothing would be computed that anybody needs.
        let samples = [4, 2, 1].into_iter().filter(|&samples| samples <= most);
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
        let row_groups = (bytes / group_bytes).min(most / samples).min(invocations);
        let (row_groups, column_groups) =
            whole_workgroup(row_groups, widest_quads(program).max(1), invocations);
        let parts = if samples * row_groups == 1 {
            // Beside the registers each has a part of the sums of four outputs.
            let room = (memory.saturating_sub(group_bytes)) / 16;
            let most = invocations_up_to(ALONE, limits).min(room) / column_groups;
            most.clamp(1, MAX_PARTS)
        } else {
            1
        };
        Ok(Self {
            samples,
            row_groups,
            column_groups,
            parts,
        })
    }

    pub fn division(self) -> Division {
        Division {
            constants: Constants::default()
                .set(
                    "WORKGROUP",
                    self.row_groups * self.column_groups * self.parts,
                )
                .set("PARTS", self.parts)
                .switch("SPLIT", self.parts > 1)
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

/// Rows and columns of a workgroup of at most so many rows and invocations: as many columns as there
/// are quads, or as it takes to go round equally often, so that there are [`WHOLE`] multiples.
fn whole_workgroup(rows: u32, quads: u32, invocations: u32) -> (u32, u32) {
    // Columns that make whole multiples with so many rows.
    let step = |rows: u32| WHOLE >> rows.trailing_zeros().min(WHOLE.ilog2());
    let fitting = |&rows: &u32| step(rows) <= invocations / rows;
    let Some(rows) = (1..=rows).rev().find(fitting) else {
        // Fewer invocations than one multiple has.
        return (1, invocations.min(quads));
    };
    let most = invocations / rows / step(rows) * step(rows);
    let rounds = quads.div_ceil(most);
    (rows, quads.div_ceil(rounds).next_multiple_of(step(rows)))
}

/// Quads of the widest linear layer.
fn widest_quads(program: &Program) -> u32 {
    program.widest_linear(Stage::State).div_ceil(4) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workgroups_are_whole_and_within_the_limit() {
        for invocations in [32, 64, 128, 256] {
            for rows in 1..=64 {
                for quads in 1..=300 {
                    let (fewer, columns) = whole_workgroup(rows, quads, invocations);
                    let what = format!("{rows} rows, {quads} quads: {fewer} by {columns}");
                    assert!((1..=rows).contains(&fewer) && columns > 0, "{what}");
                    assert!(fewer * columns <= invocations, "{what}");
                    assert!((fewer * columns).is_multiple_of(WHOLE), "{what}");
                }
            }
        }
        assert_eq!(whole_workgroup(1, 196, 256), (1, 224));
        assert_eq!(whole_workgroup(3, 32, 256), (3, 32));
        assert_eq!(whole_workgroup(16, 5, 256), (16, 6));
        assert_eq!(whole_workgroup(4, 100, 16), (1, 16));
    }
}
