//! The noise levels a model is trained at.

use std::f64::consts::FRAC_PI_2;

use crate::format::{BetaSchedule, SchedulerConfig};

/// ᾱ of each training level: the product of `1 − β`.
pub(crate) fn alpha_bars(config: &SchedulerConfig) -> Vec<f64> {
    let levels = config.num_train_timesteps;
    let line = |from: f64, to: f64, i: usize| from + (to - from) * i as f64 / (levels - 1) as f64;
    let cosine = |i: usize| {
        let u = i as f64 / levels as f64;
        ((u + 0.008) / 1.008 * FRAC_PI_2).cos().powi(2)
    };
    let (start, end) = (config.beta_start, config.beta_end);
    let beta = |i: usize| match config.beta_schedule {
        BetaSchedule::Linear => line(start, end, i),
        BetaSchedule::ScaledLinear => line(start.sqrt(), end.sqrt(), i).powi(2),
        BetaSchedule::Cosine => (1.0 - cosine(i + 1) / cosine(i)).min(0.999),
    };
    (0..levels)
        .scan(1.0, |alpha_bar, i| {
            *alpha_bar *= 1.0 - beta(i);
            Some(*alpha_bar)
        })
        .collect()
}
