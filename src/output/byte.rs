//! A value as a byte of a picture.

/// `[−1, 1]` to 0 … 255, rounded to nearest, clamped; NaN is 0.
pub fn to_byte(value: f32) -> u8 {
    // `as` saturates and takes NaN to 0.
    ((value + 1.0) * 127.5).round() as u8
}
