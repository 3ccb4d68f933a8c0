//! One error for those who do not care which phase failed.

/// Any error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A schedule, grid or plan that cannot be.
    #[error(transparent)]
    Plan(#[from] crate::diffusion::PlanError),
    /// A model that cannot be read.
    #[error(transparent)]
    Model(#[from] crate::network::ModelError),
    /// A batch that does not fit its network.
    #[error(transparent)]
    Batch(#[from] crate::batch::BatchError),
    /// A device that cannot or did not compute.
    #[error(transparent)]
    Sampler(#[from] crate::gpu::SamplerError),
}
