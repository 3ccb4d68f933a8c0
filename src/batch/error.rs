//! What can be wrong with a batch.

/// Why a batch does not fit a model.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BatchError {
    /// No samples are asked for.
    #[error("a batch of 0 samples: ask for at least one")]
    Empty,
    /// The batch does not fit memory, or the global index of its last sample does not fit 64 bits.
    #[error(
        "{count} samples of {dims} values from sample {sample_offset} on: more than can be addressed"
    )]
    TooLarge {
        /// Samples asked for.
        count: usize,
        /// Values in one sample.
        dims: usize,
        /// Global index of the first sample.
        sample_offset: u64,
    },
    /// A class for a model that has none.
    #[error("a class is asked for, but the model has no classes")]
    NoClasses,
    /// A class the model does not have.
    #[error("class {class} does not exist: the model has classes 0 to {}", num_classes - 1)]
    NoSuchClass {
        /// The class asked for.
        class: u32,
        /// Classes of the model.
        num_classes: usize,
    },
    /// The list of classes is not as long as the batch.
    #[error("{found} classes for {count} samples: give one for each")]
    ClassCount {
        /// Classes given.
        found: usize,
        /// Samples asked for.
        count: usize,
    },
    /// Guidance other than 1 without a class to guide to.
    #[error("guidance {guidance} needs a class to guide to")]
    GuidanceWithoutClass {
        /// The guidance.
        guidance: f32,
    },
    /// Guidance is not a number.
    #[error("guidance is {guidance}: it must be finite")]
    Guidance {
        /// The guidance.
        guidance: f32,
    },
    /// The given x_T is not of the batch's size.
    #[error("the initial state has {found} values, but {count} samples of {dims} are {}", count * dims)]
    InitialLength {
        /// Values given.
        found: usize,
        /// Samples asked for.
        count: usize,
        /// Values in one sample.
        dims: usize,
    },
    /// The given x_T has a value that is infinite or not a number.
    #[error("the initial state has {value} at index {index}: it must be finite")]
    InitialValue {
        /// Its index.
        index: usize,
        /// The value.
        value: f32,
    },
    /// What is to be kept is not of the batch's size.
    #[error("the {what} has {found} values, but {count} samples of {dims} are {}", count * dims)]
    InpaintLength {
        /// Data or mask.
        what: &'static str,
        /// Values given.
        found: usize,
        /// Samples asked for.
        count: usize,
        /// Values in one sample.
        dims: usize,
    },
    /// Data to keep that are infinite or not a number.
    #[error("the data to keep have {value} at index {index}: it must be finite")]
    InpaintValue {
        /// Its index.
        index: usize,
        /// The value.
        value: f32,
    },
    /// A mask that is not from 0 to 1.
    #[error("the mask has {value} at index {index}: it must be from 0 (keep) to 1 (make new)")]
    MaskValue {
        /// Its index.
        index: usize,
        /// The value.
        value: f32,
    },
    /// Inpainting in a batch that is to be encoded.
    #[error("a mask and fixed-point encoding exclude each other: encoding makes nothing new")]
    InpaintWhileEncoding,
    /// A model that knows no "no class" is not given one.
    #[error("the model needs a class for each sample: it has classes 0 to {}", num_classes - 1)]
    ClassNeeded {
        /// Classes of the model.
        num_classes: usize,
    },
    /// Guidance for a model that has no unconditional output.
    #[error(
        "the model cannot be guided: it has no row for \"no class\", or its config.json names no \
         unconditional value of a condition"
    )]
    NotGuidable,
    /// A condition that the model does not have.
    #[error("the model has no condition `{name}`: it has {}", if known.is_empty() { "none" } else { known })]
    NoSuchCondition {
        /// The name.
        name: String,
        /// The names there are, separated by commas.
        known: String,
    },
    /// A condition that the model needs is not given.
    #[error("the model needs the condition `{name}`, {width} values for each sample")]
    ConditionNeeded {
        /// Its name.
        name: String,
        /// Its values.
        width: usize,
    },
    /// The values of a condition are not whole rows.
    #[error("the condition `{name}` has {found} values: give rows of {width}")]
    ConditionLength {
        /// Its name.
        name: String,
        /// Values given.
        found: usize,
        /// Values of a row.
        width: usize,
    },
    /// A condition has fewer rows than there are samples for.
    #[error(
        "the condition `{name}` has {found} rows, but the batch's last sample takes row {}: give more \
         rows, or more samples to a row",
        needed - 1
    )]
    ConditionCount {
        /// Its name.
        name: String,
        /// Rows given.
        found: usize,
        /// Rows needed.
        needed: u64,
    },
    /// A condition has a value that is infinite or not a number.
    #[error("the condition `{name}` has {value} at index {index}: it must be finite")]
    ConditionValue {
        /// Its name.
        name: String,
        /// The index.
        index: usize,
        /// The value.
        value: f32,
    },
}
