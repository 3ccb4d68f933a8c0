//! Which class the samples of a batch are given.

/// Which class each sample of a batch is given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ClassChoice {
    /// None: the class-free row of a model with classes.
    #[default]
    None,
    /// The same for all.
    One(u32),
    /// Sample `i` gets `i mod num_classes`, where `i` is the global index.
    Cyclic,
    /// One for each sample of the batch.
    PerSample(Vec<u32>),
}
