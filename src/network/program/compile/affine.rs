//! `in · (offset + scale) + shift`.

use super::compiler::{Compiler, number, same_width};
use crate::network::format::{OpError, Operand};
use crate::network::program::value::Value;

impl Compiler<'_> {
    pub fn affine(
        &mut self,
        input: &Value,
        scale: Option<&Operand>,
        offset: f64,
        shift: Option<&Operand>,
    ) -> Result<Value, OpError> {
        if scale.is_none() && shift.is_none() {
            return Err(OpError::NothingToDo);
        }
        number("scale_offset", offset, true, "finite")?;
        let width = input.width();
        let scale = scale.map(|scale| self.operand(scale, width)).transpose()?;
        let shift = shift.map(|shift| self.operand(shift, width)).transpose()?;
        let (mut factors, mut added) = (vec![1.0; width], vec![0.0; width]);
        let mut value = input.clone();
        match scale {
            Some(Vector::Value(scale)) => value = self.builder.multiply(&value, &scale, offset),
            Some(Vector::Numbers(numbers)) => {
                factors = numbers.into_iter().map(|number| offset + number).collect();
            }
            None => {}
        }
        let later = match shift {
            Some(Vector::Value(shift)) => Some(shift),
            Some(Vector::Numbers(numbers)) => {
                added = numbers;
                None
            }
            None => None,
        };
        if factors.iter().any(|&factor| factor != 1.0) || added.iter().any(|&number| number != 0.0)
        {
            value = self.builder.scale(&value, &factors, &added);
        }
        Ok(match later {
            Some(shift) => self.builder.add(&[(value, 1.0), (shift, 1.0)]),
            None => value,
        })
    }

    /// A register, else a tensor, else a number, for a value of `width`.
    fn operand(&self, operand: &Operand, width: usize) -> Result<Vector, OpError> {
        match operand {
            Operand::Number(value) => {
                number("a number of the affine", *value, true, "finite")?;
                Ok(Vector::Numbers(vec![*value; width]))
            }
            Operand::Name(name) => match self.values.get(name) {
                Some(value) => {
                    same_width(name, value.width(), width)?;
                    Ok(Vector::Value(value.clone()))
                }
                None if self.tensors.get(name).is_some() => {
                    Ok(Vector::Numbers(self.vector(name, width)?))
                }
                None => Err(OpError::Unknown { name: name.clone() }),
            },
        }
    }
}

/// What an operand of an affine is.
enum Vector {
    Value(Value),
    Numbers(Vec<f64>),
}
