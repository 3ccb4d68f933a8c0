//! What several test modules share.

pub(crate) mod backends;
pub(crate) mod compute;
pub(crate) mod golden_models;
pub(crate) mod goldens;
mod gpu_backends;
pub(crate) mod noise_vectors;
pub(crate) mod quantile;
pub(crate) mod random_model;
pub(crate) mod rows;
