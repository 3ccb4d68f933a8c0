//! Weights to begin with, the same on every device.

use super::config::ModelConfig;
use super::weights::{HostTensor, Weights};
use crate::stream::{Purpose, Stream};

impl ModelConfig {
    /// Every tensor of the format: name, shape, and the number of inputs that its values are summed
    /// over; none for the table of classes.
    #[must_use]
    pub fn tensors(&self) -> Vec<(String, Vec<usize>, Option<usize>)> {
        let (hidden, width) = (self.hidden_size, self.conditioning());
        let mut tensors = Vec::new();
        let mut linear = |name: &str, inputs: usize, outputs: usize, bias: bool| {
            tensors.push((
                format!("{name}.weight"),
                vec![outputs, inputs],
                Some(inputs),
            ));
            if bias {
                tensors.push((format!("{name}.bias"), vec![outputs], Some(inputs)));
            }
        };
        linear("proj_in", self.features(), hidden, true);
        for block in 0..self.num_blocks {
            linear(&format!("blocks.{block}"), hidden, hidden, true);
        }
        linear("proj_out", hidden, self.dims(), true);
        for layer in 0..=self.num_blocks {
            linear(&format!("conditioning.{layer}"), width, hidden, false);
        }
        if let Some(width) = self.time_embedding.hidden_size {
            linear(
                "time_embedding.linear_1",
                self.time_embedding.size,
                width,
                true,
            );
            linear("time_embedding.linear_2", width, width, true);
        }
        if self.condition > 0 {
            let embedding = "condition_embedding";
            linear(
                &format!("{embedding}.linear_1"),
                self.condition,
                width,
                true,
            );
            linear(&format!("{embedding}.linear_2"), width, width, true);
        }
        if let Some(classes) = self.num_classes {
            let shape = vec![classes + 1, self.conditioning()];
            tensors.push(("class_embedding.weight".to_owned(), shape, None));
        }
        tensors
    }

    /// Random weights of a seed: of linear layers uniform within 1/√inputs, as PyTorch's, of classes
    /// normal.
    #[must_use]
    pub fn initial(&self, seed: u64) -> Weights {
        let mut weights = Weights::default();
        for (index, (name, shape, inputs)) in self.tensors().into_iter().enumerate() {
            let mut random = Stream::new(seed, Purpose::Weights, index as u64);
            let count: usize = shape.iter().product();
            let values = match inputs {
                Some(inputs) => {
                    let limit = 1.0 / (inputs as f32).sqrt();
                    (0..count).map(|_| random.within(limit)).collect()
                }
                None => (0..count).map(|_| random.normal()).collect(),
            };
            weights.0.insert(name, HostTensor { shape, values });
        }
        weights
    }
}
