//! The training objective: noised samples in, weighted squared error out.
//!
//! `x_t = √ᾱ·x₀ + √(1−ᾱ)·z`; the network predicts z (epsilon), x₀ (sample) or `√ᾱ·z − √(1−ᾱ)·x₀`
//! (v). The weight of a level is of x̂₀'s error, whatever is predicted: with `SNR = ᾱ/(1−ᾱ)`,
//! `|x̂₀ − x₀|² = |ẑ − z|²/SNR = |v̂ − v|²/(SNR + 1)` (Hang et al., "Efficient Diffusion Training via
//! Min-SNR Weighting Strategy", 2023, section 3).

use burn::tensor::{Device, Tensor, TensorData};
use ddim_wgpu::diffusion::NoiseSchedule;

use crate::data::{Batch, ConditionScaling};
use crate::error::Error;
use crate::network::{Inputs, ModelConfig, Network, SchedulerConfig, Told};
use crate::recipe::{Prediction, TrainingRecipe, Weighting};
use crate::stream::{Purpose, Stream};

/// Turns noised batches into losses.
#[derive(Debug)]
pub struct Objective {
    inputs: Inputs,
    device: Device,
    dims: usize,
    prediction: Prediction,
    schedule: NoiseSchedule,
    weighting: Weighting,
    gamma: f64,
    class_dropout: f32,
    conditions: Option<ConditionScaling>,
}

/// A batch with its noise.
#[derive(Debug, Clone)]
pub struct Noised {
    /// Data, `[rows, D]`.
    pub x0: Vec<f32>,
    /// Standard normals, `[rows, D]`.
    pub noise: Vec<f32>,
    /// The level of each row.
    pub timesteps: Vec<usize>,
    /// The class of each row; `None`: without one.
    pub classes: Vec<Option<u32>>,
    /// The condition of each row, `[rows, width]`, as the network sees it; empty: there are none.
    pub conditions: Vec<f32>,
    /// What the loss of each row is multiplied by beside its level's weight.
    pub weights: Vec<f32>,
}

impl Objective {
    /// The objective of a recipe, computed on a device.
    ///
    /// # Errors
    /// When the library does not accept the noise.
    pub fn new(
        model: &ModelConfig,
        scheduler: &SchedulerConfig,
        training: &TrainingRecipe,
        conditions: Option<&ConditionScaling>,
        device: &Device,
    ) -> Result<Self, Error> {
        Ok(Self {
            inputs: Inputs::new(model, device),
            device: device.clone(),
            dims: model.dims(),
            prediction: scheduler.prediction_type,
            schedule: scheduler.schedule()?,
            weighting: training.loss_weighting,
            gamma: training.min_snr_gamma,
            class_dropout: training.class_dropout as f32,
            conditions: conditions.cloned(),
        })
    }

    /// A batch with the levels, the noise and the classes of a step.
    ///
    /// Levels are stratified, one of each of as many equal parts as there are rows, so that every
    /// batch has them all.
    #[must_use]
    pub fn noised(&self, batch: Batch, seed: u64, step: u64) -> Noised {
        let levels = self.schedule.train_steps();
        let mut random = Stream::new(seed, Purpose::Timesteps, step);
        let level = |row: usize, part: f32| {
            let place = (row as f64 + f64::from(part)) / batch.rows as f64;
            ((place * levels as f64) as usize).min(levels - 1)
        };
        let timesteps = (0..batch.rows).map(|row| level(row, random.uniform()));
        let timesteps = timesteps.collect();
        let mut random = Stream::new(seed, Purpose::ClassDropout, step);
        let kept = (0..batch.rows).map(|_| random.uniform() >= self.class_dropout);
        let kept: Vec<bool> = kept.collect();
        let class = |row: usize| batch.classes.get(row).copied().filter(|_| kept[row]);
        let classes = (0..batch.rows).map(class).collect();
        let mut conditions = self.scaled(&batch.conditions);
        let width = conditions.len() / batch.rows;
        for (row, _) in kept.iter().enumerate().filter(|(_, kept)| !**kept) {
            // The mean, which is what guidance's other pass is given.
            conditions[row * width..][..width].fill(0.0);
        }
        let mut random = Stream::new(seed, Purpose::Noise, step);
        Noised {
            noise: batch.values.iter().map(|_| random.normal()).collect(),
            weights: vec![1.0; batch.rows],
            x0: batch.values,
            timesteps,
            classes,
            conditions,
        }
    }

    /// Conditions `[rows, width]` as the network sees them.
    #[must_use]
    pub fn scaled(&self, conditions: &[f32]) -> Vec<f32> {
        let scaling = self.conditions.as_ref();
        scaling.map_or_else(Vec::new, |scaling| scaling.to_network(conditions))
    }

    /// The mean over rows and values of the weighted squared error.
    #[must_use]
    pub fn loss(&self, network: &Network, noised: &Noised) -> Tensor<1> {
        let (difference, rows) = self.difference(network, noised);
        let rows_of = noised.timesteps.iter().zip(&noised.weights);
        let weights = rows_of.map(|(&t, own)| self.weight(t) as f32 * own);
        let weights: Vec<f32> = weights.collect();
        let weights: Tensor<2> =
            Tensor::from_data(TensorData::new(weights, [rows, 1]), &self.device);
        (difference.clone() * difference * weights).mean()
    }

    /// The mean squared error of what the network predicts, without weights.
    #[must_use]
    pub fn error(&self, network: &Network, noised: &Noised) -> Tensor<1> {
        let (difference, _) = self.difference(network, noised);
        (difference.clone() * difference).mean()
    }

    fn difference(&self, network: &Network, noised: &Noised) -> (Tensor<2>, usize) {
        let rows = noised.timesteps.len();
        let mut states = Vec::with_capacity(noised.x0.len());
        let mut targets = Vec::with_capacity(noised.x0.len());
        let samples = noised.x0.chunks_exact(self.dims);
        let noises = noised.noise.chunks_exact(self.dims);
        for ((sample, noise), &t) in samples.zip(noises).zip(&noised.timesteps) {
            let level = self.schedule.level(t);
            let signal = level.sqrt_alpha_bar() as f32;
            let spread = level.sqrt_one_minus_alpha_bar() as f32;
            for (x0, z) in sample.iter().zip(noise) {
                states.push(signal * x0 + spread * z);
                targets.push(match self.prediction {
                    Prediction::Epsilon => *z,
                    Prediction::Sample => *x0,
                    Prediction::Velocity => signal * z - spread * x0,
                });
            }
        }
        let told = Told {
            timesteps: &noised.timesteps,
            classes: &noised.classes,
            conditions: &noised.conditions,
        };
        let out = network.forward(&self.inputs, states, &told);
        let targets = TensorData::new(targets, [rows, self.dims]);
        (out - Tensor::<2>::from_data(targets, &self.device), rows)
    }

    /// The weight of a level for the error of what is predicted.
    fn weight(&self, timestep: usize) -> f64 {
        let level = self.schedule.level(timestep);
        let rest = level.one_minus_alpha_bar();
        let snr = (1.0 - rest) / rest;
        let of_data = match self.weighting {
            Weighting::Uniform => return 1.0,
            Weighting::MinSnr => snr.min(self.gamma),
            Weighting::MinSnrPlusOne => (snr + 1.0).min(self.gamma),
        };
        match self.prediction {
            Prediction::Sample => of_data,
            Prediction::Epsilon => of_data / snr,
            Prediction::Velocity => of_data / (snr + 1.0),
        }
    }
}
