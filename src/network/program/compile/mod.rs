//! From the operations of a `layers` model and its tensors to a program.

mod affine;
mod compiler;
mod embed;
mod linear;
mod normalize;

use super::fuse::fuse;
use super::op::Stage;
use super::program::Program;
use super::value::Value;
use crate::network::format::{
    ConditionInput, ConfigError, LayerKind, LayersConfig, MAX_REGISTER_VALUES, MAX_REGISTER_WIDTH,
    NormKind, OpError, Operand, Tensors,
};
use compiler::{Compiler, number, same_width};

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
impl Compiler<'_> {
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
            LayerKind::Sinusoid { .. } => self.sinusoid(kind),
            LayerKind::Fourier { .. } => self.fourier(kind),
        }
    }
}
