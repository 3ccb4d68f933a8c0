//! Twin of `shaders/init_noise.wgsl`: x_T.

use crate::noise::fill_normals;

/// Fills `state`, `[samples, dims]`, with the standard normals of draw 0; its first sample has global index `first_sample`.
///
/// # Panics
/// If `dims` is 0.
pub fn init_noise(seed: u64, first_sample: u64, dims: usize, state: &mut [f32]) {
    for (sample, values) in (first_sample..).zip(state.chunks_mut(dims)) {
        fill_normals(seed, sample, 0, values);
    }
}
