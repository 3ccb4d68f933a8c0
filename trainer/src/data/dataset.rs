//! Data as a network sees them: scaled, and a part of them held out.

use ddim_wgpu::network::{DataConfig, TableColumn};

use super::conditions::ConditionScaling;
use super::error::DataError;
use super::raw::{Column, Content, Raw};
use super::scale::{extend, fit};
use crate::recipe::Normalize;
use crate::stream::{Purpose, Stream};

/// Most rows that are held out: enough for figures.
const MAX_HELD_OUT: usize = 2000;

/// Rows `[N, D]`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Part {
    /// `[N, …sample_shape]`, in about [−1, 1].
    pub values: Vec<f32>,
    /// The class of each row, where there are classes.
    pub classes: Option<Vec<u32>>,
    /// The condition of each row, `[N, width]` in the data's units, where there are conditions.
    pub conditions: Option<Vec<f32>>,
    /// Rows.
    pub rows: usize,
}

/// Data as a network sees them.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// `[d]` or `[channels, height, width]`.
    pub sample_shape: Vec<usize>,
    /// What values and classes mean.
    pub config: DataConfig,
    /// What the numbers of a condition are called, and how the network sees them.
    pub conditions: Option<(Vec<String>, ConditionScaling)>,
    /// What is trained on.
    pub train: Part,
    /// What is not.
    pub held_out: Part,
    /// Largest magnitude of a value.
    pub reach: f32,
    /// SHA-256 of the files, in hexadecimal.
    pub hash: String,
}

impl Dataset {
    /// Scales what was read and takes the share `held_out` of it, at most 2,000 rows, away by `seed`.
    ///
    /// # Errors
    /// [`DataError`] for what cannot be scaled.
    pub fn new(
        raw: &Raw,
        normalize: Normalize,
        held_out: f64,
        seed: u64,
    ) -> Result<Self, DataError> {
        let rows = raw.content.rows();
        let class = raw.classes.as_ref();
        let names = class.map(|classes| (classes.name.clone(), classes.names.clone()));
        let (sample_shape, columns, values) = match &raw.content {
            Content::Table(columns) => {
                let (scaled, values) = scale_table(columns, rows, normalize)?;
                let width = scaled.iter().map(TableColumn::width).sum();
                (vec![width], scaled, values)
            }
            Content::Pictures { shape, values } => (
                shape.to_vec(),
                Vec::new(),
                scale_pictures(values, normalize)?,
            ),
        };
        let config = DataConfig::new(columns, names)
            .map_err(|error| DataError::Classes(error.to_string()))?;
        let reach = values.iter().fold(0.0_f32, |most, v| most.max(v.abs()));
        let away = ((rows as f64 * held_out).round() as usize).min(MAX_HELD_OUT);
        let order = Stream::new(seed, Purpose::Split, 0).permutation(rows as u32);
        let dims: usize = sample_shape.iter().product();
        let part = |rows: &[u32]| {
            let mut rows = rows.to_vec();
            rows.sort_unstable();
            let row = |&row: &u32| &values[row as usize * dims..][..dims];
            Part {
                values: rows.iter().flat_map(row).copied().collect(),
                classes: class
                    .map(|class| rows.iter().map(|&row| class.of_row[row as usize]).collect()),
                conditions: raw.conditions.as_ref().map(|conditions| {
                    let width = conditions.width();
                    let row = |&row: &u32| &conditions.values[row as usize * width..][..width];
                    rows.iter().flat_map(row).copied().collect()
                }),
                rows: rows.len(),
            }
        };
        Ok(Self {
            config,
            conditions: raw
                .conditions
                .as_ref()
                .map(|conditions| (conditions.names.clone(), conditions.scaling.clone())),
            train: part(&order[away..]),
            held_out: part(&order[..away]),
            reach,
            hash: raw.hash.clone(),
            sample_shape,
        })
    }

    /// Values of a row.
    #[must_use]
    pub fn dims(&self) -> usize {
        self.sample_shape.iter().product()
    }

    /// Whether rows are pictures.
    #[must_use]
    pub fn has_pictures(&self) -> bool {
        self.sample_shape.len() == 3
    }

    /// Numbers of a condition; 0: there are no conditions.
    #[must_use]
    pub fn condition_width(&self) -> usize {
        self.conditions.as_ref().map_or(0, |(names, _)| names.len())
    }

    /// How the network sees conditions, where there are any.
    #[must_use]
    pub fn scaling(&self) -> Option<&ConditionScaling> {
        self.conditions.as_ref().map(|(_, scaling)| scaling)
    }

    /// Classes; none: there are none.
    #[must_use]
    pub fn num_classes(&self) -> Option<usize> {
        self.config.class.as_ref().map(|class| class.values.len())
    }
}

fn scale_table(
    columns: &[Column],
    rows: usize,
    normalize: Normalize,
) -> Result<(Vec<TableColumn>, Vec<f32>), DataError> {
    if rows == 0 {
        return Err(DataError::TooFew {
            rows: 0,
            held_out: 0,
            batch: 1,
        });
    }
    let fitted = columns.iter().map(|column| fit(column, normalize));
    let scaled = fitted.collect::<Result<Vec<_>, _>>()?;
    let mut values = Vec::new();
    for row in 0..rows {
        for (column, scaled) in columns.iter().zip(&scaled) {
            extend(&column.cells, row, scaled, &mut values);
        }
    }
    Ok((scaled, values))
}

/// Pixels as they are, or the range of all of them to [−1, 1].
fn scale_pictures(values: &[f32], normalize: Normalize) -> Result<Vec<f32>, DataError> {
    let low = values.iter().copied().fold(f32::INFINITY, f32::min);
    let high = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    if low >= high {
        return Err(DataError::Constant {
            column: "pixels".to_owned(),
            value: low.to_string(),
        });
    }
    match normalize {
        Normalize::Minmax => {
            let scale = |v: &f32| (v - low) / (high - low) * 2.0 - 1.0;
            Ok(values.iter().map(scale).collect())
        }
        _ if low < -1.001 || high > 1.001 => Err(DataError::Range { low, high }),
        _ => Ok(values.to_vec()),
    }
}
