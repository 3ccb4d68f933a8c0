//! How samples and models are measured: distances of known sets, bounds of known data,
//! and the order of samplers.

mod bound;
mod classifier;
mod distances;
mod frechet;
mod ordering;
mod samplers;

use ddim_wgpu::noise::fill_normals;

fn normals(seed: u64, count: usize) -> Vec<f32> {
    let mut values = vec![0.0; count];
    fill_normals(seed, 0, 0, &mut values);
    values
}
