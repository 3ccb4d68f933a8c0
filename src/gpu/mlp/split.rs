//! How `mlp_step_split` divides a layer among workgroups, and its inputs among invocations.

use wgpu::Limits;

use super::packing::Packing;
use super::tiling::Division;
use crate::gpu::device::shader_target::invocations_up_to;
use crate::gpu::shader::constants::Constants;
use crate::gpu::shader::step_program::{Dispatch, Padded};
use crate::network::MlpConfig;

/// Samples that share what is read of the weights.
const ROWS: u32 = 4;
/// Quads of outputs of a workgroup: their weights lie side by side in 128 bytes, a line of a cache.
const COLUMN_GROUPS: u32 = 8;
/// Invocations and bytes of workgroup memory of a workgroup: what every device has.
const USUAL: (u32, u32) = (256, 16 << 10);

/// How layers are divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    /// Invocations that share an output's inputs.
    parts: u32,
    /// Quads of a hidden layer, a multiple of `parts`.
    hidden_quads: u32,
}

impl Split {
    /// As many parts as a workgroup has room for, and no more than leave none empty.
    pub fn new(config: &MlpConfig, limits: &Limits) -> Self {
        Self::of_width(config.hidden_size as u32, limits)
    }

    fn of_width(hidden_size: u32, limits: &Limits) -> Self {
        let bytes = USUAL.1.min(limits.max_compute_workgroup_storage_size);
        let invocations = invocations_up_to(USUAL.0, limits).min(bytes / (16 * ROWS));
        let quads = hidden_size.div_ceil(4);
        let part_quads = quads.div_ceil((invocations / COLUMN_GROUPS).max(1));
        let parts = quads.div_ceil(part_quads);
        Self {
            parts,
            hidden_quads: parts * part_quads,
        }
    }

    pub fn division(self, config: &MlpConfig) -> Division {
        let passes = 1 + u32::from(config.num_classes.is_some());
        Division {
            constants: Constants::default()
                .set("ROWS", ROWS)
                .set("COLUMN_GROUPS", COLUMN_GROUPS)
                .set("PARTS", self.parts)
                // One invocation for each row's quad at least, to add the parts up.
                .set("WORKGROUP", self.parts.max(ROWS) * COLUMN_GROUPS)
                .set("PASSES", passes),
            samples_per_workgroup: ROWS,
            padded: Padded::quads(4 * self.hidden_quads, config),
            // Two halves of hidden vectors.
            scratch_bytes: 16 * (ROWS * 2 * passes * self.hidden_quads) as usize,
        }
    }

    /// The dispatches of a row: one for each layer.
    pub fn dispatches(self, config: &MlpConfig, packing: &Packing) -> Vec<Dispatch> {
        let blocks = config.num_blocks as u32;
        let hidden = self.hidden_quads;
        let features = (config.input_features() as u32).div_ceil(4);
        let outputs = config.dims().div_ceil(4) as u32;
        (0..blocks + 2)
            .map(|layer| {
                let (first, last) = (layer == 0, layer > blocks);
                let weights_at = if first {
                    packing.proj_in as u32
                } else if last {
                    packing.proj_out as u32
                } else {
                    packing.blocks as u32 + (layer - 1) * 4 * hidden * hidden
                };
                let inputs = if first { features } else { hidden };
                let outputs = if last { outputs } else { hidden };
                let slices = outputs.div_ceil(COLUMN_GROUPS);
                Dispatch {
                    constants: Constants::default()
                        .set("LAYER", layer)
                        .set("WEIGHTS_AT", weights_at)
                        .set("PART_QUADS", inputs.div_ceil(self.parts))
                        .set("OUTPUT_QUADS", outputs)
                        .set("SLICES", slices)
                        .switch("FIRST", first)
                        .switch("LAST", last),
                    slices,
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No part is empty, all together have the layer, and padding is less than a part.
    #[test]
    fn parts_have_a_layer_between_them() {
        for hidden in (1..=4096).step_by(37).chain([16, 128, 512, 640, 1024]) {
            let split = Split::of_width(hidden, &Limits::default());
            let part = split.hidden_quads / split.parts;
            let quads = hidden.div_ceil(4);
            assert_eq!(split.hidden_quads % split.parts, 0, "{hidden}");
            assert!(
                (quads..quads + part).contains(&split.hidden_quads),
                "{hidden}: {split:?}"
            );
            assert!(
                split.parts * COLUMN_GROUPS * ROWS * 16 <= USUAL.1,
                "{hidden}: {split:?}"
            );
        }
    }
}
