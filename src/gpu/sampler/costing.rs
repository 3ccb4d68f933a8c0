//! What a sampler's steps cost.

use super::DiffusionSampler;
use crate::gpu::cost::Cost;
use crate::gpu::program::network_buffers::NetworkBuffers;
use crate::gpu::program::recording::Pass;
use crate::gpu::program::work::Work;

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
        let work = Work {
            flop: network.flop(compiled.dims()),
            weight_bytes: weights.size(),
            dims: compiled.dims(),
        };
        let block = &compiled.recording().blocks()[0];
        let passes = block.passes(&self.plan, 0);
        let slices: Vec<u32> = passes.filter_map(Pass::slices).collect();
        Some(work.cost_of((compiled.tile().samples, &slices), block.rows(), count))
    }
}
