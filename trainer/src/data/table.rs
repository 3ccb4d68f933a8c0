//! Tables: `.csv` with a header.

use std::collections::BTreeSet;
use std::path::Path;

use super::error::DataError;
use super::raw::{Cells, Column, distinct};

/// A table with its columns as texts, none of them empty, trimmed.
#[derive(Debug)]
pub struct Texts {
    names: Vec<String>,
    columns: Vec<Vec<String>>,
}

impl Texts {
    /// Reads text with a header; `path` is for messages.
    pub fn read(path: &Path, bytes: &[u8]) -> Result<Self, DataError> {
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_reader(bytes);
        let error = |error| refused(path, &error);
        let names = reader.headers().map_err(error)?;
        let names: Vec<String> = names.iter().map(str::to_owned).collect();
        let mut seen = BTreeSet::new();
        if let Some(twice) = names.iter().find(|name| !seen.insert(*name)) {
            return Err(DataError::ColumnTwice {
                path: path.to_owned(),
                column: twice.clone(),
            });
        }
        let mut columns = vec![Vec::new(); names.len()];
        for record in reader.records() {
            let record = record.map_err(|error| refused(path, &error))?;
            for (column, field) in columns.iter_mut().zip(&record) {
                column.push(field.to_owned());
            }
        }
        Ok(Self { names, columns })
    }

    /// The texts of a column.
    pub fn column(&self, path: &Path, name: &str) -> Result<&[String], DataError> {
        let index = self.names.iter().position(|other| other == name);
        let index = index.ok_or_else(|| DataError::NoColumn {
            path: path.to_owned(),
            column: name.to_owned(),
            columns: self.names.clone(),
        })?;
        Ok(&self.columns[index])
    }

    /// The columns of these names, or all but `others`, as numbers where most of their texts are
    /// numbers.
    pub fn columns(
        &self,
        path: &Path,
        names: Option<&[String]>,
        others: &[&str],
    ) -> Result<Vec<Column>, DataError> {
        let all = || {
            let own = self.names.iter();
            let own = own.filter(|name| !others.contains(&name.as_str()));
            own.cloned().collect()
        };
        let names: Vec<String> = names.map_or_else(all, <[String]>::to_vec);
        let column = |name: String| {
            let cells = cells(path, &name, self.column(path, &name)?)?;
            Ok(Column { name, cells })
        };
        names.into_iter().map(column).collect()
    }
}

/// The reader's error with rows as users count them.
fn refused(path: &Path, error: &csv::Error) -> DataError {
    let path = path.to_owned();
    match error.kind() {
        csv::ErrorKind::UnequalLengths {
            pos,
            expected_len,
            len,
        } => DataError::Ragged {
            path,
            row: pos.as_ref().map_or(0, csv::Position::record),
            line: pos.as_ref().map_or(0, csv::Position::line),
            found: *len,
            expected: *expected_len,
        },
        _ => DataError::Csv {
            path,
            reason: error.to_string(),
        },
    }
}

/// The finite number that a text is.
fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

fn cells(path: &Path, name: &str, texts: &[String]) -> Result<Cells, DataError> {
    let numbers = texts.iter().filter(|text| number(text).is_some()).count();
    let of_numbers = 2 * numbers > texts.len();
    let fault = |text: &String| {
        if text.is_empty() {
            Some("no value")
        } else if of_numbers && number(text).is_none() {
            Some("no finite number, as the others of the column are")
        } else {
            None
        }
    };
    for (index, text) in texts.iter().enumerate() {
        if let Some(fault) = fault(text) {
            return Err(DataError::Field {
                path: path.to_owned(),
                row: index + 1,
                column: name.to_owned(),
                found: text.clone(),
                fault,
            });
        }
    }
    if of_numbers {
        return Ok(Cells::Numbers {
            values: texts.iter().filter_map(|text| number(text)).collect(),
            decimals: decimals(texts),
        });
    }
    let found = distinct(texts).len();
    if found > MAX_TEXTS || 2 * found > texts.len() {
        return Err(DataError::TooManyTexts {
            column: name.to_owned(),
            found,
            rows: texts.len(),
        });
    }
    Ok(Cells::Texts(texts.to_vec()))
}

/// Most texts of a category: each is a value of the network's.
const MAX_TEXTS: usize = 256;

/// Most digits after the point, where none of the numbers has an exponent.
fn decimals(texts: &[String]) -> Option<u8> {
    let digits = |text: &String| {
        if text.contains(['e', 'E']) {
            return None;
        }
        let after = text.split_once('.').map_or(0, |(_, after)| after.len());
        u8::try_from(after).ok()
    };
    let most = texts.iter().map(digits).collect::<Option<Vec<_>>>()?;
    // More than f32 tells apart are a computation's, not a measurement's.
    most.into_iter().max().filter(|&digits| digits <= 6)
}
