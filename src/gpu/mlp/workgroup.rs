//! How a workgroup of `mlp_step` divides a layer.

use wgpu::Limits;

use super::tiling::Division;
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::shader_target::workgroup_invocations;
use crate::gpu::shader::constants::Constants;
use crate::gpu::shader::step_program::Padded;
use crate::network::MlpConfig;

/// Most samples one workgroup of `mlp_step` carries: more would leave small
/// batches on few workgroups.
const MAX_TILE: u32 = 64;
/// Workgroup memory a tile may take; what every device has.
const TILE_BYTES: u32 = 16 << 10;

/// How a workgroup of `mlp_step` divides a layer: each invocation has `rows`
/// samples × 4·`columns` outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tile {
    rows: u32,
    columns: u32,
    row_groups: u32,
    column_groups: u32,
}

impl Tile {
    /// The squarest register tile with which a whole layer fits one workgroup.
    pub fn choose(hidden_size: u32, limits: &Limits, half: bool) -> Result<Self, SamplerError> {
        let invocations = workgroup_invocations(limits);
        let quad_bytes = if half { 8 } else { 16 };
        for (rows, columns) in [(4, 1), (2, 2), (1, 4)] {
            let column_groups = hidden_size.div_ceil(4 * columns);
            // A tile too wide for the usual 16 KiB may take what the device has.
            let row_bytes = quad_bytes * columns * column_groups * rows;
            let bytes = TILE_BYTES
                .max(row_bytes)
                .min(limits.max_compute_workgroup_storage_size);
            let row_groups = (invocations / column_groups)
                .min(bytes / row_bytes)
                .min(MAX_TILE / rows);
            if row_groups > 0 {
                return Ok(Self {
                    rows,
                    columns,
                    row_groups,
                    column_groups,
                });
            }
        }
        Err(SamplerError::HiddenTooWide {
            hidden_size: hidden_size as usize,
            limit: (invocations * 16)
                .min(limits.max_compute_workgroup_storage_size / (quad_bytes / 4))
                as usize,
        })
    }

    pub fn division(self, config: &MlpConfig) -> Division {
        Division {
            constants: Constants::default()
                .set("WORKGROUP", self.row_groups * self.column_groups)
                .set("ROWS", self.rows)
                .set("COLUMNS", self.columns)
                .set("COLUMN_GROUPS", self.column_groups)
                .set("TILE", self.samples()),
            samples_per_workgroup: self.samples(),
            padded: Padded::quads(self.hidden(), config),
            scratch_bytes: 0,
        }
    }

    fn samples(self) -> u32 {
        self.rows * self.row_groups
    }

    fn hidden(self) -> u32 {
        4 * self.columns * self.column_groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_fit_default_limits_up_to_4096() {
        let limits = Limits::default();
        for hidden in (1..=4096)
            .step_by(37)
            .chain([16, 128, 512, 1024, 2048, 4096])
        {
            let tile = Tile::choose(hidden, &limits, false).expect("a width that fits 16 KiB");
            assert!(tile.hidden() >= hidden, "{hidden}: {tile:?}");
            assert!(
                tile.row_groups * tile.column_groups <= 256,
                "{hidden}: {tile:?}"
            );
            assert!(
                tile.samples() * tile.hidden() * 4 <= limits.max_compute_workgroup_storage_size,
                "{hidden}: {tile:?}"
            );
        }
    }

    #[test]
    fn a_width_beyond_the_device_is_an_error() {
        assert!(matches!(
            Tile::choose(5000, &Limits::default(), false),
            Err(SamplerError::HiddenTooWide {
                hidden_size: 5000,
                limit: 4096
            })
        ));
    }
}
