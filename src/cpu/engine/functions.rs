//! The elementwise functions of programs, on vectors.

use pulp::Simd;

use crate::network::{Activation, Function};

use super::vector_math::{activate, exp, ln_1p, sin_cos_turns};

/// `f(x)` of all values, which are chosen for once and not value by value.
#[inline(always)]
pub fn apply_all<S: Simd>(simd: S, function: Function, values: &mut [S::f32s]) {
    /// Of a constant function.
    #[inline(always)]
    fn each<S: Simd>(simd: S, function: Function, values: &mut [S::f32s]) {
        for value in values {
            *value = apply(simd, function, *value);
        }
    }
    match function {
        Function::Relu => each(simd, Function::Relu, values),
        Function::Silu => each(simd, Function::Silu, values),
        Function::Gelu => each(simd, Function::Gelu, values),
        Function::GeluTanh => each(simd, Function::GeluTanh, values),
        Function::Mish => each(simd, Function::Mish, values),
        Function::Tanh => each(simd, Function::Tanh, values),
        Function::Sigmoid => each(simd, Function::Sigmoid, values),
        Function::Softplus => each(simd, Function::Softplus, values),
        Function::Elu => each(simd, Function::Elu, values),
        Function::Selu => each(simd, Function::Selu, values),
        Function::LeakyRelu { slope } => each(simd, Function::LeakyRelu { slope }, values),
        Function::Sin => each(simd, Function::Sin, values),
    }
}

/// `f(x)`.
#[inline(always)]
pub fn apply<S: Simd>(simd: S, function: Function, x: S::f32s) -> S::f32s {
    let (zero, one) = (simd.splat_f32s(0.0), simd.splat_f32s(1.0));
    match function {
        Function::Relu => activate(simd, Activation::Relu, x),
        Function::Silu => activate(simd, Activation::Silu, x),
        Function::Gelu => activate(simd, Activation::Gelu, x),
        Function::GeluTanh => activate(simd, Activation::GeluTanh, x),
        Function::Sigmoid => {
            let power = exp(simd, simd.neg_f32s(x));
            simd.div_f32s(one, simd.add_f32s(one, power))
        }
        Function::Tanh => tanh(simd, x),
        Function::Mish => {
            // tanh(ln(1 + e^x)) = n/(n + 2) with n = e^x (e^x + 2); beyond 20 it is 1 in f32.
            let limited = simd.min_f32s(x, simd.splat_f32s(20.0));
            let (power, two) = (exp(simd, limited), simd.splat_f32s(2.0));
            let n = simd.mul_f32s(power, simd.add_f32s(power, two));
            simd.mul_f32s(x, simd.div_f32s(n, simd.add_f32s(n, two)))
        }
        Function::Softplus => {
            let power = exp(simd, simd.neg_f32s(simd.abs_f32s(x)));
            simd.add_f32s(simd.max_f32s(x, zero), ln_1p(simd, power))
        }
        Function::Elu => elu(simd, x),
        Function::Selu => {
            let below = simd.splat_f32s((Function::SELU_SCALE * Function::SELU_ALPHA) as f32);
            let above = simd.splat_f32s(Function::SELU_SCALE as f32);
            let positive = simd.greater_than_f32s(x, zero);
            let factor = simd.select_f32s(positive, above, below);
            simd.mul_f32s(factor, elu(simd, x))
        }
        Function::LeakyRelu { slope } => {
            let positive = simd.greater_than_f32s(x, zero);
            simd.select_f32s(positive, x, simd.mul_f32s(simd.splat_f32s(slope), x))
        }
        Function::Sin => {
            let turns = std::f64::consts::TAU.recip();
            let low = (turns - f64::from(turns as f32)) as f32;
            sin_cos_turns(simd, x, [turns as f32, low]).0
        }
    }
}

/// `tanh x = −m/(m + 2)` with `m = e^{−2x} − 1`.
#[inline(always)]
fn tanh<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let magnitude = simd.min_f32s(simd.abs_f32s(x), simd.splat_f32s(20.0));
    let m = exp_m1(simd, simd.mul_f32s(simd.splat_f32s(-2.0), magnitude));
    let positive = simd.div_f32s(simd.neg_f32s(m), simd.add_f32s(m, simd.splat_f32s(2.0)));
    let above = simd.greater_than_f32s(x, simd.splat_f32s(0.0));
    simd.select_f32s(above, positive, simd.neg_f32s(positive))
}

#[inline(always)]
fn elu<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let zero = simd.splat_f32s(0.0);
    let below = exp_m1(simd, simd.min_f32s(x, zero));
    simd.select_f32s(simd.greater_than_f32s(x, zero), x, below)
}

/// `e^x − 1` for x up to 0: a polynomial near 0, where the difference would lose all digits.
#[inline(always)]
fn exp_m1<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    // The Taylor series, whose next term is below 2⁻²⁴ of the result for |x| ≤ ½.
    const P: [f32; 8] = [
        1.0 / 40_320.0,
        1.0 / 5_040.0,
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
    ];
    let mut sum = simd.splat_f32s(P[0]);
    for &coefficient in &P[1..] {
        sum = simd.mul_add_e_f32s(sum, x, simd.splat_f32s(coefficient));
    }
    let near = simd.mul_f32s(sum, x);
    let far = simd.sub_f32s(exp(simd, x), simd.splat_f32s(1.0));
    let small = simd.greater_than_f32s(x, simd.splat_f32s(-0.5));
    simd.select_f32s(small, near, far)
}
