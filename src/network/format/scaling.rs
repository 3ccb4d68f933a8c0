//! From a value of the network's to the data's units.

use serde::{Deserialize, Serialize};

/// A monotone map from a value of the network's, data in about [−1, 1], to the data's units.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
#[non_exhaustive]
pub enum Scaling {
    /// `center + scale · x`.
    Linear {
        /// The value at 0, in the data's units.
        center: f64,
        /// Data's units in one of the network's; above 0.
        scale: f64,
    },
    /// Straight lines between points, and flat beyond the first and the last.
    Points {
        /// Places on the network's side, rising.
        at: Vec<f64>,
        /// The value at each, in the data's units; never falling.
        values: Vec<f64>,
    },
}

impl Scaling {
    /// The value of `x` in the data's units.
    #[must_use]
    pub fn to_data(&self, x: f64) -> f64 {
        match self {
            Self::Linear { center, scale } => center + scale * x,
            Self::Points { at, values } => {
                let after = at.partition_point(|&place| place <= x);
                if after == 0 {
                    return values[0];
                }
                if after == at.len() {
                    return values[after - 1];
                }
                let part = (x - at[after - 1]) / (at[after] - at[after - 1]);
                values[after - 1] + part * (values[after] - values[after - 1])
            }
        }
    }

    /// The value of the network's that [`to_data`](Self::to_data) brings to `value`: where several
    /// are, the middle of them; what lies beyond the points is at the nearest end.
    #[must_use]
    pub fn to_network(&self, value: f64) -> f64 {
        match self {
            Self::Linear { center, scale } => (value - center) / scale,
            Self::Points { at, values } => {
                let place = |after: usize| {
                    let after = after.clamp(1, values.len() - 1);
                    let (low, high) = (values[after - 1], values[after]);
                    if low == high {
                        return at[after];
                    }
                    let part = ((value - low) / (high - low)).clamp(0.0, 1.0);
                    at[after - 1] + part * (at[after] - at[after - 1])
                };
                // From both ends, which differ where the map is flat.
                let first = values.partition_point(|&v| v < value);
                let last = values.partition_point(|&v| v <= value);
                if first == last {
                    return place(first);
                }
                (at[first] + at[last - 1]) / 2.0
            }
        }
    }

    /// What is wrong with it, if anything is.
    pub(super) fn fault(&self) -> Option<&'static str> {
        match self {
            Self::Linear { center, scale } => {
                let usable = center.is_finite() && scale.is_finite() && *scale > 0.0;
                (!usable).then_some("center and scale must be finite, and scale above 0")
            }
            Self::Points { at, values } => {
                if at.len() != values.len() || at.len() < 2 {
                    return Some("`at` and `values` must be as many, and 2 at least");
                }
                let rising = at.is_sorted_by(|a, b| a < b) && values.is_sorted_by(|a, b| a <= b);
                let finite = at.iter().chain(values).all(|value| value.is_finite());
                (!rising || !finite)
                    .then_some("`at` must rise, `values` never fall, and all be finite")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let linear = Scaling::Linear {
            center: 3.0,
            scale: 0.5,
        };
        assert_eq!(linear.to_data(-2.0), 2.0);
        assert_eq!(linear.to_network(2.0), -2.0);
        let points = Scaling::Points {
            at: vec![-1.0, 0.0, 0.5, 1.0],
            values: vec![10.0, 20.0, 20.0, 100.0],
        };
        for (x, value) in [(-1.0, 10.0), (-0.5, 15.0), (0.75, 60.0), (1.0, 100.0)] {
            assert_eq!((points.to_data(x), points.to_network(value)), (value, x));
        }
        // Beyond the ends, and where it is flat.
        assert_eq!((points.to_data(-7.0), points.to_data(7.0)), (10.0, 100.0));
        assert_eq!(
            (points.to_network(0.0), points.to_network(1e9)),
            (-1.0, 1.0)
        );
        assert_eq!((points.to_data(0.3), points.to_network(20.0)), (20.0, 0.25));
    }
}
