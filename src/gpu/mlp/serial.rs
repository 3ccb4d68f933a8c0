//! How an invocation of `mlp_step_serial` divides a layer.

use super::tiling::Division;
use crate::gpu::device::shader_target::{SERIAL_ROUNDS, ShaderTarget};
use crate::gpu::shader::constants::Constants;
use crate::gpu::shader::step_program::Padded;
use crate::network::MlpConfig;

/// Output quads an invocation of `mlp_step_serial` makes at a time: with more, compiling takes
/// longer and running is no faster.
const COLUMNS: u32 = 8;
/// Most inputs of a layer that it takes in one round of its loop; a divisor of `4 * COLUMNS`.
pub const SERIAL_MAX_UNROLL: usize = 16;

/// Whether the loops of `mlp_step_serial` stay within what llvmpipe runs of them.
pub fn serial_fits(config: &MlpConfig, target: &ShaderTarget, steps: u32) -> bool {
    SerialTile::new(config, target, steps).rounds <= SERIAL_ROUNDS
}

/// How an invocation of `mlp_step_serial` divides a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SerialTile {
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
    /// The least unrolled tile whose loops go round few enough times: unrolling costs compile
    /// time, and gains nothing else.
    pub fn new(config: &MlpConfig, target: &ShaderTarget, steps: u32) -> Self {
        let mut tile = Self::unrolled(config, target, steps, 1);
        while tile.rounds > SERIAL_ROUNDS && tile.unroll < SERIAL_MAX_UNROLL {
            tile = Self::unrolled(config, target, steps, 2 * tile.unroll);
        }
        tile
    }

    pub fn division(&self, config: &MlpConfig) -> Division {
        Division {
            constants: Constants::default()
                .set("WORKGROUP", self.workgroup)
                .set("LANES", self.lanes)
                .set("OWN", self.columns / self.lanes)
                .set("UNROLL", self.unroll as u32)
                .set("MIXED", self.mixed),
            samples_per_workgroup: 4 * self.workgroup,
            padded: Padded::quads(self.hidden, config),
            scratch_bytes: self.scratch_bytes,
        }
    }

    fn unrolled(config: &MlpConfig, target: &ShaderTarget, steps: u32, unroll: usize) -> Self {
        let (lanes, workgroup) = target.serial_lanes();
        let columns = COLUMNS.max(lanes);
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
