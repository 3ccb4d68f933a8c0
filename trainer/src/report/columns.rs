//! Columns of a table beside those of samples.

use std::fmt::Write;

use ddim_wgpu::network::TableColumn;

use super::card::cell;

/// A column of a table, in the data's units.
#[derive(Debug, Clone, PartialEq)]
pub enum ColumnFigures {
    /// Of numbers.
    Number {
        /// The column.
        name: String,
        /// Digits after the point.
        decimals: usize,
        /// Of the data.
        data: Moments,
        /// Of samples.
        samples: Moments,
    },
    /// Of texts: each text, its share of the data and of samples.
    Category {
        /// The column.
        name: String,
        /// Text, share of the data, share of samples.
        shares: Vec<(String, f64, f64)>,
    },
}

/// Mean, standard deviation, and quantiles at 5, 50 and 95 %.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments([f64; 5]);

impl Moments {
    fn of(mut values: Vec<f64>) -> Self {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / count;
        values.sort_unstable_by(f64::total_cmp);
        let quantile = |share: f64| values[(share * (count - 1.0)).round() as usize];
        Self([
            mean,
            variance.sqrt(),
            quantile(0.05),
            quantile(0.5),
            quantile(0.95),
        ])
    }
}

/// Every column of rows `[N, D]` and of samples `[M, D]`, neither empty.
#[must_use]
pub fn compare(columns: &[TableColumn], rows: &[f32], samples: &[f32]) -> Vec<ColumnFigures> {
    let dims: usize = columns.iter().map(TableColumn::width).sum();
    let mut first = 0;
    let mut figures = Vec::with_capacity(columns.len());
    for column in columns {
        let at = first..first + column.width();
        first = at.end;
        let of = |values: &[f32]| -> Vec<Vec<f32>> {
            let rows = values.chunks_exact(dims);
            rows.map(|row| row[at.clone()].to_vec()).collect()
        };
        figures.push(match column {
            TableColumn::Number {
                name,
                decimals,
                scaling,
            } => {
                let moments = |values: &[f32]| {
                    let values = of(values).into_iter();
                    Moments::of(values.map(|v| scaling.to_data(f64::from(v[0]))).collect())
                };
                ColumnFigures::Number {
                    name: name.clone(),
                    decimals: decimals.map_or(3, |decimals| usize::from(decimals) + 1),
                    data: moments(rows),
                    samples: moments(samples),
                }
            }
            TableColumn::Category { name, values } => {
                let texts = |values: &[f32]| -> Vec<String> {
                    of(values).iter().map(|row| column.cell(row)).collect()
                };
                let share = |text: &String, of: &[String]| {
                    of.iter().filter(|other| *other == text).count() as f64 / of.len() as f64
                };
                let (data, sampled) = (texts(rows), texts(samples));
                let shares = values
                    .iter()
                    .map(|text| (text.clone(), share(text, &data), share(text, &sampled)));
                ColumnFigures::Category {
                    name: name.clone(),
                    shares: shares.collect(),
                }
            }
            _ => continue,
        });
    }
    figures
}

/// The figures as a table of Markdown, data and samples on lines of their own.
pub fn write(text: &mut String, figures: &[ColumnFigures]) {
    text.push_str(
        "\n| column | | mean | deviation | 5 % | 50 % | 95 % |\n|---|---|---|---|---|---|---|\n",
    );
    for figure in figures {
        if let ColumnFigures::Number {
            name,
            decimals,
            data,
            samples,
        } = figure
        {
            for (name, of, moments) in [
                (cell(name), "data", data),
                (String::new(), "samples", samples),
            ] {
                let numbers = moments.0.map(|value| format!("{value:.decimals$}"));
                let _ = writeln!(text, "| {name} | {of} | {} |", numbers.join(" | "));
            }
        }
    }
    for figure in figures {
        if let ColumnFigures::Category { name, shares } = figure {
            let shares = shares.iter().take(20).map(|(text, data, samples)| {
                format!(
                    "{} {:.1} % and {:.1} %",
                    cell(text),
                    100.0 * data,
                    100.0 * samples
                )
            });
            let shares: Vec<String> = shares.collect();
            let _ = write!(
                text,
                "\n{}, share of data and of samples: {}.\n",
                cell(name),
                shares.join(", ")
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use ddim_wgpu::network::Scaling;

    use super::*;

    #[test]
    fn columns_are_in_the_units_of_the_data() {
        let columns = [
            TableColumn::Number {
                name: "mass".into(),
                decimals: Some(0),
                scaling: Scaling::Linear {
                    center: 50.0,
                    scale: 10.0,
                },
            },
            TableColumn::Category {
                name: "island".into(),
                values: vec!["a".into(), "b".into()],
            },
        ];
        let rows = [-1.0, 1.0, -1.0, 1.0, -1.0, 1.0];
        let samples = [0.0, 0.1, 0.3];
        let mut text = String::new();
        write(&mut text, &compare(&columns, &rows, &samples));
        assert!(
            text.contains("| mass | data | 50.0 | 10.0 | 40.0 | 60.0 | 60.0 |"),
            "{text}"
        );
        assert!(
            text.contains("|  | samples | 50.0 | 0.0 | 50.0 | 50.0 | 50.0 |"),
            "{text}"
        );
        assert!(
            text.contains("a 50.0 % and 0.0 %, b 50.0 % and 100.0 %"),
            "{text}"
        );
    }
}
