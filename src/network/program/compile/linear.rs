//! Products with matrices.

use super::compiler::Compiler;
use crate::network::format::OpError;
use crate::network::program::build::Layer;
use crate::network::program::value::Value;

impl Compiler<'_> {
    pub fn linear(
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
}
