//! What ends a command early, and the exit code that says so.

use std::fmt::{self, Display, Formatter};
use std::io;

use crate::process;
use ddim_wgpu::BatchError;
use ddim_wgpu::cpu::EngineError;
use ddim_wgpu::diffusion::{PlanError, SchedulerConfigError};
use ddim_wgpu::gpu::SamplerError;
use ddim_wgpu::metrics::{BoundError, ClassifierError, ComparisonError};
use ddim_wgpu::network::ModelError;
use ddim_wgpu::output::zarr::ZarrError;
use ddim_wgpu::output::{OutputError, PictureError};
use ddim_wgpu::session::{SessionError, SinkError};

/// Exit codes; scripts rely on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Status {
    /// Something failed on the way that is not one of the others, such as writing a file.
    Runtime = 1,
    /// The command line asks for what cannot be.
    Usage = 2,
    /// No device is what was asked for.
    NoDevice = 3,
    /// A model or an input file is bad or missing.
    BadInput = 4,
    /// The device was lost or has no memory left.
    DeviceLost = 5,
    /// A device does not compute what it should, or takes longer for it than it may.
    Unverified = 6,
    /// Ended by a signal, as shells report it for Ctrl-C.
    Interrupted = 130,
}

/// A status and one line for standard error.
#[derive(Debug)]
pub enum Failure {
    /// A failure to report.
    Failed { status: Status, message: String },
    /// The reader of our standard output has gone: nothing to report and nothing wrong.
    NobodyReads,
}

impl Failure {
    /// A failure with `message`, brought to one line.
    pub fn new(status: Status, message: impl Display) -> Self {
        // Messages of shader compilers and of clap have many lines.
        let message = message.to_string();
        let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
        Self::Failed { status, message }
    }

    pub fn usage(message: impl Display) -> Self {
        Self::new(Status::Usage, message)
    }

    pub fn bad_input(message: impl Display) -> Self {
        Self::new(Status::BadInput, message)
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed { message, .. } => message.fmt(f),
            Self::NobodyReads => "nobody reads standard output".fmt(f),
        }
    }
}

/// A session passes on what a source or a sink of the command's ended with.
impl std::error::Error for Failure {}

impl From<ModelError> for Failure {
    fn from(error: ModelError) -> Self {
        Self::bad_input(error)
    }
}

impl From<SchedulerConfigError> for Failure {
    fn from(error: SchedulerConfigError) -> Self {
        Self::bad_input(error)
    }
}

impl From<PlanError> for Failure {
    fn from(error: PlanError) -> Self {
        match error {
            // What the file says, whatever the options.
            PlanError::Config(_)
            | PlanError::Overflow { .. }
            | PlanError::NoEpsilonAtCleanLevel { .. } => Self::bad_input(error),
            _ => Self::usage(error),
        }
    }
}

impl From<ClassifierError> for Failure {
    fn from(error: ClassifierError) -> Self {
        Self::bad_input(error)
    }
}

impl From<ComparisonError> for Failure {
    fn from(error: ComparisonError) -> Self {
        match error {
            ComparisonError::TooFew { .. } => Self::bad_input(error),
            ComparisonError::NoReference => {
                Self::usage(format_args!("{error} as --reference FILE.npy"))
            }
            // Of samples that a run has made.
            _ => Self::new(Status::Runtime, error),
        }
    }
}

impl From<BoundError> for Failure {
    fn from(error: BoundError) -> Self {
        Self::usage(error)
    }
}

impl From<BatchError> for Failure {
    fn from(error: BatchError) -> Self {
        match error {
            BatchError::InitialLength { .. }
            | BatchError::InitialValue { .. }
            | BatchError::InpaintLength { .. }
            | BatchError::InpaintValue { .. }
            | BatchError::ConditionLength { .. }
            | BatchError::ConditionCount { .. }
            | BatchError::ConditionValue { .. }
            | BatchError::MaskValue { .. } => Self::bad_input(error),
            _ => Self::usage(error),
        }
    }
}

impl From<PictureError> for Failure {
    fn from(error: PictureError) -> Self {
        Self::usage(error)
    }
}

impl From<OutputError> for Failure {
    fn from(error: OutputError) -> Self {
        match &error {
            OutputError::Write { path, source }
                if process::is_stdout(path) && source.kind() == io::ErrorKind::BrokenPipe =>
            {
                Self::NobodyReads
            }
            _ => Self::new(Status::Runtime, error),
        }
    }
}

impl From<SamplerError> for Failure {
    fn from(error: SamplerError) -> Self {
        let status = match &error {
            SamplerError::Batch(batch) => return batch.clone().into(),
            SamplerError::Plan(plan) => return plan.clone().into(),
            SamplerError::NoAdapter { .. } | SamplerError::AdapterGone { .. } => Status::NoDevice,
            SamplerError::OutOfMemory { .. }
            | SamplerError::DeviceLost
            | SamplerError::Timeout { .. } => Status::DeviceLost,
            _ => Status::Runtime,
        };
        Self::new(status, error)
    }
}

impl From<SessionError> for Failure {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Gpu(error) => error.into(),
            SessionError::Engine(error) => error.into(),
            SessionError::Plan(error) => error.into(),
            SessionError::Batch(error) => error.into(),
            SessionError::NoCpuEngine { .. } => Self::new(Status::NoDevice, error),
            SessionError::WrongAnswer { .. } => Self::new(Status::Unverified, error),
            SessionError::OutOfMemory { .. } => Self::new(Status::DeviceLost, error),
            SessionError::Classes { .. } => Self::usage(error),
            SessionError::Cancelled => Self::new(Status::Interrupted, error),
            SessionError::Sink { source, .. } | SessionError::Source { source, .. } => {
                source.into()
            }
            _ => Self::new(Status::Runtime, error),
        }
    }
}

/// What a sink or a source of the command's ended with.
impl From<SinkError> for Failure {
    fn from(error: SinkError) -> Self {
        let error = match error.downcast::<Self>() {
            Ok(failure) => return *failure,
            Err(error) => error,
        };
        let error = match error.downcast::<OutputError>() {
            Ok(error) => return (*error).into(),
            Err(error) => error,
        };
        match error.downcast::<ZarrError>() {
            Ok(error) => (*error).into(),
            Err(error) => Self::new(Status::Runtime, error),
        }
    }
}

impl From<ZarrError> for Failure {
    fn from(error: ZarrError) -> Self {
        match error {
            ZarrError::NotEmpty { .. }
            | ZarrError::TooManyChunks { .. }
            | ZarrError::OtherRun { .. }
            | ZarrError::OtherClass { .. } => Self::usage(error),
            ZarrError::Foreign { .. } | ZarrError::Chunk { .. } => Self::bad_input(error),
            _ => Self::new(Status::Runtime, error),
        }
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Batch(batch) => batch.into(),
            EngineError::Plan(plan) => plan.into(),
            EngineError::OutOfMemory { .. } => Self::new(Status::DeviceLost, error),
            _ => Self::new(Status::Runtime, error),
        }
    }
}

/// Writing to standard output.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::NobodyReads
        } else {
            Self::new(
                Status::Runtime,
                format_args!("cannot write to standard output: {error}"),
            )
        }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        io::Error::from(error).into()
    }
}
