//! Operations that become a part of the linear layer before them: a sum with what is the same
//! for all samples or steps, a function, a residual. An engine then makes them while the
//! products are in registers.

use super::op::{Op, OpKind, Slice, Stage};
use super::program::{Program, STATE};

/// The program with what can be joined joined.
pub fn fuse(mut program: Program) -> Program {
    let mut ops = std::mem::take(&mut program.ops[Stage::State as usize]);
    let mut index = 0;
    while index < ops.len() {
        match joined(&program, &ops, index) {
            Some((at, op)) => {
                ops[at] = op;
                ops.remove(index);
            }
            None => index += 1,
        }
    }
    program.ops[Stage::State as usize] = ops;
    program
}

/// If operation `index` can be made by a linear layer before it: that
/// layer's index, and both as one.
// Long because it is one arm an operation that can be joined.
fn joined(program: &Program, ops: &[Op], index: usize) -> Option<(usize, Op)> {
    let whole =
        |slice: Slice| slice.start == 0 && slice.len == program.registers[slice.register].width;
    let uses = |register: usize| {
        let slices = ops.iter().flat_map(Op::reads);
        slices.filter(|slice| slice.register == register).count()
    };
    let op = &ops[index];
    let (inputs, applied) = match &op.kind {
        OpKind::Activate { input, function } => (input.clone(), Some(*function)),
        OpKind::Combine { pieces } => match pieces.as_slice() {
            [piece] if piece.terms.iter().all(|&(_, weight)| weight == 1.0) => {
                (piece.terms.iter().map(|&(slice, _)| slice).collect(), None)
            }
            _ => return None,
        },
        _ => return None,
    };
    let (of_state, before): (Vec<Slice>, Vec<Slice>) = inputs
        .into_iter()
        .partition(|slice| program.registers[slice.register].stage == Stage::State);
    let candidates: &[(usize, Option<usize>)] = match of_state.len() {
        1 => &[(0, None)],
        2 if before.is_empty() && applied.is_none() => &[(0, Some(1)), (1, Some(0))],
        _ => return None,
    };
    candidates.iter().find_map(|&(own, other)| {
        let own = of_state[own];
        let at = ops[..index].iter().position(|op| op.out == own.register)?;
        if !whole(own) || uses(own.register) != 1 {
            return None;
        }
        let OpKind::Linear {
            terms,
            bias,
            add,
            function,
            residual,
        } = &ops[at].kind
        else {
            return None;
        };
        let other = other.map(|other| of_state[other]);
        // A residual must be there when the layer runs.
        let earlier = |slice: Slice| {
            slice.register == STATE || ops[..at].iter().any(|op| op.out == slice.register)
        };
        if residual.is_some()
            || other.is_some_and(|slice| !earlier(slice))
            || (function.is_some() && (applied.is_some() || !before.is_empty()))
        {
            return None;
        }
        let op = Op {
            out: op.out,
            kind: OpKind::Linear {
                terms: terms.clone(),
                bias: *bias,
                add: add.iter().chain(&before).copied().collect(),
                function: applied.or(*function),
                residual: other,
            },
        };
        Some((at, op))
    })
}
