//! How a workgroup of `program_step_matrix` divides samples and columns.

use super::division::Division;
use super::padding::Padding;
use super::words::Words;
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::shader_target::{ShaderTarget, workgroup_invocations};
use crate::gpu::shader::constants::Constants;
use crate::network::{Program, Stage};

/// Most subgroups of a workgroup.
const MAX_SUBGROUPS: u32 = 8;
/// Most samples that a workgroup carries: more read weights less often, and leave small batches on
/// few workgroups.
const MAX_SAMPLES: u32 = 64;
/// Most values that the squares of a subgroup take of each invocation's registers.
const MAX_SUMS: u32 = 64;
/// Most inputs that are laid out for the units at a time. A layer of more takes more barriers, a
/// larger share of workgroup memory leaves less for registers.
const MAX_INNER: u32 = 64;
/// Bytes that columns of the inputs lie further apart than they are long, so that the columns of a
/// square lie in different banks.
const SKEW: u32 = 16;
/// Samples in the components of a value.
const SAMPLES: u32 = 4;

/// Whether a workgroup can carry the program.
pub fn squares_fit(program: &Program, target: &ShaderTarget) -> bool {
    SquareTile::choose(program, target).is_ok()
}

/// Each subgroup makes `row_tiles` × `column_tiles` squares of `size` × `size` values of a linear
/// layer at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SquareTile {
    size: u32,
    lanes: u32,
    subgroups: u32,
    row_tiles: u32,
    column_tiles: u32,
    /// Columns that registers take.
    columns: u32,
    /// Inputs that are laid out for the units at a time.
    inner: u32,
    /// Bytes of an element of these.
    element: u32,
}

impl SquareTile {
    /// The tallest tile whose registers fit workgroup memory, which reads weights the least often.
    /// A layer too wide for the sums that a workgroup holds is made in several rounds.
    ///
    /// # Errors
    /// [`SamplerError::MatrixTileTooWide`] if not even one row of squares fits;
    /// [`SamplerError::MissingFeature`] where there are no units to use.
    pub fn choose(program: &Program, target: &ShaderTarget) -> Result<Self, SamplerError> {
        let (size, lanes) = (target.matrix, target.most_lanes);
        let limits = &target.limits;
        let invocations = workgroup_invocations(limits);
        if size == 0 || lanes < size / SAMPLES || lanes > invocations {
            return Err(SamplerError::MissingFeature {
                what: "Kernel::ProgramStepMatrix",
                feature: "EXPERIMENTAL_COOPERATIVE_MATRIX, and SamplerOptions::matrix_units",
            });
        }
        let words = Words::new(program, Padding::squares(size));
        let most = (invocations / lanes).min(MAX_SUBGROUPS);
        let squares = (program.widest_linear(Stage::State) as u32).div_ceil(size);
        let inner = (program.widest_input(Stage::State) as u32).min(MAX_INNER);
        let of_height = |row_tiles: u32| {
            let held = MAX_SUMS / (row_tiles * (size * size).div_ceil(lanes));
            let column_tiles = squares.div_ceil(most).min(held.max(1));
            Self {
                size,
                lanes,
                subgroups: squares.div_ceil(column_tiles).min(most),
                row_tiles,
                column_tiles,
                columns: words.columns() as u32,
                inner: inner.next_multiple_of(size),
                element: if target.half { 2 } else { 4 },
            }
        };
        let limit = u64::from(limits.max_compute_workgroup_storage_size);
        let tiles = [8, 4, 2, 1].map(of_height).into_iter();
        let mut fitting = tiles.filter(|tile| tile.is_possible() && tile.bytes() <= limit);
        fitting.next().ok_or_else(|| {
            let register = &program.registers[words.widest()];
            SamplerError::MatrixTileTooWide {
                register: register.name.clone(),
                width: register.width,
                samples: size,
                needed: of_height(1).bytes(),
                limit,
            }
        })
    }

    pub fn division(self) -> Division {
        let workgroup = self.subgroups * self.lanes;
        Division {
            constants: Constants::default()
                .set("SIZE", self.size)
                .set("SUBGROUPS", self.subgroups)
                .set("WORKGROUP", workgroup)
                .set("ROW_TILES", self.row_tiles)
                .set("COLUMN_TILES", self.column_tiles)
                .set("TILE", self.tile())
                .set("ROW_GROUPS", self.row_groups())
                .set("INNER", self.inner)
                .set("LEFT_STRIDE", self.left_stride()),
            samples: SAMPLES,
            samples_per_workgroup: self.tile(),
            scratch_bytes: 0,
        }
    }

    /// Whether there are not too many samples, their sums have room in registers, and invocations
    /// are divided among them without a rest.
    fn is_possible(self) -> bool {
        let squares = self.row_tiles * self.column_tiles;
        let sums = squares * (self.size * self.size).div_ceil(self.lanes);
        let whole = self.lanes.is_multiple_of(self.row_groups());
        self.row_tiles == 1 || (self.tile() <= MAX_SAMPLES && sums <= MAX_SUMS && whole)
    }

    /// Samples of a workgroup.
    fn tile(self) -> u32 {
        self.row_tiles * self.size
    }

    /// Invocations that have other samples than each other.
    fn row_groups(self) -> u32 {
        self.tile() / SAMPLES
    }

    /// Elements from one column of inputs to the next.
    fn left_stride(self) -> u32 {
        self.tile() + SKEW / self.element
    }

    /// Workgroup memory: the registers, and the inputs of a product.
    fn bytes(self) -> u64 {
        let registers = 4 * u64::from(self.columns) * u64::from(self.tile());
        registers + u64::from(self.element * self.inner * self.left_stride())
    }
}
