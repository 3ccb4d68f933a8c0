//! The operations of a program for a tile of samples, but for the linear one. Every sum runs in one order,
//! whatever the width of the tile.

use pulp::Simd;

use crate::network::{Function, OpKind, Piece};

use super::blocks::{PackedWeight, Row};
use super::functions::apply_all;
use super::placement::{PackedOp, Place, Source};
use super::vector_math::sin_cos_turns;

/// What an operation can read: everything but the register it writes.
pub struct Inputs<'a, R> {
    pub x: &'a [R],
    /// The registers before the one that is written, and after it.
    pub before: &'a [R],
    pub after: &'a [R],
    /// Rows of the one that is written.
    pub gap: usize,
    pub step: &'a [f32],
    pub sample: &'a [R],
}

impl<'a, R> Inputs<'a, R> {
    /// The rows at a place that is not of the step.
    #[inline(always)]
    pub fn rows(&self, place: Place) -> &'a [R] {
        let (all, start) = match place.source {
            Source::State => (self.x, place.start),
            Source::Sample => (self.sample, place.start),
            _ if place.start < self.before.len() => (self.before, place.start),
            _ => (self.after, place.start - self.before.len() - self.gap),
        };
        &all[start..][..place.len]
    }
}

/// Value `i` of a place.
#[inline(always)]
pub fn value<S: Simd, const V: usize>(
    simd: S,
    inputs: &Inputs<'_, Row<S, V>>,
    place: Place,
    i: usize,
) -> Row<S, V> {
    match place.source {
        Source::Step => [simd.splat_f32s(inputs.step[place.start + i]); V],
        _ => inputs.rows(place)[i],
    }
}

/// The sum of value `i` of all places.
#[inline(always)]
pub fn sum<S: Simd, const V: usize>(
    simd: S,
    inputs: &Inputs<'_, Row<S, V>>,
    places: &[Place],
    i: usize,
) -> Row<S, V> {
    let mut total = value(simd, inputs, places[0], i);
    for &place in &places[1..] {
        let other = value(simd, inputs, place, i);
        for (total, other) in total.iter_mut().zip(other) {
            *total = simd.add_f32s(*total, other);
        }
    }
    total
}

/// Any operation but a linear one.
#[inline(always)]
pub fn write_op<S: Simd, const V: usize>(
    simd: S,
    op: &PackedOp<PackedWeight>,
    inputs: &Inputs<'_, Row<S, V>>,
    out: &mut [Row<S, V>],
) {
    let out = &mut out[..op.width];
    let reads = op.reads.as_slice();
    match &op.kind {
        OpKind::Combine { pieces } => combine(simd, pieces, reads, inputs, out),
        OpKind::Activate { function, .. } => activate(simd, *function, reads, inputs, out),
        OpKind::Multiply { left, offset, .. } => {
            let (left, right) = reads.split_at(left.len());
            let offset = simd.splat_f32s(*offset as f32);
            for (i, out) in out.iter_mut().enumerate() {
                let factor = sum(simd, inputs, right, i);
                *out = sum(simd, inputs, left, i);
                for (out, factor) in out.iter_mut().zip(factor) {
                    *out = simd.mul_f32s(*out, simd.add_f32s(offset, factor));
                }
            }
        }
        OpKind::Scale { scale, shift, .. } => {
            for (i, out) in out.iter_mut().enumerate() {
                let scale = simd.splat_f32s(scale[i] as f32);
                let shift = simd.splat_f32s(shift[i] as f32);
                *out = sum(simd, inputs, reads, i);
                for out in out {
                    *out = simd.mul_add_e_f32s(*out, scale, shift);
                }
            }
        }
        OpKind::Normalize { .. } => normalize(simd, &op.kind, reads[0], inputs, out),
        OpKind::Waves { .. } => waves(simd, &op.kind, reads, inputs, out),
        kind => unreachable!("no operation of the state: {kind:?}"),
    }
}

#[inline(always)]
fn combine<S: Simd, const V: usize>(
    simd: S,
    pieces: &[Piece],
    reads: &[Place],
    inputs: &Inputs<'_, Row<S, V>>,
    out: &mut [Row<S, V>],
) {
    let mut reads = reads;
    for piece in pieces {
        let (own, rest) = reads.split_at(piece.terms.len());
        reads = rest;
        for (i, out) in out[piece.start..][..own[0].len].iter_mut().enumerate() {
            let mut total = [simd.splat_f32s(0.0); V];
            for (&place, &(_, weight)) in own.iter().zip(&piece.terms) {
                let weight = simd.splat_f32s(weight as f32);
                let values = value(simd, inputs, place, i);
                for (total, value) in total.iter_mut().zip(values) {
                    *total = simd.mul_add_e_f32s(weight, value, *total);
                }
            }
            *out = total;
        }
    }
}

#[inline(always)]
fn activate<S: Simd, const V: usize>(
    simd: S,
    function: Function,
    reads: &[Place],
    inputs: &Inputs<'_, Row<S, V>>,
    out: &mut [Row<S, V>],
) {
    for (i, out) in out.iter_mut().enumerate() {
        *out = sum(simd, inputs, reads, i);
    }
    apply_all(simd, function, out.as_flattened_mut());
}

#[inline(always)]
fn normalize<S: Simd, const V: usize>(
    simd: S,
    kind: &OpKind,
    place: Place,
    inputs: &Inputs<'_, Row<S, V>>,
    out: &mut [Row<S, V>],
) {
    let OpKind::Normalize {
        groups,
        centred,
        eps,
        scale,
        shift,
        ..
    } = kind
    else {
        unreachable!("called for normalisations alone")
    };
    let size = out.len() / groups;
    let count = simd.splat_f32s(size as f32);
    for (group, out) in out.chunks_exact_mut(size).enumerate() {
        let first = group * size;
        for vector in 0..V {
            let read = |i: usize| value(simd, inputs, place, first + i)[vector];
            let mut mean = simd.splat_f32s(0.0);
            if *centred {
                for i in 0..size {
                    mean = simd.add_f32s(mean, read(i));
                }
                mean = simd.div_f32s(mean, count);
            }
            let mut squares = simd.splat_f32s(0.0);
            for i in 0..size {
                let centred = simd.sub_f32s(read(i), mean);
                squares = simd.mul_add_e_f32s(centred, centred, squares);
            }
            let variance = simd.div_f32s(squares, count);
            let spread = simd.sqrt_f32s(simd.add_f32s(variance, simd.splat_f32s(*eps as f32)));
            for (i, out) in out.iter_mut().enumerate() {
                let mut normal = simd.div_f32s(simd.sub_f32s(read(i), mean), spread);
                if let Some(scale) = scale {
                    normal = simd.mul_f32s(normal, simd.splat_f32s(scale[first + i] as f32));
                }
                if let Some(shift) = shift {
                    normal = simd.add_f32s(normal, simd.splat_f32s(shift[first + i] as f32));
                }
                out[vector] = normal;
            }
        }
    }
}

#[inline(always)]
fn waves<S: Simd, const V: usize>(
    simd: S,
    kind: &OpKind,
    reads: &[Place],
    inputs: &Inputs<'_, Row<S, V>>,
    out: &mut [Row<S, V>],
) {
    let OpKind::Waves {
        rates,
        paired,
        cosines_first,
        padded,
        ..
    } = kind
    else {
        unreachable!("called for waves alone")
    };
    let count = rates.len();
    let each = 2 * count + usize::from(*padded);
    for i in 0..reads[0].len {
        let x = sum(simd, inputs, reads, i);
        let (start, own) = if *paired {
            (0, i..i + 1)
        } else {
            (i * each, 0..count)
        };
        for k in own {
            let turns = rates[k] / std::f64::consts::TAU;
            let turns = [turns as f32, (turns - f64::from(turns as f32)) as f32];
            for vector in 0..V {
                let (sin, cos) = sin_cos_turns(simd, x[vector], turns);
                let [first, second] = if *cosines_first {
                    [cos, sin]
                } else {
                    [sin, cos]
                };
                out[start + k][vector] = first;
                out[start + count + k][vector] = second;
            }
        }
        if *padded {
            out[start + 2 * count] = [simd.splat_f32s(0.0); V];
        }
    }
}
