//! What a sampler's steps cost.

use super::DiffusionSampler;
use crate::gpu::cost::Cost;
use crate::gpu::program::network_buffers::NetworkBuffers;

/// State read, state and x̂₀ written, 4 bytes a value.
const STATE_BYTES: usize = 12;

impl DiffusionSampler {
    /// What one row of the plan costs for `count` samples without guidance, from shapes alone; guided ones take the hidden layers
    /// twice. `None` for a network of which nothing is known: a caller's WGSL, or one that is external.
    #[must_use]
    pub fn cost(&self, count: usize) -> Option<Cost> {
        let compiled = &self.compiled;
        let network = compiled.network();
        let (NetworkBuffers::Mlp { weights, .. } | NetworkBuffers::Layers { weights, .. }) =
            network
        else {
            return None;
        };
        let workgroups = count.div_ceil(compiled.tile().samples as usize);
        Some(Cost {
            flop: count as f64 * network.flop(compiled.dims()) as f64,
            weight_bytes: workgroups as f64 * weights.size() as f64,
            state_bytes: (count * compiled.dims() * STATE_BYTES) as f64,
            dispatches: 1.0 / compiled.recording().blocks()[0].rows() as f64,
        })
    }
}
