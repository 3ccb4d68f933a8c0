//! The way from one noise to another.

/// The point a share `t` of the way from `a` to `b` along the great circle through them: as likely
/// as its ends to be standard normals, which a point of the straight line is not, for it is too
/// short (Shoemake 1985; DDIM, appendix D.5).
///
/// `t` is usually in `[0, 1]`; 0 gives `a` and 1 gives `b`. Where the two point the same or
/// opposite ways there is no one great circle, and the line is taken.
///
/// # Panics
/// If `a` and `b` differ in length.
#[must_use]
#[doc(alias = "spherical linear interpolation")]
pub fn slerp(a: &[f32], b: &[f32], t: f64) -> Vec<f32> {
    assert_eq!(a.len(), b.len(), "noises of different lengths");
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        let products = a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b));
        products.sum()
    };
    let cosine = dot(a, b) / (dot(a, a) * dot(b, b)).sqrt();
    let angle = cosine.clamp(-1.0, 1.0).acos();
    // Also false for the NaN of a noise that is all zeros.
    let (from, to) = if angle.sin() > 1e-6 {
        let share = |t: f64| (t * angle).sin() / angle.sin();
        (share(1.0 - t), share(t))
    } else {
        (1.0 - t, t)
    };
    let mix = |(&a, &b): (&f32, &f32)| (from * f64::from(a) + to * f64::from(b)) as f32;
    a.iter().zip(b).map(mix).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise::fill_normals;

    #[test]
    fn the_ends_are_the_ends_and_the_middle_is_as_long() {
        let (mut a, mut b) = ([0.0; 500], [0.0; 500]);
        fill_normals(1, 0, 0, &mut a);
        fill_normals(1, 1, 0, &mut b);
        assert_eq!(slerp(&a, &b, 0.0), a);
        assert_eq!(slerp(&a, &b, 1.0), b);
        let length = |v: &[f32]| v.iter().map(|v| v * v).sum::<f32>().sqrt();
        let middle = length(&slerp(&a, &b, 0.5));
        let mean = (length(&a) + length(&b)) / 2.0;
        assert!((middle / mean - 1.0).abs() < 0.01, "{middle} {mean}");
    }

    #[test]
    fn without_a_circle_the_line_is_taken() {
        assert_eq!(slerp(&[1.0, 0.0], &[1.0, 0.0], 0.3), [1.0, 0.0]);
        assert_eq!(slerp(&[1.0, 0.0], &[-1.0, 0.0], 0.5), [0.0, 0.0]);
        assert_eq!(slerp(&[0.0; 2], &[2.0; 2], 0.5), [1.0, 1.0]);
    }
}
