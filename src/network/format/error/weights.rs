//! Why weights are refused.

use std::io;

use safetensors::Dtype;

use crate::network::format::limits::{MAX_HEADER_BYTES, MAX_TENSORS};

/// Why a `model.safetensors` was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// The file could not be read.
    #[error("reading failed: {0}")]
    Io(#[from] io::Error),
    /// The file ends before what it promises.
    #[error("the file is truncated: it has {found} of {needed} bytes")]
    Truncated {
        /// Bytes the header calls for.
        needed: u64,
        /// Bytes in the file.
        found: u64,
    },
    /// The file goes on after the last tensor.
    #[error("the file has {found} bytes, but its tensors end at {needed}")]
    TrailingBytes {
        /// Bytes the header calls for.
        needed: u64,
        /// Bytes in the file.
        found: u64,
    },
    /// The header is longer than [`MAX_HEADER_BYTES`].
    #[error("the header claims {found} bytes: at most {MAX_HEADER_BYTES} are read")]
    HeaderTooLarge {
        /// Bytes claimed.
        found: u64,
    },
    /// The header is not a JSON object of at most [`MAX_TENSORS`] tensors.
    #[error("not a safetensors header of at most {MAX_TENSORS} tensors: {0}")]
    Header(#[source] serde_json::Error),
    /// Two tensors have one name.
    #[error("tensor `{name}` is there twice")]
    DuplicateTensor {
        /// The name.
        name: String,
    },
    /// A tensor overlaps the one before it, or leaves a gap.
    #[error(
        "tensor `{name}` occupies bytes {start} to {end}, but the data before it end at {expected}"
    )]
    Offsets {
        /// The tensor.
        name: String,
        /// First byte, in the data.
        start: usize,
        /// One past the last byte.
        end: usize,
        /// Where the tensor should start.
        expected: usize,
    },
    /// A tensor's bytes do not make its shape.
    #[error("tensor `{name}` has {bytes} bytes, which is not what shape {shape:?} takes")]
    Length {
        /// The tensor.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
        /// Its bytes.
        bytes: usize,
    },
    /// The configuration calls for a tensor that is not there.
    #[error("tensor `{name}` of shape {shape:?} is missing")]
    MissingTensor {
        /// The tensor.
        name: String,
        /// The shape it should have.
        shape: Vec<usize>,
    },
    /// A tensor is there that the configuration does not call for.
    #[error("tensor `{name}` is not part of the network that config.json describes")]
    UnexpectedTensor {
        /// The tensor.
        name: String,
    },
    /// A tensor has another shape than the configuration calls for.
    #[error("tensor `{name}` has shape {found:?}, but config.json calls for {expected:?}")]
    Shape {
        /// The tensor.
        name: String,
        /// Its shape.
        found: Vec<usize>,
        /// The shape it should have.
        expected: Vec<usize>,
    },
    /// A tensor is of a type that is not read.
    #[error("tensor `{name}` is of type {found:?}: convert it to F32, F16 or BF16")]
    DataType {
        /// The tensor.
        name: String,
        /// Its type.
        found: Dtype,
    },
    /// A weight is infinite or not a number.
    #[error("tensor `{name}` has {value} at index {index}: weights must be finite")]
    NonFinite {
        /// The tensor.
        name: String,
        /// The index in its data, row-major.
        index: usize,
        /// The value.
        value: f32,
    },
    /// A tensor is there under a longer name, as wrappers of modules give it, and others are not.
    #[error(
        "tensor `{name}` is there as `{prefix}{name}`: save the module itself and not its wrapper, \
         or remove the prefix with {{k.removeprefix('{prefix}'): v for k, v in tensors.items()}}"
    )]
    Prefixed {
        /// The tensor.
        name: String,
        /// What stands before its name.
        prefix: String,
    },
    /// The names of the tensors have several prefixes, each of which could be meant.
    #[error("the tensors are there under several prefixes ({}): keep those of one", prefixes.join(", "))]
    Prefixes {
        /// The prefixes.
        prefixes: Vec<String>,
    },
    /// A tensor has more or fewer sides than a vector or a matrix.
    #[error("tensor `{name}` has shape {shape:?}: vectors and matrices are read")]
    Sides {
        /// The tensor.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
    },
    /// The tensors that the network reads have more values than are allowed.
    #[error("the tensors have {found} values together: at most {limit} are read")]
    TooLarge {
        /// Their values.
        found: usize,
        /// The most that are read.
        limit: usize,
    },
    /// The index of a model in several files is not valid.
    #[error("not a valid index of weights in several files: {0}")]
    Index(#[source] serde_json::Error),
    /// The index names a file that is not a plain name beside it.
    #[error("the index names the file `{file}`: only files beside it are read")]
    ShardName {
        /// The name.
        file: String,
    },
    /// The index names more files than are read.
    #[error("the index names {found} files: at most {limit} are read")]
    TooManyShards {
        /// Files named.
        found: usize,
        /// The most that are read.
        limit: usize,
    },
}
