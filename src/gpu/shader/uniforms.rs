//! The Rust side of the uniform structs in `shaders/shared/step.wgsl` and `run.wgsl`.
//!
//! A test compares every field's offset here with naga's reflection of the WGSL.

use bytemuck::{Pod, Zeroable};

use crate::diffusion::{Clipping, History, Kept, Plan, StageCoefficients};

/// `struct Step` of `shaders/shared/step.wgsl`: a row of the coefficient table in f32.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[allow(missing_docs, reason = "documented field by field in the WGSL")]
pub struct StepUniform {
    pub x0_from_x: f32,
    pub x0_from_out: f32,
    pub eps_from_x: f32,
    pub eps_from_out: f32,
    pub x0_scale: f32,
    pub eps_scale: f32,
    pub noise_scale: f32,
    pub history_scale: f32,
    pub eps_from_clipped_x: f32,
    pub eps_from_clipped_x0: f32,
    pub clip_limit: f32,
    pub rederive_epsilon: u32,
    pub row: u32,
    pub draw: u32,
    pub timestep: f32,
    pub alpha_bar: f32,
    pub one_minus_alpha_bar: f32,
    pub threshold_rank: u32,
    pub threshold_fraction: f32,
    pub threshold_max: f32,
    pub threshold_scale: f32,
    pub inpaint_x0_scale: f32,
    pub inpaint_noise_scale: f32,
    pub ring_slot: u32,
    pub ring_shares: [f32; 3],
    pub ring_x0: f32,
    pub ring_eps: f32,
    pub ring_threshold: f32,
    pub padding_0: u32,
    pub padding_1: u32,
}

impl StepUniform {
    /// Row `row` of a plan for samples of `dims` values, each number rounded from f64 once.
    ///
    /// With dynamic thresholding the step leaves out the term of x̂₀, which it stores as it is, and
    /// `threshold_step` adds it: the state in between is all of `x'` but `threshold_scale·x̂₀`.
    pub(crate) fn new(plan: &Plan, row: usize, dims: usize) -> Self {
        let row_as_is = Self::in_one(plan, row);
        let Clipping::DynamicThreshold { ratio, max } = plan.clipping() else {
            return row_as_is;
        };
        let step = &plan.stages()[row];
        let position = ratio * (dims - 1) as f64;
        let thresholded = Self {
            x0_scale: 0.0,
            threshold_rank: position.floor() as u32,
            threshold_fraction: position.fract() as f32,
            threshold_max: max as f32,
            threshold_scale: step.x0_scale as f32,
            // Of x̂₀ the ring keeps what is thresholded.
            ring_x0: 0.0,
            ring_threshold: row_as_is.ring_x0,
            ..row_as_is
        };
        if !plan.rederive_epsilon() {
            return thresholded;
        }
        // ε̂ = from_x·x + from_x0·x̂₀: its first part takes the place of ε̂,
        // the second goes with x̂₀.
        Self {
            eps_from_x: 1.0,
            eps_from_out: 0.0,
            eps_scale: (step.eps_scale * step.rederive_from_x()) as f32,
            rederive_epsilon: 0,
            ring_eps: row_as_is.ring_eps * step.rederive_from_x() as f32,
            ring_threshold: row_as_is.ring_x0 + row_as_is.ring_eps * step.rederive_from_x0() as f32,
            threshold_scale: (step.x0_scale + step.eps_scale * step.rederive_from_x0()) as f32,
            ..thresholded
        }
    }

    /// No row: what kept data are before the first.
    pub(crate) fn start(plan: &Plan) -> Self {
        let known = plan.known(0);
        Self {
            inpaint_x0_scale: known.x0_scale as f32,
            inpaint_noise_scale: known.noise_scale as f32,
            ..Zeroable::zeroed()
        }
    }

    /// A row that one dispatch does.
    fn in_one(plan: &Plan, row: usize) -> Self {
        let step: &StageCoefficients = &plan.stages()[row];
        let level = step.network_level;
        let known = plan.known(row + 1);
        Self {
            x0_from_x: step.x0_from_x as f32,
            x0_from_out: step.x0_from_out as f32,
            eps_from_x: step.eps_from_x as f32,
            eps_from_out: step.eps_from_out as f32,
            x0_scale: step.x0_scale as f32,
            eps_scale: step.eps_scale as f32,
            noise_scale: step.noise_scale as f32,
            history_scale: match plan.history() {
                History::LastX0 => step.history[0] as f32,
                History::None | History::Ring(_) => 0.0,
            },
            eps_from_clipped_x: step.rederive_from_x() as f32,
            eps_from_clipped_x0: step.rederive_from_x0() as f32,
            clip_limit: match plan.clipping() {
                Clipping::Range(range) => range as f32,
                _ => f32::MAX,
            },
            rederive_epsilon: u32::from(plan.rederive_epsilon()),
            row: row as u32,
            draw: step.draw,
            timestep: step.timestep as f32,
            alpha_bar: level.alpha_bar() as f32,
            one_minus_alpha_bar: level.one_minus_alpha_bar() as f32,
            threshold_rank: 0,
            threshold_fraction: 0.0,
            threshold_max: 1.0,
            threshold_scale: 0.0,
            inpaint_x0_scale: known.x0_scale as f32,
            inpaint_noise_scale: known.noise_scale as f32,
            ring_slot: NO_SLOT,
            ring_shares: [0.0; StageCoefficients::SLOTS],
            ring_x0: 0.0,
            ring_eps: 0.0,
            ring_threshold: 0.0,
            padding_0: 0,
            padding_1: 0,
        }
        .with_ring(plan, step)
    }

    /// What a row does with the ring of earlier estimates.
    fn with_ring(self, plan: &Plan, step: &StageCoefficients) -> Self {
        let History::Ring(kept) = plan.history() else {
            return self;
        };
        let keeps = |which| f32::from(u8::from(kept == which));
        Self {
            ring_slot: if step.keeps {
                step.slot as u32
            } else {
                NO_SLOT
            },
            ring_shares: step.ring_shares().map(|share| share as f32),
            ring_x0: keeps(Kept::X0),
            ring_eps: keeps(Kept::Epsilon),
            ..self
        }
    }
}

/// What follows in a row of kernels that clip more than x̂₀ (`//@if CLIPS`): limits, 0 for none.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[allow(missing_docs, reason = "documented field by field in the WGSL")]
pub struct ClipUniform {
    pub noise_limit: f32,
    pub eps_limit: f32,
    pub state_limit: f32,
    pub threshold_state_limit: f32,
}

impl ClipUniform {
    /// Row `row` of a plan.
    pub(crate) fn new(plan: &Plan, row: usize) -> Self {
        let clips = plan.clips();
        let or_none = |limit: Option<f64>| limit.unwrap_or(0.0) as f32;
        let state_limit = or_none(plan.state_limit(row));
        // The state is whole once thresholding has added x̂₀.
        let [state_limit, threshold_state_limit] = match plan.clipping() {
            Clipping::DynamicThreshold { .. } => [0.0, state_limit],
            Clipping::None | Clipping::Range(_) => [state_limit, 0.0],
        };
        Self {
            noise_limit: or_none(clips.noise),
            eps_limit: or_none(clips.epsilon),
            state_limit,
            threshold_state_limit,
        }
    }
}

/// No slot of the ring.
const NO_SLOT: u32 = StageCoefficients::SLOTS as u32;

/// `struct Run` of `shaders/shared/run.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[allow(missing_docs, reason = "documented field by field in the WGSL")]
pub struct RunUniform {
    pub key: [u32; 2],
    pub first_sample: [u32; 2],
    pub count: u32,
    pub guidance: f32,
    pub null_class: u32,
    pub draw: u32,
}

/// Low and high half, as WGSL's `vec2<u32>`.
pub fn halves(value: u64) -> [u32; 2] {
    [value as u32, (value >> 32) as u32]
}
