//! A program for a few samples.

use std::ops::Range;

use pulp::Simd;

use super::super::functions::apply_all;
use super::super::lines::whole_lines;
use super::super::placement::{PackedOp, Place, Placement};
use super::super::program_ops::Inputs;
use super::ops::{FewOp, load, store, sum, values, write_op};
use super::panel::{PanelWeight, add_products, panels};
use crate::network::{OpKind, Program};

/// A program's operations with vectors over the values of a sample.
#[derive(Debug, Clone)]
pub struct FewProgram {
    ops: Vec<FewOp>,
    result: Place,
    /// Numbers of a sample's registers, in whole lines.
    pub arena: usize,
}

/// What the samples of a pass are given.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    /// The states, `[samples][x_len]`.
    pub x: &'a [f32],
    pub x_len: usize,
    /// The step's numbers.
    pub step: &'a [f32],
    /// The samples' own numbers, one after the other, or only those that all of them have.
    pub own: &'a [f32],
    /// Numbers from a sample's own to the next one's; 0: they are the same.
    pub own_stride: usize,
}

impl<'a> Given<'a> {
    fn x_of(&self, sample: usize) -> &'a [f32] {
        &self.x[sample * self.x_len..][..self.x_len]
    }

    fn own_of(&self, sample: usize) -> &'a [f32] {
        &self.own[sample * self.own_stride..]
    }
}

/// Splits a sample's registers into what an operation reads and the one it writes, in whole lines.
#[inline(always)]
fn borrow<'a>(
    op: &PackedOp<PanelWeight>,
    given: Given<'a>,
    sample: usize,
    arena: &'a mut [f32],
) -> (Inputs<'a, f32>, &'a mut [f32]) {
    let (before, rest) = arena.split_at_mut(op.start);
    let (out, after) = rest.split_at_mut(whole_lines(op.width));
    let inputs = Inputs {
        x: given.x_of(sample),
        before,
        after,
        gap: out.len(),
        step: given.step,
        sample: given.own_of(sample),
    };
    (inputs, out)
}

impl FewProgram {
    pub fn new(program: &Program) -> Self {
        let placement = Placement::new(program, whole_lines);
        let ops = placement.ops(PanelWeight::of);
        Self {
            ops: ops.into_iter().map(FewOp::new).collect(),
            result: placement.result(),
            arena: whole_lines(placement.arena),
        }
    }

    /// The network's output for each sample, `[samples][x_len]`. `arena` is `[samples][arena]`.
    #[inline(always)]
    pub fn pass<S: Simd>(&self, simd: S, given: Given<'_>, arena: &mut [f32], out: &mut [f32]) {
        for few in &self.ops {
            if let OpKind::Linear { .. } = few.op.kind {
                self.product(simd, &few.op, given, arena);
            } else {
                for (sample, arena) in arena.chunks_exact_mut(self.arena).enumerate() {
                    let (inputs, out) = borrow(&few.op, given, sample, arena);
                    write_op(simd, few, &inputs, &mut out[..few.op.width]);
                }
            }
        }
        let samples = arena
            .chunks_exact(self.arena)
            .zip(out.chunks_exact_mut(given.x_len));
        for (arena, out) in samples {
            let result = &arena[self.result.start..][..self.result.len];
            out[..result.len()].copy_from_slice(result);
        }
    }

    /// A linear operation, panel by panel.
    #[inline(always)]
    fn product<S: Simd>(
        &self,
        simd: S,
        op: &PackedOp<PanelWeight>,
        given: Given<'_>,
        arena: &mut [f32],
    ) {
        for outputs in panels(op.width) {
            for (sample, arena) in arena.chunks_exact_mut(self.arena).enumerate() {
                let (inputs, out) = borrow(op, given, sample, arena);
                begin_sums(simd, op, &inputs, outputs.clone(), out);
            }
            for (weight, &place) in op.weights.iter().zip(&op.reads) {
                let samples = arena.chunks_exact_mut(self.arena).enumerate();
                let pairs = samples.map(|(sample, arena)| {
                    let (inputs, out) = borrow(op, given, sample, arena);
                    (values(&inputs, place), &mut out[outputs.clone()])
                });
                add_products(simd, weight.panel(outputs.clone()), pairs);
            }
            for (sample, arena) in arena.chunks_exact_mut(self.arena).enumerate() {
                let (inputs, out) = borrow(op, given, sample, arena);
                finish_sums(simd, op, &inputs, outputs.clone(), out);
            }
        }
    }
}

/// Splits what a linear operation reads behind its products: what is added, and the residual.
fn addends(op: &PackedOp<PanelWeight>) -> (&[Place], Option<Place>) {
    let OpKind::Linear { residual, .. } = &op.kind else {
        unreachable!("called for linear operations alone")
    };
    let rest = &op.reads[op.weights.len()..];
    match residual {
        Some(_) => (&rest[..rest.len() - 1], rest.last().copied()),
        None => (rest, None),
    }
}

/// What the products of some outputs are added to.
#[inline(always)]
fn begin_sums<S: Simd>(
    simd: S,
    op: &PackedOp<PanelWeight>,
    inputs: &Inputs<'_, f32>,
    outputs: Range<usize>,
    out: &mut [f32],
) {
    let (add, _) = addends(op);
    for at in outputs.step_by(S::F32_LANES) {
        let start = match add {
            [] => simd.splat_f32s(0.0),
            add => sum(simd, inputs, add, at),
        };
        store(simd, out, at, start);
    }
}

/// Function and residual of some outputs.
#[inline(always)]
fn finish_sums<S: Simd>(
    simd: S,
    op: &PackedOp<PanelWeight>,
    inputs: &Inputs<'_, f32>,
    outputs: Range<usize>,
    out: &mut [f32],
) {
    let (_, residual) = addends(op);
    let function = match op.kind {
        OpKind::Linear { function, .. } => function,
        _ => None,
    };
    if let Some(function) = function {
        // Panels are of whole lines, and those of whole vectors.
        let sums = &mut out[outputs.clone()];
        apply_all(simd, function, S::as_mut_simd_f32s(sums).0);
    }
    if let Some(residual) = residual {
        for at in outputs.step_by(S::F32_LANES) {
            let value = load(simd, out, at);
            let value = simd.add_f32s(load(simd, values(inputs, residual), at), value);
            store(simd, out, at, value);
        }
    }
}
