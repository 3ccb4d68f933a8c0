//! One row of a plan: everything one dispatch does, as numbers.

pub(super) mod coefficients;
pub(super) mod error;
pub(super) mod history;
pub(super) mod update;
