//! What can be wrong with a noise schedule.

/// Why a noise schedule cannot be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ScheduleError {
    /// No levels were asked for.
    #[error("a noise schedule needs at least one level, got none")]
    Empty,
    /// More levels than any model is trained on; a mistake, and memory that would be wasted on it.
    #[error("a noise schedule of {train_steps} levels: at most {limit} are supported")]
    TooManyLevels {
        /// Levels asked for.
        train_steps: usize,
        /// The limit.
        limit: usize,
    },
    /// A `β` is outside `(0, 1)` or not a number.
    #[error("beta[{index}] is {beta}: every beta must be above 0 and below 1")]
    BetaOutOfRange {
        /// Level, counted from 0.
        index: usize,
        /// The value.
        beta: f64,
    },
    /// An `ᾱ` is outside `[0, 1]` or not a number.
    #[error("alpha_bar is {alpha_bar}: it must be from 0 to 1")]
    AlphaBarOutOfRange {
        /// The value.
        alpha_bar: f64,
    },
    /// A `ln ᾱ` is above 0 or not a number.
    #[error("ln(alpha_bar) is {ln_alpha_bar}: it must not be above 0")]
    LogAlphaBarOutOfRange {
        /// The value.
        ln_alpha_bar: f64,
    },
    /// `ᾱ` does not fall from one level to the next.
    #[error("alpha_bar[{index}] is {alpha_bar}, not below alpha_bar[{previous_index}] = {previous}: it must fall at every level",
        previous_index = .index - 1)]
    NotDecreasing {
        /// The level that is not noisier than the one before it, counted from 0.
        index: usize,
        /// `ᾱ` of the level before it.
        previous: f64,
        /// `ᾱ` of the level.
        alpha_bar: f64,
    },
    /// A rate `β(t)` of a schedule in continuous time is negative, infinite or not a number.
    #[error("beta({time}) is {beta}: it must be at least 0 and finite at every time")]
    RateOutOfRange {
        /// The time.
        time: f64,
        /// The value there.
        beta: f64,
    },
    /// The integral of a rate `β(t)` cannot be had to the precision the levels need.
    #[error(
        "the integral of beta(t) from {from} to {to} does not converge: beta is singular or too rough there"
    )]
    Quadrature {
        /// Where the piece begins.
        from: f64,
        /// Where it ends.
        to: f64,
    },
    /// A parameter of a schedule in continuous time is out of range.
    #[error("{name} is {value}: it must be {expected}")]
    Parameter {
        /// The parameter's name.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What it must be, e.g. "above 0 and finite".
        expected: &'static str,
    },
}
