//! How much noise there is: levels, and the schedules that networks are trained on.

pub(super) mod continuous;
pub(super) mod discrete;
pub(super) mod error;
pub(super) mod named;
pub(super) mod noise_level;
mod quadrature;
