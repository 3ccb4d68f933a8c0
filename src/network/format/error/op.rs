//! Why an operation of the layers format is refused.

/// What is wrong with an operation of the `layers` architecture.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpError {
    /// A key is missing, unknown or of the wrong type, or the operation or function is unknown.
    #[error("{0}")]
    Json(serde_json::Error),
    /// A register is read that nothing before has written.
    #[error("the register `{register}` is read before it is written")]
    NotWritten {
        /// The register.
        register: String,
    },
    /// A register is written that is there already.
    #[error("the register `{register}` is there already: a register is written once")]
    WrittenTwice {
        /// The register.
        register: String,
    },
    /// It reads nothing.
    #[error("it reads no register")]
    NoOperands,
    /// The class is used as if it were a number.
    #[error("`class` is an index: only `embedding` reads it")]
    ClassAsNumber,
    /// An embedding of something that is neither the level nor the class.
    #[error("an embedding is read by `t` or `class`, not by `{register}`")]
    EmbeddingOf {
        /// The register.
        register: String,
    },
    /// An embedding of `t` in a model that is told other numbers than integers.
    #[error("an embedding of `t` needs levels that are integers")]
    EmbeddingOfFraction,
    /// An embedding has too few rows.
    #[error("the embedding has {found} rows, but {needed} are needed")]
    EmbeddingRows {
        /// Rows of the tensor.
        found: usize,
        /// The largest index that it is read by, and one.
        needed: usize,
    },
    /// An affine that neither multiplies nor adds.
    #[error("an affine needs `scale` or `shift`")]
    NothingToDo,
    /// A batch normalisation without the prefix of its statistics.
    #[error("a batch norm needs `prefix`, the name of its running statistics")]
    NoPrefix,
    /// A name that is neither a register nor a tensor.
    #[error("`{name}` is neither a register nor a tensor of the weights")]
    Unknown {
        /// The name.
        name: String,
    },
    /// A tensor has another shape than the operation needs.
    #[error("tensor `{name}` has shape {found:?}, but {expected:?} is needed here")]
    TensorShape {
        /// The tensor.
        name: String,
        /// Its shape.
        found: Vec<usize>,
        /// The shape it should have; 0 stands for any side.
        expected: Vec<usize>,
    },
    /// A tensor that the operation names is not there.
    #[error("tensor `{name}` is missing")]
    NoTensor {
        /// The tensor.
        name: String,
    },
    /// Widths that should be equal are not.
    #[error("{what} has {found} values, but {expected} are needed")]
    Width {
        /// Which register or tensor.
        what: String,
        /// Its values.
        found: usize,
        /// The values there should be.
        expected: usize,
    },
    /// The rows of a matrix that are asked for are not there.
    #[error("rows {from} to {to} are asked for, but tensor `{name}` has {found}")]
    Rows {
        /// The tensor.
        name: String,
        /// The first row.
        from: usize,
        /// One past the last row.
        to: usize,
        /// Rows of the tensor.
        found: usize,
    },
    /// The groups of a normalisation do not divide the row.
    #[error("{width} values cannot be divided into {groups} groups")]
    Groups {
        /// Values of the row.
        width: usize,
        /// The groups.
        groups: usize,
    },
    /// A number is not usable.
    #[error("{key} is {value}: it must be {requirement}")]
    Number {
        /// The key.
        key: &'static str,
        /// What the file says.
        value: f64,
        /// What would do.
        requirement: &'static str,
    },
    /// A register is wider than is read.
    #[error("the register has {found} values: at most {limit} are read")]
    RegisterWidth {
        /// Its width.
        found: usize,
        /// The most that is read.
        limit: usize,
    },
}
