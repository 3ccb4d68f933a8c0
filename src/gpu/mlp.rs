//! The residual MLP on the GPU: how each kernel divides it, and what its text is composed with.

use wgpu::Limits;

use super::compose::Constants;
use super::error::SamplerError;
use super::kernels::Kernel;
use super::packing::Packing;
use super::program::StepProgram;
use super::target::ShaderTarget;
use crate::model::{Activation, Mlp, MlpConfig};

/// Most samples one workgroup of `mlp_step` carries: more would leave small batches on few workgroups.
const MAX_TILE: u32 = 64;
/// Workgroup memory a tile may take; what every device has.
const TILE_BYTES: u32 = 16 << 10;
/// Output quads an invocation of `mlp_step_serial` makes at a time: with more, compiling takes longer and running is no faster.
const SERIAL_COLUMNS: u32 = 8;
/// Invocations of its workgroup where there are no subgroups.
const SERIAL_WORKGROUP: u32 = 8;
/// Subgroups that it is made for.
const SERIAL_LANES: std::ops::RangeInclusive<u32> = 4..=32;
/// Most inputs of a layer that it takes in one round of its loop; a divisor of `4 * SERIAL_COLUMNS`.
pub(crate) const SERIAL_MAX_UNROLL: usize = 16;
/// Rounds that all loops of an invocation may take together. llvmpipe ends them at 65,535, and nobody hears of it
/// (`LP_MAX_TGSI_LOOP_ITERATIONS` in Mesa).
const SERIAL_ROUNDS: usize = 60_000;

/// The program of `kernel` for a model on a device.
pub(crate) fn program(
    kernel: Kernel,
    model: &Mlp,
    target: &ShaderTarget,
    steps: u32,
) -> Result<StepProgram, SamplerError> {
    let config = model.config();
    let hidden_size = config.hidden_size as u32;
    let dims = config.dims() as u32;
    let features = config.input_features() as u32;
    let mut scratch_bytes = 0;
    let (hidden, samples_per_workgroup, constants) = if kernel == Kernel::MlpStepSerial {
        let tile = SerialTile::new(config, target, steps);
        scratch_bytes = tile.scratch_bytes;
        let constants = Constants::default()
            .set("WORKGROUP", tile.workgroup)
            .set("LANES", tile.lanes)
            .set("OWN", tile.columns / tile.lanes)
            .set("UNROLL", tile.unroll as u32)
            .set("MIXED", tile.mixed);
        (tile.hidden, 4 * tile.workgroup, constants)
    } else {
        let tile = Tile::choose(hidden_size, &target.limits, target.half)?;
        let constants = Constants::default()
            .set("WORKGROUP", tile.row_groups * tile.column_groups)
            .set("ROWS", tile.rows)
            .set("COLUMNS", tile.columns)
            .set("COLUMN_GROUPS", tile.column_groups)
            .set("TILE", tile.samples());
        (tile.hidden(), tile.samples(), constants)
    };

    let packing = Packing::new(model, hidden as usize);
    let (embedding, cosine_first) = config.input_embedding.as_ref().map_or((0, false), |e| {
        (e.size as u32, config.time_embedding.flip_sin_to_cos)
    });
    let constants = constants
        .set("INT64", u32::from(target.int64))
        .set("STEPS", steps)
        .set("DIMS", dims)
        .set("QUADS", dims.div_ceil(4))
        .set("FEATURES", features)
        .set("FEATURE_QUADS", features.div_ceil(4))
        .set("HIDDEN", hidden)
        .set("HIDDEN_QUADS", hidden / 4)
        .set("BLOCKS", config.num_blocks as u32)
        .set("CLASS_ROWS", config.num_classes.map_or(0, |n| n as u32 + 1))
        .set("EMBEDDING", embedding)
        .set("EMBEDDING_COSINE_FIRST", u32::from(cosine_first))
        .set("PROJ_IN_AT", packing.proj_in as u32)
        .set("BLOCKS_AT", packing.blocks as u32)
        .set("PROJ_OUT_AT", packing.proj_out as u32)
        .set("PROJ_OUT_BIAS_AT", packing.proj_out_bias as u32)
        .set("FREQUENCIES_AT", packing.frequencies as u32)
        .set("BIASES_AT", packing.biases as u32)
        .set("HALF", u32::from(target.half));
    let activation = match config.activation {
        Activation::Relu => "relu",
        Activation::Silu => "silu",
        Activation::Gelu => "gelu",
        Activation::GeluTanh => "gelu_tanh",
    };
    let network =
        format!("fn activate(v: vec4<f32>) -> vec4<f32> {{\n    return {activation}(v);\n}}\n");
    Ok(StepProgram {
        kernel,
        constants,
        network,
        samples_per_workgroup,
        hidden: hidden as usize,
        scratch_bytes,
    })
}

/// Whether the loops of `mlp_step_serial` stay within what llvmpipe runs of them.
pub(crate) fn serial_fits(config: &MlpConfig, target: &ShaderTarget, steps: u32) -> bool {
    SerialTile::new(config, target, steps).rounds <= SERIAL_ROUNDS
}

/// How an invocation of `mlp_step_serial` divides a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct SerialTile {
    workgroup: u32,
    /// Invocations that share what they load.
    lanes: u32,
    /// Output quads made at a time.
    columns: u32,
    /// Inputs taken in one round.
    unroll: usize,
    /// H, padded.
    hidden: u32,
    /// Rows of scratch memory for the guided mixture.
    mixed: u32,
    /// Scratch memory of a workgroup.
    scratch_bytes: usize,
    /// Rounds of all its loops.
    rounds: usize,
}

impl SerialTile {
    /// The least unrolled tile whose loops go round few enough times: unrolling costs compile time, and gains nothing else.
    fn new(config: &MlpConfig, target: &ShaderTarget, steps: u32) -> Self {
        let mut tile = Self::unrolled(config, target, steps, 1);
        while tile.rounds > SERIAL_ROUNDS && tile.unroll < SERIAL_MAX_UNROLL {
            tile = Self::unrolled(config, target, steps, 2 * tile.unroll);
        }
        tile
    }

    fn unrolled(config: &MlpConfig, target: &ShaderTarget, steps: u32, unroll: usize) -> Self {
        let shared = SERIAL_LANES.contains(&target.lanes) && target.lanes.is_power_of_two();
        let (lanes, workgroup) = if shared {
            (target.lanes, target.lanes)
        } else {
            (1, SERIAL_WORKGROUP)
        };
        let columns = SERIAL_COLUMNS.max(lanes);
        let block = 4 * columns as usize;
        let hidden = config.hidden_size.next_multiple_of(block);
        let features = config
            .input_features()
            .next_multiple_of(4)
            .next_multiple_of(unroll);
        let mixed = config.num_classes.map_or(0, |_| hidden);
        let width = hidden.max(features);
        let (blocks, layers) = (config.num_blocks, config.layers());
        let quads = config.dims().div_ceil(4);

        let product = |inner: usize, outputs: usize| outputs.div_ceil(block) * (1 + inner / unroll);
        let pass = features / 4 * 9
            + unroll
            + product(features, hidden)
            + blocks * product(hidden, hidden)
            + hidden;
        // With classes there may be guidance: the network twice.
        let passes = 1 + usize::from(config.num_classes.is_some());
        let out = product(hidden, config.dims()) + quads.next_multiple_of(columns as usize) * 5;
        let rounds = steps as usize * (1 + passes * (pass + layers) + 1 + out);
        Self {
            workgroup,
            lanes,
            columns,
            unroll,
            hidden: hidden as u32,
            mixed: mixed as u32,
            scratch_bytes: 16 * workgroup as usize * (2 * width + mixed),
            rounds,
        }
    }
}

/// How a workgroup of `mlp_step` divides a layer: each invocation has `rows` samples × 4·`columns` outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Tile {
    rows: u32,
    columns: u32,
    row_groups: u32,
    column_groups: u32,
}

impl Tile {
    /// The squarest register tile with which a whole layer fits one workgroup.
    fn choose(hidden_size: u32, limits: &Limits, half: bool) -> Result<Self, SamplerError> {
        let invocations = limits
            .max_compute_invocations_per_workgroup
            .min(limits.max_compute_workgroup_size_x)
            .min(256);
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
