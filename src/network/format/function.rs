//! The elementwise functions of the layers format.

use serde::Deserialize;

use super::activation::Activation;

/// An elementwise function, as `torch.nn` defines it.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Function {
    /// `max(x, 0)`.
    Relu,
    /// `x / (1 + e^{−x})`.
    Silu,
    /// `x · Φ(x)`, with the error function itself.
    Gelu,
    /// `½x (1 + tanh(√(2/π) (x + 0.044715 x³)))`.
    GeluTanh,
    /// `x · tanh(softplus(x))`.
    Mish,
    /// The hyperbolic tangent.
    Tanh,
    /// `1 / (1 + e^{−x})`.
    Sigmoid,
    /// `ln(1 + e^x)`.
    Softplus,
    /// `x` above 0, else `e^x − 1`.
    Elu,
    /// 1.0507… times `x` above 0, else times 1.6732…·(e^x − 1).
    Selu,
    /// `x` above 0, else `slope · x`.
    LeakyRelu {
        /// The factor below 0.
        slope: f32,
    },
    /// The sine, of radians.
    Sin,
}

impl Function {
    /// The outer factor of [`Function::Selu`].
    pub const SELU_SCALE: f64 = 1.050_700_987_355_480_5;
    /// The factor of the exponential in [`Function::Selu`].
    pub const SELU_ALPHA: f64 = 1.673_263_242_354_377_2;

    /// Every function, [`Function::LeakyRelu`] with PyTorch's slope.
    pub const ALL: [Self; 12] = [
        Self::Relu,
        Self::Silu,
        Self::Gelu,
        Self::GeluTanh,
        Self::Mish,
        Self::Tanh,
        Self::Sigmoid,
        Self::Softplus,
        Self::Elu,
        Self::Selu,
        Self::LeakyRelu { slope: 0.01 },
        Self::Sin,
    ];

    /// The name in `config.json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Relu => "relu",
            Self::Silu => "silu",
            Self::Gelu => "gelu",
            Self::GeluTanh => "gelu_tanh",
            Self::Mish => "mish",
            Self::Tanh => "tanh",
            Self::Sigmoid => "sigmoid",
            Self::Softplus => "softplus",
            Self::Elu => "elu",
            Self::Selu => "selu",
            Self::LeakyRelu { .. } => "leaky_relu",
            Self::Sin => "sin",
        }
    }
}

impl From<Activation> for Function {
    fn from(activation: Activation) -> Self {
        match activation {
            Activation::Relu => Self::Relu,
            Activation::Silu => Self::Silu,
            Activation::Gelu => Self::Gelu,
            Activation::GeluTanh => Self::GeluTanh,
        }
    }
}

/// The name of a function in `config.json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FunctionName {
    Relu,
    Silu,
    Gelu,
    GeluTanh,
    Mish,
    Tanh,
    Sigmoid,
    Softplus,
    Elu,
    Selu,
    LeakyRelu,
    Sin,
}

impl FunctionName {
    /// The function of this name; `slope` is read by `leaky_relu` alone.
    pub(super) fn with_slope(self, slope: Option<f32>) -> Function {
        match self {
            Self::Relu => Function::Relu,
            Self::Silu => Function::Silu,
            Self::Gelu => Function::Gelu,
            Self::GeluTanh => Function::GeluTanh,
            Self::Mish => Function::Mish,
            Self::Tanh => Function::Tanh,
            Self::Sigmoid => Function::Sigmoid,
            Self::Softplus => Function::Softplus,
            Self::Elu => Function::Elu,
            Self::Selu => Function::Selu,
            Self::LeakyRelu => Function::LeakyRelu {
                slope: slope.unwrap_or(0.01),
            },
            Self::Sin => Function::Sin,
        }
    }
}
