//! Small random affine maps of an image.

use rand::RngExt;
use rand::rngs::StdRng;

const SIDE: usize = 28;
/// Largest shift along either axis, in pixels.
const SHIFT: f32 = 1.0;
/// Largest rotation, in radians.
const ROTATION: f32 = 0.12;
/// Largest relative change of size.
const SCALE: f32 = 0.08;
/// Largest shear.
const SHEAR: f32 = 0.08;
/// The value of empty paper.
const PAPER: f32 = -1.0;

/// Appends the image, shifted, turned, sheared and scaled a little (bilinear).
pub(super) fn extend(image: &[f32], rng: &mut StdRng, values: &mut Vec<f32>) {
    let mut within = |limit: f32| rng.random_range(-limit..=limit);
    let (shift_x, shift_y) = (within(SHIFT), within(SHIFT));
    let (sin, cos) = within(ROTATION).sin_cos();
    let zoom = 1.0 + within(SCALE);
    let shear = within(SHEAR);
    let centre = (SIDE as f32 - 1.0) / 2.0;
    let pixel = |x: i32, y: i32| {
        let inside = |c: i32| (0..SIDE as i32).contains(&c);
        if inside(x) && inside(y) {
            image[y as usize * SIDE + x as usize]
        } else {
            PAPER
        }
    };
    for row in 0..SIDE {
        for column in 0..SIDE {
            let (u, v) = (column as f32 - centre, row as f32 - centre);
            let x = zoom * (cos * u - sin * v + shear * v) + centre + shift_x;
            let y = zoom * (sin * u + cos * v) + centre + shift_y;
            let (left, top) = (x.floor(), y.floor());
            let (right_part, bottom_part) = (x - left, y - top);
            let (left, top) = (left as i32, top as i32);
            let mix = |a: f32, b: f32, part: f32| a + (b - a) * part;
            let upper = mix(pixel(left, top), pixel(left + 1, top), right_part);
            let lower = mix(pixel(left, top + 1), pixel(left + 1, top + 1), right_part);
            values.push(mix(upper, lower, bottom_part));
        }
    }
}
