//! What a row of a plan has a device do for each sample, whichever the kernel.

use super::network::Network;
use crate::gpu::cost::Cost;
use crate::gpu::shader::step_program::StepProgram;

/// State read, state and x̂₀ written, 4 bytes a value.
const STATE_BYTES: usize = 12;

/// What a network's row has a device do, for one sample and without guidance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Work {
    /// Multiplications and additions of the products.
    pub flop: usize,
    /// Bytes of all weights.
    pub weight_bytes: u64,
    /// Values of a sample.
    pub dims: usize,
}

impl Work {
    /// That of a network; `None` for one of which nothing is known: a caller's WGSL, or one that is external.
    pub fn of(network: Network<'_>, half: bool) -> Option<Self> {
        let multiply_adds = match network {
            Network::Mlp(model) => model.config().multiply_adds(),
            Network::Layers(model) => model.multiply_adds(),
            Network::Wgsl(_) | Network::External(_) => return None,
        };
        let bytes = if half { 2 } else { 4 };
        Some(Self {
            flop: 2 * multiply_adds,
            weight_bytes: (bytes * multiply_adds) as u64,
            dims: network.dims(),
        })
    }

    /// What a row costs for `count` samples with such a program, of which a dispatch takes `rows`.
    pub fn cost(&self, program: &StepProgram, rows: usize, count: usize) -> Cost {
        let slices = program.slices();
        self.cost_of((program.samples_per_workgroup, &slices), rows, count)
    }

    /// The same of what a row's dispatches are: samples to a tile, and the workgroups that share a tile in each of them.
    pub fn cost_of(&self, (samples, slices): (u32, &[u32]), rows: usize, count: usize) -> Cost {
        let tiles = count.div_ceil(samples as usize) as f64;
        let dispatches = slices.len() as f64;
        let workgroups: f64 = slices.iter().map(|&slices| f64::from(slices)).sum();
        Cost {
            flop: (count * self.flop) as f64,
            weight_bytes: tiles * self.weight_bytes as f64,
            state_bytes: (count * self.dims * STATE_BYTES) as f64,
            dispatches: dispatches / rows as f64,
            workgroups: tiles * workgroups / dispatches,
        }
    }
}
