//! Operations in `f64` on the host, for one step or one sample.

use super::math::apply;
use super::op::{Lookup, Op, OpKind, Slice};
use crate::network::format::Matrix;

/// The values of registers that are being computed.
#[derive(Debug, Clone)]
pub struct Registers {
    /// By register; empty for those of other stages.
    pub values: Vec<Vec<f64>>,
    /// The row of a [`Lookup::Time`].
    pub time: usize,
    /// The class of a [`Lookup::Class`].
    pub class: Option<u32>,
}

impl Registers {
    fn slice(&self, slice: Slice) -> &[f64] {
        &self.values[slice.register][slice.start..][..slice.len]
    }

    fn sum(&self, slices: &[Slice], index: usize) -> f64 {
        slices.iter().map(|&slice| self.slice(slice)[index]).sum()
    }

    /// Computes `ops`. No memory is allocated once the registers have been used.
    pub fn run(&mut self, ops: &[Op], weights: &[(String, Matrix)]) {
        for op in ops {
            let mut out = std::mem::take(&mut self.values[op.out]);
            self.write(op, weights, &mut out);
            self.values[op.out] = out;
        }
    }

    fn write(&self, op: &Op, weights: &[(String, Matrix)], out: &mut [f64]) {
        let all = 0..out.len();
        match &op.kind {
            OpKind::Linear { terms, bias, .. } => {
                for (row, out) in out.iter_mut().enumerate() {
                    *out = bias.map_or(0.0, |(tensor, first)| {
                        weights[tensor].1.data[first + row].into()
                    });
                    for term in terms {
                        let weight = weights[term.weight].1.row(term.rows.start + row);
                        *out += dot(&weight[term.cols.clone()], self.slice(term.input));
                    }
                }
            }
            OpKind::Combine { pieces } => {
                for piece in pieces {
                    let len = piece.terms[0].0.len;
                    for (i, out) in out[piece.start..][..len].iter_mut().enumerate() {
                        let terms = piece.terms.iter();
                        *out = terms
                            .map(|&(slice, weight)| weight * self.slice(slice)[i])
                            .sum();
                    }
                }
            }
            OpKind::Activate { input, function } => {
                all.for_each(|i| out[i] = apply(*function, self.sum(input, i)));
            }
            OpKind::Multiply {
                left,
                right,
                offset,
            } => all.for_each(|i| out[i] = self.sum(left, i) * (offset + self.sum(right, i))),
            OpKind::Scale {
                input,
                scale,
                shift,
            } => all.for_each(|i| out[i] = self.sum(input, i) * scale[i] + shift[i]),
            OpKind::Normalize { .. } => self.normalize(&op.kind, out),
            OpKind::Waves { .. } => self.waves(&op.kind, out),
            OpKind::Lookup { weight, by } => {
                let table = &weights[*weight].1;
                let row = match by {
                    Lookup::Time => self.time,
                    Lookup::Class => self.class.map_or(table.rows - 1, |class| class as usize),
                };
                for (out, &value) in out.iter_mut().zip(table.row(row)) {
                    *out = value.into();
                }
            }
        }
    }

    fn normalize(&self, kind: &OpKind, out: &mut [f64]) {
        let OpKind::Normalize {
            input,
            groups,
            centred,
            eps,
            scale,
            shift,
        } = kind
        else {
            unreachable!("called for normalisations alone")
        };
        let size = input.len / groups;
        let parts = self.slice(*input).chunks_exact(size);
        for (group, (values, out)) in parts.zip(out.chunks_exact_mut(size)).enumerate() {
            let count = size as f64;
            let mean = if *centred {
                values.iter().sum::<f64>() / count
            } else {
                0.0
            };
            let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
            let spread = (squares / count + eps).sqrt();
            for (i, (out, value)) in out.iter_mut().zip(values).enumerate() {
                let at = group * size + i;
                *out = (value - mean) / spread * scale.as_ref().map_or(1.0, |scale| scale[at])
                    + shift.as_ref().map_or(0.0, |shift| shift[at]);
            }
        }
    }

    fn waves(&self, kind: &OpKind, out: &mut [f64]) {
        let OpKind::Waves {
            input,
            rates,
            paired,
            cosines_first,
            padded,
        } = kind
        else {
            unreachable!("called for waves alone")
        };
        let (width, count) = (input[0].len, rates.len());
        let each = 2 * count + usize::from(*padded);
        for i in 0..width {
            let x = self.sum(input, i);
            let own = if *paired { i..i + 1 } else { 0..count };
            for k in own {
                let (sin, cos) = (x * rates[k]).sin_cos();
                let pair = if *cosines_first {
                    [cos, sin]
                } else {
                    [sin, cos]
                };
                let start = if *paired { 0 } else { i * each };
                out[start + k] = pair[0];
                out[start + count + k] = pair[1];
            }
            if *padded {
                out[i * each + 2 * count] = 0.0;
            }
        }
    }
}

/// In eight partial sums, which the compiler turns into vectors: long plans of wide models spend
/// their time here.
pub fn dot(weights: &[f32], x: &[f64]) -> f64 {
    let (weights, x) = (weights.chunks_exact(8), x.chunks_exact(8));
    let tail: f64 = std::iter::zip(weights.remainder(), x.remainder())
        .map(|(&w, &x)| f64::from(w) * x)
        .sum();
    let mut sums = [0.0; 8];
    for (w, x) in weights.zip(x) {
        for lane in 0..8 {
            sums[lane] += f64::from(w[lane]) * x[lane];
        }
    }
    sums.iter().sum::<f64>() + tail
}
