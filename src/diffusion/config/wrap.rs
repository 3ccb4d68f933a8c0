//! Networks whose output is neither ε, x̂₀ nor v of the variance-preserving state.

use crate::diffusion::schedule::noise_level::NoiseLevel;

/// How a network is wrapped, `x̂₀ = skip·x + out·F(in·x)`, with `σ² = (1 − ᾱ)/ᾱ`.
#[doc(alias = "score function")]
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Wrap {
    /// Not at all: the output is what `prediction` says.
    #[default]
    None,
    /// EDM's preconditioning (Karras et al. 2022, table 1) of the state `x/√ᾱ`.
    Edm {
        /// The standard deviation of the data.
        sigma_data: f64,
    },
    /// The output is `sign · σ · ∇ ln p` of the state `x/√ᾱ`.
    Score {
        /// 1, or −1 for the negative.
        sign: f64,
    },
    /// The output is `sign` times the velocity from data to noise along `(1 − u)·data + u·noise`.
    Flow {
        /// 1, or −1 for the velocity from noise to data.
        sign: f64,
    },
}

impl Wrap {
    /// `[x0_from_x, x0_from_out, eps_from_x, eps_from_out]` at a level, for
    /// networks that are wrapped.
    ///
    /// `ε̂ = (x − √ᾱ·x̂₀)/√(1−ᾱ)` is written out so that it is exact at a clean level too.
    pub(in crate::diffusion) fn maps(self, level: NoiseLevel) -> Option<[f64; 4]> {
        let (signal, noise) = (level.sqrt_alpha_bar(), level.sqrt_one_minus_alpha_bar());
        let sigma = noise / signal;
        match self {
            Self::None => None,
            Self::Edm { sigma_data } => {
                let total = sigma * sigma + sigma_data * sigma_data;
                let root = total.sqrt();
                Some([
                    sigma_data * sigma_data / total / signal,
                    sigma * sigma_data / root,
                    sigma / signal / total,
                    -sigma_data / root,
                ])
            }
            Self::Score { sign } => Some([1.0 / signal, sign * sigma, 0.0, -sign]),
            Self::Flow { sign } => {
                let u = noise / (signal + noise);
                let scale = u.hypot(1.0 - u);
                Some([scale, -sign * u, scale, sign * (1.0 - u)])
            }
        }
    }

    /// Whether the maps exist at a level without any signal.
    pub(in crate::diffusion) fn allows_pure_noise(self) -> bool {
        matches!(self, Self::None | Self::Flow { .. })
    }
}
