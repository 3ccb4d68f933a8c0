//! The program under construction: registers, operations, and the stage each belongs to.

use super::op::{Constants, LinearTerm, Lookup, Op, OpKind, Piece, Register, Slice, Stage};
use super::value::{Part, Value};
use crate::network::format::{Function, Matrix};

/// A program of which the operations are being added.
#[derive(Debug, Default)]
pub struct Builder {
    pub registers: Vec<Register>,
    pub weights: Vec<(String, Matrix)>,
    pub ops: [Vec<Op>; 3],
    /// What new registers are called.
    pub name: String,
}

/// The tensor, rows and bias of a linear layer.
pub struct Layer {
    pub weight: usize,
    pub rows: std::ops::Range<usize>,
    /// The tensor of the bias and its first row.
    pub bias: Option<(usize, usize)>,
}

/// Sines and cosines to be made.
#[derive(Clone)]
pub struct WaveShape {
    pub rates: Constants,
    pub cosines_first: bool,
    pub padded: bool,
}

impl Builder {
    /// A new register.
    pub fn register(&mut self, width: usize, stage: Stage, of_state: bool) -> usize {
        self.registers.push(Register {
            name: self.name.clone(),
            width,
            stage,
            of_state,
        });
        self.registers.len() - 1
    }

    /// All of a register.
    pub fn whole(&self, register: usize) -> Part {
        let Register { width, stage, .. } = self.registers[register];
        let slice = Slice {
            register,
            start: 0,
            len: width,
        };
        Part::of(stage, slice)
    }

    /// The index of a tensor among the program's.
    pub fn weight(&mut self, name: &str, matrix: &Matrix) -> usize {
        if let Some(index) = self.weights.iter().position(|(known, _)| known == name) {
            return index;
        }
        self.weights.push((name.to_owned(), matrix.clone()));
        self.weights.len() - 1
    }

    /// Adds an operation of `stage` that writes `width` values.
    fn op(&mut self, stage: Stage, width: usize, kind: OpKind) -> Part {
        let mut op = Op { out: 0, kind };
        let of_state = op
            .reads()
            .iter()
            .any(|slice| self.registers[slice.register].of_state);
        op.out = self.register(width, stage, of_state);
        let out = op.out;
        self.ops[stage as usize].push(op);
        self.whole(out)
    }

    /// Adds an elementwise operation of one part.
    fn map(&mut self, part: Part, width: usize, kind: impl FnOnce(Vec<Slice>) -> OpKind) -> Part {
        let stage = part.stage().unwrap_or(Stage::State);
        self.op(stage, width, kind(part.sum()))
    }

    /// `W·in + b`, stage by stage. The bias, a constant, joins the step's part, or the sample's
    /// where there is no other: then the sum is still of one stage.
    pub fn linear(&mut self, input: &Value, layer: &Layer) -> Value {
        let mut out = Part {
            len: layer.rows.len(),
            slices: [None; 3],
        };
        let has = |stage: Stage| {
            input
                .0
                .iter()
                .any(|part| part.slices[stage as usize].is_some())
        };
        let bias_stage = match (has(Stage::Step), has(Stage::Sample)) {
            (false, true) => Stage::Sample,
            _ => Stage::Step,
        };
        for stage in [Stage::Step, Stage::Sample, Stage::State] {
            let mut col = 0;
            let mut terms = Vec::new();
            for part in &input.0 {
                if let Some(input) = part.slices[stage as usize] {
                    terms.push(LinearTerm {
                        weight: layer.weight,
                        rows: layer.rows.clone(),
                        cols: col..col + part.len,
                        input,
                    });
                }
                col += part.len;
            }
            let bias = layer.bias.filter(|_| stage == bias_stage);
            if terms.is_empty() && bias.is_none() {
                continue;
            }
            let kind = OpKind::Linear {
                terms,
                bias,
                add: Vec::new(),
                function: None,
                residual: None,
            };
            out.slices[stage as usize] = self.op(stage, out.len, kind).slices[stage as usize];
        }
        Value(vec![out])
    }

    /// A function of each value.
    pub fn activate(&mut self, input: &Value, function: Function) -> Value {
        let parts = input
            .0
            .iter()
            .map(|&part| self.map(part, part.len, |input| OpKind::Activate { input, function }));
        Value(parts.collect())
    }

    /// A weighted sum of values of one width, stage by stage.
    pub fn add(&mut self, terms: &[(Value, f64)]) -> Value {
        let values: Vec<&Value> = terms.iter().map(|(value, _)| value).collect();
        let cut: Vec<Vec<Part>> = values.iter().map(|one| one.cut_like(&values)).collect();
        let pieces = (0..cut[0].len()).map(|piece| {
            let len = cut[0][piece].len;
            let mut slices = [None; 3];
            for stage in [Stage::Step, Stage::Sample, Stage::State] {
                let of_stage = cut.iter().zip(terms).filter_map(|(parts, &(_, weight))| {
                    Some((parts[piece].slices[stage as usize]?, weight))
                });
                let terms: Vec<(Slice, f64)> = of_stage.collect();
                slices[stage as usize] = match terms.as_slice() {
                    [] => None,
                    &[(slice, 1.0)] => Some(slice),
                    _ => {
                        let pieces = vec![Piece { start: 0, terms }];
                        self.op(stage, len, OpKind::Combine { pieces }).slices[stage as usize]
                    }
                };
            }
            Part { len, slices }
        });
        Value(pieces.collect())
    }

    /// `left · (offset + right)`, of one width.
    pub fn multiply(&mut self, left: &Value, right: &Value, offset: f64) -> Value {
        let lefts = left.cut_like(&[right]);
        let rights = right.cut_like(&[left]);
        let parts = lefts.into_iter().zip(rights).map(|(left, right)| {
            let stage = match (left.stage(), right.stage()) {
                (Some(one), Some(other)) if one == other => one,
                _ => Stage::State,
            };
            let kind = OpKind::Multiply {
                left: left.sum(),
                right: right.sum(),
                offset,
            };
            self.op(stage, left.len, kind)
        });
        Value(parts.collect())
    }

    /// `in · scale + shift` with a number for each value. The shift is added to the
    /// first stage that has a part.
    pub fn scale(&mut self, input: &Value, scale: &[f64], shift: &[f64]) -> Value {
        let mut start = 0;
        let parts = input.0.iter().map(|part| {
            let own = start..start + part.len;
            start += part.len;
            let mut shift: Constants = shift[own.clone()].into();
            let slices = part.slices.map(|slice| {
                let slice = slice?;
                let stage = self.registers[slice.register].stage;
                let kind = OpKind::Scale {
                    input: vec![slice],
                    scale: scale[own.clone()].into(),
                    shift: std::mem::replace(&mut shift, vec![0.0; own.len()].into()),
                };
                self.op(stage, own.len(), kind).slices[stage as usize]
            });
            Part {
                len: part.len,
                slices,
            }
        });
        Value(parts.collect())
    }

    /// The value in one register of one stage.
    pub fn contiguous(&mut self, value: &Value) -> (Slice, Stage) {
        let first = value.0[0].stage();
        let same = value.0.iter().all(|part| part.stage() == first);
        let stage = first.filter(|_| same).unwrap_or(Stage::State);
        if let ([part], Some(stage)) = (value.0.as_slice(), first)
            && let Some(slice) = part.slices[stage as usize]
        {
            return (slice, stage);
        }
        let mut start = 0;
        let pieces = value.0.iter().map(|part| {
            let terms = part.sum().into_iter().map(|slice| (slice, 1.0)).collect();
            let piece = Piece { start, terms };
            start += part.len;
            piece
        });
        let kind = OpKind::Combine {
            pieces: pieces.collect(),
        };
        let part = self.op(stage, value.width(), kind);
        let slice = part.slices[stage as usize].expect("just written");
        (slice, stage)
    }

    /// A normalisation of the whole value; `kind` makes the operation of the slice it lies in.
    pub fn normalize(&mut self, input: &Value, kind: impl FnOnce(Slice) -> OpKind) -> Value {
        let (slice, stage) = self.contiguous(input);
        Value(vec![self.op(stage, slice.len, kind(slice))])
    }

    /// Sines and cosines of each value by all rates.
    pub fn waves(&mut self, input: &Value, shape: &WaveShape) -> Value {
        let each = 2 * shape.rates.len() + usize::from(shape.padded);
        let parts = input.0.iter().map(|&part| {
            self.map(part, part.len * each, |input| OpKind::Waves {
                input,
                rates: shape.rates.clone(),
                paired: false,
                cosines_first: shape.cosines_first,
                padded: shape.padded,
            })
        });
        Value(parts.collect())
    }

    /// Sines and cosines of each value by its own rate.
    pub fn paired_waves(&mut self, input: &Value, shape: &WaveShape) -> Value {
        let (slice, stage) = self.contiguous(input);
        let kind = OpKind::Waves {
            input: vec![slice],
            rates: shape.rates.clone(),
            paired: true,
            cosines_first: shape.cosines_first,
            padded: false,
        };
        Value(vec![self.op(stage, 2 * slice.len, kind)])
    }

    /// A row of a tensor.
    pub fn lookup(&mut self, weight: usize, by: Lookup) -> Value {
        let stage = match by {
            Lookup::Time => Stage::Step,
            Lookup::Class => Stage::Sample,
        };
        let width = self.weights[weight].1.cols;
        Value(vec![self.op(stage, width, OpKind::Lookup { weight, by })])
    }

    /// The value as one register of [`Stage::State`], written by an operation of that stage.
    pub fn result(&mut self, value: &Value) -> usize {
        let mut start = 0;
        let pieces = value.0.iter().map(|part| {
            let terms = part.sum().into_iter().map(|slice| (slice, 1.0)).collect();
            let piece = Piece { start, terms };
            start += part.len;
            piece
        });
        let kind = OpKind::Combine {
            pieces: pieces.collect(),
        };
        let part = self.op(Stage::State, value.width(), kind);
        part.slices[Stage::State as usize]
            .expect("just written")
            .register
    }
}
