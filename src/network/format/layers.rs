//! `config.json` of the `layers` architecture: a straight list of operations on named registers.
//!
//! Here the text is read and the registers are followed; shapes are checked where the tensors are
//! known, by the compiler of the program.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Deserialize;

use super::error::{ConfigError, OpError};
use super::levels::{Levels, RawLevels};
use super::limits::{MAX_CLASSES, MAX_DIMS, MAX_INPUTS, MAX_OPS, MAX_REGISTER_WIDTH};
use super::op::{LayerKind, LayerOp, Operand, Rates};
use super::op_json::RawOp;

/// A vector that each sample is given.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ConditionInput {
    /// Its name.
    pub name: String,
    /// Its values.
    pub width: usize,
    /// What the unconditional pass of guidance is given in its place: a number for all values, or a
    /// tensor; none: the model cannot be guided.
    pub unconditional: Option<Operand>,
}

/// The description of a network of the `layers` architecture, its registers followed.
///
/// Every register is written once, before it is read, and read; shapes are not known yet.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct LayersConfig {
    /// `[d]` or `[channels, height, width]`.
    pub sample_shape: Vec<usize>,
    /// Classes the model knows; none: it has none.
    pub num_classes: Option<usize>,
    /// The vectors that each sample is given, by name.
    pub inputs: Vec<ConditionInput>,
    /// Whether `out` holds a learned variance too, which is dropped.
    pub drops_variance: bool,
    /// What the network is told of a level, and how it is wrapped.
    pub levels: Levels,
    /// The operations.
    pub ops: Vec<LayerOp>,
}

#[derive(Deserialize, Default, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Outputs {
    #[default]
    All,
    First,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawConfig {
    #[expect(dead_code, reason = "read before, to tell which architecture it is")]
    architecture: String,
    sample_shape: Vec<usize>,
    num_classes: Option<usize>,
    #[serde(default)]
    inputs: BTreeMap<String, usize>,
    #[serde(default)]
    unconditional: BTreeMap<String, Operand>,
    #[serde(default)]
    outputs: Outputs,
    levels: Option<RawLevels>,
    ops: Vec<serde_json::Value>,
}

/// The registers that are there before the first operation, beside the inputs.
pub(super) const GIVEN: [&str; 3] = ["x", "t", "class"];
/// The register that holds the result.
pub(super) const RESULT: &str = "out";

impl LayersConfig {
    /// Reads the text of a `config.json` and follows its registers.
    ///
    /// # Errors
    /// Every way in which the file can be wrong has its variant of [`ConfigError`].
    pub fn from_json(text: &str) -> Result<Self, ConfigError> {
        let raw: RawConfig = serde_json::from_str(text)?;
        in_range("the number of ops", raw.ops.len(), 1, MAX_OPS)?;
        in_range("the number of inputs", raw.inputs.len(), 0, MAX_INPUTS)?;
        if let Some(classes) = raw.num_classes {
            in_range("num_classes", classes, 1, MAX_CLASSES)?;
        }
        if !matches!(raw.sample_shape.len(), 1 | 3) {
            return Err(ConfigError::SampleShape {
                found: raw.sample_shape,
            });
        }
        let sides = raw.sample_shape.iter();
        let dims = sides.fold(1_usize, |product, &n| product.saturating_mul(n));
        in_range("the product of sample_shape", dims, 1, MAX_DIMS)?;
        let ops = raw.ops.into_iter().enumerate().map(|(index, value)| {
            let op: Result<RawOp, _> = serde_json::from_value(value);
            op.map(RawOp::with_defaults)
                .map_err(|source| ConfigError::Op {
                    index,
                    source: OpError::Json(source),
                })
        });
        let mut unconditional = raw.unconditional;
        let inputs = raw.inputs.into_iter().map(|(name, width)| {
            in_range("the width of an input", width, 1, MAX_REGISTER_WIDTH)?;
            if GIVEN.contains(&name.as_str()) {
                return Err(ConfigError::InputName { name });
            }
            Ok(ConditionInput {
                unconditional: unconditional.remove(&name),
                name,
                width,
            })
        });
        let config = Self {
            sample_shape: raw.sample_shape,
            num_classes: raw.num_classes,
            inputs: inputs.collect::<Result<_, _>>()?,
            drops_variance: raw.outputs == Outputs::First,
            levels: raw.levels.map_or(Ok(Levels::default()), RawLevels::check)?,
            ops: ops.collect::<Result<_, _>>()?,
        };
        if let Some(name) = unconditional.into_keys().next() {
            return Err(ConfigError::NoSuchInput { name });
        }
        config.follow()?;
        Ok(config)
    }

    /// Values in one sample, `D`.
    pub fn dims(&self) -> usize {
        self.sample_shape.iter().product()
    }

    /// The tensors that must be there, and those that are read where they are.
    pub(super) fn tensors(&self) -> (Vec<&str>, HashSet<String>) {
        let (mut required, mut wanted) = (Vec::new(), HashSet::new());
        for op in &self.ops {
            match &op.kind {
                LayerKind::Linear { weight, bias, .. } => {
                    required.extend([Some(weight), bias.as_ref()].into_iter().flatten());
                }
                LayerKind::Embedding { weight, .. }
                | LayerKind::Fourier {
                    rates: Rates::Tensor(weight),
                    ..
                } => required.push(weight),
                LayerKind::Norm {
                    prefix: Some(prefix),
                    ..
                } => {
                    let ends = ["weight", "bias", "running_mean", "running_var"];
                    wanted.extend(ends.map(|end| format!("{prefix}.{end}")));
                }
                _ => {}
            }
            // Names that are no registers.
            wanted.extend(op.reads().1.into_iter().map(str::to_owned));
        }
        let unconditional = self
            .inputs
            .iter()
            .filter_map(|one| one.unconditional.as_ref());
        wanted.extend(unconditional.filter_map(|operand| match operand {
            Operand::Name(name) => Some(name.clone()),
            Operand::Number(_) => None,
        }));
        (required.into_iter().map(String::as_str).collect(), wanted)
    }

    /// Checks that every register is written once, before it is read, and read.
    fn follow(&self) -> Result<(), ConfigError> {
        let mut unread: HashMap<&str, Option<usize>> = HashMap::new();
        let inputs = self.inputs.iter().map(|input| input.name.as_str());
        unread.extend(inputs.map(|name| (name, None)));
        let mut known: HashSet<&str> = unread.keys().copied().chain(["x", "t"]).collect();
        if self.num_classes.is_some() {
            known.insert("class");
            unread.insert("class", None);
        }
        unread.insert("x", None);
        for (index, op) in self.ops.iter().enumerate() {
            let wrong = |source| Err(ConfigError::Op { index, source });
            let (registers, perhaps) = op.reads();
            for &name in registers.iter().chain(&perhaps) {
                unread.remove(name);
            }
            if let Some(name) = registers.iter().find(|&name| !known.contains(name)) {
                let register = (*name).to_owned();
                return wrong(OpError::NotWritten { register });
            }
            let by_class = matches!(&op.kind, LayerKind::Embedding { .. });
            if registers.contains(&"class") && !by_class {
                return wrong(OpError::ClassAsNumber);
            }
            if registers.is_empty() {
                return wrong(OpError::NoOperands);
            }
            if GIVEN.contains(&op.out.as_str()) || !known.insert(&op.out) {
                let register = op.out.clone();
                return wrong(OpError::WrittenTwice { register });
            }
            unread.insert(&op.out, Some(index));
        }
        if unread.remove(RESULT).is_none() {
            return Err(ConfigError::NoResult);
        }
        // The first by name, so that the message does not depend on the order of a hash map.
        match unread.into_keys().min() {
            Some(register) => Err(ConfigError::NeverRead {
                register: register.to_owned(),
            }),
            None => Ok(()),
        }
    }
}

fn in_range(key: &'static str, value: usize, min: usize, max: usize) -> Result<(), ConfigError> {
    if (min..=max).contains(&value) {
        return Ok(());
    }
    Err(ConfigError::OutOfRange {
        key,
        value,
        min,
        max,
    })
}
