//! Twin of `shaders/step/init_noise.wgsl`: x_T, or the noise of another draw.

use crate::noise::fill_normals;

/// Fills `state`, `[samples, dims]`, with the standard normals of a draw, for x_T draw 0; its first
/// sample has global index `first_sample`.
///
/// # Panics
/// If `dims` is 0, or a sample's global index does not fit 64 bits.
pub fn init_noise(seed: u64, first_sample: u64, draw: u32, dims: usize, state: &mut [f32]) {
    for (index, values) in state.chunks_mut(dims).enumerate() {
        fill_normals(seed, first_sample + index as u64, draw, values);
    }
}
