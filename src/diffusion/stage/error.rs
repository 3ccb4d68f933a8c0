//! What can be wrong with the settings of a plan.

use crate::diffusion::config::error::SchedulerConfigError;
use crate::diffusion::config::names::Process;
use crate::diffusion::config::timesteps::TimestepError;

/// Why a plan cannot be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// The timestep grid cannot be made.
    #[error(transparent)]
    Timesteps(#[from] TimestepError),
    /// The scheduler configuration is not usable.
    #[error(transparent)]
    Config(#[from] SchedulerConfigError),
    /// `η` is negative, infinite or not a number.
    #[error("eta is {eta}: it must be at least 0 and finite (0 is deterministic, 1 is DDPM)")]
    Eta {
        /// The value.
        eta: f64,
    },
    /// A limit that is not above 0, or infinite or not a number, in `f32` too.
    #[error("{option} is {limit}: it must be above 0 and finite, in single precision")]
    Clip {
        /// The option.
        option: &'static str,
        /// The value.
        limit: f64,
    },
    /// A `σ` of the caller's is negative, infinite or not a number.
    #[error("sigma[{index}] is {sigma}: it must be at least 0 and finite")]
    Sigma {
        /// Step, from 0.
        index: usize,
        /// The value.
        sigma: f64,
    },
    /// Not one `σ` for every step.
    #[error("{sigmas} sigmas for {steps} steps: give one for every step, in the order run")]
    SigmaCount {
        /// How many were given.
        sigmas: usize,
        /// How many steps there are.
        steps: usize,
    },
    /// More noise than the level that the step goes to can hold.
    #[error(
        "step {index} (timestep {timestep}): sigma^2 is {sigma_squared}, above 1 - alpha_bar = {limit} of the level it \
         goes to; use less noise"
    )]
    TooMuchNoise {
        /// Row, from 0.
        index: usize,
        /// Its timestep.
        timestep: f64,
        /// The variance asked for.
        sigma_squared: f64,
        /// The largest possible.
        limit: f64,
    },
    /// Two settings that exclude each other.
    #[error("{first} and {second} exclude each other: {hint}")]
    Conflict {
        /// One setting.
        first: &'static str,
        /// The other.
        second: String,
        /// What to do.
        hint: &'static str,
    },
    /// A step needs `ε̂` derived again from a state without noise.
    #[error(
        "stage {index} (timestep {timestep}) starts at alpha_bar = 1, where there is no epsilon to re-derive from the clipped \
         x0; use the first training level as final level (set_alpha_to_one = false), or do not re-derive"
    )]
    NoEpsilonAtCleanLevel {
        /// Row, from 0.
        index: usize,
        /// Its timestep.
        timestep: f64,
    },
    /// A level between two training levels, for a network that looks levels up in a table.
    #[error(
        "stage {index} is at timestep {timestep}, between two training levels, but the network looks its level up in a \
         table; use a spacing of training levels (leading, trailing, linspace, quadratic)"
    )]
    BetweenLevels {
        /// Row, from 0.
        index: usize,
        /// Its timestep.
        timestep: f64,
    },
    /// More steps to leave out than there are.
    #[error("{skip} of {available} steps are to be skipped: leave at least one")]
    Skip {
        /// Steps to leave out.
        skip: usize,
        /// Steps of the grid.
        available: usize,
    },
    /// The rows of this plan cannot be inverted one by one.
    #[error(
        "{process} cannot be inverted: {reason} (fixed-point encoding inverts ddim with eta 0)"
    )]
    NotInvertible {
        /// What the plan does.
        process: Process,
        /// Why it cannot.
        reason: &'static str,
    },
    /// `ᾱ` that does not rise or fall as a forward transition needs.
    #[error("a forward step from alpha_bar {from} to {to}: the second must be the smaller")]
    NotForward {
        /// `ᾱ` of the level it starts from.
        from: f64,
        /// `ᾱ` of the level it goes to.
        to: f64,
    },
    /// `ᾱ` that does not rise as a reverse transition needs.
    #[error("a reverse step from alpha_bar {from} to {to}: the second must be the larger")]
    NotReverse {
        /// `ᾱ` of the level it starts from.
        from: f64,
        /// `ᾱ` of the level it goes to.
        to: f64,
    },
    /// A coefficient does not fit the `f32` that the kernels compute in.
    #[error(
        "stage {index} (timestep {timestep}, alpha_bar {alpha_bar}): {name} is {value}, beyond single precision; \
         use a schedule that ends with more signal, or v_prediction"
    )]
    Overflow {
        /// Row, from 0.
        index: usize,
        /// Its timestep.
        timestep: f64,
        /// `ᾱ` of its level.
        alpha_bar: f64,
        /// The coefficient.
        name: &'static str,
        /// Its value.
        value: f64,
    },
}
