//! The operations of the layers format, as `config.json` writes them.

use serde::{Deserialize, Deserializer};

use super::function::Function;

/// Registers whose values follow one another: a name, or a list for a concatenation.
#[derive(Debug, Clone, PartialEq)]
pub struct Source(pub Vec<String>);

#[derive(Deserialize)]
#[serde(untagged)]
enum RawSource {
    One(String),
    Many(Vec<RawSource>),
}

impl RawSource {
    fn flatten(self, into: &mut Vec<String>) {
        match self {
            Self::One(name) => into.push(name),
            Self::Many(all) => all.into_iter().for_each(|one| one.flatten(into)),
        }
    }
}

impl<'de> Deserialize<'de> for Source {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut names = Vec::new();
        RawSource::deserialize(deserializer)?.flatten(&mut names);
        Ok(Self(names))
    }
}

/// A term of a sum: registers, and what they are multiplied by.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// The registers.
    pub source: Source,
    /// The factor.
    pub weight: f64,
}

impl<'de> Deserialize<'de> for Term {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum RawTerm {
            Weighted(Source, f64),
            Plain(Source),
        }
        let (source, weight) = match RawTerm::deserialize(deserializer)? {
            RawTerm::Weighted(source, weight) => (source, weight),
            RawTerm::Plain(source) => (source, 1.0),
        };
        Ok(Self { source, weight })
    }
}

/// What an `affine` multiplies by or adds.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Operand {
    /// The same for all values.
    Number(f64),
    /// A register, or a tensor where there is no register of that name.
    Name(String),
}

/// The numbers that a `fourier` multiplies by.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Rates {
    /// A tensor.
    Tensor(String),
    /// The numbers themselves.
    List(Vec<f64>),
}

/// Which of sines and cosines come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaveOrder {
    /// Sines first.
    #[default]
    SinCos,
    /// Cosines first.
    CosSin,
}

/// Over what a `norm` takes its moments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NormKind {
    /// The whole row, centred.
    Layer,
    /// The whole row, not centred.
    Rms,
    /// Groups of the row, centred.
    Group,
    /// The training data, by their running statistics.
    Batch,
}

/// An operation: it writes one register.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerOp {
    /// The register it writes.
    pub out: String,
    /// What it does.
    pub kind: LayerKind,
}

/// What an operation does; see the table in `docs` of the format.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum LayerKind {
    /// `W·in + b`.
    Linear {
        /// What is multiplied.
        input: Source,
        /// The tensor `W`, `[out, in]`.
        weight: String,
        /// The tensor `b`, `[out]`.
        bias: Option<String>,
        /// Take these rows of both only, from and to.
        rows: Option<[usize; 2]>,
    },
    /// `in · (scale_offset + scale) + shift`.
    Affine {
        /// What is changed.
        input: Source,
        /// The factor.
        scale: Option<Operand>,
        /// What is added to the factor.
        scale_offset: f64,
        /// What is added to the product.
        shift: Option<Operand>,
    },
    /// An elementwise function.
    Act {
        /// Its argument.
        input: Source,
        /// The function.
        function: Function,
    },
    /// A normalisation.
    Norm {
        /// What is normalised.
        input: Source,
        /// Over what.
        kind: NormKind,
        /// Added to the variance.
        eps: f64,
        /// Groups, of [`NormKind::Group`].
        groups: usize,
        /// Of the tensors `.weight`, `.bias`, `.running_mean` and `.running_var`.
        prefix: Option<String>,
    },
    /// A weighted sum.
    Add {
        /// The terms.
        terms: Vec<Term>,
    },
    /// The product of two registers.
    Mul {
        /// The factors.
        factors: [Source; 2],
    },
    /// A row of a tensor.
    Embedding {
        /// `t` or `class`.
        input: String,
        /// The tensor.
        weight: String,
    },
    /// Sines and cosines of each coordinate.
    Sinusoid {
        /// The coordinates.
        input: Source,
        /// Features a coordinate.
        size: usize,
        /// Frequency `k` is `factor · max_period^(−k/(size/2 − shift))`.
        shift: f64,
        /// See `shift`.
        max_period: f64,
        /// See `shift`.
        factor: f64,
        /// Which come first.
        order: WaveOrder,
    },
    /// Sines and cosines of `in · rates · factor`.
    Fourier {
        /// One value, or one for each rate.
        input: Source,
        /// The rates.
        rates: Rates,
        /// See above.
        factor: f64,
        /// Which come first.
        order: WaveOrder,
    },
}

impl LayerOp {
    /// The registers it reads, and the names that are registers if there is one of that name.
    pub(super) fn reads(&self) -> (Vec<&str>, Vec<&str>) {
        match &self.kind {
            LayerKind::Linear { input, .. }
            | LayerKind::Act { input, .. }
            | LayerKind::Norm { input, .. }
            | LayerKind::Sinusoid { input, .. }
            | LayerKind::Fourier { input, .. } => (names_of(input), Vec::new()),
            LayerKind::Affine {
                input,
                scale,
                shift,
                ..
            } => {
                let operands = [scale, shift].into_iter().flatten();
                let maybe = operands.filter_map(|operand| match operand {
                    Operand::Name(name) => Some(name.as_str()),
                    Operand::Number(_) => None,
                });
                (names_of(input), maybe.collect())
            }
            LayerKind::Add { terms } => {
                let all = terms.iter().flat_map(|term| names_of(&term.source));
                (all.collect(), Vec::new())
            }
            LayerKind::Mul { factors } => (factors.iter().flat_map(names_of).collect(), Vec::new()),
            LayerKind::Embedding { input, .. } => (vec![input], Vec::new()),
        }
    }
}

fn names_of(source: &Source) -> Vec<&str> {
    source.0.iter().map(String::as_str).collect()
}
