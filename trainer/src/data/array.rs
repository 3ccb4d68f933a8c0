//! Arrays: `.npy` of rows or of pictures, and of classes.

use std::path::Path;

use ddim_wgpu::output::npy::NpyArray;

use super::conditions::Conditions;
use super::error::DataError;
use super::raw::{Cells, Classes, Column, Content};

/// Largest class that a file may have.
const MAX_CLASS: f32 = 65_535.0;

fn open(path: &Path, bytes: &[u8]) -> Result<NpyArray, DataError> {
    NpyArray::read(bytes).map_err(|error| DataError::Npy {
        path: path.to_owned(),
        reason: error.to_string(),
    })
}

/// Rows `[N, D]`, whose columns are `x0`, `x1`, …, or pictures `[N, C, H, W]`.
pub fn read(path: &Path, bytes: &[u8]) -> Result<Content, DataError> {
    let array = open(path, bytes)?;
    match *array.shape {
        [_, width] if width > 0 => {
            let column = |index: usize| Column {
                name: format!("x{index}"),
                cells: Cells::Numbers {
                    values: array.values[index..]
                        .iter()
                        .step_by(width)
                        .map(|&value| f64::from(value))
                        .collect(),
                    decimals: None,
                },
            };
            Ok(Content::Table((0..width).map(column).collect()))
        }
        [_, channels @ (1 | 3), height, width] if height * width > 0 => Ok(Content::Pictures {
            shape: [channels, height, width],
            values: array.into_samples(),
        }),
        _ => Err(DataError::Shape {
            path: path.to_owned(),
            shape: array.shape,
            expected: "[N, D], or [N, C, H, W] with 1 or 3 channels",
        }),
    }
}

/// Conditions `[N, width]`.
pub fn conditions(path: &Path, bytes: &[u8]) -> Result<Conditions, DataError> {
    let array = open(path, bytes)?;
    match *array.shape {
        [_, width] if width > 0 => Conditions::of_array(width, array.values),
        _ => Err(DataError::Shape {
            path: path.to_owned(),
            shape: array.shape,
            expected: "[N, C]",
        }),
    }
}

/// Classes `[N]`, whole numbers from 0.
pub fn classes(path: &Path, bytes: &[u8]) -> Result<Classes, DataError> {
    let array = open(path, bytes)?;
    if array.shape.len() != 1 {
        return Err(DataError::Shape {
            path: path.to_owned(),
            shape: array.shape,
            expected: "[N]",
        });
    }
    for (index, &value) in array.values.iter().enumerate() {
        if value.fract() != 0.0 || !(0.0..=MAX_CLASS).contains(&value) {
            return Err(DataError::Class {
                path: path.to_owned(),
                row: index + 1,
                found: value,
            });
        }
    }
    let of_row = array.values.iter().map(|&value| value as u32);
    Ok(Classes::numbered(of_row.collect()))
}
