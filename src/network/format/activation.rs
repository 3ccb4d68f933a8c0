//! The non-linearities of a hidden layer.

/// The non-linearity after every layer but the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Activation {
    /// `max(x, 0)`.
    Relu,
    /// `x / (1 + e^{−x})`.
    Silu,
    /// `x · Φ(x)`, with the error function itself.
    Gelu,
    /// `½x (1 + tanh(√(2/π) (x + 0.044715 x³)))`.
    GeluTanh,
}

impl Activation {
    /// The names in `config.json`, in the order of [`Activation::ALL`].
    pub const NAMES: [&'static str; 4] = ["relu", "silu", "gelu", "gelu_tanh"];
    /// Every activation.
    pub const ALL: [Self; 4] = [Self::Relu, Self::Silu, Self::Gelu, Self::GeluTanh];

    /// The name in `config.json`.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// The activation called `name` in `config.json`, if there is one.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}
