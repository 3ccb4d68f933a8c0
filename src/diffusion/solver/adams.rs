//! Multistep methods for the probability-flow ODE `dy/dφ = ε` (`y = x/√ᾱ`, `φ = √((1−ᾱ)/ᾱ)`) that
//! interpolate `ε̂` between steps: linear multistep (LMS), DEIS and PLMS.

use super::lagrange;
use super::multistep::{LowerFinal, is_short, reach};
use super::walk::{Solver, Stage, TooMuchNoise, Walk};
use crate::diffusion::schedule::noise_level::NoiseLevel;
use crate::diffusion::stage::history::{HISTORY, Kept};
use crate::diffusion::stage::update::Update;

/// What the polynomial through earlier `ε̂` is a polynomial of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Variable {
    /// `φ` itself: k-diffusion's linear multistep method.
    Phi,
    /// `ln φ`: DEIS (Zhang & Chen 2023), of their variant `logρ`.
    LogPhi,
}

/// The integral over the step of a polynomial through the last `order` values of `ε̂`.
pub(super) struct Interpolating {
    pub(super) variable: Variable,
    pub(super) order: usize,
}

impl Solver for Interpolating {
    fn stages(&self, walk: &Walk<'_>) -> Result<Vec<Stage>, TooMuchNoise> {
        let step = walk.step();
        let lower_final = match self.variable {
            Variable::Phi => LowerFinal::Never,
            Variable::LogPhi => LowerFinal::Short,
        };
        let mut earlier = reach(walk, self.order, lower_final);
        if !is_short(walk) {
            earlier.clear();
        }
        let (level, next) = (step.level, step.next);
        let weights = if self.variable == Variable::Phi && formula_reaches_data(walk) {
            let earlier = walk.earlier().map(|step| step.level);
            weights_in_phi(
                level,
                next,
                &earlier.take(self.order - 1).collect::<Vec<_>>(),
            )
        } else {
            match self.variable {
                Variable::Phi => weights_in_phi(level, next, &earlier),
                Variable::LogPhi => weights_in_log_phi(level, next, &earlier),
            }
        };
        Ok(vec![step.stage(Update::by_noise(next, &weights))])
    }

    fn kept(&self) -> Kept {
        Kept::Epsilon
    }
}

/// Whether the step to data is the formula's, as any other: it is in diffusers, where it ends on
/// something else than `x̂₀`.
fn formula_reaches_data(walk: &Walk<'_>) -> bool {
    let step = walk.step();
    !walk.stabilize && step.next.is_clean() && !step.level.is_pure_noise()
}

fn weights_in_phi(level: NoiseLevel, next: NoiseLevel, earlier: &[NoiseLevel]) -> Vec<f64> {
    let phi = NoiseLevel::noise_to_signal;
    let length = phi(next) - phi(level);
    let at = |earlier: &NoiseLevel| (phi(*earlier) - phi(level)) / length;
    // ∫ s^j ds = 1/(j+1)
    let moments = std::array::from_fn(|j| length / (j + 1) as f64);
    integrals(earlier.iter().map(at), &moments)
}

fn weights_in_log_phi(level: NoiseLevel, next: NoiseLevel, earlier: &[NoiseLevel]) -> Vec<f64> {
    let lambda = NoiseLevel::half_log_snr;
    // ln φ = −λ
    let h = lambda(next) - lambda(level);
    let at = |earlier: &NoiseLevel| (lambda(*earlier) - lambda(level)) / h;
    // dφ = −h·φ_a·e^{−h·s} ds
    let moments = exponential_moments(h).map(|moment| -h * level.noise_to_signal() * moment);
    integrals(earlier.iter().map(at), &moments)
}

/// The weights of earlier values, the latest first, in the integral from `s = 0` to 1 of the
/// polynomial through them and the value at `s = 0`; `moments` are the integrals of `s^j`.
fn integrals(earlier: impl Iterator<Item = f64>, moments: &[f64; 1 + HISTORY]) -> Vec<f64> {
    let nodes: Vec<f64> = std::iter::once(0.0).chain(earlier).collect();
    let integral = |k: usize| {
        let polynomial = lagrange::coefficients(&nodes, k);
        polynomial.iter().zip(moments).map(|(c, m)| c * m).sum()
    };
    (1..nodes.len()).map(integral).collect()
}

/// `∫₀¹ s^j·e^{−h·s} ds` for `j` from 0.
fn exponential_moments(h: f64) -> [f64; 1 + HISTORY] {
    if h.abs() < 1.0 {
        // The recursion below divides by h; the series is short here.
        return std::array::from_fn(|j| {
            let (mut term, mut sum) = (1.0, 0.0);
            for n in 0..20 {
                sum += term / (j + n + 1) as f64;
                term *= -h / (n + 1) as f64;
            }
            sum
        });
    }
    let mut moments = [-(-h).exp_m1() / h; 1 + HISTORY];
    for j in 1..moments.len() {
        moments[j] = (j as f64 * moments[j - 1] - (-h).exp()) / h;
    }
    moments
}

/// PLMS (Liu et al. 2022): Adams–Bashforth's weights of four steps of one length, whatever their
/// lengths are, after a first step by Heun's method.
pub(super) struct Plms;

/// Adams–Bashforth's weights of earlier slopes, the latest first, by their number.
const ADAMS_BASHFORTH: [&[f64]; 1 + HISTORY] = [
    &[],
    &[-1.0 / 2.0],
    &[-16.0 / 12.0, 5.0 / 12.0],
    &[-59.0 / 24.0, 37.0 / 24.0, -9.0 / 24.0],
];

impl Solver for Plms {
    fn stages(&self, walk: &Walk<'_>) -> Result<Vec<Stage>, TooMuchNoise> {
        let step = walk.step();
        let length = step.next.noise_to_signal() - step.level.noise_to_signal();
        let short = is_short(walk);
        if walk.earlier().next().is_none()
            && let Some(timestep) = step.next_timestep
            && step.is_between()
            && short
        {
            // Half of the difference of the slopes, at the end of an Euler step.
            return Ok(vec![
                step.stage(Update::at(step.next)),
                Stage {
                    timestep,
                    level: step.next,
                    next: step.next,
                    update: Update::by_noise(step.next, &[-0.5 * length]),
                    // The next step asks at the same timestep again.
                    keeps: false,
                },
            ]);
        }
        let count = if formula_reaches_data(walk) {
            walk.earlier().take(HISTORY).count()
        } else if short {
            reach(walk, 1 + HISTORY, LowerFinal::Never).len()
        } else {
            0
        };
        let weights = ADAMS_BASHFORTH[count].iter().map(|weight| weight * length);
        let weights: Vec<f64> = weights.collect();
        Ok(vec![step.stage(Update::by_noise(step.next, &weights))])
    }

    fn kept(&self) -> Kept {
        Kept::Epsilon
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_to_the_moments_agree() {
        for h in [1.0 - 1e-9, 1.0, 1.0 + 1e-9, 3.0] {
            let by_rule = exponential_moments(h);
            for (j, moment) in by_rule.iter().enumerate() {
                // Simpson's rule, fine enough for ten digits.
                let f = |s: f64| s.powi(j as i32) * (-h * s).exp();
                let n = 1000;
                let sum: f64 = (0..n)
                    .map(|i| {
                        let (a, b) = (i as f64 / n as f64, (i + 1) as f64 / n as f64);
                        (f(a) + 4.0 * f(0.5 * (a + b)) + f(b)) * (b - a) / 6.0
                    })
                    .sum();
                assert!((moment - sum).abs() < 1e-11, "{h}, {j}: {moment} {sum}");
            }
        }
    }

    #[test]
    fn equal_steps_in_phi_have_the_weights_of_adams_and_bashforth() {
        let levels = [4.0, 5.0, 6.0, 7.0].map(NoiseLevel::from_noise_to_signal);
        let next = NoiseLevel::from_noise_to_signal(3.0);
        let weights = weights_in_phi(levels[0], next, &levels[1..]);
        for (found, expected) in weights.iter().zip(ADAMS_BASHFORTH[3]) {
            assert!((found + expected).abs() < 1e-12, "{found} {expected}");
        }
    }
}
