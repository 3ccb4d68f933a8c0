//! A program that is being made.

use std::collections::HashMap;

use crate::network::format::{LayersConfig, OpError, Source, Tensor, Tensors};
use crate::network::program::build::Builder;
use crate::network::program::op::Stage;
use crate::network::program::program::STATE;
use crate::network::program::value::Value;

/// A program that is being made, and what it is made of.
pub struct Compiler<'a> {
    pub builder: Builder,
    pub tensors: &'a Tensors,
    /// The value of every register so far.
    pub values: HashMap<String, Value>,
    pub classes: Option<usize>,
    /// The largest level an embedding is read by, and one; none: levels are no integers.
    pub levels: Option<usize>,
}

impl<'a> Compiler<'a> {
    pub fn new(config: &LayersConfig, tensors: &'a Tensors, train_steps: usize) -> Self {
        let mut compiler = Self {
            builder: Builder::default(),
            tensors,
            values: HashMap::new(),
            classes: config.num_classes,
            levels: config.levels.largest_integer(train_steps).map(|n| n + 1),
        };
        let state = compiler.given("x", config.dims(), Stage::State);
        debug_assert_eq!(state, STATE);
        compiler
    }

    /// A register that is there from the start.
    pub fn given(&mut self, name: &str, width: usize, stage: Stage) -> usize {
        let (register, value) = self.unnamed(name, width, stage);
        self.values.insert(name.to_owned(), value);
        register
    }

    pub fn unnamed(&mut self, name: &str, width: usize, stage: Stage) -> (usize, Value) {
        name.clone_into(&mut self.builder.name);
        let register = self.builder.register(width, stage, stage == Stage::State);
        (register, Value(vec![self.builder.whole(register)]))
    }

    pub fn read(&self, source: &Source) -> Value {
        let parts = source.0.iter().flat_map(|name| self.values[name].0.iter());
        Value(parts.copied().collect())
    }

    pub fn tensor(&self, name: &str) -> Result<&'a Tensor, OpError> {
        let name = || name.to_owned();
        self.tensors
            .get(&name())
            .ok_or_else(|| OpError::NoTensor { name: name() })
    }

    /// A tensor of `len` values in one row or column.
    pub fn vector(&self, name: &str, len: usize) -> Result<Vec<f64>, OpError> {
        let tensor = self.tensor(name)?;
        if tensor.shape.iter().product::<usize>() != len || tensor.shape.len() != 1 {
            return Err(OpError::TensorShape {
                name: name.to_owned(),
                found: tensor.shape.clone(),
                expected: vec![len],
            });
        }
        Ok(tensor.matrix.data.iter().map(|&v| v.into()).collect())
    }
}

pub fn same_width(what: &str, found: usize, expected: usize) -> Result<(), OpError> {
    if found == expected {
        return Ok(());
    }
    Err(OpError::Width {
        what: what.to_owned(),
        found,
        expected,
    })
}

pub fn number(
    key: &'static str,
    value: f64,
    holds: bool,
    requirement: &'static str,
) -> Result<(), OpError> {
    if value.is_finite() && holds {
        return Ok(());
    }
    Err(OpError::Number {
        key,
        value,
        requirement,
    })
}
