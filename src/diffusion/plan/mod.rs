//! A validated table of steps.

pub(super) mod builder;
mod clips;
mod forward;

use super::config::clipping::Clipping;
use super::config::clips::Clips;
use super::config::names::{PredictionType, Process};
use super::schedule::noise_level::NoiseLevel;
use super::solver::forward::Forward;
use super::stage::coefficients::StageCoefficients;
use super::stage::error::PlanError;
use super::stage::history::History;

/// A run, ready to be executed: its *stages* in the order run, each one row of numbers, one
/// dispatch and one evaluation of the network. A *step* of the grid is one stage, or two for the
/// steps of Heun's method.
///
/// Immutable, and valid by construction: no coefficient of any row is infinite or not a number.
///
/// ```
/// use ddim_wgpu::diffusion::{NoiseSchedule, Plan};
///
/// let schedule = NoiseSchedule::linear(1e-4, 0.02, 1000)?;
/// let plan = Plan::ddim(schedule).steps(50).eta(0.0).build()?;
/// assert_eq!((plan.step_count(), plan.evaluations()), (50, 50));
/// assert_eq!(plan.stages()[0].timestep, 980.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    pub(super) stages: Vec<StageCoefficients>,
    pub(super) history: History,
    pub(super) process: Process,
    pub(super) prediction: PredictionType,
    pub(super) clipping: Clipping,
    pub(super) rederive_epsilon: bool,
    pub(super) clips: Clips,
    pub(super) train_steps: usize,
}

impl Plan {
    /// The number of stages, which is the number of dispatches: one for every step of the grid,
    /// except that Heun's method has two for steps between levels with noise. At least 1.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.stages.len()
    }

    /// The stages in the order run.
    #[must_use]
    pub fn stages(&self) -> &[StageCoefficients] {
        &self.stages
    }

    /// The number of steps of the grid that are taken, at least 1: those asked for, without those
    /// skipped.
    #[must_use]
    pub fn step_count(&self) -> usize {
        self.step_ends().len()
    }

    /// How often a sample's run evaluates the network: once a stage. (With guidance each evaluation
    /// is two passes.) The forward process evaluates nothing.
    #[must_use]
    pub fn evaluations(&self) -> usize {
        match self.process {
            Process::Forward => 0,
            Process::Sample(_) | Process::Encode(_) => self.len(),
        }
    }

    /// What the rows do.
    #[must_use]
    pub fn process(&self) -> Process {
        self.process
    }

    /// What the network's output means.
    #[must_use]
    pub fn prediction(&self) -> PredictionType {
        self.prediction
    }

    /// What is done to `x̂₀` in every row.
    #[must_use]
    pub fn clipping(&self) -> Clipping {
        self.clipping
    }

    /// Whether `ε̂` is made again from the clipped `x̂₀` in every row.
    #[must_use]
    pub fn rederive_epsilon(&self) -> bool {
        self.rederive_epsilon
    }

    /// What else is kept within limits, in every row but for the last state's.
    #[must_use]
    pub fn clips(&self) -> Clips {
        self.clips
    }

    /// The limit that the state after row `row` is clamped to: that of the last state after the last
    /// row, none after the others.
    #[must_use]
    pub fn state_limit(&self, row: usize) -> Option<f64> {
        self.clips.last_state.filter(|_| row + 1 == self.len())
    }

    /// `T`, the number of levels the network was trained on; every row's timestep is below it.
    #[must_use]
    pub fn train_steps(&self) -> usize {
        self.train_steps
    }

    /// Whether any row adds noise.
    #[must_use]
    pub fn is_stochastic(&self) -> bool {
        self.stages.iter().any(|step| step.noise_scale > 0.0)
    }

    /// Checks that every row takes its state to the next by a function of that state alone which
    /// has an inverse: no noise, no memory, no clipping, no start at pure noise. Fixed-point
    /// encoding ([`Inversion`](crate::Inversion)) needs that.
    ///
    /// # Errors
    /// [`PlanError::NotInvertible`], with the reason.
    pub fn check_invertible(&self) -> Result<(), PlanError> {
        let reason = if !matches!(self.process, Process::Sample(_)) {
            "it is no sampler"
        } else if self.is_stochastic() {
            "it adds noise"
        } else if self.clipping.is_active() {
            "it clips x0, and what is cut off cannot be found again; set clipping to none"
        } else if self.clips.epsilon.or(self.clips.last_state).is_some() {
            "it clips epsilon or the last state, and what is cut off cannot be found again"
        } else if self.uses_history() {
            "its rows look back"
        } else if self.stages[0].level.is_pure_noise() {
            "it starts at alpha_bar = 0, where nothing of the data is left"
        } else {
            return Ok(());
        };
        Err(PlanError::NotInvertible {
            process: self.process,
            reason,
        })
    }

    /// After how many stages each step of the grid is complete, rising, the last
    /// [`len`](Self::len): after each stage, but for those that only predict for a corrector.
    #[must_use]
    pub fn step_ends(&self) -> Vec<usize> {
        let step = |stage: usize| self.stages.get(stage).map(|stage| stage.step);
        let is_end = |stages: &usize| step(*stages) != step(stages - 1);
        (1..=self.len()).filter(is_end).collect()
    }

    /// What takes data to the level that the state is at after `rows` rows, from 0 to
    /// [`len`](Self::len): [`Forward::marginal`] of that level. After the last row of sampling it
    /// leaves data as they are, also where that row goes to the first training level.
    ///
    /// Before the first row it is what image-to-image starts from
    /// ([`Batch::noised`](crate::Batch::noised)); along the way it is what stands for kept data in
    /// the state ([`Inpaint`](crate::Inpaint)).
    ///
    /// # Panics
    /// If the plan has not so many rows.
    #[must_use]
    pub fn known(&self, rows: usize) -> Forward {
        let sampling = matches!(self.process, Process::Sample(_));
        Forward::marginal(match rows.checked_sub(1) {
            None => self.stages[0].level,
            Some(last) if sampling && last + 1 == self.len() => NoiseLevel::CLEAN,
            Some(last) => self.stages[last].next_level,
        })
    }

    /// What the stages look back on.
    #[must_use]
    pub fn history(&self) -> History {
        self.history
    }

    /// Whether any stage looks back on an earlier one.
    #[must_use]
    pub fn uses_history(&self) -> bool {
        self.history != History::None
    }
}
