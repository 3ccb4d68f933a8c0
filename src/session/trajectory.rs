//! The states that a run goes through.

use crate::diffusion::Plan;

use super::error::SessionError;
use super::samples::Samples;

/// What of a run is kept along its trajectory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TrajectoryState {
    /// The state x, which loses its noise.
    #[default]
    State,
    /// x̂₀, the network's estimate of the data.
    X0,
}

/// Which frames of a trajectory are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frames {
    /// One after every step of the grid, and of the state the one before the first.
    All,
    /// At most so many, evenly spaced, with the first and the last.
    AtMost(usize),
    /// After these numbers of stages, in rising order; 0 is x_T, of which there is no x̂₀.
    After(Vec<usize>),
}

impl Frames {
    /// The numbers of stages of `plan` after which a frame is kept, in rising order.
    ///
    /// # Errors
    /// [`SessionError::Frame`], for a list that is not in order or reaches past the plan.
    pub fn stages(&self, plan: &Plan, kept: TrajectoryState) -> Result<Vec<usize>, SessionError> {
        let start = (kept == TrajectoryState::State).then_some(0);
        let all: Vec<usize> = start.into_iter().chain(plan.step_ends()).collect();
        match self {
            Self::All => Ok(all),
            Self::AtMost(frames) => Ok(evenly_spaced(all.len(), *frames)
                .into_iter()
                .map(|index| all[index])
                .collect()),
            Self::After(stages) => {
                let first = usize::from(start.is_none());
                let mut least = first;
                for &stage in stages {
                    if stage < least || stage > plan.len() {
                        return Err(SessionError::Frame {
                            stage,
                            first,
                            stages: plan.len(),
                        });
                    }
                    least = stage + 1;
                }
                Ok(stages.clone())
            }
        }
    }
}

/// One frame of a run under way.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Frame<'a> {
    /// Number of the frame, from 0.
    pub index: usize,
    /// After how many stages of the plan it was taken.
    pub stage: usize,
    /// Index in the batch of the first sample.
    pub first: usize,
    /// `[samples, D]`.
    pub values: &'a [f32],
}

/// Indices of at most `frames` of `states` states: evenly spaced, with the first and the last.
fn evenly_spaced(states: usize, frames: usize) -> Vec<usize> {
    let frames = states.min(frames);
    let last = frames.saturating_sub(1).max(1);
    (0..frames)
        .map(|frame| frame * (states - 1) / last)
        .collect()
}

/// Samples and the states that led to them.
#[derive(Debug, Clone, PartialEq)]
pub struct Trajectory {
    pub(super) samples: Samples,
    pub(super) frames: Vec<Vec<f32>>,
    pub(super) stages: Vec<usize>,
}

impl Trajectory {
    /// The finished samples.
    #[must_use]
    pub fn samples(&self) -> &Samples {
        &self.samples
    }

    /// The frames in order, each `[count, D]`.
    #[must_use]
    pub fn frames(&self) -> &[Vec<f32>] {
        &self.frames
    }

    /// After how many stages of the plan each frame was taken.
    #[must_use]
    pub fn stages(&self) -> &[usize] {
        &self.stages
    }

    /// Samples and frames, without a copy.
    #[must_use]
    pub fn into_parts(self) -> (Samples, Vec<Vec<f32>>) {
        (self.samples, self.frames)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diffusion::NoiseSchedule;

    #[test]
    fn frames_are_evenly_spaced() {
        assert!(evenly_spaced(0, 80).is_empty());
        assert_eq!(evenly_spaced(1, 80), [0]);
        assert_eq!(evenly_spaced(3, 80), [0, 1, 2]);
        assert_eq!(evenly_spaced(11, 3), [0, 5, 10]);
        let many = evenly_spaced(1001, 80);
        assert_eq!((many.len(), many[0], many[79]), (80, 0, 1000));
        assert!(many.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn frames_past_the_plan_or_out_of_order_are_refused() {
        let schedule = NoiseSchedule::from_betas(&[0.1; 10]).expect("a schedule");
        let plan = Plan::ddim(schedule).steps(4).build().expect("a plan");
        let stages = |frames: &[usize], kept| Frames::After(frames.to_vec()).stages(&plan, kept);
        assert_eq!(
            stages(&[0, 2, 4], TrajectoryState::State).expect("in order"),
            [0, 2, 4]
        );
        for wrong in [&[5][..], &[2, 2], &[3, 1]] {
            assert!(stages(wrong, TrajectoryState::State).is_err(), "{wrong:?}");
        }
        assert!(stages(&[0], TrajectoryState::X0).is_err());
        assert_eq!(
            stages(&[1], TrajectoryState::X0).expect("after the first"),
            [1]
        );
    }
}
