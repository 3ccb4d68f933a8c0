//! Columns in about [−1, 1], and the way back.

use std::f64::consts::FRAC_1_SQRT_2;

use ddim_wgpu::network::{Scaling, TableColumn};

use super::error::DataError;
use super::raw::{Cells, Column, distinct};
use crate::recipe::Normalize;

/// Standard deviation of a column that is not brought to a range: about that of
/// one that is, in which all lies in [−1, 1].
const SPREAD: f64 = 0.5;

/// Most points of a map by quantiles.
const QUANTILES: usize = 256;

/// What the network's values of a column will mean.
pub fn fit(column: &Column, normalize: Normalize) -> Result<TableColumn, DataError> {
    let constant = |value: String| DataError::Constant {
        column: column.name.clone(),
        value,
    };
    let name = column.name.clone();
    match &column.cells {
        Cells::Texts(texts) => {
            let values = distinct(texts);
            if values.len() < 2 {
                return Err(constant(format!("{:?}", values.concat())));
            }
            Ok(TableColumn::Category { name, values })
        }
        Cells::Numbers { values, decimals } => {
            let mut sorted = values.clone();
            sorted.sort_unstable_by(f64::total_cmp);
            let (low, high) = (sorted[0], sorted[sorted.len() - 1]);
            if low == high {
                return Err(constant(low.to_string()));
            }
            let scaling = match normalize {
                Normalize::None => Scaling::Linear {
                    center: 0.0,
                    scale: 1.0,
                },
                Normalize::Minmax => Scaling::Linear {
                    center: low / 2.0 + high / 2.0,
                    scale: high / 2.0 - low / 2.0,
                },
                Normalize::Standard => standard(values),
                Normalize::Quantile => quantiles(&sorted),
            };
            Ok(TableColumn::Number {
                name,
                decimals: *decimals,
                scaling,
            })
        }
    }
}

fn standard(values: &[f64]) -> Scaling {
    let count = values.len() as f64;
    let center = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|v| (v - center).powi(2)).sum::<f64>() / count;
    Scaling::Linear {
        center,
        scale: variance.sqrt() / SPREAD,
    }
}

/// Straight lines between quantiles, at the places that they have in a normal distribution.
fn quantiles(sorted: &[f64]) -> Scaling {
    let last = (sorted.len() - 1) as f64;
    let points = sorted.len().min(QUANTILES);
    let index = |point: usize| point as f64 * last / (points - 1) as f64;
    let value = |index: f64| {
        let below = index.floor();
        let (low, high) = (sorted[below as usize], sorted[index.ceil() as usize]);
        low + (index - below) * (high - low)
    };
    // The least of N values is the middle of the first N-th of the distribution.
    let place = |index: f64| SPREAD * normal_quantile((index + 0.5) / (last + 1.0));
    Scaling::Points {
        at: (0..points).map(|point| place(index(point))).collect(),
        values: (0..points).map(|point| value(index(point))).collect(),
    }
}

/// Φ⁻¹(p) for p in (0, 1), by bisection: a few hundred are needed, once.
fn normal_quantile(p: f64) -> f64 {
    let (mut low, mut high) = (-40.0, 40.0);
    for _ in 0..80 {
        let middle = (low + high) / 2.0;
        if 0.5 * libm::erfc(-middle * FRAC_1_SQRT_2) < p {
            low = middle;
        } else {
            high = middle;
        }
    }
    (low + high) / 2.0
}

/// Appends the network's values of row `index` of a column.
pub fn extend(cells: &Cells, index: usize, scaled: &TableColumn, values: &mut Vec<f32>) {
    match (cells, scaled) {
        (
            Cells::Numbers {
                values: numbers, ..
            },
            TableColumn::Number { scaling, .. },
        ) => {
            values.push(scaling.to_network(numbers[index]) as f32);
        }
        (Cells::Texts(texts), TableColumn::Category { values: all, .. }) => {
            let one = |text: &String| if *text == texts[index] { 1.0 } else { -1.0 };
            values.extend(all.iter().map(one));
        }
        _ => unreachable!("a column is scaled as what it is"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(values: &[f64]) -> Column {
        Column {
            name: "x".to_owned(),
            cells: Cells::Numbers {
                values: values.to_vec(),
                decimals: None,
            },
        }
    }

    fn scaling(values: &[f64], normalize: Normalize) -> Scaling {
        match fit(&column(values), normalize).unwrap() {
            TableColumn::Number { scaling, .. } => scaling,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_scaled_comes_back() {
        let values: Vec<f64> = (0..500)
            .map(|i| f64::from(i).powi(2) * 0.01 - 7.0)
            .collect();
        for normalize in [
            Normalize::None,
            Normalize::Minmax,
            Normalize::Standard,
            Normalize::Quantile,
        ] {
            let scaling = scaling(&values, normalize);
            for value in &values {
                let back = scaling.to_data(scaling.to_network(*value));
                assert!((back - value).abs() < 1e-9, "{normalize:?} {value} {back}");
            }
        }
    }

    #[test]
    fn each_kind_does_what_it_says() {
        let values: Vec<f64> = (0..1000).map(|i| (f64::from(i) / 200.0).exp()).collect();
        let moments = |normalize| {
            let scaling = scaling(&values, normalize);
            let scaled: Vec<f64> = values.iter().map(|v| scaling.to_network(*v)).collect();
            let mean = scaled.iter().sum::<f64>() / 1000.0;
            let square = scaled.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 1000.0;
            (mean, square.sqrt(), scaled)
        };
        let (_, _, scaled) = moments(Normalize::Minmax);
        assert_eq!((scaled[0], scaled[999]), (-1.0, 1.0));
        let (mean, spread, _) = moments(Normalize::Standard);
        assert!(mean.abs() < 1e-12 && (spread - 0.5).abs() < 1e-12);
        // A normal's quartiles, whatever the data's distribution.
        let (mean, _, scaled) = moments(Normalize::Quantile);
        assert!(mean.abs() < 1e-3, "{mean}");
        assert!(
            (scaled[250] + 0.5 * 0.67449).abs() < 2e-3,
            "{}",
            scaled[250]
        );
    }

    /// scipy.stats.norm.ppf.
    #[test]
    fn quantiles_of_a_normal() {
        for (p, z) in [
            (0.5, 0.0),
            (0.975, 1.959963984540054),
            (1e-3, -3.090232306167813),
        ] {
            assert!((normal_quantile(p) - z).abs() < 1e-12);
        }
    }

    #[test]
    fn a_column_of_one_value_is_refused() {
        let error = fit(&column(&[2.0; 9]), Normalize::Minmax).unwrap_err();
        assert!(error.to_string().contains("column `x` is 2 in every row"));
    }
}
