//! Whether samples are the training data again.

/// Most rows that distances are measured from, and to.
const FROM: usize = 256;
const TO: usize = 10_000;

/// Samples nearer than this share of what rows held out are, at the median, are copies.
const TOO_NEAR: f64 = 0.5;

/// How near samples are to the data that were trained on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Copies {
    /// The median distance of a sample to the nearest row trained on.
    pub samples: f64,
    /// The same of a row held out.
    pub held_out: f64,
}

impl Copies {
    /// Measures up to 256 rows of each against up to 10,000 trained on; all are `[N, dims]`.
    #[must_use]
    pub fn measure(samples: &[f32], held_out: &[f32], train: &[f32], dims: usize) -> Self {
        let train = &train[..train.len().min(TO * dims)];
        let median = |rows: &[f32]| {
            let rows = rows.chunks_exact(dims).take(FROM);
            let mut distances: Vec<f64> = rows.map(|row| nearest(row, train)).collect();
            distances.sort_unstable_by(f64::total_cmp);
            distances[distances.len() / 2]
        };
        Self {
            samples: median(samples),
            held_out: median(held_out),
        }
    }

    /// Whether samples are much nearer to the data than other data are.
    #[must_use]
    pub fn found(&self) -> bool {
        self.samples < TOO_NEAR * self.held_out
    }
}

fn nearest(row: &[f32], train: &[f32]) -> f64 {
    let square = |other: &[f32]| -> f32 {
        let differences = row.iter().zip(other).map(|(a, b)| (a - b) * (a - b));
        differences.sum()
    };
    let squares = train.chunks_exact(row.len()).map(square);
    f64::from(squares.fold(f32::INFINITY, f32::min)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::{Purpose, Stream};

    #[test]
    fn copies_are_found_and_new_rows_are_not() {
        let mut random = Stream::new(0, Purpose::Measure, 0);
        let mut rows =
            |count: usize| -> Vec<f32> { (0..4 * count).map(|_| random.normal()).collect() };
        let (train, held_out, new) = (rows(500), rows(100), rows(100));
        assert!(!Copies::measure(&new, &held_out, &train, 4).found());
        let copied: Vec<f32> = train[..400].iter().map(|v| v + 1e-3).collect();
        assert!(Copies::measure(&copied, &held_out, &train, 4).found());
    }
}
