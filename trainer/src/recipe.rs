//! How each shipped model is trained: architecture, noise and optimiser, in one place.

use clap::ValueEnum;

use crate::format::{
    Activation, BetaSchedule, InputEmbedding, ModelConfig, Prediction, SchedulerConfig, Spacing,
    TimeEmbedding,
};

/// The models this trainer makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ModelName {
    /// 28×28 handwritten digits, by class.
    Digits,
    /// A spiral in the plane.
    SwissRoll,
    /// The dinosaur of the Datasaurus, in the plane.
    Dino,
}

/// Everything a training run is determined by, besides data and seed.
#[derive(Debug, Clone)]
pub(crate) struct Recipe {
    pub(crate) model: ModelConfig,
    pub(crate) scheduler: SchedulerConfig,
    pub(crate) epochs: usize,
    pub(crate) batch: usize,
    /// Optimiser steps in an epoch; digits: one pass over the data.
    pub(crate) steps_per_epoch: usize,
    /// Peak of the learning rate, after the warm-up.
    pub(crate) learning_rate: f64,
    pub(crate) warmup_steps: usize,
    pub(crate) weight_decay: f32,
    /// Decay of the weights' moving average, per step.
    pub(crate) ema_decay: f32,
    /// Largest weight of a sample's loss; see `objective`.
    pub(crate) max_weight: f64,
    /// Probability of training a sample without its class.
    pub(crate) label_dropout: f64,
}

impl Recipe {
    /// The recipe the shipped model was trained by.
    pub(crate) fn of(name: ModelName) -> Self {
        match name {
            ModelName::Digits => Self::digits(),
            ModelName::SwissRoll | ModelName::Dino => Self::points(),
        }
    }

    fn digits() -> Self {
        Self {
            model: ModelConfig {
                architecture: "residual-mlp".into(),
                sample_shape: vec![1, 28, 28],
                hidden_size: 640,
                num_blocks: 4,
                activation: Activation::Silu,
                time_embedding: time_embedding(64, 128),
                input_embedding: None,
                num_classes: Some(10),
            },
            scheduler: SchedulerConfig::ddim(
                BetaSchedule::Cosine,
                Prediction::Sample,
                Spacing::Trailing,
            ),
            epochs: 300,
            batch: 256,
            steps_per_epoch: 35,
            learning_rate: 1e-3,
            warmup_steps: 300,
            weight_decay: 0.01,
            ema_decay: 0.999,
            max_weight: 5.0,
            label_dropout: 0.1,
        }
    }

    fn points() -> Self {
        Self {
            model: ModelConfig {
                architecture: "residual-mlp".into(),
                sample_shape: vec![2],
                hidden_size: 128,
                num_blocks: 3,
                activation: Activation::Silu,
                time_embedding: time_embedding(64, 64),
                input_embedding: Some(InputEmbedding {
                    size: 64,
                    scale: 25.0,
                }),
                num_classes: None,
            },
            scheduler: SchedulerConfig::ddim(
                BetaSchedule::Cosine,
                Prediction::Epsilon,
                Spacing::Leading,
            ),
            epochs: 200,
            batch: 512,
            steps_per_epoch: 100,
            learning_rate: 2e-3,
            warmup_steps: 200,
            weight_decay: 0.0,
            ema_decay: 0.999,
            max_weight: f64::INFINITY,
            label_dropout: 0.0,
        }
    }
}

fn time_embedding(size: usize, hidden_size: usize) -> TimeEmbedding {
    TimeEmbedding {
        size,
        hidden_size: Some(hidden_size),
        flip_sin_to_cos: false,
        downscale_freq_shift: 1.0,
        max_period: 10_000.0,
    }
}
