//! One sample's search for the state that a row takes to a given one.

use std::collections::VecDeque;

/// Differences of past iterates that Anderson mixing looks at.
const DEPTH: usize = 5;

/// An iterate this many times worse than the best has left what the past says anything about.
const ASTRAY: f32 = 2.0;

/// A search by Anderson mixing: a fixed-point iteration whose step is corrected by the
/// combination of the last few that would have left the smallest residual (Walker and Ni,
/// 2011). The best iterate is kept; where an iterate goes astray the search starts over from
/// the best with half the gain.
pub struct Search {
    /// The best iterate so far, or before there is one the start.
    best: Vec<f32>,
    /// `x' − row(best)`.
    best_residual: Vec<f32>,
    /// Root mean square of `best_residual`.
    pub error: f32,
    gain: f32,
    last: Vec<f32>,
    last_residual: Vec<f32>,
    /// How the iterate and its residual changed, step by step, the latest last.
    changes: VecDeque<Change>,
}

struct Change {
    iterate: Vec<f32>,
    residual: Vec<f32>,
}

impl Search {
    /// Starts at the target itself.
    pub fn new(target: &[f32], gain: f32) -> Self {
        let nothing = vec![0.0; target.len()];
        Self {
            best: target.to_vec(),
            best_residual: nothing.clone(),
            error: f32::INFINITY,
            gain,
            last: target.to_vec(),
            last_residual: nothing,
            changes: VecDeque::with_capacity(DEPTH),
        }
    }

    /// The best iterate.
    pub fn best(&self) -> &[f32] {
        &self.best
    }

    /// The state to try next. Before the first trial it is the start, as the residual is 0.
    pub fn guess(&self) -> Vec<f32> {
        let gain = self.gain;
        let mut guess: Vec<f32> = std::iter::zip(&self.last, &self.last_residual)
            .map(|(last, residual)| last + gain * residual)
            .collect();
        for (weight, change) in self.weights().into_iter().zip(&self.changes) {
            let pairs = std::iter::zip(&change.iterate, &change.residual);
            for (guess, (iterate, residual)) in guess.iter_mut().zip(pairs) {
                *guess -= weight * (iterate + gain * residual);
            }
        }
        guess
    }

    /// Learns that the row takes `guess` to `result`.
    pub fn learn(&mut self, target: &[f32], guess: &[f32], result: &[f32]) {
        let residual: Vec<f32> = std::iter::zip(target, result)
            .map(|(target, result)| target - result)
            .collect();
        let error = (dot(&residual, &residual) / target.len() as f64).sqrt() as f32;
        if !error.is_finite() || error > ASTRAY * self.error {
            self.gain *= 0.5;
            self.changes.clear();
            self.last.copy_from_slice(&self.best);
            self.last_residual.copy_from_slice(&self.best_residual);
            return;
        }
        if self.error.is_finite() {
            if self.changes.len() == DEPTH {
                self.changes.pop_front();
            }
            self.changes.push_back(Change {
                iterate: difference(guess, &self.last),
                residual: difference(&residual, &self.last_residual),
            });
        }
        self.last.copy_from_slice(guess);
        self.last_residual.copy_from_slice(&residual);
        if error < self.error {
            self.error = error;
            self.best.copy_from_slice(guess);
            self.best_residual = residual;
        }
    }

    /// The combination of past changes whose residuals come nearest to the last residual, by least
    /// squares; empty where the past says nothing.
    fn weights(&self) -> Vec<f32> {
        let changes = || self.changes.iter().map(|change| &change.residual);
        let matrix = changes()
            .map(|a| changes().map(|b| dot(a, b)).collect())
            .collect();
        let target = changes().map(|a| dot(a, &self.last_residual)).collect();
        let weights = solve(matrix, target).unwrap_or_default();
        weights.into_iter().map(|weight| weight as f32).collect()
    }
}

/// Solves normal equations, a little off singular, by elimination along the diagonal; none where a
/// column adds nothing to those before.
fn solve(mut matrix: Vec<Vec<f64>>, mut target: Vec<f64>) -> Option<Vec<f64>> {
    let count = target.len();
    let mut own = Vec::with_capacity(count);
    for (i, row) in matrix.iter_mut().enumerate() {
        own.push(row[i]);
        row[i] *= 1.0 + 1e-9;
    }
    for pivot in 0..count {
        let (above, below) = matrix.split_at_mut(pivot + 1);
        let row = &above[pivot];
        if row[pivot].is_nan() || row[pivot] <= 1e-12 * own[pivot] {
            return None;
        }
        for (i, other) in below.iter_mut().enumerate() {
            let factor = other[pivot] / row[pivot];
            for (value, pivot) in other.iter_mut().zip(row).skip(pivot) {
                *value -= factor * pivot;
            }
            target[pivot + 1 + i] -= factor * target[pivot];
        }
    }
    for (i, row) in matrix.iter().enumerate().rev() {
        let (solved, rest) = target.split_at_mut(i + 1);
        let known: f64 = row[i + 1..].iter().zip(&*rest).map(|(a, x)| a * x).sum();
        solved[i] = (solved[i] - known) / row[i];
    }
    Some(target)
}

fn difference(a: &[f32], b: &[f32]) -> Vec<f32> {
    std::iter::zip(a, b).map(|(a, b)| a - b).collect()
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    std::iter::zip(a, b)
        .map(|(&a, &b)| f64::from(a) * f64::from(b))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A linear row of three values, of which plain iteration would multiply the error by 0.9 at
    /// best and diverge at worst.
    #[test]
    fn mixing_solves_a_linear_row_in_as_many_steps_as_it_has_values() {
        let row = |x: &[f32]| vec![0.1 * x[0], 1.5 * x[1] + 0.2 * x[0], 2.5 * x[2] - x[1]];
        let target = [1.0, -2.0, 0.5];
        let mut search = Search::new(&target, 1.0);
        let mut trials = 0;
        while search.error > 1e-5 {
            let guess = search.guess();
            search.learn(&target, &guess, &row(&guess));
            trials += 1;
            assert!(trials < 12, "error {}", search.error);
        }
        for (found, expected) in row(search.best()).iter().zip(target) {
            assert!((found - expected).abs() < 1e-4);
        }
    }

    #[test]
    fn the_best_iterate_survives_what_is_worse_or_no_number() {
        let mut search = Search::new(&[1.0], 1.0);
        search.learn(&[1.0], &[1.0], &[0.5]);
        assert_eq!((search.guess(), search.error), (vec![1.5], 0.5));
        search.learn(&[1.0], &[1.5], &[f32::NAN]);
        assert_eq!((search.guess(), search.best()), (vec![1.25], &[1.0][..]));
        search.learn(&[1.0], &[1.25], &[9.0]);
        assert_eq!((search.guess(), search.best()), (vec![1.125], &[1.0][..]));
    }
}
