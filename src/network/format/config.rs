//! `config.json`: the shape of a residual MLP.
//!
//! The file is this crate's own format, so a key it does not know is a mistake in the file (most
//! often a typing error, which would otherwise leave a default silently in force) and is refused by
//! name.

use serde::Deserialize;

use super::activation::Activation;
use super::error::ConfigError;
use super::limits::{
    MAX_BLOCKS, MAX_CLASSES, MAX_DIMS, MAX_EMBEDDING_SIZE, MAX_HIDDEN_SIZE, MAX_PARAMETERS,
};

/// How the timestep becomes the vector `e`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TimeEmbedding {
    /// Width of the sinusoid, `S`.
    pub size: usize,
    /// Width of the two-layer MLP after it, `E`; none: `e` is the sinusoid itself.
    #[serde(default)]
    pub hidden_size: Option<usize>,
    /// Cosines first.
    #[serde(default)]
    pub flip_sin_to_cos: bool,
    /// Frequency `k` is `max_period^(−k / (S/2 − downscale_freq_shift))`.
    #[serde(default = "one")]
    pub downscale_freq_shift: f64,
    /// The slowest period, over 2π.
    #[serde(default = "ten_thousand")]
    pub max_period: f64,
}

fn one() -> f64 {
    1.0
}

fn ten_thousand() -> f64 {
    10_000.0
}

/// How a coordinate becomes features: a sinusoid of its own.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct InputEmbedding {
    /// Features per coordinate.
    pub size: usize,
    /// What a coordinate is multiplied by first.
    pub scale: f64,
}

/// The shape of a residual MLP, validated: every size is in its range and the weights fit
/// [`MAX_PARAMETERS`].
///
/// The network (biases left out; `e` is the time embedding plus, where there are classes, the class
/// embedding):
/// ```text
/// h   = act(proj_in(φ(x)) + conditioning[0] e)
/// h   = h + act(block[i](h) + conditioning[i + 1] e)      for each block
/// out = proj_out(h)
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MlpConfig {
    /// `[d]` or `[channels, height, width]`.
    pub sample_shape: Vec<usize>,
    /// `H`.
    pub hidden_size: usize,
    /// Residual blocks after the first layer.
    pub num_blocks: usize,
    /// The non-linearity.
    pub activation: Activation,
    /// The embedding of the timestep.
    pub time_embedding: TimeEmbedding,
    /// The embedding `φ` of a coordinate; none: the coordinates themselves.
    pub input_embedding: Option<InputEmbedding>,
    /// Classes the model knows; none: the model is unconditional.
    pub num_classes: Option<usize>,
}

/// The file as written, before it is believed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawConfig {
    architecture: String,
    sample_shape: Vec<usize>,
    hidden_size: usize,
    num_blocks: usize,
    activation: String,
    time_embedding: TimeEmbedding,
    #[serde(default)]
    input_embedding: Option<InputEmbedding>,
    #[serde(default)]
    num_classes: Option<usize>,
}

impl MlpConfig {
    /// Reads and validates the text of a `config.json`.
    ///
    /// # Errors
    /// Every way in which the file can be wrong has its variant of [`ConfigError`].
    pub fn from_json(text: &str) -> Result<Self, ConfigError> {
        let raw: RawConfig = serde_json::from_str(text)?;
        if raw.architecture != "residual-mlp" {
            return Err(ConfigError::UnknownArchitecture {
                found: raw.architecture,
            });
        }
        let activation =
            Activation::from_name(&raw.activation).ok_or(ConfigError::UnknownActivation {
                found: raw.activation,
            })?;
        let config = Self {
            sample_shape: raw.sample_shape,
            hidden_size: raw.hidden_size,
            num_blocks: raw.num_blocks,
            activation,
            time_embedding: raw.time_embedding,
            input_embedding: raw.input_embedding,
            num_classes: raw.num_classes,
        };
        config.validate()?;
        Ok(config)
    }

    /// Multiply-adds of one evaluation, each with a weight of its own.
    pub fn multiply_adds(&self) -> usize {
        let inner = self.input_features() + self.dims();
        self.hidden_size * (inner + self.num_blocks * self.hidden_size)
    }

    /// Values in one sample, `D`: the product of the sample shape.
    pub fn dims(&self) -> usize {
        self.sample_shape.iter().product()
    }

    /// Width of what enters the first layer, `F`.
    pub fn input_features(&self) -> usize {
        self.dims() * self.input_embedding.as_ref().map_or(1, |one| one.size)
    }

    /// Width of the conditioning vector `e`, `E`.
    pub fn embedding_size(&self) -> usize {
        let time = &self.time_embedding;
        time.hidden_size.unwrap_or(time.size)
    }

    /// Layers that take the conditioning vector: the first one and the blocks.
    pub fn layers(&self) -> usize {
        self.num_blocks + 1
    }

    fn validate(&self) -> Result<(), ConfigError> {
        if !matches!(self.sample_shape.len(), 1 | 3) {
            return Err(ConfigError::SampleShape {
                found: self.sample_shape.clone(),
            });
        }
        // Saturating: two entries of 2⁶³ must not wrap round to a small product.
        let dims = self
            .sample_shape
            .iter()
            .fold(1_usize, |product, &n| product.saturating_mul(n));
        in_range("the product of sample_shape", dims, 1, MAX_DIMS)?;
        in_range("hidden_size", self.hidden_size, 1, MAX_HIDDEN_SIZE)?;
        in_range("num_blocks", self.num_blocks, 0, MAX_BLOCKS)?;
        let time = &self.time_embedding;
        in_range("time_embedding.size", time.size, 2, MAX_EMBEDDING_SIZE)?;
        if let Some(size) = time.hidden_size {
            in_range("time_embedding.hidden_size", size, 1, MAX_EMBEDDING_SIZE)?;
        }
        number(
            "time_embedding.max_period",
            time.max_period,
            time.max_period > 0.0,
            "positive and finite",
        )?;
        number(
            "time_embedding.downscale_freq_shift",
            time.downscale_freq_shift,
            time.downscale_freq_shift < (time.size / 2) as f64,
            "finite and less than half of time_embedding.size",
        )?;
        if let Some(input) = &self.input_embedding {
            // The shift is 1, so half of the size must exceed it.
            in_range("input_embedding.size", input.size, 4, MAX_EMBEDDING_SIZE)?;
            number("input_embedding.scale", input.scale, true, "finite")?;
        }
        if let Some(classes) = self.num_classes {
            in_range("num_classes", classes, 1, MAX_CLASSES)?;
        }
        in_range(
            "the number of weights",
            self.parameters(),
            1,
            MAX_PARAMETERS,
        )
    }

    /// Weights in all; within the other limits this fits `usize` on 64-bit machines, and saturates
    /// elsewhere.
    pub(super) fn parameters(&self) -> usize {
        tensor_shapes(self)
            .map(|(_, shape)| {
                shape
                    .iter()
                    .fold(1_usize, |n, &side| n.saturating_mul(side))
            })
            .fold(0, usize::saturating_add)
    }
}

/// The tensors a configuration calls for, by name and shape.
pub(in crate::network) fn tensor_shapes(
    config: &MlpConfig,
) -> impl Iterator<Item = (String, Vec<usize>)> {
    let (h, e) = (config.hidden_size, config.embedding_size());
    let linear = |name: String, out: usize, inputs: usize| {
        [
            (format!("{name}.weight"), vec![out, inputs]),
            (format!("{name}.bias"), vec![out]),
        ]
    };
    let time = config.time_embedding.hidden_size.map(|_| {
        let first = linear(
            "time_embedding.linear_1".into(),
            e,
            config.time_embedding.size,
        );
        let second = linear("time_embedding.linear_2".into(), e, e);
        [first, second]
    });
    let classes = config
        .num_classes
        .map(|classes| ("class_embedding.weight".into(), vec![classes + 1, e]));
    linear("proj_in".into(), h, config.input_features())
        .into_iter()
        .chain((0..config.num_blocks).flat_map(move |i| linear(format!("blocks.{i}"), h, h)))
        .chain(linear("proj_out".into(), config.dims(), h))
        .chain((0..config.layers()).map(move |j| (format!("conditioning.{j}.weight"), vec![h, e])))
        .chain(time.into_iter().flatten().flatten())
        .chain(classes)
}

fn in_range(key: &'static str, value: usize, min: usize, max: usize) -> Result<(), ConfigError> {
    if (min..=max).contains(&value) {
        return Ok(());
    }
    Err(ConfigError::OutOfRange {
        key,
        value,
        min,
        max,
    })
}

fn number(
    key: &'static str,
    value: f64,
    holds: bool,
    requirement: &'static str,
) -> Result<(), ConfigError> {
    if value.is_finite() && holds {
        return Ok(());
    }
    Err(ConfigError::Number {
        key,
        value,
        requirement,
    })
}
