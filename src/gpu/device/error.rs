//! Errors between a plan and its samples on a GPU.

use crate::batch::BatchError;
use crate::diffusion::PlanError;

/// The reason a sampler could not be built, prepared, run or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SamplerError {
    /// A batch that this network cannot take.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// A plan that this cannot be done with.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// There is nothing to encode.
    #[error("the batch has no initial state: give it the data to encode")]
    NoData,
    /// A network whose registers fit no workgroup of this device.
    #[error(
        "register {register:?} ({width} values) and those needed with it take {needed} bytes a \
         sample, more than the device's max_compute_workgroup_storage_size of {limit}: ask for a \
         larger one, or use the CPU engine"
    )]
    RegistersTooWide {
        /// The register that is the last to find a place.
        register: String,
        /// Its values.
        width: usize,
        /// Bytes that one sample takes.
        needed: u64,
        /// What a workgroup has.
        limit: u64,
    },
    /// A network whose registers fit no workgroup that computes on the device's matrix units.
    #[error(
        "register {register:?} ({width} values) and those needed with it take {needed} bytes for \
         the {samples} samples that matrix units multiply at a time, more than the device's \
         max_compute_workgroup_storage_size of {limit}: ask for a larger one, or for no kernel by \
         name, so that the network runs without the units"
    )]
    MatrixTileTooWide {
        /// The register that is the last to find a place.
        register: String,
        /// Its values.
        width: usize,
        /// Samples that a workgroup carries at least: the side of the units' squares.
        samples: u32,
        /// Bytes that these take.
        needed: u64,
        /// What a workgroup has.
        limit: u64,
    },
    /// A hidden layer that fits no workgroup of this device.
    #[error(
        "hidden size {hidden_size} does not fit a workgroup of this device (at most {limit}): \
         ask for a larger max_compute_workgroup_storage_size, or use the CPU engine"
    )]
    HiddenTooWide {
        /// Width of the model's hidden layers.
        hidden_size: usize,
        /// The widest this device takes.
        limit: usize,
    },
    /// Something that cannot be split is larger than the device allows.
    #[error("{what} need {needed}, more than the device's {limit_name} of {limit}")]
    LimitExceeded {
        /// What it is.
        what: &'static str,
        /// Its size, in bytes or in pixels.
        needed: u64,
        /// Name of the limit in `wgpu::Limits`.
        limit_name: &'static str,
        /// The device's value of it.
        limit: u64,
    },
    /// A plan with more rows than the sampler has room for.
    #[error(
        "the plan has {rows} rows, but this sampler was made for at most {capacity}: \
         set SamplerOptions::row_capacity"
    )]
    PlanTooLong {
        /// Rows of the plan.
        rows: usize,
        /// Rows the sampler's tables hold.
        capacity: usize,
    },
    /// A batch that differs from the run's in a property that its buffers were made for.
    #[error("the run was prepared {prepared}, but the batch comes {found}: prepare a run for it")]
    BatchShape {
        /// The property as the run was prepared.
        prepared: BatchTrait,
        /// The property of the batch.
        found: BatchTrait,
    },
    /// A run that another sampler prepared: its buffers are bound to the
    /// other's tables and layouts.
    #[error("the run was prepared by another sampler: prepare one with this sampler")]
    ForeignRun,
    /// A run that another call is submitting, perhaps on another thread.
    #[error("another call is submitting this run: wait for it, or prepare a run for each thread")]
    Busy,
    /// An option that takes a feature which the device was opened without.
    #[error("{what} takes the feature {feature}, which this device was opened without")]
    MissingFeature {
        /// The option.
        what: &'static str,
        /// Name of the feature in `wgpu::Features`.
        feature: &'static str,
    },
    /// A kernel whose results on this device differ from its twin's.
    #[error("{what} is not to be used on this device: {detail}")]
    Unproved {
        /// The kernel.
        what: &'static str,
        /// Where it differs, or why it does not run.
        detail: String,
    },
    /// A plan that asks for dynamic thresholding, brought to a sampler whose first plan did not: it
    /// has no kernel for it.
    #[error(
        "the sampler was made without dynamic thresholding: set SamplerOptions::dynamic_threshold"
    )]
    DynamicThreshold,
    /// A plan that looks back on more than the last x̂₀, brought to a sampler whose first plan did
    /// not: its runs have no memory for it.
    #[error(
        "the sampler was made for plans that look back on one row at most: set SamplerOptions::history"
    )]
    History,
    /// A plan that clips noise, ε̂ or the last state, brought to a sampler whose first plan did not.
    #[error(
        "the sampler was made without clips of noise, epsilon and the last state: set SamplerOptions::clips"
    )]
    Clips,
    /// A picture of samples that are no images.
    #[error(
        "samples of shape {sample_shape:?} are no images: \
         [channels, height, width] with 1 or 3 channels are"
    )]
    NotImages {
        /// Shape of one sample.
        sample_shape: Vec<usize>,
    },
    /// The driver refused a shader or an object; a fault of this crate, of a caller's WGSL, or of
    /// the driver.
    #[error("the device refused {what}: {message}")]
    Refused {
        /// Label of the object.
        what: &'static str,
        /// The device's message.
        message: String,
    },
    /// The device, or the host for what comes back from it, has no memory left.
    #[error("out of memory for {what}: sample fewer at a time")]
    OutOfMemory {
        /// What was being allocated.
        what: &'static str,
    },
    /// The device was lost: by a driver's reset, by an unplugged card, or by its owner's
    /// `Device::destroy`.
    #[error("the device was lost")]
    DeviceLost,
    /// A run of which a submission failed: its state is undefined until rows from row 0 on have
    /// run.
    #[error(
        "the run failed before, so its state is unknown: start it again from row 0, or prepare another"
    )]
    Poisoned,
    /// An adapter that was listed but gives no device: it was removed, or its driver has failed.
    #[error("{name} gives no device: {message}")]
    AdapterGone {
        /// The adapter.
        name: String,
        /// What the driver says.
        message: String,
    },
    /// The device did not answer in time.
    #[error("the device did not answer within {seconds} s")]
    Timeout {
        /// How long was waited.
        seconds: f64,
    },
    /// No adapter fits what was asked for.
    #[error("no such device: {wanted}; candidates: {candidates}")]
    NoAdapter {
        /// What was asked for.
        wanted: String,
        /// What there is, one name after another.
        candidates: String,
    },
}

impl SamplerError {
    /// Whether it says something of the device, and not of what was asked of it: trying something else there is of
    /// no use.
    pub(crate) const fn is_of_device(&self) -> bool {
        matches!(
            self,
            Self::DeviceLost | Self::OutOfMemory { .. } | Self::Timeout { .. }
        )
    }
}

/// A property of a batch that the buffers of its run depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BatchTrait {
    /// The number of samples.
    Count(usize),
    /// Presence of an initial state.
    Initial(bool),
    /// Presence of known data and a mask.
    Inpainting(bool),
}

impl std::fmt::Display for BatchTrait {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let with = |there: &bool| if *there { "with" } else { "without" };
        match self {
            Self::Count(count) => write!(f, "with {count} samples"),
            Self::Initial(there) => write!(f, "{} an initial state", with(there)),
            Self::Inpainting(there) => write!(f, "{} data to keep", with(there)),
        }
    }
}
