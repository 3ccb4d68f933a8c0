//! One error for those who do not care which phase failed.

/// Any error of this crate: every public function's error converts to it, so that `?` fits all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A schedule, grid or plan that cannot be.
    #[error(transparent)]
    Plan(#[from] crate::diffusion::PlanError),
    /// A scheduler configuration that cannot be read.
    #[error(transparent)]
    Scheduler(#[from] crate::diffusion::SchedulerConfigError),
    /// A model that cannot be read.
    #[error(transparent)]
    Model(#[from] crate::network::ModelError),
    /// A batch that does not fit its network.
    #[error(transparent)]
    Batch(#[from] crate::batch::BatchError),
    /// A session that cannot be opened or did not finish.
    #[error(transparent)]
    Session(#[from] crate::session::SessionError),
    /// A device that cannot or did not compute.
    #[error(transparent)]
    Sampler(#[from] crate::gpu::SamplerError),
    /// The CPU engine cannot or did not compute.
    #[cfg(feature = "cpu-engine")]
    #[error(transparent)]
    Engine(#[from] crate::cpu::EngineError),
    /// A file that cannot be written.
    #[error(transparent)]
    Output(#[from] crate::output::OutputError),
    /// Samples that cannot be drawn.
    #[cfg(feature = "image-output")]
    #[error(transparent)]
    Picture(#[from] crate::output::PictureError),
    /// A Gaussian mixture that cannot be.
    #[error(transparent)]
    Mixture(#[from] crate::network::MixtureError),
    /// A variational bound that cannot be computed.
    #[error(transparent)]
    Bound(#[from] crate::metrics::BoundError),
    /// A classifier that cannot be read.
    #[error(transparent)]
    Classifier(#[from] crate::metrics::ClassifierError),
    /// Samples that cannot be compared with data.
    #[cfg(feature = "evaluate")]
    #[error(transparent)]
    Comparison(#[from] crate::metrics::ComparisonError),
    /// Moments that cannot be computed.
    #[error(transparent)]
    Moments(#[from] crate::metrics::MomentsError),
}
