//! Networks as the CPU sees them.

use crate::diffusion::{PredictionType, StageCoefficients};
use crate::network::GaussianMixture;

/// A network that the CPU can evaluate, one sample at a time: the built-in MLP, a closed form, or a
/// caller's own.
pub trait Denoiser: Send + Sync {
    /// Values in one sample, `D`.
    fn dims(&self) -> usize;

    /// Classes the network knows; none: it is unconditional.
    fn num_classes(&self) -> Option<usize> {
        None
    }

    /// Writes the network's output for the state `x` at the timestep of `step`, which
    /// is its [`network_level`](StageCoefficients::network_level): ε, x̂₀ or v,
    /// whichever the plan was made for.
    ///
    /// `x` and `out` are of [`Denoiser::dims`] values; `class` is below [`Denoiser::num_classes`],
    /// or none.
    fn predict(&self, step: &StageCoefficients, class: Option<u32>, x: &[f32], out: &mut [f32]);
}

/// The exact output of a [`GaussianMixture`], of the kind that a plan is made for.
#[derive(Debug, Clone)]
pub struct MixtureDenoiser {
    mixture: GaussianMixture,
    prediction: PredictionType,
}

impl MixtureDenoiser {
    /// A denoiser that gives `prediction`.
    pub fn new(mixture: GaussianMixture, prediction: PredictionType) -> Self {
        Self {
            mixture,
            prediction,
        }
    }
}

impl Denoiser for MixtureDenoiser {
    fn dims(&self) -> usize {
        self.mixture.dims()
    }

    fn predict(&self, step: &StageCoefficients, _class: Option<u32>, x: &[f32], out: &mut [f32]) {
        let x: Vec<f64> = x.iter().map(|&value| value.into()).collect();
        let mut exact = vec![0.0; x.len()];
        self.mixture
            .predict(self.prediction, step.network_level, &x, &mut exact);
        for (out, exact) in out.iter_mut().zip(exact) {
            *out = exact as f32;
        }
    }
}
