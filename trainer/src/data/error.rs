//! Why data are refused: one line each, with the place.

use std::path::PathBuf;

/// Why data were refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// A file cannot be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: std::io::Error,
    },
    /// It is neither a file of a known kind nor a folder.
    #[error(
        "{}: data are a .csv, a .npy, MNIST's -ubyte.gz, a .png or .jpg to take points from, or a folder of them", path.display()
    )]
    Kind {
        /// What was given.
        path: PathBuf,
    },
    /// A `.npy` is broken, or has a value that is not finite.
    #[error("{}: {reason}", path.display())]
    Npy {
        /// The file.
        path: PathBuf,
        /// What its reader says.
        reason: String,
    },
    /// A file by MNIST's name is none of its format.
    #[error("{}: {reason}", path.display())]
    Idx {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A drawing is all white or all transparent.
    #[error("{} has no ink: points are taken from what is dark on a light or transparent ground", path.display())]
    NoInk {
        /// The drawing.
        path: PathBuf,
    },
    /// An array has a shape that is no data's.
    #[error("{}: shape {shape:?}, expected {expected}", path.display())]
    Shape {
        /// The file.
        path: PathBuf,
        /// Its shape.
        shape: Vec<usize>,
        /// What would do.
        expected: &'static str,
    },
    /// A line of a table has another number of fields than its header.
    #[error("{}, row {row} (line {line}): {found} fields, but the header has {expected}", path.display())]
    Ragged {
        /// The file.
        path: PathBuf,
        /// From 1, after the header.
        row: u64,
        /// In the file, from 1.
        line: u64,
        /// Fields of the line.
        found: u64,
        /// Fields of the header.
        expected: u64,
    },
    /// A table's text cannot be read.
    #[error("{}: {reason}", path.display())]
    Csv {
        /// The file.
        path: PathBuf,
        /// What its reader says.
        reason: String,
    },
    /// A field is no value of its column.
    #[error("{}, row {row}, column `{column}`: {found:?} is {fault}", path.display())]
    Field {
        /// The file.
        path: PathBuf,
        /// From 1, after the header.
        row: usize,
        /// The column.
        column: String,
        /// What the field says.
        found: String,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// A column was named that is not there.
    #[error("{} has no column `{column}`: it has {}", path.display(), columns.join(", "))]
    NoColumn {
        /// The file.
        path: PathBuf,
        /// The name given.
        column: String,
        /// The names there are.
        columns: Vec<String>,
    },
    /// The header has a name twice.
    #[error("{} has two columns called `{column}`", path.display())]
    ColumnTwice {
        /// The file.
        path: PathBuf,
        /// The name.
        column: String,
    },
    /// A condition is a column of texts.
    #[error("{}, column `{column}`: a condition is a number; texts are classes (--class-column)", path.display())]
    TextCondition {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
    },
    /// A column has one value in all rows.
    #[error("column `{column}` is {value} in every row: leave it out by --columns")]
    Constant {
        /// The column.
        column: String,
        /// The value.
        value: String,
    },
    /// A column of texts has too many of them to be categories.
    #[error(
        "column `{column}` has {found} different texts in {rows} rows, which are no categories: leave it out by --columns"
    )]
    TooManyTexts {
        /// The column.
        column: String,
        /// Different texts.
        found: usize,
        /// Rows.
        rows: usize,
    },
    /// All rows are of one class.
    #[error("`{column}` gives every row the class {class}: leave the classes out")]
    OneClass {
        /// Where the classes come from.
        column: String,
        /// The class.
        class: String,
    },
    /// Classes were given twice, or for data that have none.
    #[error("{0}")]
    Classes(String),
    /// Conditions were given twice.
    #[error("{0}")]
    Conditions(String),
    /// There are not as many classes, or conditions, as rows.
    #[error("{}: {found} {what} for {rows} rows", path.display())]
    Count {
        /// `classes` or `conditions`.
        what: &'static str,
        /// Their file.
        path: PathBuf,
        /// Its entries.
        found: usize,
        /// Rows of the data.
        rows: usize,
    },
    /// A class is not a whole number from 0.
    #[error("{}, row {row}: {found} is no class, which are whole numbers from 0 to 65,535", path.display())]
    Class {
        /// The file of classes.
        path: PathBuf,
        /// From 1.
        row: usize,
        /// What it says.
        found: f32,
    },
    /// A file in a folder of pictures is no picture.
    #[error("{} is no picture that can be read: {reason}", path.display())]
    Picture {
        /// The file.
        path: PathBuf,
        /// What its reader says.
        reason: String,
    },
    /// A folder has no pictures.
    #[error("{} has no .png or .jpg", path.display())]
    NoPictures {
        /// The folder.
        path: PathBuf,
    },
    /// A folder has pictures beside folders of pictures.
    #[error("{} has pictures both in it and in folders of it: classes are folders, for all pictures or none", path.display())]
    Mixed {
        /// The folder.
        path: PathBuf,
    },
    /// A value of a picture is outside of what the network's are.
    #[error(
        "pixels from {low} to {high}: pictures are u8, u16, or floats from -1 to 1 (--normalize minmax scales others)"
    )]
    Range {
        /// The least value.
        low: f32,
        /// The largest.
        high: f32,
    },
    /// There are fewer rows to train on than a step takes.
    #[error("{rows} rows to train on ({held_out} are held out) are fewer than a batch of {batch}")]
    TooFew {
        /// Rows to train on.
        rows: usize,
        /// Rows held out.
        held_out: usize,
        /// Rows of a batch.
        batch: usize,
    },
    /// An option that these data have no use for.
    #[error("{option} is for {kind}, and {} is not", path.display())]
    NotFor {
        /// The option.
        option: &'static str,
        /// What it is for.
        kind: &'static str,
        /// The data.
        path: PathBuf,
    },
}

impl DataError {
    /// Wraps an I/O error with the path it happened at.
    pub fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}
