//! The operations of a program.

use std::ops::Range;
use std::sync::Arc;

use crate::network::format::Function;

/// When a register is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// Once a plan for each step: it depends on nothing, or on the step alone.
    Step,
    /// Once a run for each sample: it depends on class and conditions.
    Sample,
    /// In every step, for every sample.
    State,
}

/// A vector that is written once.
#[derive(Debug, Clone, PartialEq)]
pub struct Register {
    /// Its name in `config.json`, or what it was made for.
    pub name: String,
    /// Its values.
    pub width: usize,
    /// When it is computed.
    pub stage: Stage,
    /// Whether it depends on the state, and not only on step and sample.
    pub of_state: bool,
}

/// Values of a register that follow one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    /// The register.
    pub register: usize,
    /// The first value.
    pub start: usize,
    /// How many.
    pub len: usize,
}

impl Slice {
    /// `len` values from `start` on, counted from this slice's first.
    #[must_use]
    pub fn part(self, start: usize, len: usize) -> Self {
        debug_assert!(start + len <= self.len);
        Self {
            register: self.register,
            start: self.start + start,
            len,
        }
    }
}

/// Numbers of the network itself.
pub type Constants = Arc<[f64]>;

/// A matrix times a vector: some of a tensor's rows and columns.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearTerm {
    /// The tensor's index in the program's weights.
    pub weight: usize,
    /// Its rows: the outputs.
    pub rows: Range<usize>,
    /// Its columns: the inputs.
    pub cols: Range<usize>,
    /// The vector.
    pub input: Slice,
}

/// A part of a register, and the weighted sum that it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// The first value in the register.
    pub start: usize,
    /// The terms, of one length.
    pub terms: Vec<(Slice, f64)>,
}

/// What a row of a tensor is chosen by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup {
    /// The integer that the network is told of the level.
    Time,
    /// The class; without one, the last row.
    Class,
}

/// An operation: it writes one register.
#[derive(Debug, Clone, PartialEq)]
pub struct Op {
    /// The register.
    pub out: usize,
    /// What it is.
    pub kind: OpKind,
}

/// What an operation computes. Several slices in place of one are added.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum OpKind {
    /// `f(Σ W·in + b + Σ add) + residual`.
    Linear {
        /// The products.
        terms: Vec<LinearTerm>,
        /// Rows of a tensor with a single column: its index, and the first row.
        bias: Option<(usize, usize)>,
        /// What is added to the products, of the stages before.
        add: Vec<Slice>,
        /// `f`; none: the identity.
        function: Option<Function>,
        /// What is added after that.
        residual: Option<Slice>,
    },
    /// A weighted sum, part by part.
    Combine {
        /// The parts, which cover the register.
        pieces: Vec<Piece>,
    },
    /// A function of each value.
    Activate {
        /// Its argument.
        input: Vec<Slice>,
        /// The function.
        function: Function,
    },
    /// `left · (offset + right)`.
    Multiply {
        /// One factor.
        left: Vec<Slice>,
        /// The other.
        right: Vec<Slice>,
        /// What is added to it.
        offset: f64,
    },
    /// `in · scale + shift` with numbers of the network.
    Scale {
        /// What is changed.
        input: Vec<Slice>,
        /// A number for each value.
        scale: Constants,
        /// A number for each value.
        shift: Constants,
    },
    /// `(in − mean)/√(variance + eps) · scale + shift` over each of `groups` equal parts.
    Normalize {
        /// What is normalised.
        input: Slice,
        /// The parts.
        groups: usize,
        /// Whether the mean is taken off; if not, the variance is the mean of the squares.
        centred: bool,
        /// Added to the variance.
        eps: f64,
        /// A number for each value.
        scale: Option<Constants>,
        /// A number for each value.
        shift: Option<Constants>,
    },
    /// Sines and cosines of `in · rate`: of each value by all rates, value after value; or, where
    /// `paired`, of each value by its own rate, all sines together.
    Waves {
        /// The values.
        input: Vec<Slice>,
        /// Radians a unit.
        rates: Constants,
        /// See above.
        paired: bool,
        /// Whether the cosines are first.
        cosines_first: bool,
        /// Whether each value's waves end with a zero.
        padded: bool,
    },
    /// A row of a tensor.
    Lookup {
        /// The tensor's index in the program's weights.
        weight: usize,
        /// What chooses the row.
        by: Lookup,
    },
}

impl Op {
    /// The slices it reads.
    pub fn reads(&self) -> Vec<Slice> {
        match &self.kind {
            OpKind::Linear {
                terms,
                add,
                residual,
                ..
            } => {
                let products = terms.iter().map(|term| term.input);
                products
                    .chain(add.iter().copied())
                    .chain(*residual)
                    .collect()
            }
            OpKind::Combine { pieces } => {
                let terms = pieces.iter().flat_map(|piece| &piece.terms);
                terms.map(|&(slice, _)| slice).collect()
            }
            OpKind::Activate { input, .. }
            | OpKind::Scale { input, .. }
            | OpKind::Waves { input, .. } => input.clone(),
            OpKind::Multiply { left, right, .. } => [left.as_slice(), right].concat(),
            OpKind::Normalize { input, .. } => vec![*input],
            OpKind::Lookup { .. } => Vec::new(),
        }
    }

    /// The name of what it does.
    pub fn name(&self) -> &'static str {
        match &self.kind {
            OpKind::Linear { .. } => "linear",
            OpKind::Combine { .. } => "combine",
            OpKind::Activate { .. } => "activate",
            OpKind::Multiply { .. } => "multiply",
            OpKind::Scale { .. } => "scale",
            OpKind::Normalize { .. } => "normalize",
            OpKind::Waves { .. } => "waves",
            OpKind::Lookup { .. } => "lookup",
        }
    }
}
