//! Values of a tile kept within limits.

use pulp::Simd;

use super::layer::Row;

/// `clamp(value, −limit, limit)`; what is no number stays so.
#[inline(always)]
pub fn clipped<S: Simd>(simd: S, value: S::f32s, limit: f32) -> S::f32s {
    let (low, high) = (simd.splat_f32s(-limit), simd.splat_f32s(limit));
    // By comparisons, which are false of a NaN: the minimum of two numbers may drop it.
    let value = simd.select_f32s(simd.greater_than_f32s(value, high), high, value);
    simd.select_f32s(simd.less_than_f32s(value, low), low, value)
}

/// Clips every value of rows.
#[inline(always)]
pub fn clip_rows<S: Simd, const V: usize>(simd: S, rows: &mut [Row<S, V>], limit: f32) {
    for value in rows.as_flattened_mut() {
        *value = clipped(simd, *value, limit);
    }
}
