//! UniPC (Zhao et al. 2023), of `B(h) = e^{−h} − 1` (`bh2`), on `x̂₀`.

use super::multistep::{LowerFinal, MAX_RATIO, reach};
use super::walk::{Solver, Stage, TooMuchNoise, Walk};
use crate::diffusion::schedule::noise_level::NoiseLevel;
use crate::diffusion::stage::history::HISTORY;
use crate::diffusion::stage::update::Update;

/// UniPC of second or third order: every estimate first corrects the step that led to it, then
/// predicts the next. Both are linear in the state and the estimates, and so one row.
pub(super) struct UniPc {
    pub(super) order: usize,
}

impl Solver for UniPc {
    fn stages(&self, walk: &Walk<'_>) -> Result<Vec<Stage>, TooMuchNoise> {
        let step = walk.step();
        let earlier = reach(walk, self.order, LowerFinal::Always);
        let predictor = Leg::new(step.level, step.next, &earlier);
        let mut update = Update::by_data(step.next, &predictor.predicted());
        if let Some(correction) = self.correction(walk) {
            // The state is carried on by √((1−p)/(1−a)).
            let carried = step.next.sqrt_one_minus_alpha_bar();
            let carried = carried / step.level.sqrt_one_minus_alpha_bar();
            update.x0_scale += carried * correction[0];
            for (share, change) in update.history.iter_mut().zip(&correction[1..]) {
                *share += carried * change;
            }
        }
        Ok(vec![step.stage(update)])
    }
}

impl UniPc {
    /// What the corrector of the step before adds to the state: shares of this stage's `x̂₀` and of
    /// those before it, the latest first. They sum to 0.
    fn correction(&self, walk: &Walk<'_>) -> Option<[f64; 1 + HISTORY]> {
        let before = walk.before()?;
        let led_here = before.step();
        let long = led_here.level.noise_to_signal() > MAX_RATIO * led_here.next.noise_to_signal();
        if !led_here.is_between() || (walk.stabilize && long) {
            return None;
        }
        let earlier = reach(&before, self.order, LowerFinal::Always);
        Some(Leg::new(led_here.level, led_here.next, &earlier).corrected())
    }
}

/// A step in `λ`, with what it looks back on.
struct Leg {
    /// `−√p·B(h)`.
    scale: f64,
    /// `b_i` of the system of equations, as many as the order.
    moments: Vec<f64>,
    /// `(λ_i − λ_a)/h` of the earlier levels, below 0, the latest first.
    nodes: Vec<f64>,
}

impl Leg {
    fn new(level: NoiseLevel, next: NoiseLevel, earlier: &[NoiseLevel]) -> Self {
        let lambda = NoiseLevel::half_log_snr;
        let h = lambda(next) - lambda(level);
        let at = |earlier: &NoiseLevel| (lambda(*earlier) - lambda(level)) / h;
        let b = (-h).exp_m1();
        let (mut phi, mut factorial) = (b / -h - 1.0, 1.0);
        let mut moments = Vec::new();
        for i in 0..=earlier.len() {
            moments.push(phi * factorial / b);
            factorial *= (i + 2) as f64;
            phi = phi / -h - 1.0 / factorial;
        }
        Self {
            scale: -next.sqrt_alpha_bar() * b,
            moments,
            nodes: earlier.iter().map(at).collect(),
        }
    }

    /// `ρ_i/r_i` of the predictor.
    fn predictor(&self) -> Vec<f64> {
        match self.nodes[..] {
            [node] => vec![0.5 / node],
            _ => {
                let count = self.nodes.len();
                let rho = vandermonde(&self.nodes, &self.moments[..count]);
                rho.iter()
                    .zip(&self.nodes)
                    .map(|(rho, r)| rho / r)
                    .collect()
            }
        }
    }

    /// Shares of the earlier estimates in the predicted state.
    fn predicted(&self) -> Vec<f64> {
        self.predictor().iter().map(|w| self.scale * w).collect()
    }

    /// Shares of the new estimate, of that at the start of the step and of the earlier ones in what
    /// the corrector changes.
    fn corrected(&self) -> [f64; 1 + HISTORY] {
        let all: Vec<f64> = self.nodes.iter().copied().chain([1.0]).collect();
        let rho = match self.nodes[..] {
            [] => vec![0.5],
            _ => vandermonde(&all, &self.moments),
        };
        let mut shares = [0.0; 1 + HISTORY];
        shares[0] = self.scale * rho[self.nodes.len()];
        let predictor = self.predictor();
        for (i, (rho, r)) in rho.iter().zip(&self.nodes).enumerate() {
            shares[2 + i] = self.scale * (rho / r - predictor[i]);
        }
        shares[1] = -(shares[0] + shares[2..].iter().sum::<f64>());
        shares
    }
}

/// `ρ` of `Σ_j r_j^i·ρ_j = b_i`, `i = 0 …`: by Lagrange's polynomials, whose coefficients are the
/// rows of the inverse.
fn vandermonde(nodes: &[f64], moments: &[f64]) -> Vec<f64> {
    let solve = |k: usize| {
        let polynomial = super::lagrange::coefficients(nodes, k);
        moments.iter().zip(polynomial).map(|(b, c)| b * c).sum()
    };
    (0..nodes.len()).map(solve).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_of_equations_is_solved() {
        let (nodes, moments) = ([-2.0, -0.7, 1.0], [0.5, 0.3, -0.2]);
        let rho = vandermonde(&nodes, &moments);
        for (i, moment) in moments.iter().enumerate() {
            let sum: f64 = nodes
                .iter()
                .zip(&rho)
                .map(|(r, rho)| r.powi(i as i32) * rho)
                .sum();
            assert!((sum - moment).abs() < 1e-14, "{i}: {sum}");
        }
    }

    #[test]
    fn a_constant_estimate_is_not_corrected() {
        let levels = [0.1, 0.2, 0.35, 0.5].map(|a| NoiseLevel::from_alpha_bar(a).unwrap());
        let leg = Leg::new(levels[2], levels[3], &[levels[1], levels[0]]);
        let corrected = leg.corrected();
        assert!(corrected.iter().sum::<f64>().abs() < 1e-15);
        assert!(corrected[0].abs() > 1e-3);
    }
}
