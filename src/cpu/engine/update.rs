//! The update of a tile: x̂₀ → clip → ε̂ → combine → noise, in one pass.

use pulp::Simd;

use crate::cpu::reference::update_step::{RoundedStep, threshold};
use crate::diffusion::{Clipping, Kept};

use super::blocks::Row;
use super::clip::clipped;

/// What x̂₀ is brought to, for each sample of the tile.
#[derive(Clone, Copy)]
pub enum Limit<R> {
    None,
    /// `clamp(x̂₀, −limit, limit)`.
    Clamp(R),
    /// The same, over the limit.
    Threshold(R),
}

/// Memory in which limits are found.
pub struct LimitScratch<'a> {
    /// A sample's values while they are sorted, `[dims]`.
    pub magnitudes: &'a mut [f32],
    /// A number per lane.
    pub limits: &'a mut [f32],
}

impl<R> Limit<R> {
    /// What the row says; `thresholds` finds limits by their quantile and their largest value.
    #[inline(always)]
    fn of<S: Simd, const V: usize>(
        simd: S,
        step: &RoundedStep,
        thresholds: impl FnOnce(f64, f64) -> Row<S, V>,
    ) -> Limit<Row<S, V>> {
        match step.clipping {
            Clipping::None => Limit::None,
            Clipping::Range(limit) => Limit::Clamp([simd.splat_f32s(limit as f32); V]),
            Clipping::DynamicThreshold { ratio, max } => Limit::Threshold(thresholds(ratio, max)),
        }
    }

    /// Finds the limits; those of lanes without a sample are 1.
    #[inline(always)]
    pub fn new<S: Simd, const V: usize>(
        simd: S,
        step: &RoundedStep,
        samples: usize,
        [state, out]: [&[f32]; 2],
        scratch: LimitScratch<'_>,
    ) -> Limit<Row<S, V>> {
        let LimitScratch { magnitudes, limits } = scratch;
        Self::of::<S, V>(simd, step, |ratio, max| {
            let width = limits.len();
            limits.fill(1.0);
            for (lane, limit) in limits[..samples].iter_mut().enumerate() {
                let of_lane = |rows: &'_ [f32], element| rows[element * width + lane];
                estimate(step, magnitudes, |element| {
                    [of_lane(state, element), of_lane(out, element)]
                });
                *limit = threshold(magnitudes, ratio, max);
            }
            S::as_simd_f32s(limits).0.as_chunks().0[0]
        })
    }
}

impl<V: Copy> Limit<[V; 1]> {
    /// Finds the limit of one sample from its state and the network's output, `[dims]` each.
    #[inline(always)]
    pub fn of_sample<S: Simd<f32s = V>>(
        simd: S,
        step: &RoundedStep,
        [state, out]: [&[f32]; 2],
        magnitudes: &mut [f32],
    ) -> Self {
        Self::of::<S, 1>(simd, step, |ratio, max| {
            estimate(step, magnitudes, |element| [state[element], out[element]]);
            [simd.splat_f32s(threshold(magnitudes, ratio, max))]
        })
    }
}

/// Writes `|x̂₀|` of a sample with these states and outputs.
#[inline(always)]
fn estimate(step: &RoundedStep, magnitudes: &mut [f32], values: impl Fn(usize) -> [f32; 2]) {
    for (element, magnitude) in magnitudes.iter_mut().enumerate() {
        let [x, out] = values(element);
        let x0 = step.x0_from_x * x + step.x0_from_out * out;
        *magnitude = x0.abs();
    }
}

/// The rows that an update works on, each `[dims]`.
pub struct Rows<'a, R> {
    pub out: &'a [R],
    /// Read where the row has noise.
    pub noise: &'a [R],
    pub state: &'a mut [R],
    /// x̂₀ of the row before.
    pub x0: &'a mut [R],
    /// Earlier estimates, `[SLOTS, dims]`, where the plan has a ring of them.
    pub ring: &'a mut [R],
}

/// Advances the state of a tile by one row; where `keep_x0`, `x0` receives the row's.
// Long because every value goes through all of it in registers.
#[inline(always)]
pub fn update<S: Simd, const V: usize>(
    simd: S,
    step: &RoundedStep,
    limit: Limit<Row<S, V>>,
    keep_x0: bool,
    rows: Rows<'_, Row<S, V>>,
) {
    let Rows {
        out,
        noise,
        state,
        x0,
        ring,
    } = rows;
    let number = |value| simd.splat_f32s(value);
    let sum = |a, x, b, y| simd.mul_add_e_f32s(b, y, simd.mul_f32s(a, x));
    let (x0_from_x, x0_from_out) = (number(step.x0_from_x), number(step.x0_from_out));
    // ε̂ from x and, where it is re-derived, x̂₀, else the network's output
    let (eps_from_x, eps_from_other) = match step.rederive_epsilon {
        Some([from_x, from_x0]) => (number(from_x), number(from_x0)),
        None => (number(step.eps_from_x), number(step.eps_from_out)),
    };
    let (x0_scale, eps_scale) = (number(step.x0_scale), number(step.eps_scale));
    let dims = state.len();
    for (element, (state, x0)) in state.iter_mut().zip(x0).enumerate() {
        for vector in 0..V {
            let (x, out) = (state[vector], out[element][vector]);
            let mut estimate = sum(x0_from_x, x, x0_from_out, out);
            if let Limit::Clamp(limit) | Limit::Threshold(limit) = limit {
                let limit = limit[vector];
                estimate = simd.min_f32s(estimate, limit);
                estimate = simd.max_f32s(estimate, simd.neg_f32s(limit));
            }
            if let Limit::Threshold(limit) = limit {
                estimate = simd.div_f32s(estimate, limit[vector]);
            }
            let other = if step.rederive_epsilon.is_some() {
                estimate
            } else {
                out
            };
            let mut eps = sum(eps_from_x, x, eps_from_other, other);
            if let Some(limit) = step.clips.epsilon {
                eps = clipped(simd, eps, limit);
            }
            let mut next = sum(x0_scale, estimate, eps_scale, eps);
            if step.noise_scale != 0.0 {
                let mut z = noise[element][vector];
                if let Some(limit) = step.clips.noise {
                    z = clipped(simd, z, limit);
                }
                next = simd.mul_add_e_f32s(number(step.noise_scale), z, next);
            }
            if step.history_scale != 0.0 {
                next = simd.mul_add_e_f32s(number(step.history_scale), x0[vector], next);
            }
            if let Some(of_ring) = &step.ring {
                for (slot, &share) in of_ring.shares.iter().enumerate() {
                    if share != 0.0 {
                        let kept = ring[slot * dims + element][vector];
                        next = simd.mul_add_e_f32s(number(share), kept, next);
                    }
                }
                if let Some(slot) = of_ring.slot {
                    ring[slot * dims + element][vector] = match of_ring.kept {
                        Kept::X0 => estimate,
                        Kept::Epsilon => eps,
                    };
                }
            }
            if let Some(limit) = step.clips.state {
                next = clipped(simd, next, limit);
            }
            state[vector] = next;
            if keep_x0 {
                x0[vector] = estimate;
            }
        }
    }
}

/// Puts known data into the state of a tile: `m·x + (1 − m)·(x0_scale·data + noise_scale·z)`.
/// `noise` is read where its scale is not 0.
#[inline(always)]
pub fn keep<S: Simd, const V: usize>(
    simd: S,
    [x0_scale, noise_scale]: [f32; 2],
    data: &[Row<S, V>],
    mask: &[Row<S, V>],
    noise: &[Row<S, V>],
    state: &mut [Row<S, V>],
) {
    let number = |value| simd.splat_f32s(value);
    for (element, state) in state.iter_mut().enumerate() {
        for vector in 0..V {
            let mut kept = simd.mul_f32s(number(x0_scale), data[element][vector]);
            if noise_scale != 0.0 {
                kept = simd.mul_add_e_f32s(number(noise_scale), noise[element][vector], kept);
            }
            let m = mask[element][vector];
            let made = simd.mul_f32s(m, state[vector]);
            state[vector] = simd.mul_add_e_f32s(simd.sub_f32s(number(1.0), m), kept, made);
        }
    }
}
