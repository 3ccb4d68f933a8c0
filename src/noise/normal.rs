//! One 32-bit word to one standard normal, by integers alone.
//!
//! Twin of `shaders/shared/normal.wgsl`. WGSL leaves the accuracy of `log`, `sin` and `cos` loose
//! and allows floating-point operations to be fused, so Box–Muller differs between drivers;
//! unsigned integers do not. The word is a sign and the position of a tail probability, the
//! magnitude a piecewise quadratic in that position, with coefficients sized so that no product and
//! no sum leaves 32 bits (`tests/noise.rs` walks all of them).

use super::normal_table::NORMAL_TABLE;

/// The grid all normals lie on, 2⁻²⁰: a normal is a whole multiple of it.
pub const NORMAL_UNIT: f32 = 1.0 / (1u32 << 20) as f32;

/// The largest magnitude a normal can have: that of the words 0 and 1, Φ⁻¹(1 −
/// 2⁻³³) ≈ 6.338, on the grid.
pub const NORMAL_MAX: f32 = 6_645_830.0 * NORMAL_UNIT;

/// The normal of a word in units of [`NORMAL_UNIT`]: −6,645,830 to 6,645,830.
///
/// Bit 0 is the sign (1: negative). The upper 31 bits are a position `m`; the magnitude is the
/// quantile whose two-sided tail probability is `(m + ½) / 2³¹`, so it never rises from one
/// position to the next, and `normal_units_from_word(w ^ 1) == -normal_units_from_word(w)`.
///
/// # Precision
/// Within 2.1 units (2.0 × 10⁻⁶) of the exact quantile, for every word. No word gives zero:
/// the least is one unit. Over all words the mean is 0, the variance 1 + 4.3 × 10⁻⁹, the
/// fourth moment 3 − 5.6 × 10⁻⁹.
#[must_use]
pub const fn normal_units_from_word(word: u32) -> i32 {
    let position = word >> 1;
    // The octave, by the leading one. Below 32 every position is a segment of its own, as
    // subnormals are in floating point: the cap makes one formula serve both.
    let zeros = position.leading_zeros();
    let shift = if zeros < 27 { zeros } else { 27 };
    let normalized = position << shift;
    // The leading one and the four bits after it choose the segment, the next
    // sixteen the place within it.
    let segment = (normalized >> 27) + 432 - 16 * shift;
    let t = (normalized >> 11) & 0xFFFF;
    let [c0, slopes] = NORMAL_TABLE[segment as usize];
    let linear = (slopes >> 16) * t;
    let quadratic = (slopes & 0xFFFF) * ((t * t) >> 16);
    let magnitude = ((c0 + (quadratic >> 13)) - (linear >> 7)) >> 9;
    if word & 1 == 0 {
        magnitude as i32
    } else {
        -(magnitude as i32)
    }
}

/// The standard normal of a word, exactly representable in `f32`: no step of the conversion rounds.
///
/// See [`normal_units_from_word`] for the mapping and its accuracy; [`NORMAL_UNIT`]
/// `≤ |z| ≤` [`NORMAL_MAX`].
#[must_use]
pub const fn normal_from_word(word: u32) -> f32 {
    normal_units_from_word(word) as f32 * NORMAL_UNIT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_of_the_range_and_symmetry() {
        assert_eq!(normal_from_word(0), NORMAL_MAX);
        assert_eq!(normal_from_word(1), -NORMAL_MAX);
        assert_eq!(normal_from_word(u32::MAX - 1), NORMAL_UNIT);
        assert_eq!(normal_from_word(u32::MAX), -NORMAL_UNIT);
        for word in (0..u32::MAX).step_by(65_521) {
            assert_eq!(normal_from_word(word ^ 1), -normal_from_word(word));
        }
    }
}
