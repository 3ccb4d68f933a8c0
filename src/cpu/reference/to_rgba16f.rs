//! Twin of `shaders/present/to_rgba16f.wgsl`: images as half floats.

use half::f16;

/// Writes images `[channels, height, width]` with values in [−1, 1] as RGBA half floats `[height,
/// width, 4]`, opaque.
///
/// One or two channels are grey (of the first), three or more red, green and blue. The value is
/// `(v + 1)/2`, rounded to the nearest half float; what lies outside of [0, 1] is kept, up to the
/// largest finite half float.
///
/// # Panics
/// If `pixels` is not 4 values for each of the image's points.
pub fn to_rgba16f(channels: usize, image: &[f32], pixels: &mut [f16]) {
    let points = image.len() / channels;
    assert_eq!(pixels.len(), 4 * points, "four values per point");
    let largest = f32::from(f16::MAX);
    let half = |value: f32| f16::from_f32((0.5 * value + 0.5).clamp(-largest, largest));
    for (point, pixel) in pixels.chunks_exact_mut(4).enumerate() {
        let channel = |index: usize| half(image[index * points + point]);
        let colour = if channels < 3 { [0; 3] } else { [0, 1, 2] }.map(channel);
        pixel[..3].copy_from_slice(&colour);
        pixel[3] = f16::ONE;
    }
}
