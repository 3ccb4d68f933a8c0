//! Rows that are trained where encoding leads: on the noise that the network itself sees in data.
//!
//! DDIM's encoding takes data without noise, asks the network for the ε in it, and goes on from there. A sharp
//! network is never quite right about data that it was not trained on, and close to them its small error is
//! divided by a small √(1−ᾱ): the noise of which a code is made has a pattern, and several times the size
//! that the network was trained with. What the network makes of such states nothing in the usual objective decides, and
//! encoding runs away. So a share of the rows gets such noise, by the moving average of the weights,
//! longer and shorter and with ordinary noise beside it.

use burn::tensor::Device;
use ddim_wgpu::diffusion::NoiseSchedule;

use super::objective::Noised;
use crate::error::Error;
use crate::network::{Inputs, ModelConfig, Network, SchedulerConfig, Told, values};
use crate::recipe::{Prediction, TrainingRecipe};
use crate::stream::{Purpose, Stream};

/// Encoding's first step goes to one of these levels, as shares of all.
const LEVELS: (f32, f32) = (0.005, 0.04);
/// The noise that was seen is made up to so many times longer or shorter.
const STRETCH: f32 = 2.0;

/// Replaces noise by such as the network sees in data.
#[derive(Debug)]
pub struct Encoding {
    inputs: Inputs,
    dims: usize,
    prediction: Prediction,
    schedule: NoiseSchedule,
    share: f32,
    weight: f32,
}

impl Encoding {
    /// That of a recipe, for an average on `device`; none where no row is to be replaced.
    ///
    /// # Errors
    /// When the library does not accept the noise.
    pub fn new(
        model: &ModelConfig,
        scheduler: &SchedulerConfig,
        training: &TrainingRecipe,
        device: &Device,
    ) -> Result<Option<Self>, Error> {
        if training.encoding_share == 0.0 {
            return Ok(None);
        }
        Ok(Some(Self {
            inputs: Inputs::new(model, device),
            dims: model.dims(),
            prediction: scheduler.prediction_type,
            schedule: scheduler.schedule()?,
            share: training.encoding_share as f32,
            weight: training.encoding_weight as f32,
        }))
    }

    /// Replaces the noise of some rows of a step, and sets their weight.
    pub fn replace(&self, average: &Network, noised: &mut Noised, seed: u64, step: u64) {
        let mut random = Stream::new(seed, Purpose::Encoding, step);
        let rows = 0..noised.timesteps.len();
        let rows: Vec<usize> = rows.filter(|_| random.uniform() < self.share).collect();
        if rows.is_empty() {
            return;
        }
        let levels = self.schedule.train_steps();
        let (low, high) = LEVELS;
        let mut level = |_: &usize| {
            let place = low + (high - low) * random.uniform();
            ((place * levels as f32) as usize).min(levels - 1)
        };
        let timesteps: Vec<usize> = rows.iter().map(&mut level).collect();
        let seen = self.seen(average, noised, &rows, &timesteps);
        for (&row, seen) in rows.iter().zip(seen.chunks_exact(self.dims)) {
            let stretch = STRETCH.powf(2.0 * random.uniform() - 1.0);
            let beside = random.uniform();
            let noise = &mut noised.noise[row * self.dims..][..self.dims];
            for (noise, seen) in noise.iter_mut().zip(seen) {
                *noise = stretch * seen + beside * *noise;
            }
            noised.weights[row] = self.weight;
        }
    }

    /// The ε that a network sees in the data of `rows` at those levels, `[rows, D]`.
    fn seen(
        &self,
        network: &Network,
        noised: &Noised,
        rows: &[usize],
        timesteps: &[usize],
    ) -> Vec<f32> {
        let width = noised.conditions.len() / noised.timesteps.len();
        let data = |row: &usize| &noised.x0[row * self.dims..][..self.dims];
        let mut states = Vec::with_capacity(rows.len() * self.dims);
        for (row, &t) in rows.iter().zip(timesteps) {
            let signal = self.schedule.level(t).sqrt_alpha_bar() as f32;
            states.extend(data(row).iter().map(|x0| signal * x0));
        }
        let classes: Vec<Option<u32>> = rows.iter().map(|&row| noised.classes[row]).collect();
        let conditions = rows
            .iter()
            .flat_map(|row| &noised.conditions[row * width..][..width]);
        let conditions: Vec<f32> = conditions.copied().collect();
        let told = Told {
            timesteps,
            classes: &classes,
            conditions: &conditions,
        };
        let mut seen = values(network.forward(&self.inputs, states.clone(), &told));
        let pairs = seen
            .chunks_exact_mut(self.dims)
            .zip(states.chunks_exact(self.dims));
        for ((out, state), &t) in pairs.zip(timesteps) {
            let level = self.schedule.level(t);
            let signal = level.sqrt_alpha_bar() as f32;
            let spread = level.sqrt_one_minus_alpha_bar() as f32;
            for (out, x) in out.iter_mut().zip(state) {
                *out = match self.prediction {
                    Prediction::Epsilon => *out,
                    Prediction::Sample => (x - signal * *out) / spread,
                    Prediction::Velocity => signal * *out + spread * x,
                };
            }
        }
        seen
    }
}
