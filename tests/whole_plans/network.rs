//! The residual MLP in `f64`, from its definition in README.md, on the tensors of a file.

use std::collections::BTreeMap;
use std::iter::zip;

use serde_json::Value;

use crate::common::random_model::ModelFiles;

/// A network whose every number is `f64`.
pub(super) struct ReferenceMlp {
    config: Value,
    tensors: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
}

impl ReferenceMlp {
    pub(super) fn new(files: &ModelFiles) -> Self {
        Self {
            config: files.config.clone(),
            tensors: files.tensors.clone(),
        }
    }

    /// The output for one sample; the last class is none.
    pub(super) fn output(&self, x: &[f64], timestep: f64, class: Option<u32>) -> Vec<f64> {
        let e = self.conditioning(timestep, class);
        let conditioned = |name: &str, layer: usize, input: &[f64]| -> Vec<f64> {
            let own = self.linear(name, input);
            let from_e = self.linear(&format!("conditioning.{layer}"), &e);
            zip(own, from_e)
                .map(|(own, from_e)| self.activation(own + from_e))
                .collect()
        };
        let mut h = conditioned("proj_in", 0, &self.features(x));
        for block in 0..self.count("num_blocks") {
            let add = conditioned(&format!("blocks.{block}"), block + 1, &h);
            zip(&mut h, add).for_each(|(h, add)| *h += add);
        }
        self.linear("proj_out", &h)
    }

    /// `e`: the embedding of the timestep plus that of the class.
    fn conditioning(&self, timestep: f64, class: Option<u32>) -> Vec<f64> {
        let time = &self.config["time_embedding"];
        let size = number(&time["size"]) as usize;
        let mut e = self.sinusoid(timestep, size, number(&time["downscale_freq_shift"]));
        if !time["hidden_size"].is_null() {
            e = self.linear("time_embedding.linear_1", &e);
            e.iter_mut()
                .for_each(|value| *value /= 1.0 + (-*value).exp());
            e = self.linear("time_embedding.linear_2", &e);
        }
        if !self.config["num_classes"].is_null() {
            let row = class.map_or(self.count("num_classes"), |class| class as usize);
            let (shape, table) = &self.tensors["class_embedding.weight"];
            let row = &table[row * shape[1]..][..shape[1]];
            zip(&mut e, row).for_each(|(e, row)| *e += f64::from(*row));
        }
        e
    }

    /// `φ(x)`: a sinusoid of every coordinate, or `x` itself.
    fn features(&self, x: &[f64]) -> Vec<f64> {
        let embedding = &self.config["input_embedding"];
        if embedding.is_null() {
            return x.to_vec();
        }
        let (size, scale) = (
            number(&embedding["size"]) as usize,
            number(&embedding["scale"]),
        );
        x.iter()
            .flat_map(|x| self.sinusoid(x * scale, size, 1.0))
            .collect()
    }

    /// The sines of all frequencies and then the cosines, or the other way round.
    fn sinusoid(&self, x: f64, size: usize, shift: f64) -> Vec<f64> {
        let time = &self.config["time_embedding"];
        let half = size / 2;
        let rate = |k| (-number(&time["max_period"]).ln() * k as f64 / (half as f64 - shift)).exp();
        let sines = (0..half).map(|k| (x * rate(k)).sin());
        let cosines = (0..half).map(|k| (x * rate(k)).cos());
        let mut waves: Vec<f64> = if time["flip_sin_to_cos"] == true {
            cosines.chain(sines).collect()
        } else {
            sines.chain(cosines).collect()
        };
        waves.resize(size, 0.0);
        waves
    }

    fn activation(&self, x: f64) -> f64 {
        match self.config["activation"].as_str() {
            Some("relu") => x.max(0.0),
            Some("silu") => x / (1.0 + (-x).exp()),
            Some("gelu_tanh") => {
                let u = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044_715 * x.powi(3));
                0.5 * x * (1.0 + u.tanh())
            }
            other => panic!("the reference has no {other:?}"),
        }
    }

    fn linear(&self, name: &str, input: &[f64]) -> Vec<f64> {
        let (_, weight) = &self.tensors[&format!("{name}.weight")];
        let bias = self.tensors.get(&format!("{name}.bias"));
        let rows = weight.chunks_exact(input.len()).enumerate();
        rows.map(|(i, row)| {
            let bias = bias.map_or(0.0, |(_, values)| f64::from(values[i]));
            zip(row, input).fold(bias, |sum, (w, x)| sum + f64::from(*w) * x)
        })
        .collect()
    }

    fn count(&self, key: &str) -> usize {
        number(&self.config[key]) as usize
    }
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}
