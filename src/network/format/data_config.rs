//! `data_config.json`: what the values of a sample are called, and how they come back to
//! the units of the data that the network was trained on.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::error::DataConfigError;
use super::limits::MAX_CLASSES;
use super::scaling::Scaling;

/// The columns of the table that a sample is a row of, and the names of the classes.
///
/// A part of a model directory that may be missing: without it values are the network's and
/// classes are numbers.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct DataConfig {
    /// In the order of a sample's values; none: the samples are pictures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<TableColumn>,
    /// What the classes are called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<ClassNames>,
}

/// A column of the data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
#[non_exhaustive]
pub enum TableColumn {
    /// One value of the sample.
    Number {
        /// The column's name.
        name: String,
        /// Digits after the point that the data have; none: as many as it takes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        decimals: Option<u8>,
        /// To the data's units.
        scaling: Scaling,
    },
    /// As many values of the sample as there are texts, the largest of which says which it is.
    Category {
        /// The column's name.
        name: String,
        /// The texts, in the order of the sample's values.
        values: Vec<String>,
    },
}

/// The column that classes come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ClassNames {
    /// The column's name.
    pub name: String,
    /// The name of each class, from class 0.
    pub values: Vec<String>,
}

impl TableColumn {
    /// The column's name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Number { name, .. } | Self::Category { name, .. } => name,
        }
    }

    /// Values of a sample that it takes, 1 at least.
    #[must_use]
    pub fn width(&self) -> usize {
        match self {
            Self::Number { .. } => 1,
            Self::Category { values, .. } => values.len(),
        }
    }

    /// What `values`, [`width`](Self::width) of the network's, are in the data.
    #[must_use]
    pub fn cell(&self, values: &[f32]) -> String {
        match self {
            Self::Number {
                decimals, scaling, ..
            } => {
                let value = scaling.to_data(f64::from(values[0]));
                match decimals {
                    Some(decimals) => {
                        let text = format!("{value:.*}", usize::from(*decimals));
                        // A zero has no sign in anyone's table.
                        let zero = text.bytes().all(|byte| matches!(byte, b'-' | b'0' | b'.'));
                        if zero { text.replace('-', "") } else { text }
                    }
                    None => (value as f32).to_string(),
                }
            }
            Self::Category { values: texts, .. } => {
                let largest = values.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
                texts[largest.map_or(0, |(index, _)| index)].clone()
            }
        }
    }
}

impl DataConfig {
    /// A description of `columns`, and of the classes.
    ///
    /// # Errors
    /// As [`from_json`](Self::from_json).
    pub fn new(
        columns: Vec<TableColumn>,
        class: Option<(String, Vec<String>)>,
    ) -> Result<Self, DataConfigError> {
        let class = class.map(|(name, values)| ClassNames { name, values });
        let data_config = Self { columns, class };
        data_config.validate()?;
        Ok(data_config)
    }

    /// Reads and validates the text of a `data_config.json`.
    ///
    /// # Errors
    /// [`DataConfigError`], with what is wrong.
    pub fn from_json(text: &str) -> Result<Self, DataConfigError> {
        let read: Self = serde_json::from_str(text)?;
        read.validate()?;
        Ok(read)
    }

    /// Checks that it is for samples of `sample_shape` and so many classes.
    pub(in crate::network) fn validate_for(
        &self,
        sample_shape: &[usize],
        num_classes: Option<usize>,
    ) -> Result<(), DataConfigError> {
        let width: usize = self.columns.iter().map(TableColumn::width).sum();
        if !self.columns.is_empty() && sample_shape != [width] {
            return Err(DataConfigError::Width {
                columns: width,
                sample_shape: sample_shape.to_vec(),
            });
        }
        let named = self.class.as_ref().map(|class| class.values.len());
        if named.is_some() && named != num_classes {
            return Err(DataConfigError::Classes {
                named: named.unwrap_or(0),
                classes: num_classes.unwrap_or(0),
            });
        }
        Ok(())
    }

    fn validate(&self) -> Result<(), DataConfigError> {
        let mut names = BTreeSet::new();
        let class = self.class.as_ref().map(|class| class.name.as_str());
        for name in self.columns.iter().map(TableColumn::name).chain(class) {
            if !names.insert(name) {
                return Err(DataConfigError::Twice { name: name.into() });
            }
        }
        for column in &self.columns {
            let fault = match column {
                TableColumn::Number { scaling, .. } => scaling.fault(),
                TableColumn::Category { values, .. } => fault_of_names(values),
            };
            if let Some(fault) = fault {
                let name = column.name().to_owned();
                return Err(DataConfigError::Column { name, fault });
            }
        }
        match &self.class {
            Some(class) => match fault_of_names(&class.values) {
                Some(fault) => Err(DataConfigError::Column {
                    name: class.name.clone(),
                    fault,
                }),
                None => Ok(()),
            },
            None => Ok(()),
        }
    }

    /// The names of the columns, and last that of the classes where rows have one.
    #[must_use]
    pub fn header(&self, with_class: bool) -> Vec<String> {
        let class = self.class.as_ref().filter(|_| with_class);
        let names = self.columns.iter().map(TableColumn::name);
        names
            .chain(class.map(|class| class.name.as_str()))
            .map(str::to_owned)
            .collect()
    }

    /// A sample as a row of the data: a text for each column, and last the name of its class, where
    /// it has one and classes have names.
    ///
    /// # Panics
    /// If `sample` is not as wide as the columns together, or the class is not one of those named.
    #[must_use]
    pub fn row(&self, sample: &[f32], class: Option<u32>) -> Vec<String> {
        let mut rest = sample;
        let mut row = Vec::with_capacity(self.columns.len() + 1);
        for column in &self.columns {
            let (values, after) = rest.split_at(column.width());
            row.push(column.cell(values));
            rest = after;
        }
        assert!(rest.is_empty(), "{} values are no column's", rest.len());
        if let (Some(names), Some(class)) = (&self.class, class) {
            row.push(names.values[class as usize].clone());
        }
        row
    }
}

/// What is wrong with the texts of a category or the names of classes.
fn fault_of_names(values: &[String]) -> Option<&'static str> {
    if values.is_empty() || values.len() > MAX_CLASSES {
        return Some("`values` must be from 1 to 65,536 texts");
    }
    let distinct: BTreeSet<&String> = values.iter().collect();
    (distinct.len() < values.len()).then_some("a text of `values` is there twice")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = r#"{
      "columns": [
        {"kind": "number", "name": "mass", "decimals": 0, "scaling": {"kind": "linear", "center": 4000, "scale": 1000}},
        {"kind": "category", "name": "island", "values": ["Biscoe", "Dream"]},
        {"kind": "number", "name": "depth", "scaling": {"kind": "points", "at": [-1, 1], "values": [0, 1]}}
      ],
      "class": {"name": "species", "values": ["a", "b", "c"]}}"#;

    #[test]
    fn a_sample_becomes_a_row() {
        let table = DataConfig::from_json(TABLE).unwrap();
        table.validate_for(&[4], Some(3)).unwrap();
        assert_eq!(table.header(true), ["mass", "island", "depth", "species"]);
        let sample = [0.2504, -0.3, 0.1, 0.5];
        let row = table.row(&sample, Some(2));
        assert_eq!(row, ["4250", "Dream", "0.75", "c"]);
        let sample = [-4.0, 0.3, 0.1, 9.0];
        assert_eq!(table.row(&sample, None), ["0", "Biscoe", "1"]);
        assert_eq!(table.header(false).len(), 3);
        let again = serde_json::to_string(&table).unwrap();
        assert_eq!(DataConfig::from_json(&again).unwrap(), table);
    }

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        let error = |text: &str| DataConfig::from_json(text).unwrap_err().to_string();
        for (from, to, part) in [
            ("\"scale\": 1000", "\"scale\": 0", "column `mass`"),
            ("\"at\": [-1, 1]", "\"at\": [1, 1]", "column `depth`"),
            ("\"Dream\"", "\"Biscoe\"", "column `island`"),
            ("\"name\": \"depth\"", "\"name\": \"mass\"", "`mass`"),
            ("\"decimals\"", "\"digits\"", "digits"),
        ] {
            let text = TABLE.replace(from, to);
            assert!(error(&text).contains(part), "{}", error(&text));
        }
        let table = DataConfig::from_json(TABLE).unwrap();
        assert!(table.validate_for(&[5], Some(3)).is_err());
        assert!(table.validate_for(&[1, 2, 2], Some(3)).is_err());
        assert!(table.validate_for(&[4], None).is_err());
    }
}
