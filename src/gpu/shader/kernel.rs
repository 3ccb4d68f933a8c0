//! The table of kernels: for each its file, its twin and the snippets that it is composed of.
//!
//! To add a kernel, add a row here, its file in a folder of `shaders/`, its twin in
//! `src/cpu/reference/` and its case in `src/verify/kernels/`; a test checks that the files, this
//! table and the twins agree.

use super::compose::compose;
use super::composed::{Composed, Snippet, Source};
use super::constants::Constants;
use super::cooperative_matrix;
use super::snippets::{
    GRID, INPAINT, LANES, MLP, OPERATIONS, OUT, PREDICT, PROGRAM, PROGRAM_MATRIX, RUN_STATE,
    UPDATE, native_snippet, snippet,
};

/// A row of the table.
struct Row {
    name: &'static str,
    label: &'static str,
    twin: &'static str,
    path: &'static str,
    source: Snippet<'static>,
    snippets: &'static [&'static [Snippet<'static>]],
}

/// The enumeration of kernels, and a [`Row`] for each of them. The name of the entry point is the
/// file's, and with `ddim.` in front the label.
macro_rules! kernels {
    ($($(#[$doc:meta])* $kernel:ident: $folder:literal $name:literal, twin $twin:literal, of $snippets:expr;)+) => {
        /// One entry point, in a file of its name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Kernel {
            $($(#[$doc])* $kernel,)+
        }

        impl Kernel {
            /// Every kernel.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$kernel),+];

            const fn row(self) -> &'static Row {
                match self {
                    $(Self::$kernel => const { &Row {
                        name: $name,
                        label: concat!("ddim.", $name),
                        twin: $twin,
                        path: concat!("shaders/", $folder, "/", $name, ".wgsl"),
                        source: if Self::$kernel.takes_matrix_units() {
                            native_snippet!(concat!($folder, "/", $name, ".wgsl"))
                        } else {
                            snippet!(concat!($folder, "/", $name, ".wgsl"))
                        },
                        snippets: &$snippets,
                    } },)+
                }
            }
        }
    };
}

kernels! {
    /// x_T from draw 0.
    InitNoise: "step" "init_noise", twin "init_noise", of [RUN_STATE];
    /// What dynamic thresholding adds to a step, whichever the step's kernel.
    ThresholdStep: "step" "threshold_step", twin "threshold_step", of [RUN_STATE];
    /// What inpainting adds to a step, whichever the step's kernel.
    MaskStep: "step" "mask_step", twin "mask_step", of [RUN_STATE, &[INPAINT]];
    /// The update alone, for an external network.
    UpdateStep: "step" "update_step", twin "update_step", of [RUN_STATE, &[UPDATE, OUT]];
    /// A caller's WGSL network and the update.
    PredictStep: "step" "predict_step", twin "predict_step", of [RUN_STATE, &[UPDATE, PREDICT]];
    /// The MLP and the update, for GPUs.
    MlpStep: "mlp" "mlp_step", twin "mlp_step", of [RUN_STATE, MLP];
    /// The MLP and the update, for Vulkan drivers that run on a CPU.
    MlpStepSerial: "mlp" "mlp_step_serial", twin "mlp_step", of [RUN_STATE, MLP, &[LANES]];
    /// The MLP and the update by a dispatch for each layer, for few samples of a wide network.
    MlpStepSplit: "mlp" "mlp_step_split", twin "mlp_step", of [RUN_STATE, MLP];
    /// The MLP and the update, for GPUs with matrix units.
    MlpStepMatrix: "mlp" "mlp_step_matrix", twin "mlp_step", of [RUN_STATE, MLP];
    /// A network of any operations and the update, for GPUs.
    ProgramStep: "op" "program_step", twin "program_step", of [RUN_STATE, PROGRAM, OPERATIONS];
    /// A network of any operations and the update, for Vulkan drivers that run on a CPU.
    ProgramStepSerial: "op" "program_step_serial", twin "program_step", of [RUN_STATE, PROGRAM, OPERATIONS];
    /// A network of any operations and the update, for GPUs with matrix units.
    ProgramStepMatrix: "op" "program_step_matrix", twin "program_step", of [RUN_STATE, PROGRAM_MATRIX, OPERATIONS];
    /// Images as a texture of bytes.
    ToRgba8: "present" "to_rgba8", twin "to_rgba8", of [&[GRID]];
    /// Images as a texture of half floats.
    ToRgba16F: "present" "to_rgba16f", twin "to_rgba16f", of [&[GRID]];
}

impl Kernel {
    /// Name of the entry point and of its file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// Its file in this crate, `shaders/folder/name.wgsl`.
    #[must_use]
    pub const fn path(self) -> &'static str {
        self.row().path
    }

    /// Name of its twin's file in `src/cpu/reference/`: its own, but for
    /// variants of one computation.
    #[must_use]
    pub const fn twin(self) -> &'static str {
        self.row().twin
    }

    /// Whether it computes on matrix units, as only those devices can that have them.
    #[must_use]
    pub const fn takes_matrix_units(self) -> bool {
        matches!(self, Self::MlpStepMatrix | Self::ProgramStepMatrix)
    }

    /// Whether a row takes a dispatch for each layer.
    #[must_use]
    pub const fn splits_layers(self) -> bool {
        matches!(self, Self::MlpStepSplit)
    }

    /// Label of its module and pipeline.
    pub(crate) const fn label(self) -> &'static str {
        self.row().label
    }

    /// The whole WGSL text. `network` is what a model or a caller adds to it: the choice of an
    /// activation, a `predict` function, or nothing.
    pub(crate) fn compose(self, constants: &Constants, network: &str) -> Composed {
        let row = self.row();
        let network = (!network.is_empty()).then_some(Snippet {
            source: self.network_source(),
            text: network,
        });
        let snippets = row.snippets.iter().copied().flatten().copied();
        compose(
            &self.directives(constants),
            &self.with_switches(constants),
            snippets.chain(network).chain([row.source]),
        )
    }

    /// The whole WGSL text of a kernel that draws pictures.
    pub(crate) fn picture(self) -> Composed {
        self.compose(&Constants::default(), "")
    }

    const fn network_source(self) -> Source {
        Source::Text(match self {
            Self::PredictStep => "the caller's network",
            Self::ProgramStep | Self::ProgramStepSerial => "the network's operations",
            Self::ProgramStepMatrix => "the network's operations and types",
            _ => "the model's types and activation",
        })
    }

    /// WGSL wants its directives before everything else.
    fn directives(self, constants: &Constants) -> String {
        let half = constants.get("HALF") == Some(1);
        match self {
            _ if self.takes_matrix_units() => cooperative_matrix::directives(half),
            _ if half => "enable f16;\n".to_owned(),
            _ => String::new(),
        }
    }

    /// The constants, and what follows from them for the variants of the snippets.
    fn with_switches(self, constants: &Constants) -> Constants {
        let beyond_one = |name| constants.get(name).is_some_and(|value| value > 1);
        let quads = constants.get("DIMS").is_some_and(|dims| dims % 4 == 0);
        constants
            .clone()
            .switch("ALIGNED", quads)
            .switch("MULTI_STEP", beyond_one("STEPS"))
            .switch("SUBGROUPS", beyond_one("LANES"))
            .switch("ALONE", constants.get("SAMPLES") == Some(1))
            .switch("SCALAR", self.takes_matrix_units())
    }
}
