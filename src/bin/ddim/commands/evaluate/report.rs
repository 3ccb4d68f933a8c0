//! Tables over numbers of steps, for people (Markdown) and programs (JSON).

use std::fmt::Write;

use ddim_wgpu::metrics::Metric;
use ddim_wgpu::output::RunParameters;
use serde_json::{Map, Value, json};

/// A line of every table.
pub struct Row {
    /// Its name for people.
    pub label: String,
    /// Its name for programs.
    pub key: Map<String, Value>,
    /// For every number of steps and every metric a value for each seed.
    pub cells: Vec<Vec<Vec<f64>>>,
}

/// A table for every metric.
pub struct Report {
    /// How it was made.
    pub parameters: RunParameters,
    pub steps: Vec<usize>,
    pub metrics: Vec<Metric>,
    pub rows: Vec<Row>,
}

impl Report {
    pub fn json(&self) -> Value {
        let mut object = serde_json::to_value(&self.parameters).expect("plain values");
        let metric = |metric: &Metric| json!({"name": metric.name, "title": metric.title, "data": metric.data});
        object["metrics"] = self.metrics.iter().map(metric).collect();
        object["rows"] = self.rows.iter().map(|row| self.row(row)).collect();
        object
    }

    fn row(&self, row: &Row) -> Value {
        let cell = |(steps, values): (&usize, &Vec<Vec<f64>>)| {
            let mut cell = json!({"steps": steps});
            for (metric, values) in self.metrics.iter().zip(values) {
                // What is not finite has no number in JSON and becomes null.
                cell[metric.name] = json!(values);
            }
            cell
        };
        let mut object = row.key.clone();
        let cells = self.steps.iter().zip(&row.cells).map(cell).collect();
        object.insert("cells".to_owned(), cells);
        Value::Object(object)
    }

    pub fn markdown(&self) -> String {
        let mut text = format!("```sh\n{}\n```\n", self.parameters.command_line());
        for (name, value) in self.parameters.facts() {
            let value = match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let name = name.replace('_', " ");
            write!(text, "\n- {name}: {value}").expect("a string takes all");
        }
        text.push('\n');
        for (index, metric) in self.metrics.iter().enumerate() {
            text.push_str(&self.table(index, metric));
        }
        text
    }

    fn table(&self, index: usize, metric: &Metric) -> String {
        let mut text = format!("\n{}", metric.title);
        if let Some(data) = metric.data {
            write!(text, " Data against data: {}.", number(data)).expect("a string takes all");
        }
        text.push_str("\n\n| |");
        for steps in &self.steps {
            write!(text, " S = {steps} |").expect("a string takes all");
        }
        text.push_str("\n|---|");
        text.push_str(&"---|".repeat(self.steps.len()));
        for row in &self.rows {
            write!(text, "\n| {} |", row.label).expect("a string takes all");
            for cell in &row.cells {
                write!(text, " {} |", with_spread(&cell[index])).expect("a string takes all");
            }
        }
        text.push('\n');
        text
    }
}

/// The mean over the seeds and their standard deviation.
fn with_spread(values: &[f64]) -> String {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    if values.len() < 2 || !mean.is_finite() {
        return number(mean);
    }
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let spread = (squares / (count - 1.0)).sqrt();
    match decimals(mean) {
        Some(decimals) => format!("{mean:.decimals$} ± {spread:.decimals$}"),
        None => format!("{mean:.2e} ± {spread:.0e}"),
    }
}

/// To three significant digits.
fn number(value: f64) -> String {
    match decimals(value) {
        _ if value.is_nan() => "–".to_owned(),
        _ if value == 0.0 || value.is_infinite() => format!("{value}"),
        Some(decimals) => format!("{value:.decimals$}"),
        None => format!("{value:.2e}"),
    }
}

/// Decimals that show three significant digits; none where they would be too many.
fn decimals(value: f64) -> Option<usize> {
    let magnitude = value.abs().log10().floor();
    (-4.0..5.0)
        .contains(&magnitude)
        .then(|| (2.0 - magnitude).max(0.0) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits() {
        for (value, text) in [
            (0.0, "0"),
            (0.012345, "0.0123"),
            (-0.5, "-0.500"),
            (12.345, "12.3"),
            (1234.5, "1234"),
            (1.5e-6, "1.50e-6"),
            (f64::INFINITY, "inf"),
            (f64::NAN, "–"),
        ] {
            assert_eq!(number(value), text);
        }
        assert_eq!(with_spread(&[1.0, 2.0, 3.0]), "2.00 ± 1.00");
        assert_eq!(with_spread(&[2e-6, 4e-6]), "3.00e-6 ± 1e-6");
        assert_eq!(with_spread(&[0.25]), "0.250");
    }
}
