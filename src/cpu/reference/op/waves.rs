//! Twin of sines and cosines. The angle is made in `f64`: at the rates of an embedding an `f32`
//! would lose the digits that matter.

/// The sine and the cosine of `x · rate`, or the cosine first.
pub fn wave(x: f32, rate: f64, cosine_first: bool) -> [f32; 2] {
    let (sin, cos) = (f64::from(x) * rate).sin_cos();
    let pair = [sin as f32, cos as f32];
    if cosine_first {
        [pair[1], pair[0]]
    } else {
        pair
    }
}
