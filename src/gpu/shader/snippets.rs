//! The files that kernels are composed of, beside their own.

use super::composed::{Snippet, Source};

/// A file of `shaders/`, by its path in it.
macro_rules! snippet {
    ($path:expr) => {
        Snippet {
            source: Source::File(concat!("shaders/", $path)),
            text: include_str!(concat!("../../../shaders/", $path)),
        }
    };
}
pub(super) use snippet;

/// A file for matrix units, which no browser has: kilobytes of a page's module that nothing would read.
macro_rules! native_snippet {
    ($path:expr) => {
        Snippet {
            text: if cfg!(target_arch = "wasm32") {
                ""
            } else {
                snippet!($path).text
            },
            ..snippet!($path)
        }
    };
}
pub(super) use native_snippet;

const STEP: Snippet<'_> = snippet!("shared/step.wgsl");
const RUN: Snippet<'_> = snippet!("shared/run.wgsl");
const STEP_BINDING: Snippet<'_> = snippet!("shared/step_binding.wgsl");
const MUL_WIDE: Snippet<'_> = snippet!("shared/mul_wide.wgsl");
const PHILOX_ROUNDS: Snippet<'_> = snippet!("shared/philox.wgsl");
const NORMAL_TABLE: Snippet<'_> = snippet!("shared/normal_table.wgsl");
const NORMAL: Snippet<'_> = snippet!("shared/normal.wgsl");
const QUADS: Snippet<'_> = snippet!("shared/quads.wgsl");
const HISTORY: Snippet<'_> = snippet!("shared/history.wgsl");
pub const UPDATE: Snippet<'_> = snippet!("shared/update.wgsl");
pub const OUT: Snippet<'_> = snippet!("shared/out.wgsl");
pub const INPAINT: Snippet<'_> = snippet!("shared/inpaint.wgsl");
pub const PREDICT: Snippet<'_> = snippet!("shared/predict.wgsl");
pub const GAUSSIAN_MIXTURE: Snippet<'_> = snippet!("shared/gaussian_mixture.wgsl");
pub const LANES: Snippet<'_> = snippet!("shared/lanes.wgsl");
const STORAGE: Snippet<'_> = snippet!("shared/storage.wgsl");
const ACTIVATION: Snippet<'_> = snippet!("mlp/activation.wgsl");
const MLP_BUFFERS: Snippet<'_> = snippet!("mlp/mlp.wgsl");
const PROGRAM_BUFFERS: Snippet<'_> = snippet!("op/program.wgsl");
const COMBINE: Snippet<'_> = snippet!("op/combine.wgsl");
const LINEAR: Snippet<'_> = snippet!("op/linear.wgsl");
const LINEAR_MATRIX: Snippet<'_> = native_snippet!("op/linear_matrix.wgsl");
const ACTIVATE: Snippet<'_> = snippet!("op/activate.wgsl");
const MULTIPLY: Snippet<'_> = snippet!("op/multiply.wgsl");
const SCALE: Snippet<'_> = snippet!("op/scale.wgsl");
const NORMALIZE: Snippet<'_> = snippet!("op/normalize.wgsl");
const WAVES: Snippet<'_> = snippet!("op/waves.wgsl");
pub const GRID: Snippet<'_> = snippet!("present/grid.wgsl");

// What measures the rates of a device, `src/gpu/measure/`.
pub const COPY: Snippet<'_> = snippet!("measure/copy.wgsl");
pub const DEPENDENT: Snippet<'_> = snippet!("measure/dependent.wgsl");
pub const MATRIX: Snippet<'_> = native_snippet!("measure/matrix.wgsl");
pub const MULTIPLY_ADD: Snippet<'_> = snippet!("measure/multiply_add.wgsl");
pub const SUM_OF_NORMALS: Snippet<'_> = snippet!("measure/normals.wgsl");

/// Philox alone.
pub const PHILOX: &[Snippet<'_>] = &[MUL_WIDE, PHILOX_ROUNDS];

/// Philox and the normals made of its words.
pub const NORMALS: &[Snippet<'_>] = &[MUL_WIDE, PHILOX_ROUNDS, NORMAL_TABLE, NORMAL];

/// What every kernel of a run begins with: its uniforms, its noise and its state.
pub const RUN_STATE: &[Snippet<'_>] = &[
    STEP,
    RUN,
    STEP_BINDING,
    MUL_WIDE,
    PHILOX_ROUNDS,
    NORMAL_TABLE,
    NORMAL,
    QUADS,
    HISTORY,
];

/// What the kernels of programs have after it: the buffers, and products of weights.
pub const PROGRAM: &[Snippet<'_>] = &[UPDATE, LANES, STORAGE, PROGRAM_BUFFERS, COMBINE, LINEAR];

/// The same with products on matrix units.
pub const PROGRAM_MATRIX: &[Snippet<'_>] =
    &[UPDATE, STORAGE, PROGRAM_BUFFERS, COMBINE, LINEAR_MATRIX];

/// Every other operation of a program.
pub const OPERATIONS: &[Snippet<'_>] = &[ACTIVATE, MULTIPLY, SCALE, NORMALIZE, WAVES];

/// What every kernel of the MLP has after it.
pub const MLP: &[Snippet<'_>] = &[UPDATE, ACTIVATION, STORAGE, MLP_BUFFERS];
