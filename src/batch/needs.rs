//! What a network needs a batch to say.

use crate::network::{ConditionInput, Lookup, OpKind, Program, Stage};

use super::error::BatchError;
use super::{Batch, ClassChoice};

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

impl Batch {
    /// Checks the batch against what a network needs.
    ///
    /// # Errors
    /// [`BatchError`], the first thing that does not fit.
    pub fn validate_for(&self, needs: &BatchNeeds<'_>) -> Result<(), BatchError> {
        let guided = self.guidance != 1.0;
        if !guided || needs.inputs.is_empty() {
            self.validate(needs.dims, needs.num_classes)?;
        } else {
            // A condition is enough to guide to.
            if !self.guidance.is_finite() {
                let guidance = self.guidance;
                return Err(BatchError::Guidance { guidance });
            }
            self.clone()
                .guidance(1.0)
                .validate(needs.dims, needs.num_classes)?;
        }
        let classless = self.class == ClassChoice::None;
        if let (Some(num_classes), false, true) =
            (needs.num_classes, needs.class_optional, classless)
        {
            return Err(BatchError::ClassNeeded { num_classes });
        }
        if guided && !(needs.unconditional && needs.class_optional) {
            return Err(BatchError::NotGuidable);
        }
        self.validate_conditions(needs)
    }

    fn validate_conditions(&self, needs: &BatchNeeds<'_>) -> Result<(), BatchError> {
        let name = |name: &str| name.to_owned();
        for condition in &self.conditions {
            let mut inputs = needs.inputs.iter();
            let Some((input, _)) = inputs.find(|(input, _)| input.name == condition.name) else {
                let known = needs.inputs.iter().map(|(input, _)| input.name.as_str());
                return Err(BatchError::NoSuchCondition {
                    name: name(&condition.name),
                    known: known.collect::<Vec<_>>().join(", "),
                });
            };
            let (width, found) = (input.width, condition.values.len());
            if !found.is_multiple_of(width) || found == 0 {
                let name = name(&input.name);
                return Err(BatchError::ConditionLength { name, found, width });
            }
            let last = self.sample_offset + (self.count as u64 - 1);
            let needed = last / self.samples_per_condition.get() as u64 + 1;
            if ((found / width) as u64) < needed {
                return Err(BatchError::ConditionCount {
                    name: name(&input.name),
                    found: found / width,
                    needed,
                });
            }
            let values = condition.values.iter();
            if let Some(index) = values.clone().position(|value| !value.is_finite()) {
                return Err(BatchError::ConditionValue {
                    name: name(&input.name),
                    index,
                    value: condition.values[index],
                });
            }
        }
        let given = |input: &ConditionInput| self.conditions.iter().any(|c| c.name == input.name);
        match needs.inputs.iter().find(|(input, _)| !given(input)) {
            Some((input, _)) => Err(BatchError::ConditionNeeded {
                name: name(&input.name),
                width: input.width,
            }),
            None => Ok(()),
        }
    }
}
