//! A validated table of steps.

use super::{Clipping, PlanBuilder, PredictionType, SchedulerConfig, StepCoefficients};

/// A run, ready to be executed: one [`StepCoefficients`] row per dispatch, in the order run. Immutable, and valid by
/// construction: no coefficient of any row is infinite or not a number.
///
/// ```
/// use ddim_wgpu::diffusion::{NoiseSchedule, Plan};
///
/// let schedule = NoiseSchedule::linear(1e-4, 0.02, 1000)?;
/// let plan = Plan::ddim(schedule).steps(50).eta(0.0).build()?;
/// assert_eq!(plan.len(), 50);
/// assert_eq!(plan.steps()[0].timestep, 980);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    pub(super) steps: Vec<StepCoefficients>,
    pub(super) prediction: PredictionType,
    pub(super) clipping: Clipping,
    pub(super) rederive_epsilon: bool,
    pub(super) train_steps: usize,
}

impl Plan {
    /// Starts a DDIM plan (Song et al. 2021): deterministic unless [`eta`](PlanBuilder::eta) is set.
    pub fn ddim(config: impl Into<SchedulerConfig>) -> PlanBuilder {
        PlanBuilder::new(config.into(), false)
    }

    /// Starts a DDPM plan (Ho et al. 2020) with the small variance, the posterior's `β̃`. Its rows are those of DDIM with
    /// `η = 1`. As DDPM's step is made of `x̂₀` and `x`, `ε̂` is re-derived where `x̂₀` is clipped, unless
    /// [`rederive_epsilon`](PlanBuilder::rederive_epsilon) says otherwise.
    pub fn ddpm(config: impl Into<SchedulerConfig>) -> PlanBuilder {
        PlanBuilder::new(config.into(), true)
    }

    /// The number of rows, which is the number of dispatches; at least 1.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// The rows in the order run.
    #[must_use]
    pub fn steps(&self) -> &[StepCoefficients] {
        &self.steps
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

    /// `T`, the number of levels the network was trained on; every row's timestep is below it.
    #[must_use]
    pub fn train_steps(&self) -> usize {
        self.train_steps
    }

    /// Whether any row adds noise.
    #[must_use]
    pub fn is_stochastic(&self) -> bool {
        self.steps.iter().any(|step| step.noise_scale > 0.0)
    }

    /// Whether any row uses the `x̂₀` of the row before it.
    #[must_use]
    pub fn uses_history(&self) -> bool {
        self.steps.iter().any(|step| step.history_scale != 0.0)
    }
}
