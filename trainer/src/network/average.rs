//! The moving average of a network's weights, on its device.

use burn::module::Param;
use burn::nn::Linear;
use burn::tensor::Tensor;

use super::residual_mlp::Network;

impl Network {
    /// Moves every weight a fraction 1 − `decay` towards that of `other`.
    #[must_use]
    pub fn averaged(mut self, other: &Self, decay: f32) -> Self {
        self.proj_in = linear(self.proj_in, &other.proj_in, decay);
        self.proj_out = linear(self.proj_out, &other.proj_out, decay);
        self.blocks = each(self.blocks, &other.blocks, decay);
        self.conditioning = each(self.conditioning, &other.conditioning, decay);
        let mlps = [
            (&mut self.time_embedding, &other.time_embedding),
            (&mut self.condition_embedding, &other.condition_embedding),
        ];
        for mlps in mlps {
            if let (Some(mlp), Some(other)) = mlps {
                mlp.linear_1 = linear(mlp.linear_1.clone(), &other.linear_1, decay);
                mlp.linear_2 = linear(mlp.linear_2.clone(), &other.linear_2, decay);
            }
        }
        if let (Some(table), Some(other)) = (&mut self.class_embedding, &other.class_embedding) {
            *table = mixed(table, other, decay);
        }
        self
    }
}

fn each(layers: Vec<Linear>, others: &[Linear], decay: f32) -> Vec<Linear> {
    let pairs = layers.into_iter().zip(others);
    pairs
        .map(|(layer, other)| linear(layer, other, decay))
        .collect()
}

fn linear(mut layer: Linear, other: &Linear, decay: f32) -> Linear {
    layer.weight = mixed(&layer.weight, &other.weight, decay);
    if let (Some(bias), Some(other)) = (&mut layer.bias, &other.bias) {
        *bias = mixed(bias, other, decay);
    }
    layer
}

/// The average is no part of a graph of gradients.
fn mixed<const D: usize>(
    own: &Param<Tensor<D>>,
    other: &Param<Tensor<D>>,
    decay: f32,
) -> Param<Tensor<D>> {
    let (own, other) = (own.val().inner(), other.val().inner());
    let moved = own.clone() + (other - own).mul_scalar(1.0 - decay);
    Param::from_tensor(moved)
}
