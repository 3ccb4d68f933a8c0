//! The way from data to noise: the transitions that the reverse process is the reverse of.

use super::ddim::{with_eta, with_sigma};
use crate::diffusion::schedule::noise_level::NoiseLevel;
use crate::diffusion::stage::coefficients::StageCoefficients;
use crate::diffusion::stage::error::PlanError;
use crate::diffusion::stage::history::HISTORY;
use crate::diffusion::stage::update::Update;

/// A step of the forward process, `x' = x0_scale·x_0 + x_scale·x + noise_scale·z` with
/// `z ~ N(0, I)`, from the level `p` of `x` to a noisier level `a`.
///
/// Three kinds, all with the same marginals `q(x_a|x_0) = N(√a·x_0, (1−a)·I)`. It is a pure
/// function of levels, in `f64`. To run it: [`Forward::apply`], or on a GPU an external network
/// that holds `x_0`, since with `out = x_0` it is a row like any other.
///
/// ```
/// use ddim_wgpu::diffusion::{Forward, NoiseSchedule};
///
/// let schedule = NoiseSchedule::linear(1e-4, 0.02, 1000)?;
/// let data = [0.5_f32; 4];
/// let mut x = [0.0; 4];
/// Forward::marginal(schedule.level(500)).noise(42, 0, &data, &mut x);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "forward process")]
#[doc(alias = "diffusion process")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Forward {
    /// Share of the data in the next state, at least 0.
    pub x0_scale: f64,
    /// Share of the state in the next state, at least 0.
    pub x_scale: f64,
    /// Standard deviation of the noise added, at least 0.
    pub noise_scale: f64,
}

impl Forward {
    /// From data to `level` at once: `√a·x_0 + √(1−a)·z` (DDPM, equation 4). Looks at no state.
    #[doc(alias = "reparameterization")]
    #[must_use]
    pub fn marginal(level: NoiseLevel) -> Self {
        Self {
            x0_scale: level.sqrt_alpha_bar(),
            x_scale: 0.0,
            noise_scale: level.sqrt_one_minus_alpha_bar(),
        }
    }

    /// DDPM's Markov step: `√(1−β)·x + √β·z` with `1−β = a/p` (DDPM, equation 2; there for
    /// neighbouring levels). Looks at no data.
    ///
    /// # Errors
    /// [`PlanError::NotForward`] if `to` has not more noise than `from`.
    #[doc(alias = "Markov chain")]
    pub fn markov(from: NoiseLevel, to: NoiseLevel) -> Result<Self, PlanError> {
        forward(from, to)?;
        Ok(Self {
            x0_scale: 0.0,
            x_scale: to.ratio(from).sqrt(),
            noise_scale: to.one_minus_ratio(from).sqrt(),
        })
    }

    /// DDIM's transition, of which DDIM(η) is the reverse: with `σ` the noise of the reverse step
    /// from `a` to `p`,
    /// `q_σ(x_a|x_p, x_0) = N(√a·x_0 + √((1−p−σ²)(1−a))/(1−p)·(x_p − √p·x_0), (1−a)σ²/(1−p)·I)` (by
    /// Bayes' rule from DDIM, equations 6 and 7). With `η = 1` it is the Markov step; with `η = 0`
    /// it adds no noise. From data (`p = 1`) it is the marginal.
    ///
    /// # Errors
    /// [`PlanError::NotForward`] if `to` has not more noise than `from`; [`PlanError::Eta`] if
    /// `eta` is below 0 or not finite, or so large that the reverse step has more noise than its
    /// level.
    #[doc(alias = "non-Markovian")]
    pub fn non_markov(from: NoiseLevel, to: NoiseLevel, eta: f64) -> Result<Self, PlanError> {
        forward(from, to)?;
        if !(eta >= 0.0 && eta.is_finite()) {
            return Err(PlanError::Eta { eta });
        }
        if from.is_clean() {
            return Ok(Self::marginal(to));
        }
        let reverse = with_eta(to, from, eta).map_err(|_| PlanError::Eta { eta })?;
        Ok(Self::against(reverse, from, to))
    }

    /// As [`non_markov`](Self::non_markov), with the reverse step's `σ` itself, `0 ≤ σ² ≤ 1 − p`.
    ///
    /// # Errors
    /// [`PlanError::NotForward`] if `to` has not more noise than `from`; [`PlanError::Sigma`] if
    /// `sigma` is below 0 or not finite, or more than the level of `from` holds.
    pub fn with_sigma(from: NoiseLevel, to: NoiseLevel, sigma: f64) -> Result<Self, PlanError> {
        forward(from, to)?;
        let refused = PlanError::Sigma { index: 0, sigma };
        if !(sigma >= 0.0 && sigma.is_finite()) {
            return Err(refused);
        }
        let reverse = with_sigma(from, sigma).map_err(|_| refused)?;
        if from.is_clean() {
            return Ok(Self::marginal(to));
        }
        Ok(Self::against(reverse, from, to))
    }

    /// The transition whose reverse step is `reverse`, by Bayes' rule.
    fn against(reverse: Update, from: NoiseLevel, to: NoiseLevel) -> Self {
        // B = √(1−p−σ²) of the reverse step.
        let ratio = to.sqrt_one_minus_alpha_bar() / from.one_minus_alpha_bar();
        let x_scale = reverse.eps_scale * ratio;
        Self {
            x0_scale: to.sqrt_alpha_bar() - x_scale * from.sqrt_alpha_bar(),
            x_scale,
            noise_scale: reverse.noise_scale * to.sqrt_one_minus_alpha_bar()
                / from.sqrt_one_minus_alpha_bar(),
        }
    }

    /// One sample's next state, `x ← x0_scale·x_0 + x_scale·x + noise_scale·z`. All slices are of
    /// `D` values; `x` may hold anything where [`x_scale`](Self::x_scale) is 0.
    ///
    /// # Panics
    /// If the slices are not of one length.
    pub fn apply(&self, x0: &[f32], z: &[f32], x: &mut [f32]) {
        assert_eq!((x0.len(), z.len()), (x.len(), x.len()));
        let [x0_scale, x_scale, noise_scale] =
            [self.x0_scale, self.x_scale, self.noise_scale].map(|value| value as f32);
        for ((x, x0), z) in x.iter_mut().zip(x0).zip(z) {
            let kept = if x_scale == 0.0 { 0.0 } else { x_scale * *x };
            *x = x0_scale * x0 + kept + noise_scale * z;
        }
    }

    /// As [`Forward::apply`] with the noise of draw 0, which is also the `x_T` of this seed and
    /// global sample index: data noised to the last level are, but for the little that is left of
    /// them, what sampling starts from.
    ///
    /// # Panics
    /// If the slices are not of one length.
    pub fn noise(&self, seed: u64, sample: u64, x0: &[f32], x: &mut [f32]) {
        let mut z = vec![0.0; x.len()];
        crate::noise::fill_normals(seed, sample, crate::noise::INITIAL_DRAW, &mut z);
        self.apply(x0, &z, x);
    }
}

impl StageCoefficients {
    /// A step of the forward process as a row: `out` is the data, and what stands for `ε̂` is the
    /// state.
    pub(in crate::diffusion) fn forward(
        (index, draw): (usize, u32),
        timestep: f64,
        level: NoiseLevel,
        next_level: NoiseLevel,
        step: Forward,
    ) -> Self {
        Self {
            index,
            step: index,
            draw,
            timestep,
            network_level: level,
            level,
            next_level,
            x0_from_x: 0.0,
            x0_from_out: 1.0,
            eps_from_x: 1.0,
            eps_from_out: 0.0,
            x0_scale: step.x0_scale,
            eps_scale: step.x_scale,
            noise_scale: step.noise_scale,
            history: [0.0; HISTORY],
            keeps: false,
            slot: 0,
        }
    }
}

fn forward(from: NoiseLevel, to: NoiseLevel) -> Result<(), PlanError> {
    if to < from {
        return Ok(());
    }
    Err(PlanError::NotForward {
        from: from.alpha_bar(),
        to: to.alpha_bar(),
    })
}
