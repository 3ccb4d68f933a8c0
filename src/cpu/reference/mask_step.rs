//! Twin of `shaders/step/mask_step.wgsl`: inpainting's part of a step.

use crate::noise::{INITIAL_DRAW, normal};

/// Puts one sample's known data, noised to the level the state is at, where its mask keeps them:
/// `x ← m·x + (1 − m)·(x0_scale·data + noise_scale·z)` with `z` of draw 0.
///
/// The slices are of `D` values; `mask` is in `[0, 1]`. The two scales are those of
/// [`Plan::known`](crate::diffusion::Plan::known).
///
/// # Panics
/// If the slices are not of one length.
pub fn mask_step(
    [x0_scale, noise_scale]: [f32; 2],
    (seed, sample): (u64, u64),
    data: &[f32],
    mask: &[f32],
    x: &mut [f32],
) {
    assert_eq!((data.len(), mask.len()), (x.len(), x.len()));
    for (element, x) in x.iter_mut().enumerate() {
        let mut kept = x0_scale * data[element];
        if noise_scale != 0.0 {
            kept += noise_scale * normal(seed, sample, INITIAL_DRAW, element as u64);
        }
        *x = mask[element] * *x + (1.0 - mask[element]) * kept;
    }
}
