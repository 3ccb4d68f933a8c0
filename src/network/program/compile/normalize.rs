//! Normalisations.

use super::compiler::{Compiler, number};
use crate::network::format::OpError;
use crate::network::program::op::{Constants, OpKind};
use crate::network::program::value::Value;

impl Compiler<'_> {
    pub fn batch_norm(
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

    pub fn norm(
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
    pub fn learned(
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
}
