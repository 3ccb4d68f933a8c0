//! Twin of `shaders/step/update_step.wgsl` and `shaders/shared/update.wgsl`: from the network's
//! output to the next state.

use super::memory::StepMemory;
use crate::diffusion::{Clipping, History, Kept, Plan, StageCoefficients};
use crate::noise::normal;

/// A row of a plan's coefficient table in `f32`, each number rounded from `f64` once.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct RoundedStep {
    /// `x̂₀ = x0_from_x·x + x0_from_out·out`.
    pub x0_from_x: f32,
    /// See `x0_from_x`.
    pub x0_from_out: f32,
    /// `ε̂ = eps_from_x·x + eps_from_out·out`.
    pub eps_from_x: f32,
    /// See `eps_from_x`.
    pub eps_from_out: f32,
    /// `x' = x0_scale·x̂₀ + eps_scale·ε̂ + noise_scale·z + history_scale·(x̂₀ of the previous
    /// row)`, and the shares of the [`ring`](Self::ring).
    pub x0_scale: f32,
    /// See `x0_scale`.
    pub eps_scale: f32,
    /// See `x0_scale`.
    pub noise_scale: f32,
    /// See `x0_scale`.
    pub history_scale: f32,
    /// What the row reads of the ring of earlier estimates and keeps in it, where the plan has one.
    pub ring: Option<RingStep>,
    /// What is done to x̂₀.
    pub clipping: Clipping,
    /// `ε̂ = from_x·x + from_x0·x̂₀` with the clipped x̂₀, where the plan wants that: `[from_x,
    /// from_x0]`.
    pub rederive_epsilon: Option<[f32; 2]>,
    /// What else is clipped.
    pub clips: StepClips,
    /// The draw of the noise this row injects.
    pub draw: u32,
    /// What kept data are after this row, `[x0_scale, noise_scale]`: `x0_scale·data +
    /// noise_scale·z`, `z` of draw 0.
    pub inpaint: [f32; 2],
}

/// What a row clips beside x̂₀: each value is clamped to `±limit` where there is one.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[non_exhaustive]
pub struct StepClips {
    /// Of the noise that the row injects.
    pub noise: Option<f32>,
    /// Of ε̂, re-derived where it is.
    pub epsilon: Option<f32>,
    /// Of the next state, once all of its terms are in it: that of the last row alone.
    pub state: Option<f32>,
}

/// What a row does with the ring of earlier estimates.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct RingStep {
    /// Share of each slot in the next state.
    pub shares: [f32; StageCoefficients::SLOTS],
    /// The slot that the row's estimate is kept in, after all are read.
    pub slot: Option<usize>,
    /// Which estimate.
    pub kept: Kept,
}

impl RoundedStep {
    /// Row `row` of a plan.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn new(plan: &Plan, row: usize) -> Self {
        let step = &plan.stages()[row];
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
            ring: match plan.history() {
                History::Ring(kept) => Some(RingStep {
                    shares: step.ring_shares().map(|share| share as f32),
                    slot: step.keeps.then_some(step.slot),
                    kept,
                }),
                History::None | History::LastX0 => None,
            },
            clipping: plan.clipping(),
            rederive_epsilon: plan.rederive_epsilon().then(|| {
                [
                    step.rederive_from_x() as f32,
                    step.rederive_from_x0() as f32,
                ]
            }),
            clips: StepClips::new(plan, row),
            draw: step.draw,
            inpaint: {
                let forward = plan.known(row + 1);
                [forward.x0_scale as f32, forward.noise_scale as f32]
            },
        }
    }
}

impl StepClips {
    fn new(plan: &Plan, row: usize) -> Self {
        let clips = plan.clips();
        let rounded = |limit: Option<f64>| limit.map(|limit| limit as f32);
        Self {
            noise: rounded(clips.noise),
            epsilon: rounded(clips.epsilon),
            state: rounded(plan.state_limit(row)),
        }
    }
}

/// What one sample needs to know of a step, beside the plan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SampleStep {
    /// The row of the plan.
    pub row: usize,
    /// The sample's class, if it is given one.
    pub class: Option<u32>,
    /// `G` of `u + G·(c − u)`; not looked at without a class.
    pub guidance: f32,
    /// The run's seed.
    pub seed: u64,
    /// The sample's global index.
    pub sample: u64,
}

/// Advances one sample by one row: `x` becomes the next state, and of `memory` x̂₀ (on entry that
/// of the row before) becomes its own, and the ring keeps what the row keeps.
///
/// `memory` is x̂₀ alone, `[D]`, or a [`StepMemory`] for plans with a ring. It may hold anything
/// where the row has no share of it: it is not looked at then.
///
/// # Panics
/// If the slices are not of one length, or the ring is missing.
pub fn update_step<'a>(
    step: &RoundedStep,
    at: SampleStep,
    x: &mut [f32],
    out: &[f32],
    memory: impl Into<StepMemory<'a>>,
) {
    let StepMemory { x0, ring } = memory.into();
    assert_eq!((x.len(), x0.len()), (out.len(), out.len()));
    let mut estimate: Vec<f32> = std::iter::zip(&*x, out)
        .map(|(x, out)| step.x0_from_x * x + step.x0_from_out * out)
        .collect();
    clip(step.clipping, &mut estimate);
    for (element, &estimate) in estimate.iter().enumerate() {
        let eps = match step.rederive_epsilon {
            Some([from_x, from_x0]) => from_x * x[element] + from_x0 * estimate,
            None => step.eps_from_x * x[element] + step.eps_from_out * out[element],
        };
        let eps = within(eps, step.clips.epsilon);
        let mut next = step.x0_scale * estimate + step.eps_scale * eps;
        if step.noise_scale != 0.0 {
            let z = normal(at.seed, at.sample, step.draw, element as u64);
            next += step.noise_scale * within(z, step.clips.noise);
        }
        if step.history_scale != 0.0 {
            next += step.history_scale * x0[element];
        }
        if let Some(of_ring) = step.ring {
            let dims = out.len();
            for (slot, share) in of_ring.shares.into_iter().enumerate() {
                if share != 0.0 {
                    next += share * ring[slot * dims + element];
                }
            }
            if let Some(slot) = of_ring.slot {
                ring[slot * dims + element] = match of_ring.kept {
                    Kept::X0 => estimate,
                    Kept::Epsilon => eps,
                };
            }
        }
        x[element] = within(next, step.clips.state);
        x0[element] = estimate;
    }
}

/// `clamp(value, −limit, limit)`; what is no number stays so.
pub(super) fn within(value: f32, limit: Option<f32>) -> f32 {
    limit.map_or(value, |limit| value.clamp(-limit, limit))
}

/// Clips one sample's x̂₀.
fn clip(clipping: Clipping, x0: &mut [f32]) {
    match clipping {
        Clipping::None => {}
        Clipping::Range(limit) => {
            let limit = limit as f32;
            x0.iter_mut().for_each(|v| *v = v.clamp(-limit, limit));
        }
        Clipping::DynamicThreshold { ratio, max } => {
            let mut magnitudes: Vec<f32> = x0.iter().map(|v| v.abs()).collect();
            let limit = threshold(&mut magnitudes, ratio, max);
            x0.iter_mut()
                .for_each(|v| *v = v.clamp(-limit, limit) / limit);
        }
    }
}

/// The quantile of a sample's magnitudes brought into `[1, max]`; linear between neighbours, as
/// `torch.quantile` has it. Sorts the magnitudes.
pub fn threshold(magnitudes: &mut [f32], ratio: f64, max: f64) -> f32 {
    magnitudes.sort_unstable_by(f32::total_cmp);
    let position = ratio * (magnitudes.len() - 1) as f64;
    let below = magnitudes[position.floor() as usize];
    let above = magnitudes[position.ceil() as usize];
    let quantile = below + (above - below) * position.fract() as f32;
    // Not `clamp`: a NaN must not become a bound.
    quantile.max(1.0).min(max as f32)
}
