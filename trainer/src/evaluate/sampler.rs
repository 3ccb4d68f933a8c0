//! DDIM with the burn network: only until the library's engine takes over.

use burn::tensor::Device;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand_distr::{Distribution, StandardNormal};

use crate::error::Error;
use crate::format::{ModelConfig, Prediction, SchedulerConfig};
use crate::network::{Inputs, Network, values};
use crate::schedule::alpha_bars;
use crate::weights::Weights;

/// Rows sent through the network at once.
const CHUNK: usize = 1000;

/// What to sample.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) steps: usize,
    pub(crate) seed: u64,
    pub(crate) guidance: f32,
    /// One entry a sample; `None`: without class.
    pub(crate) classes: &'a [Option<usize>],
}

/// DDIM (η = 0) on the trailing grid; samples row-major.
pub(crate) fn sample(
    model: &(ModelConfig, SchedulerConfig, Weights),
    request: Request<'_>,
    device: &Device,
) -> Result<Vec<f32>, Error> {
    let (config, scheduler, weights) = model;
    let network = Network::from_weights(config, weights, device)?;
    let alpha_bars = alpha_bars(scheduler);
    let levels = alpha_bars.len();
    let grid: Vec<usize> = (0..request.steps)
        .map(|i| (levels as f64 - (i * levels) as f64 / request.steps as f64).round() as usize - 1)
        .collect();
    let mut rng = StdRng::seed_from_u64(request.seed);
    let mut samples = Vec::new();
    for classes in request.classes.chunks(CHUNK) {
        let mut x: Vec<f32> = (0..classes.len() * config.dims())
            .map(|_| StandardNormal.sample(&mut rng))
            .collect();
        for (i, t) in grid.iter().enumerate() {
            let a = alpha_bars[*t];
            let p = grid.get(i + 1).map_or(1.0, |t| alpha_bars[*t]);
            let timesteps = vec![*t; classes.len()];
            let predict = |classes: &[Option<usize>]| {
                let inputs = Inputs::new(config, x.clone(), &timesteps, classes, device);
                values(network.forward(inputs))
            };
            let mut out = predict(classes);
            if request.guidance != 1.0 {
                let free = predict(&vec![None; classes.len()]);
                for (c, u) in out.iter_mut().zip(free) {
                    *c = u + request.guidance * (*c - u);
                }
            }
            let (signal, spread) = (a.sqrt() as f32, (1.0 - a).sqrt() as f32);
            let (signal_next, spread_next) = (p.sqrt() as f32, (1.0 - p).sqrt() as f32);
            for (x, out) in x.iter_mut().zip(out) {
                let (mut x0, noise) = match scheduler.prediction_type {
                    Prediction::Epsilon => ((*x - spread * out) / signal, out),
                    Prediction::Sample => (out, (*x - signal * out) / spread),
                    Prediction::Velocity => {
                        (signal * *x - spread * out, signal * out + spread * *x)
                    }
                };
                if scheduler.clip_sample {
                    let range = scheduler.clip_sample_range as f32;
                    x0 = x0.clamp(-range, range);
                }
                *x = signal_next * x0 + spread_next * noise;
            }
        }
        samples.extend(x);
    }
    Ok(samples)
}
