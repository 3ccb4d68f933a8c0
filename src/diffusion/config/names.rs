//! The closed lists of names that configuration files and command lines use, and what a plan does.

use std::fmt;
use std::str::FromStr;

use crate::diffusion::named_enum::{UnknownName, named_enum};

named_enum! {
    #[doc(alias = "noise prediction")]
    #[doc(alias = "v-prediction")]
    /// What the network's output means; the names are diffusers' `prediction_type`.
    "prediction type" PredictionType, expected "epsilon, sample, v_prediction" {
        /// The noise `ε`: `x̂₀ = (x − √(1−ᾱ)·out)/√ᾱ`.
        Epsilon = "epsilon",
        /// The data: `x̂₀ = out`.
        Sample = "sample",
        /// `v = √ᾱ·ε − √(1−ᾱ)·x_0` (Salimans & Ho 2022): `x̂₀ = √ᾱ·x − √(1−ᾱ)·out`.
        VPrediction = "v_prediction",
    }
}

named_enum! {
    /// How a run of `S` steps picks its levels among the `T` the network was trained on.
    "timestep spacing" TimestepSpacing, expected "leading, trailing, linspace, quadratic" {
        /// `i·⌊T/S⌋ + offset`: always includes the first level (at offset 0), seldom the last.
        Leading = "leading",
        /// `round(T − i·T/S) − 1`: always includes the last level.
        Trailing = "trailing",
        /// `round(linspace(0, T−1, S))`: includes both ends.
        Linspace = "linspace",
        /// `⌊linspace(0, √(0.8·T), S)²⌋`: denser towards the data (DDIM, appendix D.2, for
        /// CIFAR-10).
        Quadratic = "quadratic",
    }
}

named_enum! {
    /// How a run of `S` steps places its levels by what a solver sees, from the noisiest to that of
    /// timestep 0. Between training levels the network is told a fraction of a timestep.
    "level spacing" LevelSpacing, expected "log-snr, karras" {
        /// `λ = ½·ln(ᾱ/(1−ᾱ))` in equal steps (Lu et al. 2022; diffusers' `use_exponential_sigmas`,
        /// which is the same in `φ`, and `use_lu_lambdas`).
        LogSnr = "log-snr",
        /// `φ^(1/7)` in equal steps, `φ = √((1−ᾱ)/ᾱ)` (Karras et al. 2022, equation 5; diffusers'
        /// `use_karras_sigmas`).
        Karras = "karras",
    }
}

/// How a run picks its levels: among the training levels, or by what a solver sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Spacing {
    /// Training levels.
    Timesteps(TimestepSpacing),
    /// Any levels.
    Levels(LevelSpacing),
}

impl Spacing {
    /// Every spacing, in the order they are documented.
    pub const ALL: &'static [Self] = &[
        Self::Timesteps(TimestepSpacing::Leading),
        Self::Timesteps(TimestepSpacing::Trailing),
        Self::Timesteps(TimestepSpacing::Linspace),
        Self::Timesteps(TimestepSpacing::Quadratic),
        Self::Levels(LevelSpacing::LogSnr),
        Self::Levels(LevelSpacing::Karras),
    ];

    /// The name used on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Timesteps(spacing) => spacing.name(),
            Self::Levels(spacing) => spacing.name(),
        }
    }
}

impl fmt::Display for Spacing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Spacing {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let all = Self::ALL.iter().copied();
        all.into_iter()
            .find(|spacing| spacing.name() == name)
            .ok_or_else(|| UnknownName {
                what: "spacing",
                name: name.to_owned(),
                expected: "leading, trailing, linspace, quadratic, log-snr, karras",
            })
    }
}

impl From<TimestepSpacing> for Spacing {
    fn from(spacing: TimestepSpacing) -> Self {
        Self::Timesteps(spacing)
    }
}

impl From<LevelSpacing> for Spacing {
    fn from(spacing: LevelSpacing) -> Self {
        Self::Levels(spacing)
    }
}

named_enum! {
    /// The noise that DDPM adds at a step; the names are diffusers' `variance_type`.
    "variance type" Variance, expected "fixed_small, fixed_large" {
        /// The posterior's: `β̃ = (1−p)/(1−a)·(1−a/p)`.
        Small = "fixed_small" | "fixed_small_log",
        /// The forward step's: `1−a/p` (DDIM's `σ̂²`).
        Large = "fixed_large" | "fixed_large_log",
    }
}

named_enum! {
    #[doc(alias = "probability flow ODE")]
    #[doc(alias = "reverse SDE")]
    /// The samplers, by their names on the command line. With state level `a`, next level `p`,
    /// `φ = √((1−ᾱ)/ᾱ)` and `λ = −ln φ`.
    ///
    /// Euler's method of other libraries is [`Ddim`](Self::Ddim), and their ancestral Euler is DDIM
    /// with `η = 1`: the same rows.
    "sampler" SamplerKind, expected "ddim, ddpm, ddpm-large, reverse-sde, heun, dpmpp-2m, dpmpp-3m, \
        dpmpp-2m-sde, dpm-2m, dpm-3m, unipc-2, unipc-3, deis-2, deis-3, lms, plms, lcm" {
        /// DDIM (Song et al. 2021): deterministic at `η = 0`, where it is Euler's method for the
        /// probability-flow ODE.
        Ddim = "ddim",
        /// DDPM (Ho et al. 2020) with the variance that the configuration names, the small one by
        /// default.
        Ddpm = "ddpm",
        /// DDPM with the large variance `σ̂² = 1−a/p`, whatever the configuration names.
        DdpmLarge = "ddpm-large",
        /// Euler–Maruyama for the reverse-time VP-SDE (Song et al. 2021, score SDE).
        ReverseSde = "reverse-sde",
        /// Heun's method for the probability-flow ODE in `φ`: second order, two stages a step.
        Heun = "heun",
        /// DPM-Solver++(2M) (Lu et al. 2022): second order in `λ`, on `x̂₀`.
        DpmSolverPlusPlus2M = "dpmpp-2m",
        /// DPM-Solver++(3M): two earlier `x̂₀` in `λ`.
        DpmSolverPlusPlus3M = "dpmpp-3m",
        /// SDE-DPM-Solver++(2M): the reverse SDE, of second order in its mean.
        SdeDpmSolverPlusPlus2M = "dpmpp-2m-sde",
        /// DPM-Solver (Lu et al. 2022), multistep, second order in `λ`, on `ε̂`.
        DpmSolver2M = "dpm-2m",
        /// DPM-Solver, multistep, two earlier `ε̂` in `λ`.
        DpmSolver3M = "dpm-3m",
        /// UniPC (Zhao et al. 2023), of second order, `bh2`, on `x̂₀`.
        UniPc2 = "unipc-2",
        /// UniPC of third order.
        UniPc3 = "unipc-3",
        /// DEIS (Zhang & Chen 2023), `logρ`, of second order, on `ε̂`.
        Deis2 = "deis-2",
        /// DEIS of third order.
        Deis3 = "deis-3",
        /// The linear multistep method of fourth order in `φ` (Katherine Crowson's k-diffusion), on
        /// `ε̂`.
        Lms = "lms",
        /// PLMS, the multistep part of PNDM (Liu et al. 2022): of Adams and Bashforth, on `ε̂`;
        /// its first step is Heun's.
        Plms = "plms",
        /// Multistep consistency sampling (Luo et al. 2023), for networks distilled for it.
        Consistency = "lcm",
    }
}

impl SamplerKind {
    /// The power of the length of steps at which a run's error falls, or faster: of deterministic
    /// methods that of the state, of stochastic ones that of the mean. PLMS is of fourth order on
    /// grids that are even in `φ`, and of second on all others. The 3M methods weigh their second
    /// difference by half of what third order takes, here as in every implementation of them: they
    /// are of second order, with a smaller error than 2M.
    #[must_use]
    pub const fn order(self) -> usize {
        match self {
            Self::Ddim | Self::Ddpm | Self::DdpmLarge | Self::ReverseSde | Self::Consistency => 1,
            Self::Heun
            | Self::DpmSolverPlusPlus2M
            | Self::SdeDpmSolverPlusPlus2M
            | Self::DpmSolver2M
            | Self::DpmSolverPlusPlus3M
            | Self::DpmSolver3M
            | Self::UniPc2
            | Self::Deis2
            | Self::Plms => 2,
            Self::UniPc3 | Self::Deis3 => 3,
            Self::Lms => 4,
        }
    }

    /// What a run needs beside one evaluation of the network a step, in words.
    #[must_use]
    pub const fn needs(self) -> &'static str {
        match self {
            Self::Ddim => "nothing, or noise where eta is above 0",
            Self::Ddpm | Self::DdpmLarge | Self::ReverseSde => "noise",
            Self::Heun => "a second evaluation a step, the estimate before",
            Self::DpmSolverPlusPlus2M => "the estimate before",
            Self::SdeDpmSolverPlusPlus2M => "noise, the estimate before",
            Self::DpmSolver2M | Self::Deis2 => "the epsilon before",
            Self::DpmSolverPlusPlus3M | Self::UniPc2 => "2 earlier estimates",
            Self::DpmSolver3M | Self::Deis3 => "2 earlier epsilons",
            Self::UniPc3 => "3 earlier estimates",
            Self::Lms => "3 earlier epsilons",
            Self::Plms => "3 earlier epsilons, a second evaluation in the first step",
            Self::Consistency => "noise, a network distilled for consistency",
        }
    }
}

named_enum! {
    /// At which level the network is asked when data are encoded towards noise from level `a` to
    /// `p < a`; the names are those of the command line.
    "encoding convention" EncodeConvention, expected "paper, diffusers" {
        /// At the level the state is at, the mirror of sampling (DDIM, equation 14); see
        /// [`Plan::encode`](crate::diffusion::Plan::encode) for the first row.
        Paper = "paper",
        /// At the level the step goes to, as diffusers' `DDIMInverseScheduler` does.
        Diffusers = "diffusers",
    }
}

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
