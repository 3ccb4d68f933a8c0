//! The training objective: noised samples in, weighted squared error out.
//!
//! `x_t = √ᾱ·x₀ + √(1−ᾱ)·z`; the network predicts `z` or `x₀`. With x₀-prediction a weight of
//! `1/(1−ᾱ)` (that is SNR + 1) would make the loss that of v-prediction; it is capped, as in
//! min-SNR weighting, or the nearly clean levels would drown the rest.

use burn::tensor::{Device, Tensor, TensorData};
use ddim_wgpu::diffusion::NoiseSchedule;
use rand::RngExt;
use rand::rngs::StdRng;
use rand_distr::{Distribution, StandardNormal};

use crate::data::Batch;
use crate::error::Error;
use crate::format::{ModelConfig, Prediction};
use crate::network::{Inputs, Network};
use crate::recipe::Recipe;

/// Turns clean batches into losses.
#[derive(Debug)]
pub(crate) struct Objective {
    model: ModelConfig,
    prediction: Prediction,
    schedule: NoiseSchedule,
    max_weight: f64,
    label_dropout: f64,
}

impl Objective {
    /// The objective of a recipe.
    ///
    /// # Errors
    /// When the library does not accept the recipe's scheduler.
    pub(crate) fn new(recipe: &Recipe) -> Result<Self, Error> {
        Ok(Self {
            model: recipe.model.clone(),
            prediction: recipe.scheduler.prediction_type,
            schedule: recipe.scheduler.schedule()?,
            max_weight: recipe.max_weight,
            label_dropout: recipe.label_dropout,
        })
    }

    /// The mean loss over a batch, at timesteps and noise drawn from `rng`.
    pub(crate) fn loss(
        &self,
        network: &Network,
        batch: Batch,
        rng: &mut StdRng,
        device: &Device,
    ) -> Tensor<1> {
        let dims = self.model.dims();
        let count = batch.classes.len();
        let levels = self.schedule.train_steps();
        // One timestep from each of `count` equal strata: every batch covers all levels.
        let timesteps: Vec<usize> = (0..count)
            .map(|i| ((i as f64 + rng.random::<f64>()) / count as f64 * levels as f64) as usize)
            .map(|t| t.min(levels - 1))
            .collect();
        let classes: Vec<_> = batch
            .classes
            .iter()
            .map(|class| class.filter(|_| rng.random::<f64>() >= self.label_dropout))
            .collect();
        let mut noised = Vec::with_capacity(count * dims);
        let mut target = Vec::with_capacity(count * dims);
        let mut weights = Vec::with_capacity(count);
        for (sample, t) in batch.values.chunks_exact(dims).zip(&timesteps) {
            let level = self.schedule.level(*t);
            let signal = level.sqrt_alpha_bar() as f32;
            let spread = level.sqrt_one_minus_alpha_bar() as f32;
            for x0 in sample {
                let z: f32 = StandardNormal.sample(rng);
                noised.push(signal * x0 + spread * z);
                target.push(match self.prediction {
                    Prediction::Epsilon => z,
                    Prediction::Sample => *x0,
                    Prediction::Velocity => signal * z - spread * x0,
                });
            }
            weights.push(match self.prediction {
                Prediction::Sample => {
                    (1.0 / level.one_minus_alpha_bar()).min(self.max_weight) as f32
                }
                Prediction::Epsilon | Prediction::Velocity => 1.0,
            });
        }
        let inputs = Inputs::new(&self.model, noised, &timesteps, &classes, device);
        let target = Tensor::<2>::from_data(TensorData::new(target, [count, dims]), device);
        let weights = Tensor::<2>::from_data(TensorData::new(weights, [count, 1]), device);
        let difference = network.forward(inputs) - target;
        (difference.clone() * difference * weights).mean()
    }
}
