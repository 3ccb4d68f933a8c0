//! The mathematics of sampling, on the host and in `f64`: no GPU, no network.
//!
//! ```text
//! NoiseSchedule   (ᾱ of every training level) ─┐
//! TimestepGrid    (which levels a run visits)  ─┼─▶ StepCoefficients, one row per dispatch ─▶ Plan
//! SchedulerConfig (prediction, clipping, …)    ─┘
//! ```
//!
//! A sampler is a table. Every row is the same update with other numbers, so a kernel knows nothing of DDIM or DDPM; see
//! [`StepCoefficients`]. Coefficients are computed here once, in `f64`, and rounded to `f32` once, where they are uploaded.
//!
//! Notation: `ᾱ_t` (`alpha_bar`) is the share of the signal's variance left at level `t`, so that
//! `q(x_t | x_0) = N(√ᾱ_t·x_0, (1 − ᾱ_t)·I)`; `a` is the level the state is at and `p` the level the step goes to.
//! It is Ho et al. 2020 (DDPM) `ᾱ`, and what Song et al. 2021 (DDIM) write `α`.

mod coefficients;
mod continuous;
mod forward;
mod level;
mod named_schedules;
mod names;
mod plan;
mod plan_builder;
mod plan_error;
mod quadrature;
mod rows;
mod schedule;
mod scheduler_config;
mod scheduler_json;
mod timesteps;
mod updates;

pub use coefficients::StepCoefficients;
pub use continuous::ContinuousSchedule;
pub use forward::Forward;
pub use level::NoiseLevel;
pub use names::{
    BetaSchedule, EncodeConvention, PredictionType, SamplerKind, TimestepSpacing, UnknownName,
    Variance,
};
pub use plan::{Plan, Process};
pub use plan_builder::PlanBuilder;
pub use plan_error::PlanError;
pub use schedule::{NoiseSchedule, ScheduleError};
pub use scheduler_config::{Clipping, FinalLevel, SchedulerConfig, SchedulerConfigError};
pub use timesteps::{TimestepError, TimestepGrid};
