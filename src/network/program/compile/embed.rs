//! Tables, sines and cosines.

use super::compiler::{Compiler, number, same_width};
use crate::network::format::{LayerKind, MAX_REGISTER_WIDTH, OpError, Rates, WaveOrder};
use crate::network::program::build::WaveShape;
use crate::network::program::op::Lookup;
use crate::network::program::value::Value;

impl Compiler<'_> {
    pub fn embedding(&mut self, input: &str, weight: &str) -> Result<Value, OpError> {
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

    /// Sines and cosines by the frequencies of a transformer's embedding of places.
    pub fn sinusoid(&mut self, kind: &LayerKind) -> Result<Value, OpError> {
        let LayerKind::Sinusoid {
            input,
            size,
            shift,
            max_period,
            factor,
            order,
        } = kind
        else {
            unreachable!("called for sinusoids alone")
        };
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
        let rates =
            (0..half).map(|k| factor * (-max_period.ln() * k as f64 / (half as f64 - shift)).exp());
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

    /// Sines and cosines by rates of the network's own.
    pub fn fourier(&mut self, kind: &LayerKind) -> Result<Value, OpError> {
        let LayerKind::Fourier {
            input,
            rates,
            factor,
            order,
        } = kind
        else {
            unreachable!("called for Fourier features alone")
        };
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
}
