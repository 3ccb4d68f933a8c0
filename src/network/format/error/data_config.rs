//! Why a `data_config.json` is refused.

/// Why a `data_config.json` was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataConfigError {
    /// Not JSON, or a key is missing, unknown, given twice, or of the wrong type; the message names
    /// it.
    #[error("not a valid data_config.json: {0}")]
    Json(#[from] serde_json::Error),
    /// Two columns, or a column and the classes, have one name.
    #[error("data_config.json has two columns called `{name}`")]
    Twice {
        /// The name.
        name: String,
    },
    /// A column cannot be read back.
    #[error("data_config.json, column `{name}`: {fault}")]
    Column {
        /// Its name.
        name: String,
        /// What is wrong.
        fault: &'static str,
    },
    /// The columns are not what a sample has.
    #[error(
        "the columns of data_config.json are {columns} values, but config.json has sample_shape {sample_shape:?}"
    )]
    Width {
        /// Values of all columns.
        columns: usize,
        /// The model's.
        sample_shape: Vec<usize>,
    },
    /// There are not as many names as classes.
    #[error("data_config.json names {named} classes, but config.json has {classes}")]
    Classes {
        /// Names.
        named: usize,
        /// Classes of the model.
        classes: usize,
    },
}
