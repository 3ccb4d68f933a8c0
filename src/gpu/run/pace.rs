//! How much to submit at a time, learnt from how long the last of it took.

/// Rows and samples of one submission.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// Seconds a submission should take.
    target: f64,
    /// Samples of the run.
    count: usize,
    /// Rows in one submission; more than one only of all samples.
    pub rows: usize,
    /// Samples in one submission.
    pub samples: usize,
    /// Whether anything was learnt: the first rows pay for what is set up lazily, and tell nothing.
    warm: bool,
}

/// Most that rows or samples grow by at a time: the clock is the host's, and
/// has seen other work too.
const GROWTH: f64 = 4.0;
/// A number of samples this close to the last one is left as it was: to change
/// it takes new bind groups.
const CLOSE: std::ops::RangeInclusive<f64> = 0.8..=1.25;

impl Pace {
    /// Begins with one row of `samples` of `count` samples.
    pub fn new(target: f64, count: usize, samples: usize) -> Self {
        Self {
            target,
            count,
            rows: 1,
            samples: samples.clamp(1, count.max(1)),
            warm: false,
        }
    }

    /// Whether a submission has all samples.
    pub fn whole(&self) -> bool {
        self.samples >= self.count
    }

    /// Learns that `rows` rows of all samples took `seconds`, in submissions of this pace.
    pub fn learn(&mut self, seconds: f64, rows: usize) {
        if !self.warm {
            self.warm = true;
            return;
        }
        // Rows of all samples that fit the target; below one a row has to be divided.
        let fit = self.target * rows as f64 / seconds.max(1e-9);
        if self.whole() && fit >= 1.0 {
            self.rows = fit.min(GROWTH * self.rows as f64) as usize;
            return;
        }
        self.rows = 1;
        let samples = (fit * self.count as f64).min(GROWTH * self.samples as f64);
        if samples >= self.count as f64 {
            self.samples = self.count;
        } else if !CLOSE.contains(&(samples / self.samples as f64)) {
            self.samples = (samples as usize).max(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs `rows` rows on a device that takes `per_sample` for a sample and a row, and says how
    /// long each submission took.
    fn submissions(pace: &mut Pace, rows: usize, per_sample: f64) -> Vec<f64> {
        let mut taken = Vec::new();
        let mut row = 0;
        while row < rows {
            let at_once = pace.rows.min(rows - row);
            let seconds = per_sample * pace.count as f64 * at_once as f64;
            taken.push(per_sample * pace.samples as f64 * at_once as f64);
            pace.learn(seconds, at_once);
            row += at_once;
        }
        taken
    }

    #[test]
    fn a_fast_device_gets_more_rows() {
        let mut pace = Pace::new(0.1, 1000, 1000);
        let taken = submissions(&mut pace, 1000, 1e-6);
        assert!(taken.len() < 20, "{taken:?}");
        assert!(taken.iter().all(|&seconds| seconds <= 0.1), "{taken:?}");
        assert!(pace.rows >= 64, "{pace:?}");
    }

    #[test]
    fn a_slow_device_gets_parts_of_a_row() {
        // 3 s a row.
        let mut pace = Pace::new(0.1, 100_000, 100_000);
        let taken = submissions(&mut pace, 10, 3e-5);
        // Nothing is known at first, and learnt from the second row.
        assert!(
            taken[2..].iter().all(|&seconds| seconds < 0.11),
            "{taken:?}"
        );
        assert!(!pace.whole());
    }

    #[test]
    fn a_cautious_start_grows() {
        let mut pace = Pace::new(0.1, 1_000_000, 10_000);
        let taken = submissions(&mut pace, 30, 1e-8);
        assert!(taken.iter().all(|&seconds| seconds <= 0.1), "{taken:?}");
        assert!(pace.whole() && pace.rows > 1, "{pace:?}");
    }
}
