//! How a workgroup of `mlp_step_matrix` divides a layer.

use super::tiling::Division;
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::shader_target::{ShaderTarget, workgroup_invocations};
use crate::gpu::shader::constants::Constants;
use crate::gpu::shader::step_program::Padded;
use crate::network::MlpConfig;

/// Most subgroups of a workgroup.
const MAX_SUBGROUPS: u32 = 8;
/// Most samples that a workgroup carries: more read weights less often, and leave small
/// batches on few workgroups.
const MAX_SAMPLES: u32 = 64;
/// Most values that the squares of a subgroup take of each invocation's registers.
const MAX_SUMS: u32 = 64;
/// Bytes that an invocation loads at once, of which rows of the tile are made.
const RUN: u32 = 16;
/// Bytes that rows of the tile lie further apart than they are long, so that the rows of a
/// square lie in different banks: one run.
const SKEW: u32 = RUN;

/// Whether a workgroup can carry the model.
pub fn matrix_fits(config: &MlpConfig, target: &ShaderTarget) -> bool {
    MatrixTile::choose(config, target).is_ok()
}

/// Each subgroup has `row_tiles` × `column_tiles` squares of `size` × `size` outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MatrixTile {
    size: u32,
    lanes: u32,
    subgroups: u32,
    row_tiles: u32,
    column_tiles: u32,
    /// Bytes of an element of the tile.
    element: u32,
}

impl MatrixTile {
    /// The tallest tile whose sums fit registers, and whose activations fit workgroup memory.
    pub fn choose(config: &MlpConfig, target: &ShaderTarget) -> Result<Self, SamplerError> {
        let (size, lanes) = (target.matrix, target.most_lanes);
        if size == 0 || lanes <= 1 {
            return Err(SamplerError::MissingFeature {
                what: "Kernel::MlpStepMatrix",
                feature: "EXPERIMENTAL_COOPERATIVE_MATRIX, and SamplerOptions::matrix_units",
            });
        }
        let limits = &target.limits;
        let invocations = workgroup_invocations(limits);
        let most = (invocations / lanes).min(MAX_SUBGROUPS);
        let squares = (config.hidden_size as u32).div_ceil(size);
        for row_tiles in [8, 4, 2, 1] {
            // As many columns each as it takes, and no more subgroups than have one.
            let column_tiles = squares.div_ceil(most.max(1));
            let tile = Self {
                size,
                lanes,
                subgroups: squares.div_ceil(column_tiles),
                row_tiles,
                column_tiles,
                element: if target.half { 2 } else { 4 },
            };
            if most > 0
                && tile.samples() <= MAX_SAMPLES
                && tile.sums() <= MAX_SUMS
                && tile.bytes() <= limits.max_compute_workgroup_storage_size
            {
                return Ok(tile);
            }
        }
        Err(SamplerError::HiddenTooWide {
            hidden_size: config.hidden_size,
            limit: Self::widest(
                size,
                lanes,
                most,
                limits.max_compute_workgroup_storage_size,
                target.half,
            ),
        })
    }

    /// The widest layer of which a workgroup can carry one row of squares.
    fn widest(size: u32, lanes: u32, subgroups: u32, bytes: u32, half: bool) -> usize {
        let element = if half { 2 } else { 4 };
        let by_sums = MAX_SUMS * lanes / (size * size) * subgroups * size;
        let stage = 4 * subgroups * size * size;
        let by_bytes = (bytes.saturating_sub(stage) / size).saturating_sub(SKEW) / element;
        (by_sums.min(by_bytes) / size * size) as usize
    }

    pub fn division(self, config: &MlpConfig) -> Division {
        Division {
            constants: Constants::default()
                .set("SIZE", self.size)
                .set("SUBGROUPS", self.subgroups)
                .set("WORKGROUP", self.subgroups * self.lanes)
                .set("ROW_TILES", self.row_tiles)
                .set("COLUMN_TILES", self.column_tiles)
                .set(
                    "LANE_QUADS",
                    (self.size * self.size / 4).div_ceil(self.lanes),
                )
                .set("TILE", self.samples())
                .set("RUN", RUN / self.element)
                .set("TILE_RUNS", self.stride() * self.element / RUN),
            samples_per_workgroup: self.samples(),
            padded: Padded {
                hidden: self.hidden() as usize,
                outputs: config.dims().next_multiple_of(self.size as usize),
                inputs_last: true,
            },
            scratch_bytes: 0,
        }
    }

    fn samples(self) -> u32 {
        self.row_tiles * self.size
    }

    fn hidden(self) -> u32 {
        self.column_tiles * self.subgroups * self.size
    }

    /// Elements from one row of the tile to the next.
    fn stride(self) -> u32 {
        self.hidden() + SKEW / self.element
    }

    /// Values of an invocation's registers that the sums take.
    fn sums(self) -> u32 {
        self.row_tiles * self.column_tiles * (self.size * self.size).div_ceil(self.lanes)
    }

    /// Workgroup memory: the tile, and a square for each subgroup.
    fn bytes(self) -> u32 {
        self.element * self.samples() * self.stride() + 4 * self.subgroups * self.size * self.size
    }
}
