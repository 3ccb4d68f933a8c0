//! What a network needs a batch to say.

use crate::network::{ConditionInput, Lookup, OpKind, Program, Stage};

/// What a batch has to give each sample of a network, and what it can leave out.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct BatchNeeds<'a> {
    /// Values in one sample, `D`.
    pub dims: usize,
    /// Classes the network knows; none: it has none.
    pub num_classes: Option<usize>,
    /// Whether the network knows "no class" too.
    pub class_optional: bool,
    /// The vectors that each sample must be given.
    pub inputs: &'a [(ConditionInput, usize)],
    /// Whether the unconditional pass of guidance has values for all of them.
    pub unconditional: bool,
}

impl<'a> BatchNeeds<'a> {
    /// Of a network that is told a class, or none, and nothing else.
    pub fn of_classes(dims: usize, num_classes: Option<usize>) -> Self {
        Self {
            dims,
            num_classes,
            class_optional: true,
            inputs: &[],
            unconditional: true,
        }
    }

    /// Of a program.
    pub fn of_program(program: &'a Program) -> Self {
        let classes = program.num_classes;
        let optional = program.stage(Stage::Sample).iter().all(|op| match op.kind {
            OpKind::Lookup {
                weight,
                by: Lookup::Class,
            } => Some(program.weights[weight].1.rows) > classes,
            _ => true,
        });
        Self {
            dims: program.dims,
            num_classes: classes,
            class_optional: optional,
            inputs: &program.inputs,
            unconditional: program.unconditional.is_some(),
        }
    }
}
