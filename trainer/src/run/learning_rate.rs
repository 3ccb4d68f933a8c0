//! The learning rate: linear warm-up, then half a cosine to zero.

use std::f64::consts::PI;

/// The rate at `step` (from 0) of `steps`; the warm-up is at most a tenth of them.
pub fn at(step: usize, steps: usize, warmup: usize, peak: f64) -> f64 {
    let warmup = warmup.min(steps / 10);
    if step < warmup {
        return peak * (step + 1) as f64 / warmup as f64;
    }
    let progress = (step - warmup) as f64 / (steps - warmup).max(1) as f64;
    peak * 0.5 * (1.0 + (PI * progress).cos())
}

#[cfg(test)]
mod tests {
    use super::at;

    #[test]
    fn rises_to_the_peak_and_falls_to_nothing() {
        assert_eq!(at(0, 1000, 10, 1.0), 0.1);
        assert_eq!(at(10, 1000, 10, 1.0), 1.0);
        assert!(at(999, 1000, 10, 1.0) < 1e-5);
    }
}
