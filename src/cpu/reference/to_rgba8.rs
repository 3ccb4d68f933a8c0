//! Twin of `shaders/present/to_rgba8.wgsl`: images as bytes.

/// Writes images `[channels, height, width]` with values in [−1, 1] as RGBA bytes `[height, width,
/// 4]`, opaque.
///
/// One or two channels are grey (of the first), three or more red, green and blue; values outside
/// the range are clamped, and the byte is `⌊127.5·(v + 1) + ½⌋`.
///
/// # Panics
/// If `pixels` is not 4 bytes for each of the image's points.
pub fn to_rgba8(channels: usize, image: &[f32], pixels: &mut [u8]) {
    let points = image.len() / channels;
    assert_eq!(pixels.len(), 4 * points, "four bytes per point");
    let byte = |value: f32| (127.5 * value.clamp(-1.0, 1.0) + 128.0).floor().min(255.0) as u8;
    for (point, pixel) in pixels.chunks_exact_mut(4).enumerate() {
        let channel = |index: usize| byte(image[index * points + point]);
        let colour = if channels < 3 { [0; 3] } else { [0, 1, 2] }.map(channel);
        pixel[..3].copy_from_slice(&colour);
        pixel[3] = u8::MAX;
    }
}
