//! What a plan keeps within limits beside `x̂₀`: the options, and what they go with.

use super::builder::PlanBuilder;
use crate::diffusion::config::clipping::Clipping;
use crate::diffusion::config::clips::Clips;
use crate::diffusion::config::names::{Process, SamplerKind};
use crate::diffusion::stage::error::PlanError;

impl PlanBuilder {
    /// Clamps the noise `z` that each row adds to `±limit`, above 0 (DPPO's `randn_clip_value`).
    /// For every sampler; `x_T` is not clipped, as it is not there, and a plan without noise has
    /// nothing to clip. Default: no limit.
    pub fn clip_noise(mut self, limit: f64) -> Self {
        self.clips.noise = Some(limit);
        self
    }

    /// Clamps `ε̂` to `±limit`, above 0, after it is made again from the clipped `x̂₀` if the plan
    /// does that (DPPO's `eps_clip_value`). For DDIM alone: the other samplers' formulas hold
    /// where `ε̂` belongs to `x̂₀`. Default: no limit.
    pub fn clip_epsilon(mut self, limit: f64) -> Self {
        self.clips.epsilon = Some(limit);
        self
    }

    /// Clamps the state after the last row to `±limit`, above 0: of a policy, the action (DPPO's
    /// `final_action_clip_value`, Diffusion-QL's `max_action`). For every sampler. What
    /// inpainting keeps is not clipped. Default: no limit.
    pub fn clip_final(mut self, limit: f64) -> Self {
        self.clips.last_state = Some(limit);
        self
    }

    /// The limits, checked by themselves and against the other settings. The clipping is the one in
    /// force.
    pub(super) fn checked_clips(
        &self,
        clipping: Clipping,
        rederive_epsilon: bool,
    ) -> Result<Clips, PlanError> {
        for (option, limit) in self.clips.named() {
            let Some(limit) = limit else { continue };
            // 0 says to the kernels that there is none.
            let usable = limit > 0.0 && (limit as f32).is_normal();
            if !usable {
                return Err(PlanError::Clip { option, limit });
            }
            let other = match (option, self.process) {
                ("clip_epsilon", process) if process != Process::Sample(SamplerKind::Ddim) => {
                    Some("the other samplers need the epsilon that belongs to x0 and x")
                }
                (_, Process::Encode(_) | Process::Forward) => {
                    Some("encoding draws no noise, and its last state is no sample")
                }
                _ => None,
            };
            if let Some(hint) = other {
                return Err(PlanError::Conflict {
                    first: option,
                    second: self.process.to_string(),
                    hint,
                });
            }
        }
        let thresholds = matches!(clipping, Clipping::DynamicThreshold { .. });
        if self.clips.epsilon.is_some() && thresholds && rederive_epsilon {
            return Err(PlanError::Conflict {
                first: "clip_epsilon",
                second: "rederive_epsilon with dynamic thresholding".to_owned(),
                hint: "there epsilon is known in parts only, which cannot be clipped",
            });
        }
        Ok(self.clips)
    }
}
