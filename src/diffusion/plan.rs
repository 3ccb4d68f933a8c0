//! A validated table of steps.

use std::fmt;

use super::{
    Clipping, EncodeConvention, Forward, NoiseLevel, NoiseSchedule, PlanBuilder, PlanError,
    PredictionType, SamplerKind, SchedulerConfig, StepCoefficients, TimestepError,
};
use crate::noise::{INITIAL_DRAW, step_draw};

/// What a plan does, and by which method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Process {
    /// From noise to data.
    Sample(SamplerKind),
    /// From data to noise, by the network.
    Encode(EncodeConvention),
    /// From data to noise, by adding noise; the data are the network's output.
    Forward,
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sample(kind) => write!(f, "the {kind} sampler"),
            Self::Encode(convention) => write!(f, "encoding by the {convention} convention"),
            Self::Forward => f.write_str("the forward process"),
        }
    }
}

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
    pub(super) process: Process,
    pub(super) prediction: PredictionType,
    pub(super) clipping: Clipping,
    pub(super) rederive_epsilon: bool,
    pub(super) train_steps: usize,
}

impl Plan {
    /// Starts a DDIM plan (Song et al. 2021): deterministic unless [`eta`](PlanBuilder::eta) or
    /// [`sigmas`](PlanBuilder::sigmas) is set.
    pub fn ddim(config: impl Into<SchedulerConfig>) -> PlanBuilder {
        Self::sampler(config, SamplerKind::Ddim)
    }

    /// Starts a DDPM plan (Ho et al. 2020) with the variance the configuration names. With the small one its rows are those of
    /// DDIM with `η = 1`. As DDPM's step is made of `x̂₀` and `x`, `ε̂` is re-derived where `x̂₀` is clipped, unless
    /// [`rederive_epsilon`](PlanBuilder::rederive_epsilon) says otherwise.
    pub fn ddpm(config: impl Into<SchedulerConfig>) -> PlanBuilder {
        Self::sampler(config, SamplerKind::Ddpm)
    }

    /// Starts a plan of any sampler.
    pub fn sampler(config: impl Into<SchedulerConfig>, kind: SamplerKind) -> PlanBuilder {
        PlanBuilder::new(config.into(), Process::Sample(kind))
    }

    /// Starts a plan that encodes data towards noise: DDIM(0) run the other way, from the grid's final level to its first
    /// entry. The grid is given as for sampling, in falling order; the rows run it backwards.
    ///
    /// Decoding what was encoded gives the data back only approximately: the ODE is invertible, a finite number of steps is not.
    /// With [`EncodeConvention::Paper`] nothing is clipped unless [`clipping`](PlanBuilder::clipping) is set.
    ///
    /// Where the first row starts at `ᾱ = 1` and the network predicts the data, the network is asked at the level that the row
    /// goes to, whatever the convention: the state itself is `x̂₀` there, and only of a level with noise does an estimate of the
    /// data say what `ε` is.
    pub fn encode(config: impl Into<SchedulerConfig>, convention: EncodeConvention) -> PlanBuilder {
        PlanBuilder::new(config.into(), Process::Encode(convention))
    }

    /// The forward process as rows: for a GPU, on which an external network's output buffer holds the data `x_0` all along. On the CPU
    /// [`Forward`] is the shorter way.
    ///
    /// `timesteps` rise strictly. The first row takes data to the first of them ([`Forward::marginal`], whatever the state), each
    /// further row the state on to the next ([`Forward::non_markov`] with `eta`; 1 is DDPM's Markov chain). The noise of the first
    /// row is draw 0, that of row `i` draw `1 + i`; so a plan of one timestep noises with what would be `x_T`.
    ///
    /// # Errors
    /// [`PlanError`], if the timesteps are no such list or `eta` is out of range.
    pub fn forward(
        schedule: &NoiseSchedule,
        timesteps: &[usize],
        eta: f64,
    ) -> Result<Self, PlanError> {
        let train_steps = schedule.train_steps();
        if timesteps.is_empty() {
            return Err(TimestepError::NoSteps.into());
        }
        let mut steps = Vec::with_capacity(timesteps.len());
        let mut level = NoiseLevel::CLEAN;
        for (index, &timestep) in timesteps.iter().enumerate() {
            if timestep >= train_steps {
                return Err(TimestepError::OutOfRange {
                    timestep,
                    train_steps,
                }
                .into());
            }
            let next = schedule.level(timestep);
            let draw = if index == 0 {
                INITIAL_DRAW
            } else {
                step_draw(index as u32)
            };
            let step = Forward::non_markov(level, next, eta)?;
            steps.push(StepCoefficients::forward(
                index, draw, timestep, level, next, step,
            ));
            level = next;
        }
        Ok(Self {
            steps,
            process: Process::Forward,
            prediction: PredictionType::Sample,
            clipping: Clipping::None,
            rederive_epsilon: false,
            train_steps,
        })
    }

    /// The number of rows, which is the number of dispatches: one for every step of the grid, except that Heun's method has two
    /// for every step between levels with noise. At least 1.
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

    /// Checks that every row takes its state to the next by a function of that state alone which has an inverse: no noise, no
    /// memory, no clipping, no start at pure noise. Fixed-point encoding ([`Inversion`](crate::Inversion)) needs that.
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
        } else if self.uses_history() {
            "its rows look back"
        } else if self.steps[0].level.is_pure_noise() {
            "it starts at alpha_bar = 0, where nothing of the data is left"
        } else {
            return Ok(());
        };
        Err(PlanError::NotInvertible {
            process: self.process,
            reason,
        })
    }

    /// After how many rows each step of the grid is complete, rising, the last [`len`](Self::len): after each row, but for those
    /// that only predict for the corrector of Heun's method.
    #[must_use]
    pub fn step_ends(&self) -> Vec<usize> {
        let heun = self.process == Process::Sample(SamplerKind::Heun);
        let corrects = |rows: &usize| {
            let next = self.steps.get(*rows);
            heun && next.is_some_and(|step| step.history_scale != 0.0)
        };
        (1..=self.len()).filter(|rows| !corrects(rows)).collect()
    }

    /// What takes data to the level that the state is at after `rows` rows, from 0 to [`len`](Self::len):
    /// [`Forward::marginal`] of that level. After the last row of sampling it leaves data as they are, also where that row goes to the
    /// first training level.
    ///
    /// Before the first row it is what image-to-image starts from ([`Batch::noised`](crate::Batch::noised)); along the way it is
    /// what stands for kept data in the state ([`Inpaint`](crate::Inpaint)).
    ///
    /// # Panics
    /// If the plan has not so many rows.
    #[must_use]
    pub fn known(&self, rows: usize) -> Forward {
        let sampling = matches!(self.process, Process::Sample(_));
        Forward::marginal(match rows.checked_sub(1) {
            None => self.steps[0].level,
            Some(last) if sampling && last + 1 == self.len() => NoiseLevel::CLEAN,
            Some(last) => self.steps[last].next_level,
        })
    }

    /// Whether any row uses the `x̂₀` of the row before it.
    #[must_use]
    pub fn uses_history(&self) -> bool {
        self.steps.iter().any(|step| step.history_scale != 0.0)
    }
}
