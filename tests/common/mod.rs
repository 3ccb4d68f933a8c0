//! What several test modules share.

pub(crate) mod compute;
pub(crate) mod noise_vectors;
pub(crate) mod quantile;
