//! The functions of a program in `f64`, for what the host folds.

use crate::network::format::Function;

/// `f(x)`.
pub fn apply(function: Function, x: f64) -> f64 {
    match function {
        Function::Relu => x.max(0.0),
        Function::Silu => x / (1.0 + (-x).exp()),
        Function::Gelu => x * (1.0 - upper_tail(x)),
        Function::GeluTanh => {
            let inner = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044_715 * x.powi(3));
            0.5 * x * (1.0 + inner.tanh())
        }
        Function::Mish => x * softplus(x).tanh(),
        Function::Tanh => x.tanh(),
        Function::Sigmoid => sigmoid(x),
        Function::Softplus => softplus(x),
        Function::Elu => elu(x),
        Function::Selu if x > 0.0 => Function::SELU_SCALE * x,
        Function::Selu => Function::SELU_SCALE * Function::SELU_ALPHA * elu(x),
        Function::LeakyRelu { .. } if x > 0.0 => x,
        Function::LeakyRelu { slope } => f64::from(slope) * x,
        Function::Sin => x.sin(),
    }
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

fn elu(x: f64) -> f64 {
    if x > 0.0 { x } else { x.exp_m1() }
}

/// `1 − Φ(x)`: a series of positive terms near 0, a continued fraction in the tails.
fn upper_tail(x: f64) -> f64 {
    let z = x.abs();
    let density = (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let tail = if z < 3.0 {
        let (mut term, mut sum) = (z, z);
        for n in 1..120 {
            term *= z * z / f64::from(2 * n + 1);
            sum += term;
        }
        0.5 - density * sum
    } else {
        density / (1..200).rev().fold(z, |rest, n| z + f64::from(n) / rest)
    };
    if x < 0.0 { 1.0 - tail } else { tail }
}
