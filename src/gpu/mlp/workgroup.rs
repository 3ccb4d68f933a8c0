//! How a workgroup of `mlp_step` divides a layer.

use super::tiling::Division;
use crate::gpu::cost::FLOP_PER_CACHE_BYTE;
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::shader_target::{ShaderTarget, invocations_up_to};
use crate::gpu::shader::constants::Constants;
use crate::gpu::shader::step_program::Padded;
use crate::network::MlpConfig;

/// Invocations and bytes of workgroup memory that a tile may take: what every device has.
const USUAL: (u32, u32) = (256, 16 << 10);
/// The same for a wide layer, where the device has them.
const WIDE: (u32, u32) = (512, 32 << 10);

/// How a workgroup of `mlp_step` divides a layer: each invocation has `rows`
/// rows × 4·`columns` outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tile {
    rows: u32,
    columns: u32,
    row_groups: u32,
    column_groups: u32,
}

impl Tile {
    /// The squarest register tile with which a whole layer fits one workgroup; and for a layer so wide that
    /// few rows share its weights a larger workgroup, if more rows share them there. Not more rows to an invocation:
    /// the registers of twice as many halve what a compute unit has in flight (BENCHMARKS.md, "What compilers
    /// make of it").
    pub fn choose(hidden_size: u32, target: &ShaderTarget) -> Result<Self, SamplerError> {
        let (limits, half) = (&target.limits, target.half);
        let usual = Self::within(USUAL, hidden_size, target);
        let wanted = FLOP_PER_CACHE_BYTE * value_bytes(half) / 2;
        let enough = |tile: Self| tile.samples() >= wanted.min(target.tile_samples);
        if let Some(tile) = usual.filter(|&tile| enough(tile)) {
            return Ok(tile);
        }
        let wide = Self::within(WIDE, hidden_size, target);
        let more = wide.filter(|wide| usual.is_none_or(|usual| wide.samples() > usual.samples()));
        more.or(usual).ok_or_else(|| SamplerError::HiddenTooWide {
            hidden_size: hidden_size as usize,
            limit: (invocations_up_to(WIDE.0, limits) * 16)
                .min(limits.max_compute_workgroup_storage_size / value_bytes(half))
                as usize,
        })
    }

    /// The tile of the most rows in so many invocations and bytes, if a layer fits.
    fn within(
        (invocations, bytes): (u32, u32),
        hidden_size: u32,
        target: &ShaderTarget,
    ) -> Option<Self> {
        let (limits, most) = (&target.limits, target.tile_samples.max(1));
        let bytes_each = value_bytes(target.half);
        let invocations = invocations_up_to(invocations, limits);
        [(4, 1), (2, 1), (1, 1), (2, 2), (1, 4)]
            .into_iter()
            // Not more rows than samples; and of one column, as many as there may be.
            .filter(|&(rows, columns)| rows <= most && (columns > 1 || 2 * rows > most.min(4)))
            .find_map(|(rows, columns)| {
                let column_groups = hidden_size.div_ceil(4 * columns);
                // A tile too wide for so many bytes may take what the device has.
                let row_bytes = 4 * bytes_each * columns * column_groups * rows;
                let bytes = bytes
                    .max(row_bytes)
                    .min(limits.max_compute_workgroup_storage_size);
                let row_groups = (invocations / column_groups)
                    .min(bytes / row_bytes)
                    .min(most / rows);
                (row_groups > 0).then_some(Self {
                    rows,
                    columns,
                    row_groups,
                    column_groups,
                })
            })
    }

    pub fn division(self, config: &MlpConfig, half: bool) -> Division {
        let feature_quads = (config.input_features() as u32).div_ceil(4);
        let hidden_quads = self.hidden() / 4;
        Division {
            constants: self
                .output(config.dims().div_ceil(4) as u32)
                .set("WORKGROUP", self.workgroup())
                .set("ROWS", self.rows)
                .set("TILE_ROWS", self.tile_rows(half))
                .set("COLUMNS", self.columns)
                .set("ROW_GROUPS", self.row_groups)
                .set("COLUMN_GROUPS", self.column_groups)
                .set("TILE", self.samples())
                .set(
                    "FEATURE_PART",
                    feature_quads.div_ceil(feature_quads.div_ceil(hidden_quads)),
                )
                .switch("PAIRED", self.rows > 1),
            samples_per_workgroup: self.samples(),
            padded: Padded::quads(self.hidden(), config),
            scratch_bytes: 0,
        }
    }

    /// How the output layer's quads are divided. If an invocation, or several that share the products, can have
    /// one each, none is left with columns that the layer does not have.
    fn output(self, quads: u32) -> Constants {
        let units = self.samples() * quads;
        let narrow = units <= self.workgroup();
        let constants = Constants::default().switch("NARROW", narrow);
        if !narrow {
            return constants;
        }
        let hidden_quads = self.hidden() / 4;
        let most = self.workgroup() / units;
        let parts = (1..=most)
            .rev()
            .find(|parts| hidden_quads.is_multiple_of(*parts))
            .unwrap_or(1);
        constants
            .set("OUTPUT_UNITS", units)
            .set("PARTS", parts)
            .set("PART_QUADS", hidden_quads / parts)
    }

    fn workgroup(self) -> u32 {
        self.row_groups * self.column_groups
    }

    /// Rows of a group in workgroup memory, where in half precision an invocation's sum of a narrow output
    /// layer takes two quads.
    fn tile_rows(self, half: bool) -> u32 {
        match half && self.columns == 1 {
            true => self.rows.max(2),
            false => self.rows,
        }
    }

    fn samples(self) -> u32 {
        self.rows * self.row_groups
    }

    fn hidden(self) -> u32 {
        4 * self.columns * self.column_groups
    }
}

/// Bytes of a weight, and of a value of the tile.
fn value_bytes(half: bool) -> u32 {
    if half { 2 } else { 4 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wgpu::Limits;

    fn target(limits: &Limits, half: bool) -> ShaderTarget {
        let mut target = ShaderTarget::new(limits.clone());
        target.half = half;
        target
    }

    #[test]
    fn tiles_fit_default_limits_up_to_4096() {
        let limits = Limits::default();
        for hidden in (1..=4096)
            .step_by(37)
            .chain([16, 128, 512, 1024, 2048, 4096])
        {
            let tile = Tile::choose(hidden, &target(&limits, false));
            let tile = tile.expect("a width that fits 16 KiB");
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

    /// Weights of a wide layer are read once for twice the rows where the device has what that takes.
    #[test]
    fn a_wide_layer_takes_a_larger_workgroup() {
        let small = Limits::default();
        let mut large = small.clone();
        large.max_compute_workgroup_storage_size = 32 << 10;
        large.max_compute_invocations_per_workgroup = 1024;
        large.max_compute_workgroup_size_x = 1024;
        let rows = |hidden, limits: &Limits, half| {
            Tile::choose(hidden, &target(limits, half))
                .expect("a tile")
                .samples()
        };
        for (hidden, half, of_small, of_large) in [
            (128, false, 32, 32),
            (256, false, 16, 16),
            (512, false, 8, 16),
            (640, false, 4, 12),
            (1024, false, 4, 8),
            (512, true, 8, 8),
            (1024, true, 4, 8),
        ] {
            assert_eq!(rows(hidden, &small, half), of_small, "{hidden}");
            assert_eq!(rows(hidden, &large, half), of_large, "{hidden}");
        }
    }

    /// No more samples than there may be, and a layer still fits.
    #[test]
    fn a_tile_may_be_smaller() {
        for hidden in [17, 128, 256, 640, 1040, 4096] {
            for most in [1, 2, 3, 4, 9, 16] {
                let mut few = target(&Limits::default(), false);
                few.tile_samples = most;
                let tile = Tile::choose(hidden, &few).expect("a tile");
                assert!((1..=most).contains(&tile.samples()), "{hidden}: {tile:?}");
                assert!(tile.hidden() >= hidden, "{hidden}: {tile:?}");
            }
        }
    }

    /// Invocations that share a quad of a narrow output layer have equal parts of its products.
    #[test]
    fn a_narrow_output_layer_is_divided_whole() {
        for hidden in 1..=300 {
            for quads in 1..=80 {
                let plain = target(&Limits::default(), false);
                let tile = Tile::choose(hidden, &plain).expect("a tile");
                let constants = tile.output(quads);
                let of = |name| constants.get(name).unwrap_or(0);
                if !constants.is_on("NARROW") {
                    assert!(tile.samples() * quads > tile.workgroup());
                    continue;
                }
                assert_eq!(of("PARTS") * of("PART_QUADS"), tile.hidden() / 4);
                assert_eq!(of("OUTPUT_UNITS"), tile.samples() * quads);
                assert!(of("PARTS") * of("OUTPUT_UNITS") <= tile.workgroup());
            }
        }
    }

    #[test]
    fn a_width_beyond_the_device_is_an_error() {
        assert!(matches!(
            Tile::choose(5000, &target(&Limits::default(), false)),
            Err(SamplerError::HiddenTooWide {
                hidden_size: 5000,
                limit: 4096
            })
        ));
    }
}
