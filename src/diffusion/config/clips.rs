//! What of a step is kept within limits, beside `x̂₀`.

/// Limits of a plan's values, beside that of `x̂₀` ([`Clipping`](super::clipping::Clipping)): each is
/// clamped to `±limit`, `None` leaves it as it is. A limit is above 0 and finite.
///
/// They are what policies sample with (DPPO, Ren et al. 2024: `randn_clip_value`, `eps_clip_value`,
/// `final_action_clip_value`; the last also Diffusion-QL, Wang et al. 2023), and are applied in
/// this order: `x̂₀`'s own, `ε̂`, `z`, the state.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Clips {
    /// Of the noise `z` that a row adds. The draws themselves, and `x_T`, are as always.
    pub noise: Option<f64>,
    /// Of `ε̂`, after it is made again from the clipped `x̂₀` where the plan does that.
    pub epsilon: Option<f64>,
    /// Of the state after the last row: the sample.
    pub last_state: Option<f64>,
}

impl Clips {
    /// Whether anything is clipped.
    #[must_use]
    pub fn is_active(self) -> bool {
        self != Self::default()
    }

    /// The limits by the options that set them.
    pub(in crate::diffusion) fn named(self) -> [(&'static str, Option<f64>); 3] {
        [
            ("clip_noise", self.noise),
            ("clip_epsilon", self.epsilon),
            ("clip_final", self.last_state),
        ]
    }
}
