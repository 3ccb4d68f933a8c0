//! The residual MLP as a burn module.

use burn::module::{Module, Param};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, Distribution, Int, Tensor, TensorData, activation};

use crate::embedding::Sinusoid;
#[cfg(test)]
use crate::error::Error;
use crate::format::{Activation, ModelConfig};
use crate::weights::{HostTensor, Weights};

/// `time_embedding.linear_1`, `linear_2`.
#[derive(Module, Debug)]
struct TimeMlp {
    linear_1: Linear,
    linear_2: Linear,
}

/// The network of the model format; see `forward` for its definition.
#[derive(Module, Debug)]
pub(crate) struct Network {
    proj_in: Linear,
    blocks: Vec<Linear>,
    proj_out: Linear,
    conditioning: Vec<Linear>,
    time_embedding: Option<TimeMlp>,
    class_embedding: Option<Param<Tensor<2>>>,
    #[module(skip)]
    activation: ActivationField,
}

/// The activation as a constant of the module.
#[derive(Debug, Clone, Copy)]
struct ActivationField(Activation);

impl ActivationField {
    fn apply(self, x: Tensor<2>) -> Tensor<2> {
        match self.0 {
            Activation::Relu => activation::relu(x),
            Activation::Silu => activation::silu(x),
            Activation::Gelu => activation::gelu(x),
            Activation::GeluTanh => activation::gelu_approximate(x),
        }
    }
}

/// A network's arguments, one row a sample.
#[derive(Debug, Clone)]
pub(crate) struct Inputs {
    /// `phi(x)`, `[batch, F]`.
    features: Tensor<2>,
    /// Sinusoid of t, `[batch, S]`.
    time: Tensor<2>,
    /// Class rows, `[batch]`; the last class of the table is "none".
    classes: Option<Tensor<1, Int>>,
}

impl Inputs {
    /// Embeds states `x [batch, D]`, timesteps and classes (`None`: no class).
    pub(crate) fn new(
        config: &ModelConfig,
        x: Vec<f32>,
        timesteps: &[usize],
        classes: &[Option<usize>],
        device: &Device,
    ) -> Self {
        let batch = timesteps.len();
        let features = match &config.input_embedding {
            None => x,
            Some(embedding) => {
                let mut rows = Vec::with_capacity(x.len() * embedding.size);
                Sinusoid::of_input(embedding).extend(x.iter().map(|v| f64::from(*v)), &mut rows);
                rows
            }
        };
        let mut time = Vec::with_capacity(batch * config.time_embedding.size);
        Sinusoid::of_time(&config.time_embedding)
            .extend(timesteps.iter().map(|t| *t as f64), &mut time);
        let matrix = |values: Vec<f32>| {
            let columns = values.len() / batch;
            Tensor::from_data(TensorData::new(values, [batch, columns]), device)
        };
        let classes = config.num_classes.map(|none| {
            let rows: Vec<i64> = classes.iter().map(|c| c.unwrap_or(none) as i64).collect();
            Tensor::from_data(TensorData::new(rows, [batch]), device)
        });
        Self {
            features: matrix(features),
            time: matrix(time),
            classes,
        }
    }
}

impl Network {
    /// Random weights.
    pub(crate) fn new(config: &ModelConfig, device: &Device) -> Self {
        let linear = |from, to| LinearConfig::new(from, to).init(device);
        let (hidden, width) = (config.hidden_size, config.conditioning());
        Self {
            proj_in: linear(config.features(), hidden),
            blocks: (0..config.num_blocks)
                .map(|_| linear(hidden, hidden))
                .collect(),
            proj_out: linear(hidden, config.dims()),
            conditioning: (0..=config.num_blocks)
                .map(|_| {
                    LinearConfig::new(width, hidden)
                        .with_bias(false)
                        .init(device)
                })
                .collect(),
            time_embedding: config.time_embedding.hidden_size.map(|width| TimeMlp {
                linear_1: linear(config.time_embedding.size, width),
                linear_2: linear(width, width),
            }),
            class_embedding: config.num_classes.map(|classes| {
                Param::from_tensor(Tensor::random(
                    [classes + 1, width],
                    Distribution::Normal(0.0, 1.0),
                    device,
                ))
            }),
            activation: ActivationField(config.activation),
        }
    }

    /// The network's output, `[batch, D]`.
    pub(crate) fn forward(&self, inputs: Inputs) -> Tensor<2> {
        let mut e = inputs.time;
        if let Some(mlp) = &self.time_embedding {
            e = mlp
                .linear_2
                .forward(activation::silu(mlp.linear_1.forward(e)));
        }
        if let (Some(table), Some(classes)) = (&self.class_embedding, inputs.classes) {
            e = e + table.val().select(0, classes);
        }
        let act = |x| self.activation.apply(x);
        let mut h =
            act(self.proj_in.forward(inputs.features) + self.conditioning[0].forward(e.clone()));
        for (block, conditioning) in self.blocks.iter().zip(&self.conditioning[1..]) {
            h = h.clone() + act(block.forward(h) + conditioning.forward(e.clone()));
        }
        self.proj_out.forward(h)
    }

    /// The tensors under the names and in the orientation of the file format.
    pub(crate) fn weights(&self) -> Weights {
        let mut weights = Weights::default();
        self.each_linear(|name, linear| {
            let weight = linear.weight.val().inner().transpose();
            weights.0.insert(format!("{name}.weight"), host(weight));
            if let Some(bias) = &linear.bias {
                weights
                    .0
                    .insert(format!("{name}.bias"), host(bias.val().inner()));
            }
        });
        if let Some(table) = &self.class_embedding {
            weights
                .0
                .insert("class_embedding.weight".into(), host(table.val().inner()));
        }
        weights
    }

    /// A network with the given tensors.
    #[cfg(test)]
    pub(crate) fn from_weights(
        config: &ModelConfig,
        weights: &Weights,
        device: &Device,
    ) -> Result<Self, Error> {
        let mut network = Self::new(config, device);
        network.each_linear_mut(|name, linear| {
            let [from, to] = linear.weight.dims();
            let matrix = weights.get(&format!("{name}.weight"), &[to, from])?;
            let data = TensorData::new(matrix.values.clone(), [to, from]);
            let matrix: Tensor<2> = Tensor::from_data(data, device);
            linear.weight = Param::from_tensor(matrix.transpose());
            if linear.bias.is_some() {
                let bias = weights.get(&format!("{name}.bias"), &[to])?;
                let data = TensorData::new(bias.values.clone(), [to]);
                linear.bias = Some(Param::from_tensor(Tensor::from_data(data, device)));
            }
            Ok(())
        })?;
        if let Some(table) = &mut network.class_embedding {
            let shape: [usize; 2] = table.dims();
            let rows = weights.get("class_embedding.weight", &shape)?;
            let data = TensorData::new(rows.values.clone(), shape);
            *table = Param::from_tensor(Tensor::from_data(data, device));
        }
        Ok(network)
    }

    fn each_linear(&self, mut visit: impl FnMut(&str, &Linear)) {
        visit("proj_in", &self.proj_in);
        visit("proj_out", &self.proj_out);
        for (i, block) in self.blocks.iter().enumerate() {
            visit(&format!("blocks.{i}"), block);
        }
        for (j, conditioning) in self.conditioning.iter().enumerate() {
            visit(&format!("conditioning.{j}"), conditioning);
        }
        if let Some(mlp) = &self.time_embedding {
            visit("time_embedding.linear_1", &mlp.linear_1);
            visit("time_embedding.linear_2", &mlp.linear_2);
        }
    }

    #[cfg(test)]
    fn each_linear_mut(
        &mut self,
        mut visit: impl FnMut(&str, &mut Linear) -> Result<(), Error>,
    ) -> Result<(), Error> {
        visit("proj_in", &mut self.proj_in)?;
        visit("proj_out", &mut self.proj_out)?;
        for (i, block) in self.blocks.iter_mut().enumerate() {
            visit(&format!("blocks.{i}"), block)?;
        }
        for (j, conditioning) in self.conditioning.iter_mut().enumerate() {
            visit(&format!("conditioning.{j}"), conditioning)?;
        }
        if let Some(mlp) = &mut self.time_embedding {
            visit("time_embedding.linear_1", &mut mlp.linear_1)?;
            visit("time_embedding.linear_2", &mut mlp.linear_2)?;
        }
        Ok(())
    }
}

fn host<const D: usize>(tensor: Tensor<D>) -> HostTensor {
    HostTensor {
        shape: tensor.dims().to_vec(),
        values: values(tensor),
    }
}

/// A tensor's values, row-major.
pub(crate) fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor
        .into_data()
        .try_into_vec()
        .expect("the trainer computes in f32")
}
