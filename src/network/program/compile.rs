//! From the operations of a `layers` model and its tensors to a program.

use std::collections::HashMap;

use super::build::{Builder, Layer, WaveShape};
use super::fuse::fuse;
use super::op::{Constants, Lookup, OpKind, Stage};
use super::program::{Program, STATE};
use super::value::Value;
use crate::network::format::{
    ConditionInput, ConfigError, LayerKind, LayersConfig, MAX_REGISTER_VALUES, MAX_REGISTER_WIDTH,
    NormKind, OpError, Operand, Rates, Source, Tensor, Tensors, WaveOrder,
};

/// Compiles the network, for a schedule of `train_steps` levels.
///
/// # Errors
/// [`ConfigError`], where widths or shapes do not fit together.
pub fn compile(
    config: &LayersConfig,
    tensors: &Tensors,
    train_steps: usize,
) -> Result<Program, ConfigError> {
    config.levels.check_count(train_steps)?;
    let mut compiler = Compiler::new(config, tensors, train_steps);
    let time = compiler.given("t", 1, Stage::Step);
    let scale = config.levels.scales_input();
    let input_scale = scale.then(|| {
        let (scale, value) = compiler.unnamed("input scale", config.dims(), Stage::Step);
        let state = compiler.values["x"].clone();
        let scaled = compiler.builder.multiply(&state, &value, 0.0);
        compiler.values.insert("x".into(), scaled);
        scale
    });
    let inputs = config.inputs.iter().map(|input| {
        let register = compiler.given(&input.name, input.width, Stage::Sample);
        (input.clone(), register)
    });
    let inputs: Vec<(ConditionInput, usize)> = inputs.collect();
    for (index, op) in config.ops.iter().enumerate() {
        compiler.builder.name.clone_from(&op.out);
        let value = compiler
            .op(&op.kind)
            .and_then(|value| limited(value, MAX_REGISTER_WIDTH))
            .map_err(|source| ConfigError::Op { index, source })?;
        let registers = &compiler.builder.registers;
        let found = registers.iter().map(|register| register.width).sum();
        if found > MAX_REGISTER_VALUES {
            let limit = MAX_REGISTER_VALUES;
            return Err(ConfigError::TooWide { found, limit });
        }
        compiler.values.insert(op.out.clone(), value);
    }
    let out = compiler.values["out"].clone();
    let expected = config.dims() * (1 + usize::from(config.drops_variance));
    if out.width() != expected {
        let found = out.width();
        return Err(ConfigError::ResultWidth { found, expected });
    }
    let kept = first(&out, config.dims());
    compiler.builder.name = "out".into();
    let result = compiler.builder.result(&kept);
    let unconditional = unconditional(&inputs, tensors)?;
    let builder = compiler.builder;
    Ok(fuse(Program {
        dims: config.dims(),
        num_classes: config.num_classes,
        inputs,
        unconditional,
        levels: config.levels.clone(),
        time,
        input_scale,
        registers: builder.registers,
        weights: builder.weights,
        ops: builder.ops,
        result,
    }))
}

/// The first `width` values.
fn first(value: &Value, width: usize) -> Value {
    let mut left = width;
    let parts = value.0.iter().map_while(|part| {
        let len = part.len.min(left);
        left -= len;
        (len > 0).then(|| part.part(0, len))
    });
    Value(parts.collect())
}

fn limited(value: Value, limit: usize) -> Result<Value, OpError> {
    match value.width() {
        found if found > limit => Err(OpError::RegisterWidth { found, limit }),
        _ => Ok(value),
    }
}

/// What the inputs are in the unconditional pass, where all of them have such a value.
fn unconditional(
    inputs: &[(ConditionInput, usize)],
    tensors: &Tensors,
) -> Result<Option<Vec<Vec<f32>>>, ConfigError> {
    let mut all = Vec::with_capacity(inputs.len());
    for (input, _) in inputs {
        let value = match &input.unconditional {
            None => return Ok(None),
            Some(Operand::Number(number)) => vec![*number as f32; input.width],
            Some(Operand::Name(name)) => {
                let tensor = tensors.get(name).map(|tensor| &tensor.matrix.data);
                tensor.cloned().unwrap_or_default()
            }
        };
        if value.len() != input.width {
            return Err(ConfigError::Unconditional {
                input: input.name.clone(),
                found: value.len(),
                expected: input.width,
            });
        }
        all.push(value);
    }
    Ok(Some(all))
}

struct Compiler<'a> {
    builder: Builder,
    tensors: &'a Tensors,
    /// The value of every register so far.
    values: HashMap<String, Value>,
    classes: Option<usize>,
    /// The largest level an embedding is read by, and one; none: levels are no integers.
    levels: Option<usize>,
}

impl<'a> Compiler<'a> {
    fn new(config: &LayersConfig, tensors: &'a Tensors, train_steps: usize) -> Self {
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
    fn given(&mut self, name: &str, width: usize, stage: Stage) -> usize {
        let (register, value) = self.unnamed(name, width, stage);
        self.values.insert(name.to_owned(), value);
        register
    }

    fn unnamed(&mut self, name: &str, width: usize, stage: Stage) -> (usize, Value) {
        name.clone_into(&mut self.builder.name);
        let register = self.builder.register(width, stage, stage == Stage::State);
        (register, Value(vec![self.builder.whole(register)]))
    }

    fn read(&self, source: &Source) -> Value {
        let parts = source.0.iter().flat_map(|name| self.values[name].0.iter());
        Value(parts.copied().collect())
    }

    fn tensor(&self, name: &str) -> Result<&'a Tensor, OpError> {
        let name = || name.to_owned();
        self.tensors
            .get(&name())
            .ok_or_else(|| OpError::NoTensor { name: name() })
    }

    /// A tensor of `len` values in one row or column.
    fn vector(&self, name: &str, len: usize) -> Result<Vec<f64>, OpError> {
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

    fn op(&mut self, kind: &LayerKind) -> Result<Value, OpError> {
        match kind {
            LayerKind::Linear {
                input,
                weight,
                bias,
                rows,
            } => self.linear(&self.read(input), weight, bias.as_deref(), *rows),
            LayerKind::Affine {
                input,
                scale,
                scale_offset,
                shift,
            } => self.affine(
                &self.read(input),
                scale.as_ref(),
                *scale_offset,
                shift.as_ref(),
            ),
            LayerKind::Act { input, function } => {
                Ok(self.builder.activate(&self.read(input), *function))
            }
            LayerKind::Norm {
                input,
                kind,
                eps,
                groups,
                prefix,
            } => {
                number("eps", *eps, *eps >= 0.0, "finite and not negative")?;
                let input = self.read(input);
                match kind {
                    NormKind::Batch => self.batch_norm(&input, *eps, prefix.as_deref()),
                    NormKind::Layer => self.norm(&input, (1, true), *eps, prefix.as_deref()),
                    NormKind::Rms => self.norm(&input, (1, false), *eps, prefix.as_deref()),
                    NormKind::Group => self.norm(&input, (*groups, true), *eps, prefix.as_deref()),
                }
            }
            LayerKind::Add { terms } => {
                let terms: Vec<(Value, f64)> = terms
                    .iter()
                    .map(|term| (self.read(&term.source), term.weight))
                    .collect();
                for (value, weight) in &terms {
                    same_width("a term of the sum", value.width(), terms[0].0.width())?;
                    number("a weight of the sum", *weight, true, "finite")?;
                }
                Ok(self.builder.add(&terms))
            }
            LayerKind::Mul { factors } => {
                let [left, right] = factors.each_ref().map(|factor| self.read(factor));
                same_width("the second factor", right.width(), left.width())?;
                Ok(self.builder.multiply(&left, &right, 0.0))
            }
            LayerKind::Embedding { input, weight } => self.embedding(input, weight),
            LayerKind::Sinusoid { .. } | LayerKind::Fourier { .. } => self.waves(kind),
        }
    }

    fn linear(
        &mut self,
        input: &Value,
        weight: &str,
        bias: Option<&str>,
        rows: Option<[usize; 2]>,
    ) -> Result<Value, OpError> {
        let tensor = self.tensor(weight)?;
        let shape = |expected| OpError::TensorShape {
            name: weight.to_owned(),
            found: tensor.shape.clone(),
            expected,
        };
        let &[outputs, inputs] = tensor.shape.as_slice() else {
            return Err(shape(vec![0, input.width()]));
        };
        if inputs != input.width() {
            return Err(shape(vec![outputs, input.width()]));
        }
        let [from, to] = rows.unwrap_or([0, outputs]);
        if from >= to || to > outputs {
            return Err(OpError::Rows {
                name: weight.to_owned(),
                from,
                to,
                found: outputs,
            });
        }
        let bias = match bias {
            Some(name) => {
                self.vector(name, outputs)?;
                let matrix = &self.tensor(name)?.matrix;
                Some((self.builder.weight(name, matrix), from))
            }
            None => None,
        };
        let layer = Layer {
            weight: self.builder.weight(weight, &tensor.matrix),
            rows: from..to,
            bias,
        };
        Ok(self.builder.linear(input, &layer))
    }

    fn affine(
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

    fn batch_norm(
        &mut self,
        input: &Value,
        eps: f64,
        prefix: Option<&str>,
    ) -> Result<Value, OpError> {
        let width = input.width();
        let prefix = prefix.ok_or(OpError::NoPrefix)?;
        let mean = self.vector(&format!("{prefix}.running_mean"), width)?;
        let variance = self.vector(&format!("{prefix}.running_var"), width)?;
        let [weight, bias] = self.learned(Some(prefix), width)?;
        let (mut scale, mut shift) = (Vec::new(), Vec::new());
        for i in 0..width {
            let spread = variance[i] + eps;
            let positive = spread > 0.0;
            number("a running variance", variance[i], positive, "positive")?;
            let factor = weight.as_ref().map_or(1.0, |w| w[i]) / spread.sqrt();
            scale.push(factor);
            shift.push(bias.as_ref().map_or(0.0, |b| b[i]) - mean[i] * factor);
        }
        Ok(self.builder.scale(input, &scale, &shift))
    }

    fn norm(
        &mut self,
        input: &Value,
        (groups, centred): (usize, bool),
        eps: f64,
        prefix: Option<&str>,
    ) -> Result<Value, OpError> {
        let width = input.width();
        if groups == 0 || !width.is_multiple_of(groups) {
            return Err(OpError::Groups { width, groups });
        }
        let [scale, shift] = self.learned(prefix, width)?;
        let [scale, shift] = [scale, shift].map(|one| one.map(Constants::from));
        Ok(self.builder.normalize(input, |input| OpKind::Normalize {
            input,
            groups,
            centred,
            eps,
            scale,
            shift,
        }))
    }

    /// The weight and bias after a normalisation, those that exist.
    fn learned(
        &self,
        prefix: Option<&str>,
        width: usize,
    ) -> Result<[Option<Vec<f64>>; 2], OpError> {
        let find = |end: &str| {
            let name = format!("{}.{end}", prefix?);
            self.tensors.get(&name)?;
            Some(self.vector(&name, width))
        };
        Ok([find("weight").transpose()?, find("bias").transpose()?])
    }

    fn embedding(&mut self, input: &str, weight: &str) -> Result<Value, OpError> {
        let tensor = self.tensor(weight)?;
        if tensor.shape.len() != 2 {
            return Err(OpError::TensorShape {
                name: weight.to_owned(),
                found: tensor.shape.clone(),
                expected: vec![0, 0],
            });
        }
        let (by, needed) = match input {
            "t" => (
                Lookup::Time,
                self.levels.ok_or(OpError::EmbeddingOfFraction)?,
            ),
            "class" => (Lookup::Class, self.classes.unwrap_or(0)),
            _ => {
                let register = input.to_owned();
                return Err(OpError::EmbeddingOf { register });
            }
        };
        let found = tensor.shape[0];
        if found < needed || (by == Lookup::Class && found > needed + 1) {
            return Err(OpError::EmbeddingRows { found, needed });
        }
        let weight = self.builder.weight(weight, &tensor.matrix);
        Ok(self.builder.lookup(weight, by))
    }

    fn waves(&mut self, kind: &LayerKind) -> Result<Value, OpError> {
        match kind {
            LayerKind::Sinusoid {
                input,
                size,
                shift,
                max_period,
                factor,
                order,
            } => {
                let half = size / 2;
                let enough = (2..=MAX_REGISTER_WIDTH).contains(size);
                number(
                    "size",
                    *size as f64,
                    enough,
                    "at least 2, and not too large",
                )?;
                let limit = half as f64;
                number("shift", *shift, *shift < limit, "less than half of size")?;
                number("max_period", *max_period, *max_period > 0.0, "positive")?;
                number("factor", *factor, true, "finite")?;
                let rates = (0..half)
                    .map(|k| factor * (-max_period.ln() * k as f64 / (half as f64 - shift)).exp());
                let shape = WaveShape {
                    rates: rates.collect(),
                    cosines_first: *order == WaveOrder::CosSin,
                    padded: false,
                };
                let input = self.read(input);
                let found = input.width().saturating_mul(*size);
                if found > MAX_REGISTER_WIDTH {
                    let limit = MAX_REGISTER_WIDTH;
                    return Err(OpError::RegisterWidth { found, limit });
                }
                Ok(self.builder.waves(&input, &shape))
            }
            LayerKind::Fourier {
                input,
                rates,
                factor,
                order,
            } => {
                number("factor", *factor, true, "finite")?;
                let rates: Vec<f64> = match rates {
                    Rates::List(list) => list.clone(),
                    Rates::Tensor(name) => {
                        let tensor = self.tensor(name)?;
                        tensor.matrix.data.iter().map(|&rate| rate.into()).collect()
                    }
                };
                for &rate in &rates {
                    number("a rate", rate, true, "finite")?;
                }
                let input = self.read(input);
                let (width, count) = (input.width(), rates.len());
                let shape = |rates: Vec<f64>| WaveShape {
                    rates: rates.iter().map(|rate| rate * factor).collect(),
                    cosines_first: *order == WaveOrder::CosSin,
                    padded: false,
                };
                match (width, count) {
                    (_, 0) => same_width("the rates", 0, width).map(|()| input),
                    (1, _) => Ok(self.builder.waves(&input, &shape(rates))),
                    (_, 1) => Ok(self
                        .builder
                        .paired_waves(&input, &shape(vec![rates[0]; width]))),
                    _ => {
                        same_width("the rates", count, width)?;
                        Ok(self.builder.paired_waves(&input, &shape(rates)))
                    }
                }
            }
            _ => unreachable!("called for waves alone"),
        }
    }
}

/// What an operand of an affine is.
enum Vector {
    Value(Value),
    Numbers(Vec<f64>),
}

fn same_width(what: &str, found: usize, expected: usize) -> Result<(), OpError> {
    if found == expected {
        return Ok(());
    }
    Err(OpError::Width {
        what: what.to_owned(),
        found,
        expected,
    })
}

fn number(
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
