//! The closed lists of names that configuration files and command lines use.

use std::fmt;
use std::str::FromStr;

/// A name that is not one of the known ones.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown {what} `{name}`: use one of {expected}")]
#[non_exhaustive]
pub struct UnknownName {
    /// What the name was to stand for, e.g. "timestep spacing".
    pub what: &'static str,
    /// The name as given.
    pub name: String,
    /// The known names, separated by commas.
    pub expected: &'static str,
}

/// Defines a field-less enum with one name per variant, its list, `Display` and `FromStr`.
macro_rules! named_enum {
    (
        $(#[$meta:meta])* $what:literal $type:ident, expected $expected:literal {
            $($(#[$variant_meta:meta])* $variant:ident = $name:literal $(| $alias:literal)*,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $type {
            $($(#[$variant_meta])* $variant,)+
        }

        impl $type {
            /// Every variant, in the order they are documented.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name used in configuration files and on the command line.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }

        impl FromStr for $type {
            type Err = UnknownName;

            fn from_str(name: &str) -> Result<Self, UnknownName> {
                match name {
                    $($name $(| $alias)* => Ok(Self::$variant),)+
                    _ => Err(UnknownName {
                        what: $what,
                        name: name.to_owned(),
                        expected: $expected,
                    }),
                }
            }
        }
    };
}

named_enum! {
    /// How a list of `β` is made from its first and last value; the names are diffusers' `beta_schedule`.
    "beta schedule" BetaSchedule, expected "linear, scaled_linear, squaredcos_cap_v2, sigmoid" {
        /// `β` in equal steps (Ho et al. 2020).
        Linear = "linear",
        /// `√β` in equal steps (latent diffusion).
        ScaledLinear = "scaled_linear",
        /// From a squared cosine, `β` capped at 0.999 (Nichol & Dhariwal 2021, equation 17). Ignores the first and last value.
        SquaredCosCapV2 = "squaredcos_cap_v2",
        /// From a sigmoid between the first and last value (GeoDiff).
        Sigmoid = "sigmoid",
    }
}

named_enum! {
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
        /// `⌊linspace(0, √(0.8·T), S)²⌋`: denser towards the data (DDIM, appendix D.2, for CIFAR-10).
        Quadratic = "quadratic",
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
    /// The samplers, by their names on the command line. With state level `a`, next level `p`:
    "sampler" SamplerKind, expected "ddim, ddpm, ddpm-large, reverse-sde, heun, dpmpp-2m" {
        /// DDIM (Song et al. 2021): deterministic at `η = 0`, where it is Euler's method for the probability-flow ODE.
        Ddim = "ddim",
        /// DDPM (Ho et al. 2020) with the variance that the configuration names, the small one by default.
        Ddpm = "ddpm",
        /// DDPM with the large variance `σ̂² = 1−a/p`, whatever the configuration names.
        DdpmLarge = "ddpm-large",
        /// Euler–Maruyama for the reverse-time VP-SDE (Song et al. 2021, score SDE).
        ReverseSde = "reverse-sde",
        /// Heun's method for the probability-flow ODE in `φ = √((1−ᾱ)/ᾱ)`: second order, two rows a step.
        Heun = "heun",
        /// DPM-Solver++(2M) (Lu et al. 2022): second order, one row a step.
        DpmSolverPlusPlus2M = "dpmpp-2m",
    }
}

named_enum! {
    /// At which level the network is asked when data are encoded towards noise from level `a` to `p < a`; the names are those
    /// of the command line.
    "encoding convention" EncodeConvention, expected "paper, diffusers" {
        /// At the level the state is at, the mirror of sampling (DDIM, equation 14); see [`Plan::encode`](super::Plan::encode)
        /// for the first row.
        Paper = "paper",
        /// At the level the step goes to, as diffusers' `DDIMInverseScheduler` does.
        Diffusers = "diffusers",
    }
}
