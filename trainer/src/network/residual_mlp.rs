//! The residual MLP as a burn module.

use burn::module::{Module, Param};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, Int, Tensor, TensorData, activation};

use super::config::ModelConfig;
use super::sinusoid::Sinusoid;
use super::weights::{HostTensor, Weights};
use crate::error::Error;
use crate::recipe::Activation;

/// `linear_1`, SiLU, `linear_2`.
#[derive(Module, Debug)]
pub(super) struct EmbeddingMlp {
    pub(super) linear_1: Linear,
    pub(super) linear_2: Linear,
}

impl EmbeddingMlp {
    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let hidden = activation::silu(self.linear_1.forward(x));
        self.linear_2.forward(hidden)
    }
}

/// The network of the model format; see `forward` for its definition.
#[derive(Module, Debug)]
pub struct Network {
    pub(super) proj_in: Linear,
    pub(super) blocks: Vec<Linear>,
    pub(super) proj_out: Linear,
    pub(super) conditioning: Vec<Linear>,
    pub(super) time_embedding: Option<EmbeddingMlp>,
    /// None: there are no conditions.
    pub(super) condition_embedding: Option<EmbeddingMlp>,
    /// `class_embedding.weight`; none: the model is unconditional.
    pub class_embedding: Option<Param<Tensor<2>>>,
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

/// What a network's arguments go through before its weights.
#[derive(Debug, Clone)]
pub struct Inputs {
    /// `phi`; none: values as they are.
    features: Option<Sinusoid>,
    time: Sinusoid,
    none: Option<usize>,
    condition: usize,
    dims: usize,
    device: Device,
}

impl Inputs {
    /// The embeddings of a configuration.
    #[must_use]
    pub fn new(config: &ModelConfig, device: &Device) -> Self {
        let time = &config.time_embedding;
        Self {
            features: config.input_embedding.as_ref().map(|embedding| {
                Sinusoid::new(
                    embedding.size,
                    1.0,
                    10_000.0,
                    embedding.scale,
                    false,
                    device,
                )
            }),
            time: Sinusoid::new(
                time.size,
                time.downscale_freq_shift,
                time.max_period,
                1.0,
                time.flip_sin_to_cos,
                device,
            ),
            none: config.num_classes,
            condition: config.condition,
            dims: config.dims(),
            device: device.clone(),
        }
    }

    /// Embeds states `[rows, D]` and what the network is told of each row.
    fn embed(&self, x: Vec<f32>, told: &Told<'_>) -> Embedded {
        let rows = told.timesteps.len();
        let x = Tensor::from_data(TensorData::new(x, [rows, self.dims]), &self.device);
        let x = match &self.features {
            Some(sinusoid) => sinusoid.of(x),
            None => x,
        };
        let times: Vec<f32> = told.timesteps.iter().map(|&t| t as f32).collect();
        let times = Tensor::from_data(TensorData::new(times, [rows, 1]), &self.device);
        let classes = self.none.map(|none| {
            let class = |class: &Option<u32>| class.map_or(none as i64, i64::from);
            let classes: Vec<i64> = told.classes.iter().map(class).collect();
            Tensor::from_data(TensorData::new(classes, [rows]), &self.device)
        });
        let conditions = (self.condition > 0).then(|| {
            let values = TensorData::new(told.conditions.to_vec(), [rows, self.condition]);
            Tensor::from_data(values, &self.device)
        });
        Embedded {
            features: x,
            time: self.time.of(times),
            classes,
            conditions,
        }
    }
}

/// What a network is told of each row beside its state.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// The timestep.
    pub timesteps: &'a [usize],
    /// The class; `None`: no class.
    pub classes: &'a [Option<u32>],
    /// The condition, `[rows, width]`, scaled; empty where there are none.
    pub conditions: &'a [f32],
}

struct Embedded {
    features: Tensor<2>,
    time: Tensor<2>,
    classes: Option<Tensor<1, Int>>,
    conditions: Option<Tensor<2>>,
}

impl Network {
    /// A network with the given tensors.
    ///
    /// # Errors
    /// [`Error::Tensor`] if one is missing or has another shape.
    pub fn new(config: &ModelConfig, weights: &Weights, device: &Device) -> Result<Self, Error> {
        let linear = |name: &str, bias: bool| -> Result<Linear, Error> {
            let tensors = config.tensors();
            let weight = format!("{name}.weight");
            let shape = tensors.iter().find(|(other, ..)| *other == weight);
            let shape = &shape.expect("a layer of the format").1;
            let (outputs, inputs) = (shape[0], shape[1]);
            let matrix = weights.get(&weight, shape)?;
            let mut layer = LinearConfig::new(inputs, outputs)
                .with_bias(bias)
                .init(device);
            // Burn's are [in, out].
            let turned = |index: usize| matrix.values[index % outputs * inputs + index / outputs];
            let turned: Vec<f32> = (0..inputs * outputs).map(turned).collect();
            let turned = TensorData::new(turned, [inputs, outputs]);
            layer.weight = Param::from_tensor(Tensor::from_data(turned, device));
            if bias {
                let bias = weights.get(&format!("{name}.bias"), &[outputs])?;
                layer.bias = Some(Param::from_tensor(tensor(bias, [outputs], device)));
            }
            Ok(layer)
        };
        let each = |name: &str, count: usize, bias: bool| {
            let layers = (0..count).map(|index| linear(&format!("{name}.{index}"), bias));
            layers.collect::<Result<Vec<_>, _>>()
        };
        let mlp = |name: &str| -> Result<EmbeddingMlp, Error> {
            Ok(EmbeddingMlp {
                linear_1: linear(&format!("{name}.linear_1"), true)?,
                linear_2: linear(&format!("{name}.linear_2"), true)?,
            })
        };
        let time = config.time_embedding.hidden_size;
        let condition = (config.condition > 0).then_some("condition_embedding");
        Ok(Self {
            proj_in: linear("proj_in", true)?,
            blocks: each("blocks", config.num_blocks, true)?,
            proj_out: linear("proj_out", true)?,
            conditioning: each("conditioning", config.num_blocks + 1, false)?,
            time_embedding: time.map(|_| mlp("time_embedding")).transpose()?,
            condition_embedding: condition.map(mlp).transpose()?,
            class_embedding: match config.num_classes {
                Some(classes) => {
                    let shape = [classes + 1, config.conditioning()];
                    let table = weights.get("class_embedding.weight", &shape)?;
                    Some(Param::from_tensor(tensor(table, shape, device)))
                }
                None => None,
            },
            activation: ActivationField(config.activation),
        })
    }

    /// The network's output `[rows, D]` for states `[rows, D]` and what it is told of each row.
    #[must_use]
    pub fn forward(&self, inputs: &Inputs, x: Vec<f32>, told: &Told<'_>) -> Tensor<2> {
        let embedded = inputs.embed(x, told);
        let mut e = embedded.time;
        if let Some(mlp) = &self.time_embedding {
            e = mlp.forward(e);
        }
        if let (Some(mlp), Some(conditions)) = (&self.condition_embedding, embedded.conditions) {
            e = e + mlp.forward(conditions);
        }
        if let (Some(table), Some(classes)) = (&self.class_embedding, embedded.classes) {
            e = e + table.val().select(0, classes);
        }
        let act = |x| self.activation.apply(x);
        let features = embedded.features;
        let mut h = act(self.proj_in.forward(features) + self.conditioning[0].forward(e.clone()));
        for (block, conditioning) in self.blocks.iter().zip(&self.conditioning[1..]) {
            h = h.clone() + act(block.forward(h) + conditioning.forward(e.clone()));
        }
        self.proj_out.forward(h)
    }

    /// The tensors under the names and in the orientation of the file format.
    #[must_use]
    pub fn weights(&self) -> Weights {
        let mut weights = Weights::default();
        for (name, linear) in self.linears() {
            let weight = linear.weight.val().inner().transpose();
            weights.0.insert(format!("{name}.weight"), host(weight));
            if let Some(bias) = &linear.bias {
                let bias = host(bias.val().inner());
                weights.0.insert(format!("{name}.bias"), bias);
            }
        }
        if let Some(table) = &self.class_embedding {
            let table = host(table.val().inner());
            weights.0.insert("class_embedding.weight".into(), table);
        }
        weights
    }

    /// The linear layers, by the names of the file format.
    pub fn linears(&self) -> Vec<(String, &Linear)> {
        let mut linears = vec![
            ("proj_in".to_owned(), &self.proj_in),
            ("proj_out".to_owned(), &self.proj_out),
        ];
        let blocks = self.blocks.iter().enumerate();
        linears.extend(blocks.map(|(i, block)| (format!("blocks.{i}"), block)));
        let conditioning = self.conditioning.iter().enumerate();
        linears.extend(conditioning.map(|(i, layer)| (format!("conditioning.{i}"), layer)));
        let mlps = [
            ("time_embedding", &self.time_embedding),
            ("condition_embedding", &self.condition_embedding),
        ];
        for (name, mlp) in mlps {
            if let Some(mlp) = mlp {
                linears.push((format!("{name}.linear_1"), &mlp.linear_1));
                linears.push((format!("{name}.linear_2"), &mlp.linear_2));
            }
        }
        linears
    }
}

fn tensor<const D: usize>(host: &HostTensor, shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(host.values.clone(), shape), device)
}

fn host<const D: usize>(tensor: Tensor<D>) -> HostTensor {
    HostTensor {
        shape: tensor.dims().to_vec(),
        values: values(tensor),
    }
}

/// A tensor's values, row-major.
///
/// # Panics
/// If it does not hold f32.
#[must_use]
pub fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor
        .into_data()
        .try_into_vec()
        .expect("the trainer computes in f32")
}
