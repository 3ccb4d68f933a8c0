//! From values to pixels, and the values that are written beside an axis.

/// A range of values along one axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Axis {
    low: f64,
    high: f64,
    /// Distance of the ticks: 1, 2 or 5 times a power of ten.
    step: f64,
}

impl Axis {
    /// Shows all finite `values`, with a little room, and about `ticks` ticks.
    pub fn of(values: impl Iterator<Item = f64> + Clone, ticks: usize) -> Self {
        let finite = values.filter(|value| value.is_finite());
        let low = finite.clone().fold(f64::INFINITY, f64::min);
        let high = finite.fold(f64::NEG_INFINITY, f64::max);
        let (low, high) = match (low, high) {
            (low, high) if low > high => (0.0, 1.0),
            (low, high) if low == high => (low - 0.5, high + 0.5),
            range => range,
        };
        let room = 0.03 * (high - low);
        let rough = (high - low) / ticks.max(1) as f64;
        let power = 10.0_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0]
            .into_iter()
            .map(|factor| factor * power)
            .find(|step| *step >= rough)
            .unwrap_or(10.0 * power);
        Self {
            low: low - room,
            high: high + room,
            step,
        }
    }

    /// Where a value lies: 0 at the low end, 1 at the high one.
    pub fn place(&self, value: f64) -> f32 {
        ((value - self.low) / (self.high - self.low)) as f32
    }

    /// The values at the ticks, with what is written there.
    pub fn ticks(&self) -> Vec<(f64, String)> {
        let decimals = (-self.step.log10().floor()).clamp(0.0, 12.0) as usize;
        let (first, last) = (
            (self.low / self.step).ceil() as i64,
            (self.high / self.step).floor() as i64,
        );
        let tick = |index: i64| {
            let value = index as f64 * self.step;
            // A true minus sign.
            (
                value,
                format!("{value:.decimals$}").replace('-', "\u{2212}"),
            )
        };
        (first..=last).map(tick).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(values: &[f64], ticks: usize) -> Vec<String> {
        let axis = Axis::of(values.iter().copied(), ticks);
        axis.ticks().into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn ticks_are_round_numbers_inside_the_axis() {
        assert_eq!(
            labels(&[0.0, 1.0], 5),
            ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]
        );
        assert_eq!(
            labels(&[0.0, 999.0], 5),
            ["0", "200", "400", "600", "800", "1000"]
        );
        assert_eq!(
            labels(&[-10.0, 9.0], 4),
            ["\u{2212}10", "\u{2212}5", "0", "5"]
        );
        assert_eq!(labels(&[f64::NAN, 3.0], 2).len(), 3);
        assert!(!labels(&[], 5).is_empty());
    }

    #[test]
    fn the_ends_are_inside() {
        let axis = Axis::of([2.0, 4.0].into_iter(), 5);
        assert!(axis.place(2.0) > 0.0 && axis.place(4.0) < 1.0);
        assert!((axis.place(3.0) - 0.5).abs() < 1e-6);
    }
}
