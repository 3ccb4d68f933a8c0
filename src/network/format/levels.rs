//! What a network is told of a noise level, and how it is wrapped.
//!
//! Networks are trained in timesteps, in σ or along a straight line from data to noise. The state
//! of every plan is the variance-preserving one, so a network that thinks otherwise is wrapped:
//! `x̂₀ = skip·x + out·F(in·x, t)`, with `σ² = (1 − ᾱ)/ᾱ`.

use serde::Deserialize;

use crate::diffusion::{NoiseLevel, Wrap};

use super::error::ConfigError;

/// The number that the register `t` holds, before factor and offset.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum LevelTime {
    /// The integer timestep.
    Index,
    /// The timestep over the number of training levels.
    Fraction,
    /// σ.
    Sigma,
    /// ln σ.
    LogSigma,
    /// `u = σ/(1 + σ)`: 0 is data, 1 is noise.
    FlowTime,
    /// A number for each training level.
    List(Vec<f64>),
}

/// How the network's output becomes an estimate of the data.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LevelWrap {
    /// By the scheduler's `prediction_type`, on the variance-preserving state.
    None,
    /// By `prediction_type`, on the variance-exploding state `√(1 + σ²)·x`.
    Ve,
    /// The preconditioning of EDM (Karras et al. 2022).
    Edm,
    /// A score, `∇ ln p` of the variance-exploding state times σ.
    Score,
    /// A rectified flow: the velocity from data to noise along `(1 − u)·data + u·noise`.
    Flow,
}

/// `"levels"` of a `config.json`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Levels {
    /// What the network is told.
    pub time: LevelTime,
    /// It is told `factor · time + offset`.
    pub factor: f64,
    /// See `factor`.
    pub offset: f64,
    /// How it is wrapped.
    pub wrap: LevelWrap,
    /// The standard deviation of the data, in [`LevelWrap::Edm`].
    pub sigma_data: f64,
    /// −1 where a network of [`LevelWrap::Score`] or [`LevelWrap::Flow`] has the other sign.
    pub sign: f64,
}

impl Default for Levels {
    fn default() -> Self {
        Self {
            time: LevelTime::Index,
            factor: 1.0,
            offset: 0.0,
            wrap: LevelWrap::None,
            sigma_data: 0.5,
            sign: 1.0,
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawTime {
    Name(TimeName),
    List(Vec<f64>),
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum TimeName {
    Index,
    Fraction,
    Sigma,
    LogSigma,
    FlowTime,
}

/// The object as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLevels {
    t: Option<RawTime>,
    factor: Option<f64>,
    offset: Option<f64>,
    wrap: Option<LevelWrap>,
    sigma_data: Option<f64>,
    sign: Option<f64>,
}

impl RawLevels {
    pub(super) fn check(self) -> Result<Levels, ConfigError> {
        let default = Levels::default();
        let levels = Levels {
            time: match self.t {
                None | Some(RawTime::Name(TimeName::Index)) => LevelTime::Index,
                Some(RawTime::Name(TimeName::Fraction)) => LevelTime::Fraction,
                Some(RawTime::Name(TimeName::Sigma)) => LevelTime::Sigma,
                Some(RawTime::Name(TimeName::LogSigma)) => LevelTime::LogSigma,
                Some(RawTime::Name(TimeName::FlowTime)) => LevelTime::FlowTime,
                Some(RawTime::List(list)) => LevelTime::List(list),
            },
            factor: self.factor.unwrap_or(default.factor),
            offset: self.offset.unwrap_or(default.offset),
            wrap: self.wrap.unwrap_or(default.wrap),
            sigma_data: self.sigma_data.unwrap_or(default.sigma_data),
            sign: self.sign.unwrap_or(default.sign),
        };
        let number = |key, value: f64, holds: bool, requirement| {
            if value.is_finite() && holds {
                return Ok(());
            }
            Err(ConfigError::Number {
                key,
                value,
                requirement,
            })
        };
        let (factor, offset, sign) = (levels.factor, levels.offset, levels.sign);
        number("levels.factor", factor, factor != 0.0, "finite and not 0")?;
        number("levels.offset", offset, true, "finite")?;
        number("levels.sign", sign, sign.abs() == 1.0, "1 or -1")?;
        let data = levels.sigma_data;
        let positive = "positive and finite";
        number("levels.sigma_data", data, data > 0.0, positive)?;
        if let LevelTime::List(list) = &levels.time {
            for &value in list {
                number("a number of levels.t", value, true, "finite")?;
            }
        }
        Ok(levels)
    }
}

/// σ of a level, `√((1 − ᾱ)/ᾱ)`.
fn sigma(level: NoiseLevel) -> f64 {
    level.sqrt_one_minus_alpha_bar() / level.sqrt_alpha_bar()
}

/// `σ/(1 + σ)`.
fn flow_time(level: NoiseLevel) -> f64 {
    let (signal, noise) = (level.sqrt_alpha_bar(), level.sqrt_one_minus_alpha_bar());
    noise / (signal + noise)
}

impl Levels {
    /// The wrap as plans know it.
    pub(in crate::network) fn plan_wrap(&self) -> Wrap {
        match self.wrap {
            LevelWrap::None | LevelWrap::Ve => Wrap::None,
            LevelWrap::Edm => Wrap::Edm {
                sigma_data: self.sigma_data,
            },
            LevelWrap::Score => Wrap::Score { sign: self.sign },
            LevelWrap::Flow => Wrap::Flow { sign: self.sign },
        }
    }

    /// What the network is told at `timestep` of `train_steps`, which is `level`. Between two
    /// numbers of a list it is a line.
    ///
    /// # Panics
    /// If the levels are a list without that timestep.
    pub fn told(&self, timestep: f64, train_steps: usize, level: NoiseLevel) -> f64 {
        let time = match &self.time {
            LevelTime::Index => timestep,
            LevelTime::Fraction => timestep / train_steps as f64,
            LevelTime::Sigma => sigma(level),
            LevelTime::LogSigma => sigma(level).ln(),
            LevelTime::FlowTime => flow_time(level),
            LevelTime::List(list) => {
                let (below, above) = (timestep.floor() as usize, timestep.ceil() as usize);
                list[below] + timestep.fract() * (list[above] - list[below])
            }
        };
        self.factor * time + self.offset
    }

    /// `in`: what the state is multiplied by before the network sees it.
    pub fn input_scale(&self, level: NoiseLevel) -> f64 {
        let sigma = sigma(level);
        let root = sigma.hypot(1.0);
        match self.wrap {
            LevelWrap::None | LevelWrap::Score => 1.0,
            LevelWrap::Ve => root,
            LevelWrap::Edm => root / sigma.hypot(self.sigma_data),
            LevelWrap::Flow => {
                let u = flow_time(level);
                (1.0 - u).hypot(u)
            }
        }
    }

    /// Whether [`Levels::input_scale`] can be other than 1.
    pub fn scales_input(&self) -> bool {
        !matches!(self.wrap, LevelWrap::None | LevelWrap::Score)
    }

    /// The largest number that the network is told, where all are whole and not negative: what an
    /// embedding can be read by.
    pub(in crate::network) fn largest_integer(&self, train_steps: usize) -> Option<usize> {
        let list = match &self.time {
            LevelTime::Index => vec![0.0, 1.0, train_steps as f64 - 1.0],
            LevelTime::List(list) => list.clone(),
            _ => return None,
        };
        let told = list.iter().map(|time| self.factor * time + self.offset);
        told.map(|value| {
            let fits = value.fract() == 0.0 && (0.0..=u32::MAX.into()).contains(&value);
            fits.then_some(value as usize)
        })
        .try_fold(0, |largest, value| Some(largest.max(value?)))
    }

    /// Checks that a list has a number for each of `train_steps` levels.
    pub(in crate::network) fn check_count(&self, train_steps: usize) -> Result<(), ConfigError> {
        match &self.time {
            LevelTime::List(list) if list.len() != train_steps => Err(ConfigError::LevelCount {
                found: list.len(),
                expected: train_steps,
            }),
            _ => Ok(()),
        }
    }
}
