//! A vector kept within limits.

use pulp::Simd;

/// `clamp(value, −limit, limit)`; what is no number stays so.
#[inline(always)]
pub fn clipped<S: Simd>(simd: S, value: S::f32s, limit: f32) -> S::f32s {
    let (low, high) = (simd.splat_f32s(-limit), simd.splat_f32s(limit));
    // By comparisons, which are false of a NaN: the minimum of two numbers may drop it.
    let value = simd.select_f32s(simd.greater_than_f32s(value, high), high, value);
    simd.select_f32s(simd.less_than_f32s(value, low), low, value)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Clip<'a>(&'a mut [f32], f32);

    impl pulp::WithSimd for Clip<'_> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            for chunk in self.0.chunks_mut(S::F32_LANES) {
                let value = simd.partial_load_f32s(chunk);
                simd.partial_store_f32s(chunk, clipped(simd, value, self.1));
            }
        }
    }

    #[test]
    fn values_are_clamped_and_what_is_no_number_stays() {
        let all = [
            f32::NEG_INFINITY,
            -2.0,
            -1.5,
            -0.25,
            0.0,
            1.0,
            1.75,
            f32::INFINITY,
        ];
        for arch in [pulp::Arch::Scalar, pulp::Arch::new()] {
            let mut found = all;
            arch.dispatch(Clip(&mut found, 1.5));
            assert_eq!(found, all.map(|value| value.clamp(-1.5, 1.5)), "{arch:?}");
            let mut broken = [f32::NAN; 5];
            arch.dispatch(Clip(&mut broken, 1.5));
            assert!(broken.iter().all(|value| value.is_nan()), "{arch:?}");
        }
    }
}
