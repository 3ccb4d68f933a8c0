//! Fixed-point encoding: rows of sampling inverted one by one, so that decoding gives the data back.
//!
//! A row of DDIM(0) takes `x` to `row(x)`. To encode `x'` is to find the `x` with `row(x) = x'`, which
//! `x ← x + gain·(x' − row(x))` approaches ([`StepCoefficients::fixed_point_gain`](crate::diffusion::StepCoefficients::fixed_point_gain)),
//! here sped up by Anderson mixing. Where the steps are long or the network is sensitive the iteration may still diverge; what is
//! returned is the best iterate with its residual, converged or not.
//!
//! Plans that clip `x̂₀` are refused: where a value is cut off, no state can make it, and the search runs away. A last row to
//! `ᾱ = 1` can only make what the network can say, and a network that predicts the data says no image exactly: such a row does not
//! converge, and its residual is that of the image. With [`FinalLevel::First`](crate::diffusion::FinalLevel::First) the data are
//! taken to be at the first training level, where a row keeps a share of its state, and every row has an inverse.

mod search;

use search::Search;

use crate::diffusion::Plan;

/// How far fixed-point encoding goes at each row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FixedPoint {
    /// Root mean square of `x' − row(x)` over a sample's values below which a row is done with the sample, in units of the data
    /// (which live in [−1, 1]); at least 0. Default 1e-5; single precision reaches about 1e-6.
    pub tolerance: f32,
    /// Most evaluations of the network at each row, at least 1. Default 30. With 1 nothing is learned of the row: each state is
    /// kept as it is.
    pub evaluations: usize,
}

impl Default for FixedPoint {
    fn default() -> Self {
        Self {
            tolerance: 1e-5,
            evaluations: 30,
        }
    }
}

/// Data encoded by fixed point.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Inversion {
    /// The state at the first level of the plan, `[count, D]`: what to give [`Batch::initial`](crate::Batch::initial) for decoding.
    pub data: Vec<f32>,
    /// One for each sample: the largest root mean square of `x' − row(x)` of any row, in units of the data, at least 0; infinite
    /// where a row gave no finite number at all.
    ///
    /// It is what decoding is off by at that row. The later rows carry the error on, so the round trip's own error is of this
    /// order, and no bound follows.
    pub residual: Vec<f32>,
    /// The network's evaluations, summed over samples and rows.
    pub evaluations: u64,
}

impl Inversion {
    /// Samples of which a row's residual stayed above the tolerance.
    #[must_use]
    pub fn unconverged(&self, settings: &FixedPoint) -> usize {
        let above = |residual: &&f32| **residual > settings.tolerance;
        self.residual.iter().filter(above).count()
    }
}

/// Inverts every row of `plan`, from the last to the first, for samples of `dims` values. It holds some 15 states of each sample.
///
/// `evaluate(row, samples, states)` advances `states`, `[samples.len(), dims]`, by a row: states of the samples of those numbers.
pub fn invert<E>(
    plan: &Plan,
    data: &[f32],
    dims: usize,
    settings: &FixedPoint,
    mut evaluate: impl FnMut(usize, &[usize], &mut [f32]) -> Result<(), E>,
) -> Result<Inversion, E> {
    let mut state = data.to_vec();
    let count = data.len() / dims;
    let mut worst = vec![0.0_f32; count];
    let mut evaluations = 0;
    for (row, step) in plan.steps().iter().enumerate().rev() {
        let gain = step.fixed_point_gain() as f32;
        let mut searches: Vec<Search> = state
            .chunks_exact(dims)
            .map(|target| Search::new(target, gain))
            .collect();
        let mut active: Vec<usize> = (0..count).collect();
        for _ in 0..settings.evaluations.max(1) {
            let guesses: Vec<f32> = active
                .iter()
                .flat_map(|&sample| searches[sample].guess())
                .collect();
            let mut results = guesses.clone();
            evaluate(row, &active, &mut results)?;
            evaluations += active.len() as u64;
            let tried = guesses.chunks_exact(dims).zip(results.chunks_exact(dims));
            for (&sample, (guess, result)) in active.iter().zip(tried) {
                let target = &state[sample * dims..][..dims];
                searches[sample].learn(target, guess, result);
            }
            active.retain(|&sample| searches[sample].error > settings.tolerance);
            if active.is_empty() {
                break;
            }
        }
        for ((state, worst), search) in state.chunks_exact_mut(dims).zip(&mut worst).zip(searches) {
            state.copy_from_slice(search.best());
            *worst = worst.max(search.error);
        }
    }
    Ok(Inversion {
        data: state,
        residual: worst,
        evaluations,
    })
}
