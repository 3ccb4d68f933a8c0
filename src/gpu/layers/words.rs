//! A program as the words that `shaders/op/` reads.

use std::ops::Range;

use super::padding::Padding;
use super::place::Places;
use super::weights::term_quads;
use crate::network::{Function, Op, OpKind, Program, Slice, Stage};

/// What an operation is, in its first word.
#[derive(Clone, Copy)]
pub enum Code {
    Load,
    Linear,
    Combine,
    Activate,
    Multiply,
    Scale,
    Normalize,
    Waves,
}

impl Code {
    /// Every code, with the name of its operation.
    pub const ALL: [(Self, &'static str); 8] = [
        (Self::Load, "load"),
        (Self::Linear, "linear"),
        (Self::Combine, "combine"),
        (Self::Activate, "activate"),
        (Self::Multiply, "multiply"),
        (Self::Scale, "scale"),
        (Self::Normalize, "normalize"),
        (Self::Waves, "waves"),
    ];
}

/// The number of a function; 0 is none.
pub fn function_code(function: Function) -> u32 {
    let name = function.name();
    let position = Function::ALL.iter().position(|one| one.name() == name);
    1 + position.expect("one of all functions") as u32
}

/// A program's operations and constants as the kernels read them, and where its registers are.
pub struct Words {
    places: Places,
    padding: Padding,
    constants: Vec<u32>,
    ops: Vec<u32>,
    /// Quads of the weights so far.
    quads: usize,
    guided: bool,
    dims: usize,
    result: usize,
}

impl Words {
    pub fn new(program: &Program, padding: Padding) -> Self {
        let places = Places::new(program, padding);
        let mut words = Self {
            constants: Vec::new(),
            ops: Vec::new(),
            quads: 0,
            guided: can_be_guided(program),
            dims: program.dims,
            result: places.of(program.result),
            places,
            padding,
        };
        words.op(Code::Load, words.places.state(), program.dims, &[], &[]);
        for op in program.stage(Stage::State) {
            words.add(program, op);
        }
        words
    }

    /// Columns that a sample takes.
    pub fn columns(&self) -> usize {
        self.places.columns + if self.guided { self.dims } else { 0 }
    }

    /// The register that takes the last of the columns.
    pub fn widest(&self) -> usize {
        self.places.widest
    }

    /// Whether two passes may be made and combined.
    pub fn guided(&self) -> bool {
        self.guided
    }

    /// The column of the result.
    pub fn result(&self) -> usize {
        self.result
    }

    /// The column of what guidance makes of two passes.
    pub fn mixed(&self) -> usize {
        self.places.columns
    }

    /// The words of the operations among all.
    pub fn ops(&self) -> Range<usize> {
        self.constants.len()..self.constants.len() + self.ops.len()
    }

    /// Numbers of a row of the plan.
    pub fn step_len(&self) -> usize {
        self.places.step_len
    }

    /// Numbers of a sample.
    pub fn sample_len(&self) -> usize {
        self.places.sample_len
    }

    /// Constants and operations.
    pub fn all(&self) -> Vec<u32> {
        [self.constants.as_slice(), &self.ops].concat()
    }

    fn constants(&mut self, values: impl Iterator<Item = f64>) -> u32 {
        let at = self.constants.len();
        self.constants
            .extend(values.map(|value| (value as f32).to_bits()));
        at as u32
    }

    /// An operation: its head, words of its own, and slices.
    fn op(&mut self, code: Code, out: usize, width: usize, own: &[u32], slices: &[[u32; 3]]) {
        let size = 4 + own.len() + 3 * slices.len();
        let head = [code as u32, size as u32, out as u32, width as u32];
        self.ops.extend(head);
        self.ops.extend(own);
        self.ops.extend(slices.as_flattened());
    }

    fn slices(&self, slices: &[Slice]) -> Vec<[u32; 3]> {
        let each = slices.iter().map(|&slice| self.places.slice(slice, 1.0));
        each.collect()
    }

    fn add(&mut self, program: &Program, op: &Op) {
        let (out, width) = (self.places.of(op.out), program.registers[op.out].width);
        match &op.kind {
            OpKind::Linear { .. } => self.linear(&op.kind, out, width),
            OpKind::Combine { pieces } => {
                for piece in pieces {
                    let terms = piece.terms.iter();
                    let slices: Vec<[u32; 3]> = terms
                        .map(|&(slice, weight)| self.places.slice(slice, weight))
                        .collect();
                    let (at, len) = (out + piece.start, piece.terms[0].0.len);
                    self.op(Code::Combine, at, len, &[slices.len() as u32], &slices);
                }
            }
            OpKind::Activate { input, function } => {
                let own = [
                    input.len() as u32,
                    function_code(*function),
                    slope(*function),
                ];
                self.op(Code::Activate, out, width, &own, &self.slices(input));
            }
            OpKind::Multiply {
                left,
                right,
                offset,
            } => {
                let counts = [left.len(), right.len()].map(|count| count as u32);
                let own = [counts[0], counts[1], (*offset as f32).to_bits()];
                let slices = self.slices(&[left.as_slice(), right].concat());
                self.op(Code::Multiply, out, width, &own, &slices);
            }
            OpKind::Scale {
                input,
                scale,
                shift,
            } => {
                let scale = self.constants(scale.iter().copied());
                let shift = self.constants(shift.iter().copied());
                let own = [input.len() as u32, scale, shift];
                self.op(Code::Scale, out, width, &own, &self.slices(input));
            }
            OpKind::Normalize { .. } => self.normalize(&op.kind, out, width),
            OpKind::Waves { .. } => self.waves(&op.kind, out, width),
            OpKind::Lookup { .. } => unreachable!("a row of a tensor is of no state"),
        }
    }

    fn linear(&mut self, kind: &OpKind, out: usize, width: usize) {
        let OpKind::Linear {
            terms,
            bias,
            add,
            function,
            residual,
        } = kind
        else {
            unreachable!("called for linear operations alone")
        };
        assert!(bias.is_none(), "a bias is of the step or of the sample");
        let mut slices = Vec::new();
        for term in terms {
            let place = [self.places.column(term.input), term.input.len, self.quads];
            slices.push(place.map(|word| word as u32));
            self.quads += term_quads(term, self.padding);
        }
        slices.extend(self.slices(add));
        slices.extend(self.slices(residual.as_slice()));
        let own = [
            terms.len() as u32,
            add.len() as u32,
            function.map_or(0, function_code),
            function.map_or(0, slope),
            u32::from(residual.is_some()),
        ];
        self.op(Code::Linear, out, width, &own, &slices);
    }

    fn normalize(&mut self, kind: &OpKind, out: usize, width: usize) {
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
        let mut numbers = |values: &Option<crate::network::Constants>, otherwise: f64| match values
        {
            Some(values) => self.constants(values.iter().copied()),
            None => self.constants(std::iter::repeat_n(otherwise, width)),
        };
        let (scale, shift) = (numbers(scale, 1.0), numbers(shift, 0.0));
        let own = [
            self.places.column(*input) as u32,
            *groups as u32,
            u32::from(*centred),
            (*eps as f32).to_bits(),
            scale,
            shift,
        ];
        self.op(Code::Normalize, out, width, &own, &[]);
    }

    fn waves(&mut self, kind: &OpKind, out: usize, width: usize) {
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
        let count = rates.len();
        let own = [
            input.len() as u32,
            self.constants(rates.iter().copied()),
            count as u32,
            (2 * count + usize::from(*padded)) as u32,
            u32::from(*paired),
            u32::from(*cosines_first),
        ];
        self.op(Code::Waves, out, width, &own, &self.slices(input));
    }
}

/// Whether the program has a pass without class and conditions that differs.
fn can_be_guided(program: &Program) -> bool {
    program.unconditional.is_some() && (program.num_classes.is_some() || !program.inputs.is_empty())
}

fn slope(function: Function) -> u32 {
    match function {
        Function::LeakyRelu { slope } => slope.to_bits(),
        _ => 0,
    }
}
