//! From settings to a table of steps.

use super::Plan;
use crate::diffusion::config::clipping::Clipping;
use crate::diffusion::config::clips::Clips;
use crate::diffusion::config::config::SchedulerConfig;
use crate::diffusion::config::grid::Grid;
use crate::diffusion::config::names::{EncodeConvention, Process, SamplerKind, Spacing, Variance};
use crate::diffusion::config::timesteps::TimestepGrid;
use crate::diffusion::solver::ddim::Noise;
use crate::diffusion::solver::encode::encoding;
use crate::diffusion::solver::{Settings, sampling};
use crate::diffusion::stage::coefficients::StageCoefficients;
use crate::diffusion::stage::error::PlanError;
use crate::diffusion::stage::history::History;
use crate::noise::step_draw;

/// Settings of a plan; made by [`Plan::ddim`], [`Plan::ddpm`], [`Plan::sampler`] and
/// [`Plan::encode`].
///
/// What is not set comes from the [`SchedulerConfig`]; the number of steps is 50 unless the
/// schedule has fewer levels.
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct PlanBuilder {
    config: SchedulerConfig,
    pub(super) process: Process,
    steps: Option<usize>,
    skip: usize,
    spacing: Option<Spacing>,
    timesteps: Option<Vec<usize>>,
    eta: Option<f64>,
    sigmas: Option<Vec<f64>>,
    clipping: Option<Clipping>,
    rederive_epsilon: Option<bool>,
    pub(super) clips: Clips,
    stabilize: bool,
}

impl Plan {
    /// Starts a DDIM plan (Song et al. 2021): deterministic unless [`eta`](PlanBuilder::eta) or
    /// [`sigmas`](PlanBuilder::sigmas) is set.
    #[doc(alias = "deterministic sampling")]
    pub fn ddim(config: impl Into<SchedulerConfig>) -> PlanBuilder {
        Self::sampler(config, SamplerKind::Ddim)
    }

    /// Starts a DDPM plan (Ho et al. 2020) with the variance the configuration names. With the
    /// small one its rows are those of DDIM with `η = 1`. As DDPM's step is made of `x̂₀` and `x`,
    /// `ε̂` is re-derived where `x̂₀` is clipped, unless
    /// [`rederive_epsilon`](PlanBuilder::rederive_epsilon) says otherwise.
    #[doc(alias = "ancestral sampling")]
    pub fn ddpm(config: impl Into<SchedulerConfig>) -> PlanBuilder {
        Self::sampler(config, SamplerKind::Ddpm)
    }

    /// Starts a plan of any sampler.
    pub fn sampler(config: impl Into<SchedulerConfig>, kind: SamplerKind) -> PlanBuilder {
        PlanBuilder::new(config.into(), Process::Sample(kind))
    }

    /// Starts a plan that encodes data towards noise: DDIM(0) run the other way, from the grid's
    /// final level to its first entry. The grid is given as for sampling, in falling order; the
    /// rows run it backwards.
    ///
    /// Decoding what was encoded gives the data back only approximately: the ODE is invertible, a
    /// finite number of steps is not. With [`EncodeConvention::Paper`] nothing is clipped unless
    /// [`clipping`](PlanBuilder::clipping) is set.
    ///
    /// Where the first row starts at `ᾱ = 1` and the network predicts the data, the network is
    /// asked at the level that the row goes to, whatever the convention: the state itself is `x̂₀`
    /// there, and only of a level with noise does an estimate of the data say what `ε` is.
    #[doc(alias = "DDIM inversion")]
    pub fn encode(config: impl Into<SchedulerConfig>, convention: EncodeConvention) -> PlanBuilder {
        PlanBuilder::new(config.into(), Process::Encode(convention))
    }
}

impl PlanBuilder {
    const DEFAULT_STEPS: usize = 50;

    pub(super) fn new(config: SchedulerConfig, process: Process) -> Self {
        Self {
            config,
            process,
            steps: None,
            skip: 0,
            spacing: None,
            timesteps: None,
            eta: None,
            sigmas: None,
            clipping: None,
            rederive_epsilon: None,
            clips: Clips::default(),
            stabilize: true,
        }
    }

    /// The number of steps `S`, from 1 to `T`.
    #[doc(alias = "accelerated sampling")]
    pub fn steps(mut self, steps: usize) -> Self {
        self.steps = Some(steps);
        self
    }

    /// Leaves out the first `skip` steps of the grid, those of most noise: sampling starts at a
    /// partial noise level, encoding ends there. Default 0; below the number of steps. The start of
    /// such a plan is [`stages`](Plan::stages)`()[0].level`, and data brought there by
    /// [`Forward::marginal`](crate::diffusion::Forward::marginal) are what it starts from
    /// (image-to-image with strength `1 − skip/S`).
    ///
    /// Noise and a caller's sigmas are counted along the whole grid: a row adds the draw it would
    /// add if nothing were skipped ([`StageCoefficients::draw`]).
    pub fn skip(mut self, skip: usize) -> Self {
        self.skip = skip;
        self
    }

    /// The grid's spacing.
    pub fn spacing(mut self, spacing: impl Into<Spacing>) -> Self {
        self.spacing = Some(spacing.into());
        self
    }

    /// The grid as a list of timesteps in falling order, instead of a number of steps and a
    /// spacing.
    pub fn timesteps(mut self, timesteps: impl Into<Vec<usize>>) -> Self {
        self.timesteps = Some(timesteps.into());
        self
    }

    /// `η` of DDIM, at least 0: 0 (the default) is deterministic, 1 is DDPM. Some grids allow
    /// values a little above 1.
    pub fn eta(mut self, eta: f64) -> Self {
        self.eta = Some(eta);
        self
    }

    /// `σ_t` of DDIM itself, one for every step in the order run, instead of `η`: `0 ≤ σ² ≤ 1 − ᾱ`
    /// of the level the step goes to, so the last one is 0 where that is `ᾱ = 1`.
    pub fn sigmas(mut self, sigmas: impl Into<Vec<f64>>) -> Self {
        self.sigmas = Some(sigmas.into());
        self
    }

    /// The variance of DDPM.
    pub fn variance(mut self, variance: Variance) -> Self {
        self.config.variance = variance;
        self
    }

    /// What is done to `x̂₀`.
    pub fn clipping(mut self, clipping: Clipping) -> Self {
        self.clipping = Some(clipping);
        self
    }

    /// Whether `ε̂` is made again from the clipped `x̂₀`. Without clipping it makes no difference.
    ///
    /// By default as the configuration says for DDIM, never for encoding, and always for the
    /// others: their formulas are made of `x̂₀` and `x`, and `x` is kept only where `ε̂` belongs to
    /// `x̂₀`.
    pub fn rederive_epsilon(mut self, rederive_epsilon: bool) -> Self {
        self.rederive_epsilon = Some(rederive_epsilon);
        self
    }

    /// Whether steps too long for the sampler's formula are taken another way. Default true; with
    /// false every step is the formula's, as in the papers and in diffusers.
    ///
    /// On data whose score is known exactly the formulas hold at any length. The output of a
    /// trained network has an error, which long steps of second order multiply: where noise over
    /// signal falls by more than a factor of 4, a step of a method in `φ` or on `ε̂` is Euler's;
    /// where a step is more than twice as long in `λ` as one before, a multistep method does not
    /// look back on that; and where `β·Δ` is above 1 or above the noise that is left, a step of the
    /// reverse SDE is DDIM's with `η = 1`.
    pub fn stabilize(mut self, stabilize: bool) -> Self {
        self.stabilize = stabilize;
        self
    }

    /// Computes and checks the table.
    ///
    /// # Errors
    /// [`PlanError`], with the setting that is at fault.
    pub fn build(mut self) -> Result<Plan, PlanError> {
        self.config.clipping = self.effective_clipping();
        self.config.validate()?;
        let grid = self.grid()?;
        let noise = self.noise(grid.len())?;
        let (skip, available) = (self.skip, grid.len());
        if skip >= available {
            return Err(PlanError::Skip { skip, available });
        }
        let config = &self.config;
        let (mut stages, history) = match self.process {
            Process::Sample(kind) => {
                let stabilize = self.stabilize;
                let settings = Settings { noise, stabilize };
                let sampling = sampling(kind, config, &grid, skip, settings)?;
                (sampling.rows, sampling.history)
            }
            Process::Encode(convention) => {
                (encoding(convention, config, &grid, skip), History::None)
            }
            Process::Forward => unreachable!("no builder is made for the forward process"),
        };
        let rederive_epsilon = self.effective_rederive()?;
        let clips = self.checked_clips(self.config.clipping, rederive_epsilon)?;
        for (index, stage) in stages.iter_mut().enumerate() {
            stage.index = index;
            stage.draw = step_draw((skip + index) as u32);
            check(stage, rederive_epsilon)?;
        }
        Ok(Plan {
            stages,
            history,
            process: self.process,
            prediction: self.config.prediction,
            clipping: self.config.clipping,
            rederive_epsilon,
            clips,
            train_steps: self.config.schedule.train_steps(),
        })
    }

    fn effective_clipping(&self) -> Clipping {
        self.clipping.unwrap_or(match self.process {
            // What is clipped cannot be decoded again.
            Process::Encode(EncodeConvention::Paper) => Clipping::None,
            _ => self.config.clipping,
        })
    }

    fn effective_rederive(&self) -> Result<bool, PlanError> {
        // Without clipping x̂₀ and ε̂ already agree, and deriving one from the other again only
        // costs digits.
        if !self.config.clipping.is_active() {
            return Ok(false);
        }
        match (self.rederive_epsilon, self.process) {
            (Some(false), Process::Sample(kind)) if keeps_the_state(kind) => {
                Err(PlanError::Conflict {
                    first: "rederive_epsilon = false",
                    second: format!("clipping with {}", self.process),
                    hint: "this sampler needs x0 and epsilon that belong together",
                })
            }
            (Some(rederive), _) => Ok(rederive),
            (None, Process::Sample(SamplerKind::Ddim)) => Ok(self.config.rederive_epsilon),
            (None, Process::Sample(_)) => Ok(true),
            (None, Process::Encode(_) | Process::Forward) => Ok(false),
        }
    }

    /// The noise of DDIM, checked.
    fn noise(&self, steps: usize) -> Result<Noise, PlanError> {
        let given = if self.eta.is_some() {
            "eta"
        } else {
            "a list of sigmas"
        };
        match (self.eta, &self.sigmas) {
            (None, None) => Ok(Noise::Eta(0.0)),
            (Some(_), Some(_)) => Err(PlanError::Conflict {
                first: "eta",
                second: "a list of sigmas".to_owned(),
                hint: "eta is a way to compute the sigmas",
            }),
            _ if self.process != Process::Sample(SamplerKind::Ddim) => Err(PlanError::Conflict {
                first: given,
                second: self.process.to_string(),
                hint: "only the ddim sampler's noise can be set",
            }),
            (Some(eta), None) if eta >= 0.0 && eta.is_finite() => Ok(Noise::Eta(eta)),
            (Some(eta), None) => Err(PlanError::Eta { eta }),
            (None, Some(sigmas)) => {
                if sigmas.len() != steps {
                    return Err(PlanError::SigmaCount {
                        sigmas: sigmas.len(),
                        steps,
                    });
                }
                let bad = |sigma: &f64| !(*sigma >= 0.0 && sigma.is_finite());
                match sigmas.iter().position(bad) {
                    Some(index) => Err(PlanError::Sigma {
                        index,
                        sigma: sigmas[index],
                    }),
                    None => Ok(Noise::Sigmas(sigmas.clone())),
                }
            }
        }
    }

    fn grid(&self) -> Result<Grid, PlanError> {
        let schedule = &self.config.schedule;
        let train_steps = self.config.schedule.train_steps();
        if let Some(timesteps) = &self.timesteps {
            let other = if self.spacing.is_some() {
                Some("a spacing")
            } else if self.steps.is_some_and(|steps| steps != timesteps.len()) {
                Some("another number of steps")
            } else {
                None
            };
            return match other {
                Some(second) => Err(PlanError::Conflict {
                    first: "a list of timesteps",
                    second: second.to_owned(),
                    hint: "the list is the whole grid",
                }),
                None => {
                    let list = TimestepGrid::custom(timesteps.clone(), train_steps)?;
                    Ok(Grid::of_timesteps(schedule, &list))
                }
            };
        }
        let spacing = self.spacing.unwrap_or(self.config.default_spacing());
        let usable = self.config.usable_levels(spacing);
        let steps = self.steps.unwrap_or(Self::DEFAULT_STEPS.min(usable));
        match spacing {
            Spacing::Timesteps(spacing) => {
                let offset = self.config.steps_offset;
                let timesteps = TimestepGrid::distinct(spacing, usable, steps, offset)?;
                Ok(Grid::of_timesteps(schedule, &timesteps))
            }
            Spacing::Levels(spacing) => Ok(Grid::of_levels(schedule, spacing, usable - 1, steps)?),
        }
    }
}

/// Whether a sampler's rows are right only where `x = √a·x̂₀ + √(1−a)·ε̂`.
fn keeps_the_state(kind: SamplerKind) -> bool {
    !matches!(
        kind,
        SamplerKind::Ddim | SamplerKind::Ddpm | SamplerKind::DdpmLarge | SamplerKind::ReverseSde
    )
}

/// Refuses a row that a kernel could not execute in `f32`.
fn check(step: &StageCoefficients, rederive_epsilon: bool) -> Result<(), PlanError> {
    let &StageCoefficients {
        index,
        timestep,
        level,
        ..
    } = step;
    if level.is_clean() && step.eps_scale != 0.0 && rederive_epsilon {
        return Err(PlanError::NoEpsilonAtCleanLevel { index, timestep });
    }
    match step
        .named_values()
        .into_iter()
        .find(|(_, value)| !(*value as f32).is_finite())
    {
        None => Ok(()),
        Some((name, value)) => Err(PlanError::Overflow {
            index,
            timestep,
            alpha_bar: level.alpha_bar(),
            name,
            value,
        }),
    }
}
