//! Timestep grids: which training levels a run visits.

use super::names::TimestepSpacing;

/// Why a grid cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimestepError {
    /// A grid without entries.
    #[error("0 steps: a run needs at least one")]
    NoSteps,
    /// More steps than levels.
    #[error(
        "{steps} steps: the schedule has only {train_steps} levels, so use 1 to {train_steps} steps"
    )]
    TooManySteps {
        /// Steps asked for.
        steps: usize,
        /// Levels of the schedule.
        train_steps: usize,
    },
    /// An entry beyond the last level, from a custom list or from a large offset.
    #[error("timestep {timestep} is outside the schedule: the largest is {largest}", largest = .train_steps.saturating_sub(1))]
    OutOfRange {
        /// The entry.
        timestep: usize,
        /// Levels of the schedule.
        train_steps: usize,
    },
    /// A custom list that does not go from noise to data.
    #[error(
        "timestep {timestep} at position {index} is not below the one before it, {previous}: give them in falling order"
    )]
    NotDecreasing {
        /// Position in the list, from 0.
        index: usize,
        /// The entry before.
        previous: usize,
        /// The entry.
        timestep: usize,
    },
    /// A spacing that visits a level twice, as `quadratic` does with many steps.
    #[error(
        "{spacing} spacing of {steps} steps over {train_steps} levels visits timestep {timestep} twice: use fewer steps"
    )]
    Repeated {
        /// The spacing.
        spacing: TimestepSpacing,
        /// Steps asked for.
        steps: usize,
        /// Levels of the schedule.
        train_steps: usize,
        /// The level visited twice.
        timestep: usize,
    },
}

/// The levels a run visits, in the order run: strictly decreasing, never empty, all below `T`.
///
/// The level a step goes to is the next entry of this list, whatever the spacing. (diffusers' DDIM
/// goes to `t − ⌊T/S⌋` instead, which is another level for most `linspace` and `trailing` grids.)
#[doc(alias = "sub-sequence")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimestepGrid(Vec<usize>);

impl TimestepGrid {
    /// A grid of exactly `steps` levels among `train_steps`; `offset` is added to every entry of a
    /// `leading` grid (diffusers' `steps_offset`) and has no meaning for the others.
    ///
    /// Rounding is half-to-even, as in numpy.
    ///
    /// # Errors
    /// [`TimestepError`] where `steps` is 0 or above `train_steps`, where the offset leads past the
    /// last level, or where a `quadratic` grid would visit a level twice.
    pub fn new(
        spacing: TimestepSpacing,
        train_steps: usize,
        steps: usize,
        offset: usize,
    ) -> Result<Self, TimestepError> {
        let timesteps = falling(spacing, train_steps, steps, offset)?;
        if let Some(pair) = timesteps.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(TimestepError::Repeated {
                spacing,
                steps,
                train_steps,
                timestep: pair[0],
            });
        }
        Self::custom(timesteps, train_steps)
    }

    /// As [`new`](Self::new), but where the spacing visits a level more than once the grid has it
    /// once, and fewer entries than `steps`.
    ///
    /// It is what the DDIM paper's `quadratic` grid amounts to: a step from a level to itself
    /// leaves the state as it is. Of 50 steps over 1000 levels 49 are left, of 100 steps 96.
    ///
    /// # Errors
    /// As [`new`](Self::new), but for [`TimestepError::Repeated`].
    pub fn distinct(
        spacing: TimestepSpacing,
        train_steps: usize,
        steps: usize,
        offset: usize,
    ) -> Result<Self, TimestepError> {
        let mut timesteps = falling(spacing, train_steps, steps, offset)?;
        timesteps.dedup();
        Self::custom(timesteps, train_steps)
    }

    /// A grid given as a list, in the order run.
    ///
    /// # Errors
    /// [`TimestepError`] where the list is empty, does not strictly fall, or has an entry not below
    /// `train_steps`.
    pub fn custom(timesteps: Vec<usize>, train_steps: usize) -> Result<Self, TimestepError> {
        let Some(&first) = timesteps.first() else {
            return Err(TimestepError::NoSteps);
        };
        for (i, pair) in timesteps.windows(2).enumerate() {
            if pair[1] >= pair[0] {
                return Err(TimestepError::NotDecreasing {
                    index: i + 1,
                    previous: pair[0],
                    timestep: pair[1],
                });
            }
        }
        if first >= train_steps {
            return Err(TimestepError::OutOfRange {
                timestep: first,
                train_steps,
            });
        }
        Ok(Self(timesteps))
    }

    /// The timesteps in the order run, most noise first.
    #[must_use]
    pub fn as_slice(&self) -> &[usize] {
        &self.0
    }

    /// The number of steps, at least 1.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a grid is never empty")]
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

/// The entries of a grid in the order run; they fall, but may repeat.
fn falling(
    spacing: TimestepSpacing,
    train_steps: usize,
    steps: usize,
    offset: usize,
) -> Result<Vec<usize>, TimestepError> {
    if steps == 0 {
        return Err(TimestepError::NoSteps);
    }
    if steps > train_steps {
        return Err(TimestepError::TooManySteps { steps, train_steps });
    }
    Ok(match spacing {
        TimestepSpacing::Leading => {
            let stride = train_steps / steps;
            let first = ((steps - 1) * stride).saturating_add(offset);
            if first >= train_steps {
                return Err(TimestepError::OutOfRange {
                    timestep: first,
                    train_steps,
                });
            }
            (0..steps).map(|i| first - i * stride).collect()
        }
        TimestepSpacing::Trailing => (0..steps)
            .map(|i| trailing(train_steps, steps, i))
            .collect(),
        TimestepSpacing::Linspace => {
            let last = (train_steps - 1) as f64;
            let points = linspace_from_zero(last, steps);
            points.rev().map(|t| t.round_ties_even() as usize).collect()
        }
        TimestepSpacing::Quadratic => {
            let points = linspace_from_zero((train_steps as f64 * 0.8).sqrt(), steps);
            points.rev().map(|root| (root * root) as usize).collect()
        }
    })
}

/// `round(T − i·T/S) − 1`, half to even. Exact in integers; adding up `T/S` in floating point, as
/// diffusers does, ends in an extra entry for some `S`.
fn trailing(train_steps: usize, steps: usize, i: usize) -> usize {
    let numerator = train_steps as u128 * (steps - i) as u128;
    let (quotient, remainder) = (numerator / steps as u128, numerator % steps as u128);
    let round_up = match (2 * remainder).cmp(&(steps as u128)) {
        std::cmp::Ordering::Less => 0,
        std::cmp::Ordering::Equal => quotient % 2,
        std::cmp::Ordering::Greater => 1,
    };
    (quotient + round_up) as usize - 1
}

/// numpy's `linspace(0, end, count)`, in its order of operations: where a value falls on a rounding
/// boundary, the last bit decides, and published grids were made by numpy.
fn linspace_from_zero(end: f64, count: usize) -> impl DoubleEndedIterator<Item = f64> {
    let step = end / (count.max(2) - 1) as f64;
    (0..count).map(move |i| {
        if i > 0 && i + 1 == count {
            end
        } else {
            i as f64 * step
        }
    })
}
