//! The registry of kernels: every file of `shaders/*.wgsl`, and the shared snippets each is composed with.
//!
//! A kernel, its CPU twin, its pipeline's label and its test share one name; a test checks that the files, this table and
//! `src/cpu` agree.

use super::compose::{Constants, compose};
use crate::gpu::mlp::cooperative::matrix_directives;

const STEP: &str = include_str!("../../../shaders/shared/step.wgsl");
const RUN: &str = include_str!("../../../shaders/shared/run.wgsl");
const ONE_STEP: &str = include_str!("../../../shaders/shared/one_step.wgsl");
const MANY_STEPS: &str = include_str!("../../../shaders/shared/many_steps.wgsl");
const MUL_WIDE: &str = include_str!("../../../shaders/shared/mul_wide.wgsl");
const MUL_WIDE_U64: &str = include_str!("../../../shaders/shared/mul_wide_u64.wgsl");
pub const PHILOX: &str = include_str!("../../../shaders/shared/philox.wgsl");
pub const NORMAL_TABLE: &str = include_str!("../../../shaders/shared/normal_table.wgsl");
pub const NORMAL: &str = include_str!("../../../shaders/shared/normal.wgsl");
const QUADS_ALIGNED: &str = include_str!("../../../shaders/shared/quads_aligned.wgsl");
const QUADS_RAGGED: &str = include_str!("../../../shaders/shared/quads_ragged.wgsl");
const OUT_ALIGNED: &str = include_str!("../../../shaders/shared/out_aligned.wgsl");
const OUT_RAGGED: &str = include_str!("../../../shaders/shared/out_ragged.wgsl");
const KNOWN_ALIGNED: &str = include_str!("../../../shaders/shared/known_aligned.wgsl");
const KNOWN_RAGGED: &str = include_str!("../../../shaders/shared/known_ragged.wgsl");
const UPDATE: &str = include_str!("../../../shaders/shared/update.wgsl");
const PREDICT: &str = include_str!("../../../shaders/shared/predict.wgsl");
const ACTIVATION: &str = include_str!("../../../shaders/shared/activation.wgsl");
const GRID: &str = include_str!("../../../shaders/shared/grid.wgsl");
const SINGLE: &str = include_str!("../../../shaders/shared/single.wgsl");
const HALF: &str = include_str!("../../../shaders/shared/half.wgsl");
const SINGLE_ALONE: &str = include_str!("../../../shaders/shared/single_alone.wgsl");
const HALF_ALONE: &str = include_str!("../../../shaders/shared/half_alone.wgsl");
const MLP: &str = include_str!("../../../shaders/shared/mlp.wgsl");
const LANES: &str = include_str!("../../../shaders/shared/lanes.wgsl");
const LANES_ALONE: &str = include_str!("../../../shaders/shared/lanes_alone.wgsl");

/// The product that Philox needs, for a device with 64-bit integers or without.
pub const fn mul_wide(int64: bool) -> &'static str {
    if int64 { MUL_WIDE_U64 } else { MUL_WIDE }
}

/// One entry point, in a file of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kernel {
    /// x_T from draw 0.
    InitNoise,
    /// What dynamic thresholding adds to a step, whichever the step's kernel.
    ThresholdStep,
    /// What inpainting adds to a step, whichever the step's kernel.
    MaskStep,
    /// The update alone, for an external network.
    UpdateStep,
    /// A caller's WGSL network and the update.
    PredictStep,
    /// The MLP and the update, for GPUs.
    MlpStep,
    /// The MLP and the update, for Vulkan drivers that run on a CPU.
    MlpStepSerial,
    /// The MLP and the update, for GPUs with matrix units.
    MlpStepMatrix,
    /// Images as a texture of bytes.
    ToRgba8,
    /// Images as a texture of half floats.
    ToRgba16F,
}

impl Kernel {
    /// Every kernel.
    pub const ALL: [Self; 10] = [
        Self::InitNoise,
        Self::ThresholdStep,
        Self::MaskStep,
        Self::UpdateStep,
        Self::PredictStep,
        Self::MlpStep,
        Self::MlpStepSerial,
        Self::MlpStepMatrix,
        Self::ToRgba8,
        Self::ToRgba16F,
    ];

    /// Name of the entry point and of the file in `shaders/`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InitNoise => "init_noise",
            Self::ThresholdStep => "threshold_step",
            Self::MaskStep => "mask_step",
            Self::UpdateStep => "update_step",
            Self::PredictStep => "predict_step",
            Self::MlpStep => "mlp_step",
            Self::MlpStepSerial => "mlp_step_serial",
            Self::MlpStepMatrix => "mlp_step_matrix",
            Self::ToRgba8 => "to_rgba8",
            Self::ToRgba16F => "to_rgba16f",
        }
    }

    /// Name of its twin's file in `src/cpu/reference/`: its own, but for variants of one computation.
    #[must_use]
    pub const fn twin(self) -> &'static str {
        match self {
            Self::MlpStepSerial | Self::MlpStepMatrix => Self::MlpStep.name(),
            _ => self.name(),
        }
    }

    /// Label of its module and pipeline.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::InitNoise => "ddim.init_noise",
            Self::ThresholdStep => "ddim.threshold_step",
            Self::MaskStep => "ddim.mask_step",
            Self::UpdateStep => "ddim.update_step",
            Self::PredictStep => "ddim.predict_step",
            Self::MlpStep => "ddim.mlp_step",
            Self::MlpStepSerial => "ddim.mlp_step_serial",
            Self::MlpStepMatrix => "ddim.mlp_step_matrix",
            Self::ToRgba8 => "ddim.to_rgba8",
            Self::ToRgba16F => "ddim.to_rgba16f",
        }
    }

    /// The text of its file.
    pub(crate) const fn source(self) -> &'static str {
        match self {
            Self::InitNoise => include_str!("../../../shaders/init_noise.wgsl"),
            Self::ThresholdStep => include_str!("../../../shaders/threshold_step.wgsl"),
            Self::MaskStep => include_str!("../../../shaders/mask_step.wgsl"),
            Self::UpdateStep => include_str!("../../../shaders/update_step.wgsl"),
            Self::PredictStep => include_str!("../../../shaders/predict_step.wgsl"),
            Self::MlpStep => include_str!("../../../shaders/mlp_step.wgsl"),
            Self::MlpStepSerial => include_str!("../../../shaders/mlp_step_serial.wgsl"),
            Self::MlpStepMatrix => include_str!("../../../shaders/mlp_step_matrix.wgsl"),
            Self::ToRgba8 => include_str!("../../../shaders/to_rgba8.wgsl"),
            Self::ToRgba16F => include_str!("../../../shaders/to_rgba16f.wgsl"),
        }
    }

    /// The whole WGSL text of a kernel that draws pictures.
    pub(crate) fn picture(self) -> String {
        compose(&Constants::default(), [GRID, self.source()])
    }

    /// The whole WGSL text of any other kernel. `network` is what a model or a caller adds to it: the choice of an activation,
    /// or a `predict` function.
    pub(crate) fn compose(self, constants: &Constants, network: &str) -> String {
        let aligned = constants.get("DIMS").is_some_and(|dims| dims % 4 == 0);
        let quads = if aligned { QUADS_ALIGNED } else { QUADS_RAGGED };
        let mul_wide = mul_wide(constants.get("INT64") == Some(1));
        let alone = constants.get("LANES") == Some(1);
        let many = constants.get("STEPS").is_some_and(|steps| steps > 1);
        let steps = if many { MANY_STEPS } else { ONE_STEP };
        let noise = [
            STEP,
            RUN,
            steps,
            mul_wide,
            PHILOX,
            NORMAL_TABLE,
            NORMAL,
            quads,
        ];
        let half = constants.get("HALF") == Some(1);
        let stored = if half { HALF } else { SINGLE };
        let stored_alone = if half { HALF_ALONE } else { SINGLE_ALONE };
        let rest: &[&str] = match self {
            Self::InitNoise | Self::ThresholdStep => &[],
            Self::ToRgba8 | Self::ToRgba16F => return self.picture(),
            Self::MaskStep => &[if aligned { KNOWN_ALIGNED } else { KNOWN_RAGGED }],
            Self::UpdateStep => &[UPDATE, if aligned { OUT_ALIGNED } else { OUT_RAGGED }],
            Self::PredictStep => &[UPDATE, PREDICT],
            Self::MlpStep => &[UPDATE, ACTIVATION, stored, MLP],
            Self::MlpStepSerial => &[
                UPDATE,
                ACTIVATION,
                stored,
                MLP,
                if alone { LANES_ALONE } else { LANES },
            ],
            Self::MlpStepMatrix => &[UPDATE, ACTIVATION, stored_alone, MLP],
        };
        // WGSL wants its directives before everything else.
        let enable = match self {
            Self::MlpStepMatrix => matrix_directives(half),
            _ if half => "enable f16;\n".to_owned(),
            _ => String::new(),
        };
        enable
            + &compose(
                constants,
                noise
                    .iter()
                    .chain(rest)
                    .copied()
                    .chain([network, self.source()]),
            )
    }
}
