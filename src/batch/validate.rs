//! Whether a batch fits a network.

use super::batch::Batch;
use super::class::ClassChoice;
use super::error::BatchError;
use super::needs::BatchNeeds;
use crate::network::{ConditionInput, Model};

impl Batch {
    /// Checks the batch against what a network needs.
    ///
    /// # Errors
    /// [`BatchError`], the first thing that does not fit.
    pub fn validate_for(&self, needs: &BatchNeeds<'_>) -> Result<(), BatchError> {
        let guided = self.guidance != 1.0;
        self.validate_shape(needs)?;
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

    /// Checks the batch against the network of a model.
    ///
    /// # Errors
    /// As [`Batch::validate_for`].
    pub fn validate_for_model(&self, model: &Model) -> Result<(), BatchError> {
        match model.mlp() {
            Some(_) => self.validate(model.dims(), model.num_classes()),
            None => self.validate_for(&BatchNeeds::of_program(&model.program())),
        }
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
            let row_of = |sample: u64| sample / self.samples_per_condition.get() as u64;
            let (first, needed) = (condition.first_row, row_of(last) + 1);
            let rows = first + (found / width) as u64;
            if row_of(self.sample_offset) < first || rows < needed {
                return Err(BatchError::ConditionCount {
                    name: name(&input.name),
                    found: (rows.min(usize::MAX as u64)) as usize,
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

    /// Checks the batch against a model of `dims` values a sample and `num_classes`.
    ///
    /// # Errors
    /// [`BatchError`], the first thing that does not fit.
    pub fn validate(&self, dims: usize, num_classes: Option<usize>) -> Result<(), BatchError> {
        self.validate_for(&BatchNeeds::of_classes(dims, num_classes))
    }

    fn validate_shape(&self, needs: &BatchNeeds<'_>) -> Result<(), BatchError> {
        let dims = needs.dims;
        let (count, sample_offset) = (self.count, self.sample_offset);
        if count == 0 {
            return Err(BatchError::Empty);
        }
        let bytes = count.checked_mul(dims).and_then(|n| n.checked_mul(4));
        let addressable = bytes.is_some_and(|bytes| isize::try_from(bytes).is_ok());
        if !addressable || sample_offset.checked_add(count as u64 - 1).is_none() {
            return Err(BatchError::TooLarge {
                count,
                dims,
                sample_offset,
            });
        }
        self.validate_class(needs)?;
        if let Some(inpaint) = &self.inpaint {
            inpaint.validate(count, dims)?;
        }
        let Some(initial) = &self.initial else {
            return Ok(());
        };
        if initial.len() != count * dims {
            return Err(BatchError::InitialLength {
                found: initial.len(),
                count,
                dims,
            });
        }
        match initial.iter().position(|value| !value.is_finite()) {
            Some(index) => Err(BatchError::InitialValue {
                index,
                value: initial[index],
            }),
            None => Ok(()),
        }
    }

    fn validate_class(&self, needs: &BatchNeeds<'_>) -> Result<(), BatchError> {
        let guidance = self.guidance;
        if !guidance.is_finite() {
            return Err(BatchError::Guidance { guidance });
        }
        let asked = match &self.class {
            // A condition is enough to guide to.
            ClassChoice::None if guidance != 1.0 && needs.inputs.is_empty() => {
                return Err(BatchError::GuidanceWithoutClass { guidance });
            }
            ClassChoice::None => return Ok(()),
            ClassChoice::One(class) => std::slice::from_ref(class),
            ClassChoice::Cyclic => &[],
            ClassChoice::Listed(classes) if classes.is_empty() => {
                let (found, count) = (0, self.count);
                return Err(BatchError::ClassCount { found, count });
            }
            ClassChoice::PerSample(classes) if classes.len() != self.count => {
                return Err(BatchError::ClassCount {
                    found: classes.len(),
                    count: self.count,
                });
            }
            ClassChoice::Listed(classes) | ClassChoice::PerSample(classes) => classes,
        };
        let num_classes = needs.num_classes.ok_or(BatchError::NoClasses)?;
        match asked.iter().find(|&&class| class as usize >= num_classes) {
            Some(&class) => Err(BatchError::NoSuchClass { class, num_classes }),
            None => Ok(()),
        }
    }
}
