//! Elementary functions on vectors of whatever width the processor has.
//!
//! Bounds are in units of 2⁻²⁴ relative to the result, against `f64`, where the processor has a
//! fused multiply-add (elsewhere a little more); the tests below measure them.

use std::f64::consts::TAU;

use pulp::Simd;

use crate::network::Activation;

/// `act(x)`.
#[inline(always)]
pub fn activate<S: Simd>(simd: S, activation: Activation, x: S::f32s) -> S::f32s {
    match activation {
        Activation::Relu => simd.max_f32s(x, simd.splat_f32s(0.0)),
        Activation::Silu => times_sigmoid(simd, x, simd.neg_f32s(x)),
        Activation::Gelu => gelu(simd, x),
        Activation::GeluTanh => {
            // ½(1 + tanh u) = 1/(1 + e^{−2u}), with −2u = x (a + b x²).
            let a = -2.0 * (2.0 / std::f32::consts::PI).sqrt();
            let square = simd.mul_f32s(x, x);
            let (a, b) = (simd.splat_f32s(a), simd.splat_f32s(a * 0.044715));
            let exponent = simd.mul_f32s(x, simd.mul_add_e_f32s(square, b, a));
            times_sigmoid(simd, x, exponent)
        }
    }
}

/// `x / (1 + e^exponent)`, within 4 units for exponents up to 87; beyond, within 1e-36.
#[inline(always)]
fn times_sigmoid<S: Simd>(simd: S, x: S::f32s, exponent: S::f32s) -> S::f32s {
    let one = simd.splat_f32s(1.0);
    simd.div_f32s(x, simd.add_f32s(exp(simd, exponent), one))
}

/// `e^x`, within 2 units for x in [−87, 87], to which x is clamped.
#[inline(always)]
pub fn exp<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    // Adding 1.5·2²³ rounds to an integer, which is then also in the low bits.
    const ROUND: f32 = 12_582_912.0;
    // ln 2 in two parts, the first short enough for its products to be exact.
    const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    // e^r = 1 + r + r² p(r) for |r| ≤ ½ ln 2 (Cephes expf).
    const P: [f32; 6] = [
        1.987_569_1e-4,
        1.398_2e-3,
        8.333_452e-3,
        4.166_579_6e-2,
        1.666_666_5e-1,
        5e-1,
    ];
    let limit = simd.splat_f32s(87.0);
    let x = simd.max_f32s(simd.min_f32s(x, limit), simd.neg_f32s(limit));
    let (round, log2_e) = (
        simd.splat_f32s(ROUND),
        simd.splat_f32s(std::f32::consts::LOG2_E),
    );
    let shifted = simd.mul_add_e_f32s(x, log2_e, round);
    let n = simd.sub_f32s(shifted, round);
    let r = simd.mul_add_e_f32s(n, simd.splat_f32s(-LN_2[0]), x);
    let r = simd.mul_add_e_f32s(n, simd.splat_f32s(-LN_2[1]), r);
    let p = polynomial(simd, &P, r);
    let power = simd.mul_add_e_f32s(p, simd.mul_f32s(r, r), r);
    let power = simd.add_f32s(power, simd.splat_f32s(1.0));
    // times 2ⁿ: n added to the exponent's bits
    let bits = simd.wrapping_dyn_shl_u32s(simd.transmute_u32s_f32s(shifted), simd.splat_u32s(23));
    simd.transmute_f32s_u32s(simd.add_u32s(simd.transmute_u32s_f32s(power), bits))
}

/// `ln(1 + x)` for x in [0, 1], within 4 units.
#[inline(always)]
pub fn ln_1p<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    // ln(1 + x) = 2 artanh(s) with s = x/(2 + x), up to 1/3: a series in s².
    const P: [f32; 8] = [
        2.0 / 15.0,
        2.0 / 13.0,
        2.0 / 11.0,
        2.0 / 9.0,
        2.0 / 7.0,
        2.0 / 5.0,
        2.0 / 3.0,
        2.0,
    ];
    let s = simd.div_f32s(x, simd.add_f32s(x, simd.splat_f32s(2.0)));
    simd.mul_f32s(polynomial(simd, &P, simd.mul_f32s(s, s)), s)
}

/// `x Φ(x) = max(x, 0) − |x| · ½ erfc(|x|/√2)`, within 6 units for x above −5, within 10 above −12.
#[inline(always)]
fn gelu<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    // ½ erfc(z) e^{z²} as a polynomial in (z − 2)/(z + 2), fitted to 3e-8 on z ≥ 0 in the manner of
    // Shepherd and Laframboise (1981): the quotient maps [0, ∞) to [−1, 1).
    const P: [f32; 10] = [
        0.5 * 1.057_133_2e-4,
        0.5 * 6.052_526_8e-5,
        0.5 * -9.261_844_7e-4,
        0.5 * -8.523_227e-4,
        0.5 * 6.978_534e-3,
        0.5 * 3.734_155_3e-3,
        0.5 * -7.897_603_5e-2,
        0.5 * 2.416_580_2e-1,
        0.5 * -4.271_859_5e-1,
        0.5 * 2.553_956_8e-1,
    ];
    let magnitude = simd.abs_f32s(x);
    // Beyond 13 the tail vanishes; without a limit the square of a huge x would overflow.
    let limited = simd.min_f32s(magnitude, simd.splat_f32s(13.0));
    let z = simd.mul_f32s(limited, simd.splat_f32s(std::f32::consts::FRAC_1_SQRT_2));
    let two = simd.splat_f32s(2.0);
    let quotient = simd.div_f32s(simd.sub_f32s(z, two), simd.add_f32s(z, two));
    let scaled_tail = polynomial(simd, &P, quotient);
    // e^{−x²/2}, with what rounding took from the square given back
    let square = simd.mul_f32s(limited, limited);
    let rest = simd.mul_add_e_f32s(limited, limited, simd.neg_f32s(square));
    let minus_half = simd.splat_f32s(-0.5);
    let gaussian = exp(simd, simd.mul_f32s(square, minus_half));
    let gaussian = simd.mul_add_e_f32s(simd.mul_f32s(rest, minus_half), gaussian, gaussian);
    let tail = simd.mul_f32s(scaled_tail, gaussian);
    let positive = simd.max_f32s(x, simd.splat_f32s(0.0));
    simd.mul_add_e_f32s(simd.neg_f32s(magnitude), tail, positive)
}

/// `(sin, cos)` of `2π · x · turns`, where `turns` is given as an `f32` and what its rounding left
/// over; within 3e-7 (absolute) while `|x · turns|` is below 10⁹.
#[inline(always)]
pub fn sin_cos_turns<S: Simd>(simd: S, x: S::f32s, turns: [f32; 2]) -> (S::f32s, S::f32s) {
    // Not by `map`, which is a call of its own where it is not inlined, without wide vectors.
    let [hi, lo] = turns;
    let quarters = [simd.splat_f32s(4.0 * hi), simd.splat_f32s(4.0 * lo)];
    sin_cos_quarters(simd, x, quarters)
}

/// As [`sin_cos_turns`], with four times the turns of each lane.
#[inline(always)]
pub fn sin_cos_quarters<S: Simd>(
    simd: S,
    x: S::f32s,
    quarters: [S::f32s; 2],
) -> (S::f32s, S::f32s) {
    let near = near_sin_cos_quarters(simd, x, quarters);
    let angle = simd.mul_f32s(x, quarters[0]);
    let far = lanes::<S>(&angle).iter();
    if far.fold(false, |any, &angle| any | is_far(angle)) {
        return far_sin_cos_quarters::<S>(x, quarters, angle, near);
    }
    near
}

/// Whether `f32` has too few digits for so many quarter turns: more than 10⁵ turns.
#[inline(always)]
fn is_far(angle: f32) -> bool {
    const FAR: f32 = 524_288.0;
    angle.abs() >= FAR || angle.is_nan()
}

#[inline(always)]
fn lanes<S: Simd>(vector: &S::f32s) -> &[f32] {
    bytemuck::cast_slice(std::slice::from_ref(vector))
}

/// The lanes that are far in `f64`, the others as they are: a sample's bits do not depend on what
/// is beside it.
#[cold]
#[inline(never)]
fn far_sin_cos_quarters<S: Simd>(
    x: S::f32s,
    [hi, lo]: [S::f32s; 2],
    angle: S::f32s,
    (mut sin, mut cos): (S::f32s, S::f32s),
) -> (S::f32s, S::f32s) {
    let [x, hi, lo, angle] = [&x, &hi, &lo, &angle].map(|vector| lanes::<S>(vector));
    let sines: &mut [f32] = bytemuck::cast_slice_mut(std::slice::from_mut(&mut sin));
    let cosines: &mut [f32] = bytemuck::cast_slice_mut(std::slice::from_mut(&mut cos));
    for lane in (0..x.len()).filter(|&lane| is_far(angle[lane])) {
        let turns = 0.25 * (f64::from(hi[lane]) + f64::from(lo[lane]));
        let turned = TAU * (f64::from(x[lane]) * turns).fract();
        (sines[lane], cosines[lane]) = (turned.sin() as f32, turned.cos() as f32);
    }
    (sin, cos)
}

/// As [`sin_cos_quarters`], where nothing is far.
#[inline(always)]
fn near_sin_cos_quarters<S: Simd>(
    simd: S,
    x: S::f32s,
    [hi, lo]: [S::f32s; 2],
) -> (S::f32s, S::f32s) {
    const ROUND: f32 = 12_582_912.0;
    // On [−π/4, π/4] (Cephes sinf, cosf).
    const SIN: [f32; 3] = [-1.951_529_6e-4, 8.332_161e-3, -1.666_665_5e-1];
    const COS: [f32; 3] = [2.443_315_7e-5, -1.388_731_6e-3, 4.166_664_6e-2];
    // An exactly rounded product and its rest: the fraction then loses nothing.
    let angle = simd.mul_f32s(x, hi);
    let rest = simd.mul_add_e_f32s(x, hi, simd.neg_f32s(angle));
    let rest = simd.mul_add_e_f32s(x, lo, rest);
    let round = simd.splat_f32s(ROUND);
    let shifted = simd.add_f32s(angle, round);
    let fraction = simd.add_f32s(simd.sub_f32s(angle, simd.sub_f32s(shifted, round)), rest);
    let r = simd.mul_f32s(fraction, simd.splat_f32s(std::f32::consts::FRAC_PI_2));
    let square = simd.mul_f32s(r, r);
    let cube = simd.mul_f32s(square, r);
    let sin = simd.mul_add_e_f32s(polynomial(simd, &SIN, square), cube, r);
    let cos = polynomial(simd, &COS, square);
    let cos = simd.mul_add_e_f32s(cos, square, simd.splat_f32s(-0.5));
    let cos = simd.mul_add_e_f32s(cos, square, simd.splat_f32s(1.0));
    let quarter = simd.transmute_u32s_f32s(shifted);
    let next = simd.add_u32s(quarter, simd.splat_u32s(1));
    (
        of_quarter(simd, quarter, [sin, cos]),
        of_quarter(simd, next, [sin, cos]),
    )
}

/// The sine of an angle so many quarters of a turn beyond one of these sine and cosine.
// No closure, which may not be inlined and is then compiled for the plainest processor.
#[inline(always)]
fn of_quarter<S: Simd>(simd: S, quarter: S::u32s, [sin, cos]: [S::f32s; 2]) -> S::f32s {
    let odd = simd.and_u32s(quarter, simd.splat_u32s(1));
    let is_odd = simd.equal_u32s(odd, simd.splat_u32s(1));
    let value = simd.select_f32s(is_odd, cos, sin);
    // bit 1 of the quarter is the sign
    let sign = simd.wrapping_dyn_shl_u32s(quarter, simd.splat_u32s(30));
    let sign = simd.and_u32s(sign, simd.splat_u32s(1 << 31));
    simd.transmute_f32s_u32s(simd.xor_u32s(simd.transmute_u32s_f32s(value), sign))
}

/// Horner's scheme, the highest power first.
#[inline(always)]
fn polynomial<S: Simd, const N: usize>(simd: S, coefficients: &[f32; N], x: S::f32s) -> S::f32s {
    let mut sum = simd.splat_f32s(coefficients[0]);
    for &coefficient in &coefficients[1..] {
        sum = simd.mul_add_e_f32s(sum, x, simd.splat_f32s(coefficient));
    }
    sum
}

#[cfg(test)]
mod tests {
    use pulp::WithSimd;

    use super::*;

    /// A function of a vector, applied to numbers.
    struct Apply<'a, F>(&'a [f32], F);

    trait Function {
        fn call<S: Simd>(&self, simd: S, x: S::f32s) -> S::f32s;
    }

    impl<F: Function> WithSimd for Apply<'_, F> {
        type Output = Vec<f32>;

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> Vec<f32> {
            let mut out = self.0.to_vec();
            let (vectors, rest) = S::as_mut_simd_f32s(&mut out);
            assert!(rest.is_empty(), "whole vectors");
            for x in vectors {
                *x = self.1.call(simd, *x);
            }
            out
        }
    }

    impl Function for Activation {
        #[inline(always)]
        fn call<S: Simd>(&self, simd: S, x: S::f32s) -> S::f32s {
            activate(simd, *self, x)
        }
    }

    struct Wave {
        turns: f64,
        cos: bool,
    }

    impl Function for Wave {
        #[inline(always)]
        fn call<S: Simd>(&self, simd: S, x: S::f32s) -> S::f32s {
            let hi = self.turns as f32;
            let (sin, cos) = sin_cos_turns(simd, x, [hi, (self.turns - f64::from(hi)) as f32]);
            if self.cos { cos } else { sin }
        }
    }

    /// `count` numbers from `from` to `to`, a multiple of every vector's width.
    fn grid(from: f32, to: f32) -> Vec<f32> {
        let count = 1 << 18;
        (0..count)
            .map(|i| from + (to - from) * i as f32 / (count - 1) as f32)
            .collect()
    }

    /// The largest error over `[from, to]`, relative in units of 2⁻²⁴ where the result is above
    /// `floor`, else of that.
    fn worst(function: impl Function, exact: impl Fn(f64) -> f64, from: f32, to: f32) -> f64 {
        let x = grid(from, to);
        let found = pulp::Arch::new().dispatch(Apply(&x, function));
        let errors = x.iter().zip(found).map(|(&x, found)| {
            let exact = exact(x.into());
            let scale = exact.abs().max(f64::from(f32::MIN_POSITIVE));
            (f64::from(found) - exact).abs() / scale * f64::from(1 << 24)
        });
        errors.fold(
            0.0,
            |worst, e| if e > worst || e.is_nan() { e } else { worst },
        )
    }

    fn silu(x: f64) -> f64 {
        x / (1.0 + (-x).exp())
    }

    fn gelu_tanh(x: f64) -> f64 {
        let u = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x.powi(3));
        x / (1.0 + (-2.0 * u).exp())
    }

    /// `x Φ(x)` with Φ as a series of positive terms near 0 and a continued fraction in the tails.
    fn gelu(x: f64) -> f64 {
        let z = x.abs();
        let density = (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let tail = if z < 3.0 {
            let mut term = z;
            let mut sum = term;
            for n in 1..120 {
                term *= z * z / f64::from(2 * n + 1);
                sum += term;
            }
            0.5 - density * sum
        } else {
            density / (1..200).rev().fold(z, |rest, n| z + f64::from(n) / rest)
        };
        x * if x < 0.0 { tail } else { 1.0 - tail }
    }

    #[test]
    fn activations_are_within_their_bounds() {
        for (activation, exact, from, to, bound) in [
            (
                Activation::Relu,
                (|x| x.max(0.0)) as fn(f64) -> f64,
                -9.0,
                9.0,
                0.0,
            ),
            (Activation::Silu, silu, -80.0, 80.0, 4.0),
            (Activation::Silu, silu, -1e-3, 1e-3, 4.0),
            (Activation::GeluTanh, gelu_tanh, -1.0, 20.0, 4.0),
            // The exponent is rounded, and e^x makes its absolute error a relative one.
            (Activation::GeluTanh, gelu_tanh, -9.0, -1.0, 200.0),
            (Activation::Gelu, gelu, -5.0, 20.0, 6.0),
            (Activation::Gelu, gelu, -12.0, -5.0, 10.0),
        ] {
            let worst = worst(activation, exact, from, to);
            assert!(
                worst <= bound,
                "{activation:?} on [{from}, {to}]: {worst} units"
            );
        }
    }

    /// Beyond the exponent's clamp: the result is the limit, and what is not a number stays so.
    #[test]
    fn extreme_arguments_give_limits() {
        let x = [f32::MAX, 1e4, 1e20, 1e30].repeat(16);
        for activation in Activation::ALL {
            let found = pulp::Arch::new().dispatch(Apply(&x, activation));
            assert_eq!(found, x, "{activation:?}");
            let negative: Vec<f32> = x.iter().map(|x| -x.min(1e30)).collect();
            let found = pulp::Arch::new().dispatch(Apply(&negative, activation));
            assert!(
                found.iter().all(|v| v.abs() < 1e-6),
                "{activation:?}: {found:?}"
            );
            let found = pulp::Arch::new().dispatch(Apply(&[f32::NAN; 16], activation));
            assert!(activation == Activation::Relu || found.iter().all(|v| v.is_nan()));
        }
    }

    #[test]
    fn waves_are_within_their_bound() {
        for turns in [1.0 / TAU, 0.25, 3.987_654_321, 25e-4, 1000.1] {
            for cos in [false, true] {
                let x = grid(-30.0, 30.0);
                let found = pulp::Arch::new().dispatch(Apply(&x, Wave { turns, cos }));
                for (&x, found) in x.iter().zip(found) {
                    let angle = TAU * turns * f64::from(x);
                    let exact = if cos { angle.cos() } else { angle.sin() };
                    let error = (f64::from(found) - exact).abs();
                    assert!(error < 3e-7, "{turns} turns × {x}: {found}, not {exact}");
                }
            }
        }
    }

    #[test]
    fn far_waves_are_waves_and_leave_their_neighbours_alone() {
        // Every vector has lanes near and far.
        let x: Vec<f32> = (0..1 << 12)
            .map(|i| (i as f32 - 2048.0) * if i % 3 == 0 { 1e5 } else { 0.1 })
            .collect();
        let near: Vec<f32> = x
            .iter()
            .map(|x| if x.abs() < 1e3 { *x } else { 0.0 })
            .collect();
        for cos in [false, true] {
            let wave = |x: &[f32]| {
                let turns = 3.987_654_321;
                pulp::Arch::new().dispatch(Apply(x, Wave { turns, cos }))
            };
            for ((&x, found), alone) in x.iter().zip(wave(&x)).zip(wave(&near)) {
                let angle = TAU * (3.987_654_321 * f64::from(x)).fract();
                let exact = if cos { angle.cos() } else { angle.sin() };
                let error = (f64::from(found) - exact).abs();
                assert!(error < 3e-6, "{x}: {found}, not {exact}");
                assert!(x.abs() >= 1e3 || found.to_bits() == alone.to_bits(), "{x}");
            }
            for x in [1e15, -1e30, f32::MAX] {
                assert!(wave(&[x; 16]).iter().all(|value| value.abs() <= 1.0), "{x}");
            }
            for x in [f32::NAN, f32::INFINITY] {
                assert!(wave(&[x; 16]).iter().all(|value| value.is_nan()), "{x}");
            }
        }
    }
}
