//! Reading diffusers' `scheduler_config.json`, as `save_pretrained` writes it.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::clipping::Clipping;
use super::config::{Ending, FinalLevel, SchedulerConfig};
use super::error::SchedulerConfigError;
use super::json_literals::{Float, Integer, to_json};
use super::names::{LevelSpacing, PredictionType, SamplerKind, TimestepSpacing, Variance};
use super::own_json::OwnSchedule;
use super::wrap::Wrap;
use crate::diffusion::named_enum::UnknownName;
use crate::diffusion::schedule::discrete::NoiseSchedule;
use crate::diffusion::schedule::named::BetaSchedule;

/// Schedulers of diffusers that read the same training settings, so that a file written by one of
/// them can be sampled with another; diffusers' own list (`KarrasDiffusionSchedulers`).
const COMPATIBLE_CLASSES: &[&str] = &[
    "PNDMScheduler",
    "LMSDiscreteScheduler",
    "EulerDiscreteScheduler",
    "EulerAncestralDiscreteScheduler",
    "HeunDiscreteScheduler",
    "DPMSolverMultistepScheduler",
    "DPMSolverSinglestepScheduler",
    "DPMSolverSDEScheduler",
    "KDPM2DiscreteScheduler",
    "KDPM2AncestralDiscreteScheduler",
    "DEISMultistepScheduler",
    "UniPCMultistepScheduler",
    "LCMScheduler",
];

/// Unknown keys that are named; of a file that has more, how many.
const MOST_NAMED: usize = 12;

/// Whether PNDM is PLMS from its first step on; a key of `PNDMScheduler` alone.
const SKIP_PRK: &str = "skip_prk_steps";

/// The keys of `DDIMScheduler`, `DDIMInverseScheduler` and `DDPMScheduler`; `null` and an absent
/// key mean the default.
#[derive(Deserialize)]
struct Keys {
    #[serde(rename = "_class_name")]
    class_name: Option<String>,
    num_train_timesteps: Option<Integer>,
    beta_start: Option<f64>,
    beta_end: Option<f64>,
    beta_schedule: Option<String>,
    trained_betas: Option<Vec<f64>>,
    clip_sample: Option<bool>,
    clip_sample_range: Option<f64>,
    set_alpha_to_one: Option<bool>,
    steps_offset: Option<Integer>,
    prediction_type: Option<String>,
    thresholding: Option<bool>,
    dynamic_thresholding_ratio: Option<f64>,
    sample_max_value: Option<f64>,
    timestep_spacing: Option<String>,
    rescale_betas_zero_snr: Option<bool>,
    variance_type: Option<String>,
    // Of the solvers.
    final_sigmas_type: Option<String>,
    lambda_min_clipped: Option<Float>,
    use_karras_sigmas: Option<bool>,
    use_exponential_sigmas: Option<bool>,
    use_lu_lambdas: Option<bool>,
    solver_order: Option<Integer>,
    algorithm_type: Option<String>,
    solver_type: Option<String>,
    lower_order_final: Option<bool>,
    euler_at_final: Option<bool>,
    // Of this library.
    ddim_wgpu: Option<OwnSchedule>,
    #[serde(flatten)]
    unknown: Map<String, Value>,
}

impl SchedulerConfig {
    /// Reads the text of a `scheduler_config.json`; the second value holds one warning per key or
    /// class that is not known, each a single line.
    ///
    /// Absent keys have diffusers' defaults: 1000 levels, linear `β` from 1e-4 to 0.02,
    /// `ε`-prediction, clipping to ±1, leading grid, last step to `ᾱ = 1`. Keys that begin with an
    /// underscore are notes and are passed over.
    ///
    /// Schedules that diffusers' keys cannot say are written under the name `ddim_wgpu`:
    /// `{"schedule": "constant_beta", "beta": 10, "end_time": 1}`,
    /// `{"schedule": "linear_beta", "beta_min": 0.1, "beta_max": 20, "end_time": 1}`, both read at
    /// `num_train_timesteps` even times or at `"times": [t_0, t_1, …]`
    /// ([`ContinuousSchedule`](crate::diffusion::ContinuousSchedule)), and
    /// `{"schedule": "exponential_of_sum", "time_step": 1}` of the file's `β`
    /// ([`NoiseSchedule::exponential_of_sum`]).
    ///
    /// # Precision
    /// diffusers computes its levels in `f32`, this library in `f64`.
    ///
    /// # Differences from diffusers
    /// Where diffusers 0.42 goes wrong this library does not follow:
    /// - DDIM goes to the next entry of the grid; diffusers goes to `t − ⌊T/S⌋`, another level for
    ///   most `linspace` and `trailing` grids.
    /// - A `trailing` grid has exactly `S` entries; diffusers' has `S + 1` for some `S` (61, 103,
    ///   121 of 1000), the last being −1.
    /// - A grid that leads past the last level is an error; diffusers fails at the index, or not at
    ///   all.
    /// - `ε`-prediction with `rescale_betas_zero_snr` is an error; diffusers gives NaN or infinity.
    /// - Encoding with a sample-predicting network from `ᾱ = 1` asks it at the level the first row
    ///   goes to; diffusers gives infinity.
    /// - `variance_type` `fixed_large_log` means `fixed_large`; diffusers takes the root of a
    ///   logarithm, which is NaN.
    /// - The last step of DDPM adds no noise whatever the grid; diffusers adds `fixed_large` noise
    ///   to it unless it is at `t = 0`.
    /// - `trained_betas` must have `num_train_timesteps` entries; diffusers fails at the index
    ///   later.
    ///
    /// # Errors
    /// [`SchedulerConfigError`] where the text is not JSON, a value is out of range or a name is
    /// not known, and for `ε`-prediction with `rescale_betas_zero_snr`.
    pub fn from_json(text: &str) -> Result<(Self, Vec<String>), SchedulerConfigError> {
        let keys: Keys =
            serde_json::from_str(&to_json(text)).map_err(|error| SchedulerConfigError::Json {
                line: error.line(),
                column: error.column(),
                message: without_position(&error),
            })?;
        let warnings = keys.warnings()?;
        let config = Self {
            schedule: keys.schedule()?,
            prediction: parse_or(&keys.prediction_type, PredictionType::Epsilon)?,
            wrap: Wrap::None,
            clipping: keys.clipping(),
            spacing: parse_or(&keys.timestep_spacing, TimestepSpacing::Leading)?,
            level_spacing: keys.level_spacing(),
            lambda_min_clipped: keys.lambda_min_clipped.map(|lambda| lambda.0),
            steps_offset: keys.steps_offset.map_or(0, |offset| offset.0),
            final_level: keys.final_level()?,
            rederive_epsilon: false,
            variance: parse_or(&keys.variance_type, Variance::Small)?,
            ending: Ending {
                // The default of the classes that have it.
                lower_order_final: keys.lower_order_final.unwrap_or(keys.is_of_a_solver()),
                euler_at_final: keys.euler_at_final.unwrap_or(false),
            },
        };
        config.validate()?;
        Ok((config, warnings))
    }
}

impl Keys {
    fn schedule(&self) -> Result<NoiseSchedule, SchedulerConfigError> {
        let schedule = match &self.ddim_wgpu {
            Some(own) => own.make(self.train_steps(), || self.product())?,
            None => self.product()?,
        };
        if self.rescale_betas_zero_snr == Some(true) {
            return Ok(schedule.rescale_zero_terminal_snr()?);
        }
        Ok(schedule)
    }

    /// The product of `1 − β`, with `β` by diffusers' keys.
    fn product(&self) -> Result<NoiseSchedule, SchedulerConfigError> {
        if let Some(betas) = &self.trained_betas {
            match self.train_steps() {
                Some(train_steps) if train_steps != betas.len() => {
                    Err(SchedulerConfigError::TrainedBetasLength {
                        betas: betas.len(),
                        train_steps,
                    })
                }
                _ => Ok(NoiseSchedule::from_trained_betas(betas)?),
            }
        } else {
            Ok(NoiseSchedule::named(
                parse_or(&self.beta_schedule, BetaSchedule::Linear)?,
                self.beta_start.unwrap_or(1e-4),
                self.beta_end.unwrap_or(0.02),
                self.train_steps().unwrap_or(1000),
            )?)
        }
    }

    fn is_of_a_solver(&self) -> bool {
        let class = self.class_name.as_deref();
        class.is_some_and(|class| COMPATIBLE_CLASSES.contains(&class))
    }

    /// The sampler that a class with these settings is here, if there is one.
    fn own_sampler(&self, class: &str) -> Option<SamplerKind> {
        let order = self.solver_order.map_or(2, |order| order.0);
        let algorithm = self.algorithm_type.as_deref().unwrap_or("dpmsolver++");
        let of_type = |usual| self.solver_type.as_deref().unwrap_or(usual) == usual;
        Some(match (class, algorithm, order) {
            ("EulerDiscreteScheduler", ..) => SamplerKind::Ddim,
            ("HeunDiscreteScheduler", ..) => SamplerKind::Heun,
            ("LMSDiscreteScheduler", ..) => SamplerKind::Lms,
            ("LCMScheduler", ..) => SamplerKind::Consistency,
            ("PNDMScheduler", ..) if self.unknown.get(SKIP_PRK) == Some(&true.into()) => {
                SamplerKind::Plms
            }
            ("UniPCMultistepScheduler", _, 2) if of_type("bh2") => SamplerKind::UniPc2,
            ("UniPCMultistepScheduler", _, 3) if of_type("bh2") => SamplerKind::UniPc3,
            ("DEISMultistepScheduler", _, 2) => SamplerKind::Deis2,
            ("DEISMultistepScheduler", _, 3) => SamplerKind::Deis3,
            ("DPMSolverMultistepScheduler", "dpmsolver++" | "dpmsolver", 1) => SamplerKind::Ddim,
            ("DPMSolverMultistepScheduler", _, _) if !of_type("midpoint") => return None,
            ("DPMSolverMultistepScheduler", "dpmsolver++", 2) => SamplerKind::DpmSolverPlusPlus2M,
            ("DPMSolverMultistepScheduler", "dpmsolver++", 3) => SamplerKind::DpmSolverPlusPlus3M,
            ("DPMSolverMultistepScheduler", "dpmsolver", 2) => SamplerKind::DpmSolver2M,
            ("DPMSolverMultistepScheduler", "dpmsolver", 3) => SamplerKind::DpmSolver3M,
            ("DPMSolverMultistepScheduler", "sde-dpmsolver++", 2) => {
                SamplerKind::SdeDpmSolverPlusPlus2M
            }
            _ => return None,
        })
    }

    fn train_steps(&self) -> Option<usize> {
        self.num_train_timesteps.map(|train_steps| train_steps.0)
    }

    fn level_spacing(&self) -> Option<LevelSpacing> {
        if self.use_karras_sigmas == Some(true) {
            Some(LevelSpacing::Karras)
        } else if self.use_exponential_sigmas == Some(true) || self.use_lu_lambdas == Some(true) {
            Some(LevelSpacing::LogSnr)
        } else {
            None
        }
    }

    /// `final_sigmas_type` is the solvers' name for what DDIM calls `set_alpha_to_one`.
    fn final_level(&self) -> Result<FinalLevel, SchedulerConfigError> {
        match (self.final_sigmas_type.as_deref(), self.set_alpha_to_one) {
            (Some("sigma_min"), _) | (None, Some(false)) => Ok(FinalLevel::First),
            (Some("zero") | None, _) => Ok(FinalLevel::One),
            (Some(name), _) => Err(UnknownName {
                what: "final_sigmas_type",
                name: name.to_owned(),
                expected: "zero, sigma_min",
            }
            .into()),
        }
    }

    fn clipping(&self) -> Clipping {
        // diffusers' order: thresholding replaces clipping.
        if self.thresholding == Some(true) {
            Clipping::DynamicThreshold {
                ratio: self.dynamic_thresholding_ratio.unwrap_or(0.995),
                max: self.sample_max_value.unwrap_or(1.0),
            }
        } else if self.clip_sample.unwrap_or(true) {
            Clipping::Range(self.clip_sample_range.unwrap_or(1.0))
        } else {
            Clipping::None
        }
    }

    fn warnings(&self) -> Result<Vec<String>, SchedulerConfigError> {
        let mut warnings = Vec::new();
        match self.class_name.as_deref() {
            None
            | Some(
                "DDIMScheduler"
                | "DDIMInverseScheduler"
                | "DDIMParallelScheduler"
                | "DDPMScheduler"
                | "DDPMParallelScheduler",
            ) => {}
            Some(class) if COMPATIBLE_CLASSES.contains(&class) => {
                let read = format!("scheduler class {class} is read as DDIMScheduler");
                warnings.push(match self.own_sampler(class) {
                    Some(sampler) => format!("{read}; its own sampler is `{sampler}`"),
                    None => read,
                });
            }
            Some(class) => {
                return Err(SchedulerConfigError::UnsupportedClass {
                    class: class.to_owned(),
                });
            }
        }
        let pndm = self.class_name.as_deref() == Some("PNDMScheduler");
        let known = |key: &str| key.starts_with('_') || (pndm && key == SKIP_PRK);
        let unknown: Vec<&String> = self.unknown.keys().filter(|key| !known(key)).collect();
        let named = unknown.iter().take(MOST_NAMED);
        warnings.extend(named.map(|key| format!("unknown scheduler key {key:?} ignored")));
        if unknown.len() > MOST_NAMED {
            let more = unknown.len() - MOST_NAMED;
            warnings.push(format!("{more} more unknown scheduler keys ignored"));
        }
        Ok(warnings)
    }
}

fn parse_or<T>(name: &Option<String>, default: T) -> Result<T, SchedulerConfigError>
where
    T: std::str::FromStr,
    SchedulerConfigError: From<T::Err>,
{
    Ok(match name {
        Some(name) => name.parse()?,
        None => default,
    })
}

/// serde_json ends its messages with the position, which the error carries in fields of its own.
fn without_position(error: &serde_json::Error) -> String {
    let message = error.to_string();
    match message.rsplit_once(" at line ") {
        Some((message, _)) => message.to_owned(),
        None => message,
    }
}
