//! Which class the samples of a batch are given.

/// Which class each sample of a batch is given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ClassChoice {
    /// None: a model with classes uses its unconditional row.
    #[default]
    None,
    /// The same for all.
    One(u32),
    /// Sample `i` gets `i mod num_classes`, where `i` is the global index.
    Cyclic,
    /// The classes of a list in turn: sample `i` gets the one at `i mod length`, where `i` is the
    /// global index. Not empty.
    Listed(Vec<u32>),
    /// One for each sample of the batch.
    PerSample(Vec<u32>),
}
