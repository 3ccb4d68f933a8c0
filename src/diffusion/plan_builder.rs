//! From settings to a table of steps.

use super::coefficients::Update;
use super::{
    Clipping, FinalLevel, NoiseLevel, Plan, PredictionType, SchedulerConfig, SchedulerConfigError,
    StepCoefficients, TimestepError, TimestepGrid, TimestepSpacing,
};

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
    /// More noise than the level that the step goes to can hold.
    #[error(
        "step {index} (timestep {timestep}): sigma^2 is {sigma_squared}, above 1 - alpha_bar = {limit} of the level it \
         goes to; use less noise"
    )]
    TooMuchNoise {
        /// Row, from 0.
        index: usize,
        /// Its timestep.
        timestep: usize,
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
        second: &'static str,
        /// What to do.
        hint: &'static str,
    },
    /// A step needs `ε̂` from a state without noise, where the prediction does not give it.
    #[error(
        "step {index} (timestep {timestep}) starts at alpha_bar = 1, where {prediction} prediction{rederived} gives no \
         epsilon; use the first training level as final level (set_alpha_to_one = false)",
        rederived = if *.rederive_epsilon { " with epsilon re-derived from the clipped x0" } else { "" }
    )]
    NoEpsilonAtCleanLevel {
        /// Row, from 0.
        index: usize,
        /// Its timestep.
        timestep: usize,
        /// The prediction type.
        prediction: PredictionType,
        /// Whether `ε̂` was to be re-derived.
        rederive_epsilon: bool,
    },
    /// A coefficient does not fit the `f32` that the kernels compute in.
    #[error(
        "step {index} (timestep {timestep}, alpha_bar {alpha_bar}): {name} is {value}, beyond single precision; \
         use a schedule that ends with more signal, or v_prediction"
    )]
    Overflow {
        /// Row, from 0.
        index: usize,
        /// Its timestep.
        timestep: usize,
        /// `ᾱ` of its level.
        alpha_bar: f64,
        /// The coefficient.
        name: &'static str,
        /// Its value.
        value: f64,
    },
}

/// Settings of a plan; made by [`Plan::ddim`] and [`Plan::ddpm`].
///
/// What is not set comes from the [`SchedulerConfig`]; the number of steps is 50 unless the schedule has fewer levels.
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct PlanBuilder {
    config: SchedulerConfig,
    ddpm: bool,
    steps: Option<usize>,
    eta: Option<f64>,
    spacing: Option<TimestepSpacing>,
    timesteps: Option<Vec<usize>>,
    clipping: Option<Clipping>,
    rederive_epsilon: Option<bool>,
}

impl PlanBuilder {
    const DEFAULT_STEPS: usize = 50;

    pub(super) fn new(config: SchedulerConfig, ddpm: bool) -> Self {
        Self {
            config,
            ddpm,
            steps: None,
            eta: None,
            spacing: None,
            timesteps: None,
            clipping: None,
            rederive_epsilon: None,
        }
    }

    /// The number of steps `S`, from 1 to `T`.
    pub fn steps(mut self, steps: usize) -> Self {
        self.steps = Some(steps);
        self
    }

    /// `η` of DDIM, at least 0: 0 is deterministic, 1 is DDPM. Values a little above 1 are possible for some grids.
    pub fn eta(mut self, eta: f64) -> Self {
        self.eta = Some(eta);
        self
    }

    /// The grid's spacing.
    pub fn spacing(mut self, spacing: TimestepSpacing) -> Self {
        self.spacing = Some(spacing);
        self
    }

    /// The grid as a list, in the order run (falling), instead of a number of steps and a spacing.
    pub fn timesteps(mut self, timesteps: impl Into<Vec<usize>>) -> Self {
        self.timesteps = Some(timesteps.into());
        self
    }

    /// What is done to `x̂₀`.
    pub fn clipping(mut self, clipping: Clipping) -> Self {
        self.clipping = Some(clipping);
        self
    }

    /// Whether `ε̂` is made again from the clipped `x̂₀`.
    pub fn rederive_epsilon(mut self, rederive_epsilon: bool) -> Self {
        self.rederive_epsilon = Some(rederive_epsilon);
        self
    }

    /// Computes and checks the table.
    ///
    /// # Errors
    /// [`PlanError`], with the setting that is at fault.
    pub fn build(mut self) -> Result<Plan, PlanError> {
        if let Some(clipping) = self.clipping {
            self.config.clipping = clipping;
        }
        self.config.validate()?;
        let eta = self.checked_eta()?;
        let rederive_epsilon = self
            .rederive_epsilon
            .unwrap_or(self.ddpm || self.config.rederive_epsilon);
        let mut plan = Plan {
            steps: Vec::new(),
            prediction: self.config.prediction,
            clipping: self.config.clipping,
            // Without clipping x̂₀ and ε̂ already agree, and deriving one from the other again only costs digits.
            rederive_epsilon: rederive_epsilon && self.config.clipping.is_active(),
            train_steps: self.config.schedule.train_steps(),
        };
        for (index, pair) in self.level_pairs()?.into_iter().enumerate() {
            let step = self.step(index, pair, eta)?;
            check_step(&step, &plan)?;
            plan.steps.push(step);
        }
        Ok(plan)
    }

    fn checked_eta(&self) -> Result<f64, PlanError> {
        match self.eta {
            Some(_) if self.ddpm => Err(PlanError::Conflict {
                first: "eta",
                second: "the ddpm sampler",
                hint: "eta is DDIM's; DDPM is DDIM with eta = 1",
            }),
            Some(eta) if !(eta >= 0.0 && eta.is_finite()) => Err(PlanError::Eta { eta }),
            Some(eta) => Ok(eta),
            None if self.ddpm => Ok(1.0),
            None => Ok(0.0),
        }
    }

    fn grid(&self) -> Result<TimestepGrid, PlanError> {
        let train_steps = self.config.schedule.train_steps();
        if let Some(timesteps) = &self.timesteps {
            let conflict = |second| PlanError::Conflict {
                first: "a list of timesteps",
                second,
                hint: "the list is the whole grid",
            };
            if self.spacing.is_some() {
                return Err(conflict("a spacing"));
            }
            if self.steps.is_some_and(|steps| steps != timesteps.len()) {
                return Err(conflict("another number of steps"));
            }
            return Ok(TimestepGrid::custom(timesteps.clone(), train_steps)?);
        }
        let steps = self.steps.unwrap_or(Self::DEFAULT_STEPS.min(train_steps));
        let spacing = self.spacing.unwrap_or(self.config.spacing);
        Ok(TimestepGrid::new(
            spacing,
            train_steps,
            steps,
            self.config.steps_offset,
        )?)
    }

    /// Timestep, level and next level of every step. The next level is the next entry of the grid.
    fn level_pairs(&self) -> Result<Vec<(usize, NoiseLevel, NoiseLevel)>, PlanError> {
        let schedule = &self.config.schedule;
        let final_level = match self.config.final_level {
            FinalLevel::One => NoiseLevel::CLEAN,
            FinalLevel::First => schedule.level(0),
        };
        let grid = self.grid()?;
        let timesteps = grid.as_slice();
        let next_levels = timesteps[1..]
            .iter()
            .map(|&t| schedule.level(t))
            .chain([final_level]);
        Ok(timesteps
            .iter()
            .zip(next_levels)
            .map(|(&t, next)| (t, schedule.level(t), next))
            .collect())
    }

    fn step(
        &self,
        index: usize,
        (timestep, level, next): (usize, NoiseLevel, NoiseLevel),
        eta: f64,
    ) -> Result<StepCoefficients, PlanError> {
        let update = Update::ddim(level, next, eta).ok_or_else(|| PlanError::TooMuchNoise {
            index,
            timestep,
            sigma_squared: eta * eta * level.one_minus_ratio(next) * next.one_minus_alpha_bar()
                / level.one_minus_alpha_bar(),
            limit: next.one_minus_alpha_bar(),
        })?;
        let mut step = StepCoefficients::new(timestep, level, next, self.config.prediction, update);
        step.index = index;
        Ok(step)
    }
}

/// Refuses a row that a kernel could not execute in `f32`.
fn check_step(step: &StepCoefficients, plan: &Plan) -> Result<(), PlanError> {
    let needs_noise = plan.prediction == PredictionType::Sample || plan.rederive_epsilon;
    if step.level.is_clean() && step.eps_scale != 0.0 && needs_noise {
        return Err(PlanError::NoEpsilonAtCleanLevel {
            index: step.index,
            timestep: step.timestep,
            prediction: plan.prediction,
            rederive_epsilon: plan.rederive_epsilon,
        });
    }
    for (name, value) in step.named_values() {
        if !(value as f32).is_finite() {
            return Err(PlanError::Overflow {
                index: step.index,
                timestep: step.timestep,
                alpha_bar: step.level.alpha_bar(),
                name,
                value,
            });
        }
    }
    Ok(())
}
