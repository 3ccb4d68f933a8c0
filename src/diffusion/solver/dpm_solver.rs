//! DPM-Solver (Lu et al. 2022) and DPM-Solver++ (Lu et al. 2022): multistep methods in
//! `λ = ½·ln(ᾱ/(1−ᾱ))`.

use super::ddim::with_eta;
use super::multistep::{LowerFinal, is_short, reach};
use super::walk::{Solver, Stage, TooMuchNoise, Walk};
use crate::diffusion::schedule::noise_level::NoiseLevel;
use crate::diffusion::stage::history::{HISTORY, Kept};
use crate::diffusion::stage::update::Update;

/// DPM-Solver++ 2M or 3M: interpolates `x̂₀`.
pub(super) struct DpmSolverPlusPlus {
    pub(super) order: usize,
}

impl Solver for DpmSolverPlusPlus {
    fn stages(&self, walk: &Walk<'_>) -> Result<Vec<Stage>, TooMuchNoise> {
        let step = walk.step();
        let earlier = reach(walk, self.order, LowerFinal::Short);
        let signal = step.next.sqrt_alpha_bar();
        // `x' = √((1−p)/(1−a))·x + √p·[(1 − e^{−h})·D0 + w1·D1 + w2·D2]`, of diffusers' midpoint
        // type, with the differences D of x̂₀.
        let shares = Differences::new(step.level, step.next, &earlier).shares(|order, h| {
            let decay = (-h).exp_m1();
            match order {
                2 => [-0.5 * decay * signal, 0.0],
                _ => [
                    (decay / h + 1.0) * signal,
                    -((decay + h) / (h * h) - 0.5) * signal,
                ],
            }
        });
        Ok(vec![step.stage(Update::by_data(step.next, &shares))])
    }
}

/// DPM-Solver multistep, 2M or 3M: interpolates `ε̂`.
pub(super) struct DpmSolver {
    pub(super) order: usize,
}

impl Solver for DpmSolver {
    fn stages(&self, walk: &Walk<'_>) -> Result<Vec<Stage>, TooMuchNoise> {
        let step = walk.step();
        let mut earlier = reach(walk, self.order, LowerFinal::Short);
        if !is_short(walk) {
            earlier.clear();
        }
        let phi = step.next.noise_to_signal();
        let weights = Differences::new(step.level, step.next, &earlier).shares(|order, h| {
            let growth = h.exp_m1();
            match order {
                2 => [-0.5 * growth * phi, 0.0],
                _ => [
                    -(growth / h - 1.0) * phi,
                    -((growth - h) / (h * h) - 0.5) * phi,
                ],
            }
        });
        Ok(vec![step.stage(Update::by_noise(step.next, &weights))])
    }

    fn kept(&self) -> Kept {
        Kept::Epsilon
    }
}

/// SDE-DPM-Solver++(2M): the reverse SDE, second order in the mean. Without memory it is DDIM with
/// `η = 1`.
pub(super) struct SdeDpmSolverPlusPlus2M;

impl Solver for SdeDpmSolverPlusPlus2M {
    fn stages(&self, walk: &Walk<'_>) -> Result<Vec<Stage>, TooMuchNoise> {
        let step = walk.step();
        let mean = with_eta(step.level, step.next, 1.0)?;
        let earlier = reach(walk, 2, LowerFinal::Short);
        let signal = step.next.sqrt_alpha_bar();
        let shares = Differences::new(step.level, step.next, &earlier)
            .shares(|_, h| [-0.5 * (-2.0 * h).exp_m1() * signal, 0.0]);
        let mut history = [0.0; HISTORY];
        history[..shares.len()].copy_from_slice(&shares);
        let update = Update {
            x0_scale: mean.x0_scale - shares.iter().sum::<f64>(),
            history,
            ..mean
        };
        Ok(vec![step.stage(update)])
    }
}

/// The step and those before it, in `λ`.
struct Differences {
    h: f64,
    /// Lengths of the steps before, over `h`, the latest first.
    ratios: Vec<f64>,
}

impl Differences {
    fn new(level: NoiseLevel, next: NoiseLevel, earlier: &[NoiseLevel]) -> Self {
        let lambda = NoiseLevel::half_log_snr;
        let h = lambda(next) - lambda(level);
        let starts = std::iter::once(&level).chain(earlier);
        let lengths = earlier
            .iter()
            .zip(starts)
            .map(|(from, to)| (lambda(*to) - lambda(*from)) / h);
        Self {
            h,
            ratios: lengths.collect(),
        }
    }

    /// The shares of the earlier estimates in `w1·D1 + w2·D2`, the latest first. `weights` are told
    /// the order and `h`.
    ///
    /// With `m` the estimates, `r` the ratios, `d = (m0 − m1)/r0` and `d' = (m1 − m2)/r1`:
    /// `D1 = d + r0/(r0+r1)·(d − d')` and `D2 = (d − d')/(r0+r1)`; of second order `D1 = d`.
    fn shares(&self, weights: impl Fn(usize, f64) -> [f64; 2]) -> Vec<f64> {
        let order = 1 + self.ratios.len();
        match self.ratios[..] {
            [] => Vec::new(),
            [r0] => vec![-weights(order, self.h)[0] / r0],
            [r0, r1, ..] => {
                let [w1, w2] = weights(order, self.h);
                let bend = (w1 * r0 + w2) / (r0 + r1);
                vec![-(w1 + bend) / r0 - bend / r1, bend / r1]
            }
        }
    }
}
