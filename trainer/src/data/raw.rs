//! Data as they are in files, before they are scaled.

use super::conditions::Conditions;
use crate::recipe::Normalize;

/// What was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Raw {
    /// Rows of a table, or pictures.
    pub content: Content,
    /// A class for each row, where there are classes.
    pub classes: Option<Classes>,
    /// A vector for each row, where there are conditions.
    pub conditions: Option<Conditions>,
    /// Whether values are from −1 to 1 already.
    pub scaled: bool,
    /// SHA-256 of the files, in hexadecimal.
    pub hash: String,
}

/// Rows of a table, or pictures.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// Columns, all as long.
    Table(Vec<Column>),
    /// Pictures of one size.
    Pictures {
        /// `[channels, height, width]`.
        shape: [usize; 3],
        /// `[N, channels, height, width]`, in [−1, 1] where they were bytes.
        values: Vec<f32>,
    },
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// From the header.
    pub name: String,
    /// A value for each row.
    pub cells: Cells,
}

/// The values of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Cells {
    /// Finite numbers.
    Numbers {
        /// A number for each row.
        values: Vec<f64>,
        /// Most digits after the point, where they are decimal.
        decimals: Option<u8>,
    },
    /// Texts, none of them empty.
    Texts(Vec<String>),
}

/// Classes of rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Classes {
    /// What they are called together: the column, or `class`.
    pub name: String,
    /// The name of each class.
    pub names: Vec<String>,
    /// The class of each row.
    pub of_row: Vec<u32>,
}

impl Classes {
    /// Classes that are numbers from 0.
    #[must_use]
    pub fn numbered(of_row: Vec<u32>) -> Self {
        let count = of_row.iter().max().map_or(0, |&largest| largest + 1);
        Self {
            name: "class".to_owned(),
            names: (0..count).map(|class| class.to_string()).collect(),
            of_row,
        }
    }

    /// Classes by the texts of rows; in the order of the alphabet, numbers by their value.
    #[must_use]
    pub fn of_texts(name: &str, texts: &[String]) -> Self {
        let names = distinct(texts);
        let class = |text: &String| names.iter().position(|name| name == text);
        let of_row = texts.iter().filter_map(class).map(|class| class as u32);
        Self {
            name: name.to_owned(),
            of_row: of_row.collect(),
            names,
        }
    }
}

/// The different texts, in the order of the alphabet, numbers by their value.
#[must_use]
pub fn distinct(texts: &[String]) -> Vec<String> {
    let mut names: Vec<String> = texts.to_vec();
    let number = |text: &String| text.parse::<f64>().ok();
    names.sort_by(|a, b| match (number(a), number(b)) {
        (Some(first), Some(second)) => first.total_cmp(&second),
        _ => a.cmp(b),
    });
    names.dedup();
    names
}

/// From a table's fourth column on, its columns are scaled by quantiles.
const QUANTILES_FROM: usize = 4;

impl Raw {
    /// How data like these are scaled where nobody says.
    #[must_use]
    pub fn normalize(&self) -> Normalize {
        match &self.content {
            _ if self.scaled => Normalize::None,
            Content::Table(columns) if columns.len() >= QUANTILES_FROM => Normalize::Quantile,
            Content::Table(_) => Normalize::Minmax,
            Content::Pictures { .. } => Normalize::None,
        }
    }
}

impl Content {
    /// Rows, or pictures.
    #[must_use]
    pub fn rows(&self) -> usize {
        match self {
            Self::Table(columns) => columns.first().map_or(0, |column| column.cells.len()),
            Self::Pictures { shape, values } => values.len() / shape.iter().product::<usize>(),
        }
    }
}

impl Cells {
    /// Rows.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Numbers { values, .. } => values.len(),
            Self::Texts(texts) => texts.len(),
        }
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
