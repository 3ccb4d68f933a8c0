//! Twin of the elementwise functions.

use crate::cpu::reference::mlp_step::erfc;
use crate::network::Function;

/// `f(x)`.
pub fn activate(function: Function, x: f32) -> f32 {
    match function {
        Function::Relu => x.max(0.0),
        Function::Silu => x / (1.0 + (-x).exp()),
        Function::Gelu => {
            let tail = 0.5 * erfc(f64::from(x.abs()) * std::f64::consts::FRAC_1_SQRT_2);
            (f64::from(x.max(0.0)) - f64::from(x.abs()) * tail) as f32
        }
        Function::GeluTanh => {
            let inner = (2.0 / std::f32::consts::PI).sqrt() * (x + 0.044_715 * x * x * x);
            0.5 * x * (1.0 + inner.tanh())
        }
        Function::Mish => x * softplus(x).tanh(),
        Function::Tanh => x.tanh(),
        Function::Sigmoid => 1.0 / (1.0 + (-x).exp()),
        Function::Softplus => softplus(x),
        Function::Elu => elu(x),
        Function::Selu if x > 0.0 => Function::SELU_SCALE as f32 * x,
        Function::Selu => (Function::SELU_SCALE * Function::SELU_ALPHA) as f32 * elu(x),
        Function::LeakyRelu { .. } if x > 0.0 => x,
        Function::LeakyRelu { slope } => slope * x,
        Function::Sin => x.sin(),
    }
}

fn softplus(x: f32) -> f32 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

fn elu(x: f32) -> f32 {
    if x > 0.0 { x } else { x.exp_m1() }
}
