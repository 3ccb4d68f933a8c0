//! Choices by name: those of the file format and of diffusers.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// The activations that the format knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum Activation {
    /// max(x, 0)
    Relu,
    /// x·sigmoid(x)
    Silu,
    /// x·Φ(x)
    Gelu,
    /// The same by tanh
    GeluTanh,
}

/// How β runs over the training levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
pub enum BetaSchedule {
    /// From 1e-4 to 0.02
    #[serde(rename = "linear")]
    Linear,
    /// Its square root from 1e-4 to 0.02
    #[serde(rename = "scaled_linear")]
    #[value(name = "scaled_linear")]
    ScaledLinear,
    /// A cosine for ᾱ (Nichol and Dhariwal, 2021)
    #[serde(rename = "squaredcos_cap_v2")]
    #[value(name = "squaredcos_cap_v2", alias = "cosine")]
    Cosine,
}

/// What the network's output estimates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
pub enum Prediction {
    /// The noise
    #[serde(rename = "epsilon")]
    Epsilon,
    /// The data
    #[serde(rename = "sample")]
    Sample,
    /// √ᾱ·noise − √(1−ᾱ)·data (Salimans and Ho, 2022)
    #[serde(rename = "v_prediction")]
    #[value(name = "v_prediction", alias = "v")]
    Velocity,
}

/// Which of the training levels a sampler visits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Spacing {
    /// From level 0 on
    Leading,
    /// From the noisiest level on
    Trailing,
    /// From the noisiest to level 0
    Linspace,
}

/// The weight of a noise level in the loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum Weighting {
    /// The same for all
    Uniform,
    /// min(SNR, γ) on the data's error (Hang et al., 2023)
    MinSnr,
    /// min(SNR + 1, γ) on the data's error, so that no level counts for nothing
    MinSnrPlusOne,
}

/// How the columns of a table are scaled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Normalize {
    /// As they are: in [−1, 1] already
    None,
    /// The least value to −1, the largest to 1
    Minmax,
    /// Mean 0, standard deviation ½
    Standard,
    /// The distribution to a normal of standard deviation ½, by quantiles
    Quantile,
}
