//! Fixed-point encoding: rows of sampling inverted one by one, so that
//! decoding gives the data back.
//!
//! A row of DDIM(0) takes `x` to `row(x)`. To encode `x'` is to find the `x` with
//! `row(x) = x'`, which `x ← x + gain·(x' − row(x))` approaches
//! ([`StageCoefficients::fixed_point_gain`](crate::diffusion::StageCoefficients::fixed_point_gain)),
//! here sped up by Anderson mixing. Where the steps are long or the network is sensitive
//! the iteration may still diverge; what is returned is the best iterate with its
//! residual, converged or not.
//!
//! Plans that clip `x̂₀`, `ε̂` or the last state are refused: where a value is cut off, no state can make it, and the
//! search runs away. A last row to `ᾱ = 1` can only make what the network can say, and a network
//! that predicts the data says no image exactly: such a row does not converge, and its residual
//! is that of the image. With [`FinalLevel::First`](crate::diffusion::FinalLevel::First) the
//! data are taken to be at the first training level, where a row keeps a share of its state, and
//! every row has an inverse.

mod search;

use search::Search;

use crate::diffusion::Plan;

/// How far fixed-point encoding goes at each row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FixedPoint {
    /// Root mean square of `x' − row(x)` over a sample's values below which a row is done with the
    /// sample, in units of the data (which live in [−1, 1]); at least 0. Default 1e-5; single
    /// precision reaches about 1e-6.
    pub tolerance: f32,
    /// Most evaluations of the network at each row, at least 1. Default 30. With 1 nothing is
    /// learned of the row: each state is kept as it is.
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
#[doc(alias = "latent code")]
pub struct Inversion {
    /// The state at the first level of the plan, `[count, D]`: what to give
    /// [`Batch::initial`](crate::Batch::initial) for decoding.
    pub data: Vec<f32>,
    /// One for each sample: the largest root mean square of `x' − row(x)` of any row, in units of
    /// the data, at least 0; infinite where a row gave no finite number at all.
    ///
    /// It is what decoding is off by at that row. The later rows carry the error on, so the round
    /// trip's own error is of this order, and no bound follows.
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

/// Inverts every row of `plan`, from the last to the first, for samples of `dims` values. It holds
/// some 15 states of each sample.
///
/// `evaluate(row, samples, states)` advances `states`, `[samples.len(), dims]`, by a row: states of
/// the samples of those numbers.
#[cfg(feature = "cpu-engine")]
pub fn invert<E>(
    plan: &Plan,
    data: &[f32],
    dims: usize,
    settings: &FixedPoint,
    mut evaluate: impl FnMut(usize, &[usize], &mut [f32]) -> Result<(), E>,
) -> Result<Inversion, E> {
    let mut inverter = Inverter::new(plan, data, dims, settings);
    while let Some(trial) = inverter.next_trial() {
        let mut results = trial.states.clone();
        evaluate(trial.row, &trial.samples, &mut results)?;
        inverter.learn(&trial, &results);
    }
    Ok(inverter.finish())
}

/// States to advance by a row.
#[derive(Debug)]
pub struct Trial {
    pub row: usize,
    /// Numbers of the samples.
    pub samples: Vec<usize>,
    /// `[samples.len(), dims]`.
    pub states: Vec<f32>,
}

/// An inversion that asks its caller for each evaluation, whichever way that awaits the result.
pub struct Inverter<'a> {
    plan: &'a Plan,
    settings: FixedPoint,
    dims: usize,
    /// The states after the rows that are left, `[count, dims]`.
    state: Vec<f32>,
    worst: Vec<f32>,
    evaluations: u64,
    rows_left: usize,
    row: Option<RowSearch>,
}

/// The search for the states before one row.
struct RowSearch {
    searches: Vec<Search>,
    /// Samples that have not converged.
    active: Vec<usize>,
    rounds_left: usize,
}

impl<'a> Inverter<'a> {
    pub fn new(plan: &'a Plan, data: &[f32], dims: usize, settings: &FixedPoint) -> Self {
        Self {
            plan,
            settings: *settings,
            dims,
            state: data.to_vec(),
            worst: vec![0.0; data.len() / dims],
            evaluations: 0,
            rows_left: plan.len(),
            row: None,
        }
    }

    /// The next states to advance; `None` when all rows are inverted.
    pub fn next_trial(&mut self) -> Option<Trial> {
        if self.row.is_none() {
            self.rows_left = self.rows_left.checked_sub(1)?;
            let gain = self.plan.stages()[self.rows_left].fixed_point_gain() as f32;
            let targets = self.state.chunks_exact(self.dims);
            self.row = Some(RowSearch {
                searches: targets.map(|target| Search::new(target, gain)).collect(),
                active: (0..self.worst.len()).collect(),
                rounds_left: self.settings.evaluations.max(1),
            });
        }
        let RowSearch {
            searches, active, ..
        } = self.row.as_ref()?;
        let guess = |&sample: &usize| searches[sample].guess();
        Some(Trial {
            row: self.rows_left,
            samples: active.clone(),
            states: active.iter().flat_map(guess).collect(),
        })
    }

    /// Takes in that the row takes the trial's states to `results`.
    ///
    /// # Panics
    /// If no trial is pending.
    pub fn learn(&mut self, trial: &Trial, results: &[f32]) {
        let dims = self.dims;
        let mut row = self.row.take().expect("a pending trial");
        self.evaluations += trial.samples.len() as u64;
        let states = trial.states.chunks_exact(dims);
        let tried = states.zip(results.chunks_exact(dims));
        for (&sample, (guess, result)) in trial.samples.iter().zip(tried) {
            let target = &self.state[sample * dims..][..dims];
            row.searches[sample].learn(target, guess, result);
        }
        let tolerance = self.settings.tolerance;
        let searches = &row.searches;
        row.active
            .retain(|&sample| searches[sample].error > tolerance);
        row.rounds_left -= 1;
        if row.rounds_left > 0 && !row.active.is_empty() {
            self.row = Some(row);
            return;
        }
        let states = self.state.chunks_exact_mut(dims).zip(&mut self.worst);
        for ((state, worst), search) in states.zip(row.searches) {
            state.copy_from_slice(search.best());
            *worst = worst.max(search.error);
        }
    }

    pub fn finish(self) -> Inversion {
        Inversion {
            data: self.state,
            residual: self.worst,
            evaluations: self.evaluations,
        }
    }
}
