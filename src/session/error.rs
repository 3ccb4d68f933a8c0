//! Why a session cannot be opened or does not finish.

use crate::batch::BatchError;
#[cfg(feature = "cpu-engine")]
use crate::cpu::EngineError;
use crate::diffusion::PlanError;
use crate::gpu::SamplerError;

/// Why a sink did not take a part, or a source did not give one; a boxed error of its own.
pub type SinkError = Box<dyn std::error::Error + Send + Sync>;

/// Why a session cannot be opened or does not finish.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// The device cannot compute or did not.
    #[error(transparent)]
    Gpu(#[from] SamplerError),
    /// The CPU engine cannot compute.
    #[cfg(feature = "cpu-engine")]
    #[error(transparent)]
    Engine(EngineError),
    /// The plan is not of a kind that this can be done with.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The batch does not fit the model.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// The CPU engine is asked for, or is all that is left, in a build without it.
    #[error(
        "{reason}, and this build has no CPU engine: enable the feature `cpu-engine`, or a wgpu backend and a driver"
    )]
    NoCpuEngine {
        /// Why the CPU engine was selected.
        reason: &'static str,
    },
    /// A device that was just opened computes wrong values.
    #[error(
        "{device} computes wrong values: {what} {index} is {found}, not {expected}. Run `ddim verify` on it, or choose another device"
    )]
    WrongAnswer {
        /// Name of the device.
        device: String,
        /// What was computed.
        what: &'static str,
        /// Index of the first wrong value.
        index: usize,
        /// The value, as a number or its bits.
        found: String,
        /// The right value.
        expected: String,
    },
    /// Data to encode are missing.
    #[error("the batch has no initial state: give it the data to encode")]
    NoData,
    /// The plan does not run from data to noise.
    #[error("the plan decodes, it does not encode: build it with `Plan::encode`")]
    NotAnEncoding,
    /// A frame is asked for past the plan's end, out of order, or of x̂₀ before the first stage.
    #[error("frame after {stage} stages: frames are in rising order, from {first} to {stages}")]
    Frame {
        /// The stages after which it is asked for.
        stage: usize,
        /// The first that there is.
        first: usize,
        /// Stages of the plan.
        stages: usize,
    },
    /// The sink did not take a part.
    #[error("samples {first} and following could not be stored: {source}")]
    Sink {
        /// Index in the batch of the part's first sample.
        first: usize,
        /// The sink's reason.
        source: SinkError,
    },
    /// The source did not give a part.
    #[error("samples {first} and following: {source}")]
    Source {
        /// Index of the part's first sample.
        first: usize,
        /// The source's reason.
        source: SinkError,
    },
    /// Devices whose samples do not have the same bits are to make one run.
    #[error(
        "`{first}` and `{other}` are devices of different classes, and bits agree within a class only: \
         choose one of them, or allow them to be mixed"
    )]
    Classes {
        /// The class of the first device.
        first: String,
        /// Another's.
        other: String,
    },
    /// The caller's memory is not of the batch's length.
    #[error("the output has room for {found} values, but the batch has {expected}")]
    OutputLength {
        /// Values that there is room for.
        found: usize,
        /// Values of the batch.
        expected: usize,
    },
    /// There is no memory for the samples.
    #[error(
        "no memory for {bytes} bytes of samples: make fewer at a time, or stream them with `sample_into`"
    )]
    OutOfMemory {
        /// Bytes asked for at once.
        bytes: usize,
    },
    /// The callback asked to stop.
    #[error("stopped before the end")]
    Cancelled,
}

#[cfg(feature = "cpu-engine")]
impl From<EngineError> for SessionError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Batch(batch) => Self::Batch(batch),
            EngineError::Plan(plan) => Self::Plan(plan),
            EngineError::NoData => Self::NoData,
            EngineError::OutOfMemory { bytes } => Self::OutOfMemory { bytes },
            EngineError::Cancelled => Self::Cancelled,
            error => Self::Engine(error),
        }
    }
}
