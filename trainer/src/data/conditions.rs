//! Conditions: a vector for each row, which a sample is asked for by.

use std::path::Path;

use super::error::DataError;
use super::raw::{Cells, Column};

/// The vectors of all rows, in the data's units.
#[derive(Debug, Clone, PartialEq)]
pub struct Conditions {
    /// What each number of a vector is called.
    pub names: Vec<String>,
    /// `[N, names.len()]`.
    pub values: Vec<f32>,
    /// How each number is brought to what the network sees.
    pub scaling: ConditionScaling,
}

/// A number `c` of a vector is `(c − center)/spread` to the network: 0 at the mean, 1 a standard
/// deviation above it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ConditionScaling {
    /// Means.
    pub center: Vec<f32>,
    /// Standard deviations.
    pub spread: Vec<f32>,
}

impl Conditions {
    /// Those of a table's columns, all of them numbers.
    pub fn of_columns(path: &Path, columns: &[Column]) -> Result<Self, DataError> {
        let numbers = columns.iter().map(|column| match &column.cells {
            Cells::Numbers { values, .. } => Ok(values.as_slice()),
            Cells::Texts(_) => Err(DataError::TextCondition {
                path: path.to_owned(),
                column: column.name.clone(),
            }),
        });
        let numbers = numbers.collect::<Result<Vec<_>, _>>()?;
        let rows = numbers.first().map_or(0, |column| column.len());
        let values = (0..rows).flat_map(|row| numbers.iter().map(move |column| column[row] as f32));
        let names = columns.iter().map(|column| column.name.clone());
        Self::new(names.collect(), values.collect())
    }

    /// Those of an array `[N, width]`.
    pub fn of_array(width: usize, values: Vec<f32>) -> Result<Self, DataError> {
        Self::new(
            (0..width).map(|index| format!("c{index}")).collect(),
            values,
        )
    }

    fn new(names: Vec<String>, values: Vec<f32>) -> Result<Self, DataError> {
        let width = names.len();
        let rows = (values.len() / width.max(1)) as f64;
        let mut scaling = ConditionScaling::default();
        for (index, name) in names.iter().enumerate() {
            let of_column = || {
                values
                    .iter()
                    .skip(index)
                    .step_by(width)
                    .map(|&v| f64::from(v))
            };
            let center = of_column().sum::<f64>() / rows;
            let variance = of_column().map(|v| (v - center).powi(2)).sum::<f64>() / rows;
            if of_column().all(|value| Some(value) == of_column().next()) {
                return Err(DataError::Constant {
                    column: name.clone(),
                    value: values.get(index).map_or_else(String::new, f32::to_string),
                });
            }
            scaling.center.push(center as f32);
            scaling.spread.push(variance.sqrt() as f32);
        }
        Ok(Self {
            names,
            values,
            scaling,
        })
    }

    /// Numbers of a vector.
    #[must_use]
    pub fn width(&self) -> usize {
        self.names.len()
    }
}

impl ConditionScaling {
    /// Vectors `[N, width]` as the network sees them.
    #[must_use]
    pub fn to_network(&self, values: &[f32]) -> Vec<f32> {
        let scales = self.center.iter().zip(&self.spread).cycle();
        let scaled = values.iter().zip(scales);
        scaled
            .map(|(value, (center, spread))| (value - center) / spread)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_network_sees_standard_scores() {
        let values = vec![1.0, 10.0, 3.0, 30.0, 2.0, 20.0];
        let conditions = Conditions::of_array(2, values).unwrap();
        assert_eq!(conditions.names, ["c0", "c1"]);
        assert_eq!(conditions.scaling.center, [2.0, 20.0]);
        let scores = conditions.scaling.to_network(&conditions.values);
        let expected = 1.0 / (2.0_f32 / 3.0).sqrt();
        for (found, sign) in scores.iter().zip([-1.0, -1.0, 1.0, 1.0, 0.0, 0.0]) {
            assert!((found - sign * expected).abs() < 1e-6);
        }
        assert!(Conditions::of_array(2, vec![1.0, 5.0, 2.0, 5.0]).is_err());
    }
}
