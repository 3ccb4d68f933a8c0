//! The operations of a program on one sample's values, which lie side by side.
//!
//! Each value is made by the operations that make it in a tile
//! ([`program_ops`](super::super::program_ops)), in their order.

use pulp::Simd;

use super::super::functions::apply;
use super::super::placement::{PackedOp, Place, Source};
use super::super::program_ops::Inputs;
use super::super::vector_math::sin_cos_quarters;
use super::panel::PanelWeight;
use crate::network::OpKind;

/// An operation, with the network's numbers for it as vectors are read from them.
#[derive(Debug, Clone)]
pub struct FewOp {
    pub op: PackedOp<PanelWeight>,
    /// Scale and shift, or the quarter turns of waves and what rounding left of them; by value.
    numbers: [Option<Vec<f32>>; 2],
}

impl FewOp {
    pub fn new(op: PackedOp<PanelWeight>) -> Self {
        let rounded = |values: &[f64]| values.iter().map(|&value| value as f32).collect();
        let numbers = match &op.kind {
            OpKind::Scale { scale, shift, .. } => [Some(rounded(scale)), Some(rounded(shift))],
            OpKind::Normalize { scale, shift, .. } => {
                [scale, shift].map(|values| values.as_deref().map(rounded))
            }
            OpKind::Waves { rates, .. } => {
                let turns = rates.iter().map(|rate| rate / std::f64::consts::TAU);
                let quarters = |turns: f32| 4.0 * turns;
                let high = turns.clone().map(|turns| quarters(turns as f32));
                let low = turns.map(|turns| quarters((turns - f64::from(turns as f32)) as f32));
                [Some(high.collect()), Some(low.collect())]
            }
            _ => [None, None],
        };
        Self { op, numbers }
    }

    fn numbers(&self) -> [&[f32]; 2] {
        self.numbers
            .each_ref()
            .map(|one| one.as_deref().unwrap_or_default())
    }
}

/// The values at a place.
#[inline(always)]
pub fn values<'a>(inputs: &Inputs<'a, f32>, place: Place) -> &'a [f32] {
    match place.source {
        Source::Step => &inputs.step[place.start..][..place.len],
        _ => inputs.rows(place),
    }
}

/// A vector of the values from `at` on; zeros past the last.
#[inline(always)]
pub fn load<S: Simd>(simd: S, values: &[f32], at: usize) -> S::f32s {
    match values.get(at..at + S::F32_LANES) {
        Some(whole) => S::as_simd_f32s(whole).0[0],
        None => simd.partial_load_f32s(values.get(at..).unwrap_or_default()),
    }
}

/// Writes a vector to the values from `at` on, as far as there are any.
#[inline(always)]
pub fn store<S: Simd>(simd: S, values: &mut [f32], at: usize, vector: S::f32s) {
    match values.get_mut(at..at + S::F32_LANES) {
        Some(whole) => S::as_mut_simd_f32s(whole).0[0] = vector,
        None => simd.partial_store_f32s(&mut values[at..], vector),
    }
}

/// The sum of the values of all places from `at` on.
#[inline(always)]
pub fn sum<S: Simd>(simd: S, inputs: &Inputs<'_, f32>, places: &[Place], at: usize) -> S::f32s {
    let mut total = load(simd, values(inputs, places[0]), at);
    for &place in &places[1..] {
        total = simd.add_f32s(total, load(simd, values(inputs, place), at));
    }
    total
}

/// Any operation but a linear one. `out` has the register's width.
#[inline(always)]
pub fn write_op<S: Simd>(simd: S, few: &FewOp, inputs: &Inputs<'_, f32>, out: &mut [f32]) {
    let reads = few.op.reads.as_slice();
    let vectors = (0..out.len()).step_by(S::F32_LANES);
    match &few.op.kind {
        OpKind::Combine { .. } => combine(simd, few, inputs, out),
        OpKind::Activate { function, .. } => {
            for at in vectors {
                let argument = sum(simd, inputs, reads, at);
                store(simd, out, at, apply(simd, *function, argument));
            }
        }
        OpKind::Multiply { left, offset, .. } => {
            let (left, right) = reads.split_at(left.len());
            let offset = simd.splat_f32s(*offset as f32);
            for at in vectors {
                let factor = sum(simd, inputs, right, at);
                let value = sum(simd, inputs, left, at);
                let product = simd.mul_f32s(value, simd.add_f32s(offset, factor));
                store(simd, out, at, product);
            }
        }
        OpKind::Scale { .. } => {
            let [scale, shift] = few.numbers();
            for at in vectors {
                let (scale, shift) = (load(simd, scale, at), load(simd, shift, at));
                let value = sum(simd, inputs, reads, at);
                store(simd, out, at, simd.mul_add_e_f32s(value, scale, shift));
            }
        }
        OpKind::Normalize { .. } => normalize(simd, few, values(inputs, reads[0]), out),
        OpKind::Waves { .. } => waves(simd, few, inputs, out),
        kind => unreachable!("no operation of the state but the linear: {kind:?}"),
    }
}

#[inline(always)]
fn combine<S: Simd>(simd: S, few: &FewOp, inputs: &Inputs<'_, f32>, out: &mut [f32]) {
    let OpKind::Combine { pieces } = &few.op.kind else {
        unreachable!("called for combinations alone")
    };
    let mut reads = few.op.reads.as_slice();
    for piece in pieces {
        let (own, rest) = reads.split_at(piece.terms.len());
        reads = rest;
        let out = &mut out[piece.start..][..own[0].len];
        for at in (0..out.len()).step_by(S::F32_LANES) {
            let mut total = simd.splat_f32s(0.0);
            for (&place, &(_, weight)) in own.iter().zip(&piece.terms) {
                let weight = simd.splat_f32s(weight as f32);
                let value = load(simd, values(inputs, place), at);
                total = simd.mul_add_e_f32s(weight, value, total);
            }
            store(simd, out, at, total);
        }
    }
}

/// Mean and variance are summed one value after the other, as in a tile, so each lane has the same.
#[inline(always)]
fn normalize<S: Simd>(simd: S, few: &FewOp, values: &[f32], out: &mut [f32]) {
    let OpKind::Normalize {
        groups,
        centred,
        eps,
        scale,
        shift,
        ..
    } = &few.op.kind
    else {
        unreachable!("called for normalisations alone")
    };
    let numbers = few.numbers();
    let size = out.len() / groups;
    let count = simd.splat_f32s(size as f32);
    let parts = values.chunks_exact(size).zip(out.chunks_exact_mut(size));
    for (group, (values, out)) in parts.enumerate() {
        let mut mean = simd.splat_f32s(0.0);
        if *centred {
            for &value in values {
                mean = simd.add_f32s(mean, simd.splat_f32s(value));
            }
            mean = simd.div_f32s(mean, count);
        }
        let mut squares = simd.splat_f32s(0.0);
        for &value in values {
            let centred = simd.sub_f32s(simd.splat_f32s(value), mean);
            squares = simd.mul_add_e_f32s(centred, centred, squares);
        }
        let variance = simd.div_f32s(squares, count);
        let spread = simd.sqrt_f32s(simd.add_f32s(variance, simd.splat_f32s(*eps as f32)));
        for at in (0..size).step_by(S::F32_LANES) {
            let here = group * size + at;
            let [scales, shifts] = [load(simd, numbers[0], here), load(simd, numbers[1], here)];
            let mut normal = simd.div_f32s(simd.sub_f32s(load(simd, values, at), mean), spread);
            if scale.is_some() {
                normal = simd.mul_f32s(normal, scales);
            }
            if shift.is_some() {
                normal = simd.add_f32s(normal, shifts);
            }
            store(simd, out, at, normal);
        }
    }
}

#[inline(always)]
fn waves<S: Simd>(simd: S, few: &FewOp, inputs: &Inputs<'_, f32>, out: &mut [f32]) {
    let OpKind::Waves {
        rates,
        paired,
        cosines_first,
        padded,
        ..
    } = &few.op.kind
    else {
        unreachable!("called for waves alone")
    };
    let [high, low] = few.numbers();
    let count = rates.len();
    let reads = few.op.reads.as_slice();
    let values = if *paired { 1 } else { reads[0].len };
    for (i, out) in (0..values).zip(out.chunks_exact_mut(2 * count + usize::from(*padded))) {
        let (first, rest) = out.split_at_mut(count);
        let (second, end) = rest.split_at_mut(count);
        for at in (0..count).step_by(S::F32_LANES) {
            let x = if *paired {
                sum(simd, inputs, reads, at)
            } else {
                one(simd, inputs, reads, i)
            };
            let quarters = [load(simd, high, at), load(simd, low, at)];
            let (sin, cos) = sin_cos_quarters(simd, x, quarters);
            let [one, other] = if *cosines_first {
                [cos, sin]
            } else {
                [sin, cos]
            };
            store(simd, first, at, one);
            store(simd, second, at, other);
        }
        end.fill(0.0);
    }
}

/// The sum of value `i` of all places, in every lane.
#[inline(always)]
fn one<S: Simd>(simd: S, inputs: &Inputs<'_, f32>, places: &[Place], i: usize) -> S::f32s {
    let mut total = simd.splat_f32s(values(inputs, places[0])[i]);
    for &place in &places[1..] {
        total = simd.add_f32s(total, simd.splat_f32s(values(inputs, place)[i]));
    }
    total
}
