//! The mathematics of sampling, on the host and in `f64`: no GPU, no network.
//!
//! ```text
//! NoiseSchedule   (ᾱ of every training level) ─┐
//! TimestepGrid    (which levels a run visits)  ─┼─▶ StageCoefficients, one row per dispatch ─▶ Plan
//! SchedulerConfig (prediction, clipping, …)    ─┘
//! ```
//!
//! A sampler is a table. Every row is the same update with other numbers, so a kernel knows nothing
//! of DDIM or DDPM; see [`StageCoefficients`]. Coefficients are computed here once, in `f64`, and
//! rounded to `f32` once, where they are uploaded.
//!
//! Notation: `ᾱ_t` (`alpha_bar`) is the share of the signal's variance left at level `t`, so that
//! `q(x_t | x_0) = N(√ᾱ_t·x_0, (1 − ᾱ_t)·I)`; `a` is the level the state is at and `p` the level
//! the step goes to. It is Ho et al. 2020 (DDPM) `ᾱ`, and what Song et al. 2021 (DDIM) write `α`.

mod config;
mod named_enum;
mod plan;
mod schedule;
mod solver;
mod stage;

pub use config::clipping::Clipping;
pub use config::clips::Clips;
pub use config::config::{Ending, FinalLevel, SchedulerConfig};
pub use config::error::SchedulerConfigError;
pub use config::names::{
    EncodeConvention, LevelSpacing, PredictionType, Process, SamplerKind, Spacing, TimestepSpacing,
    Variance,
};
pub use config::timesteps::{TimestepError, TimestepGrid};
pub use config::wrap::Wrap;
pub use named_enum::UnknownName;
pub use plan::Plan;
pub use plan::builder::PlanBuilder;
pub use schedule::continuous::ContinuousSchedule;
pub use schedule::discrete::NoiseSchedule;
pub use schedule::error::ScheduleError;
pub use schedule::named::BetaSchedule;
pub use schedule::noise_level::NoiseLevel;
pub use solver::forward::Forward;
pub use solver::posterior::Posterior;
pub use stage::coefficients::StageCoefficients;
pub use stage::error::PlanError;
pub use stage::history::{History, Kept};
