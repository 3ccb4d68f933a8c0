//! Models with random weights: as good as trained ones for comparing two ways to compute them.

use half::f16;
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde_json::Value;

use super::format::{MlpConfig, tensor_shapes};
use super::model::Model;
use crate::noise::fill_normals;

/// What a vector counts as its inputs, so that biases are small beside the sums they are added to.
const BIAS_FAN_IN: usize = 20;

/// A model of this `config.json` and `scheduler_config.json`, whose weights keep the variance of
/// what passes through.
///
/// # Panics
/// If they are not valid.
pub fn random_model(config: &Value, scheduler: &Value) -> Model {
    let (config_text, scheduler_text) = (config.to_string(), scheduler.to_string());
    let config = MlpConfig::from_json(&config_text).expect("a valid configuration");
    let shapes: Vec<_> = tensor_shapes(&config).collect();
    filled(&config_text, &scheduler_text, &shapes, Dtype::F32)
}

/// As [`random_model`] for a network of layers with tensors of these names and shapes. Their numbers
/// are of f16, so that kernels that store them as such compute the same network.
///
/// # Panics
/// If they are not valid.
pub fn random_layers(config: &Value, scheduler: &Value, shapes: &[(String, Vec<usize>)]) -> Model {
    let (config, scheduler) = (config.to_string(), scheduler.to_string());
    filled(&config, &scheduler, shapes, Dtype::F16)
}

/// With tensors of f32 or f16.
fn filled(config: &str, scheduler: &str, shapes: &[(String, Vec<usize>)], dtype: Dtype) -> Model {
    let tensors: Vec<(&str, &[usize], Vec<u8>)> = (0..)
        .zip(shapes)
        .map(|(index, (name, shape))| {
            let mut values = vec![0.0; shape.iter().product()];
            fill_normals(7, index, 0, &mut values);
            let fan_in = shape.get(1).copied().unwrap_or(BIAS_FAN_IN);
            let scale = if name == "class_embedding.weight" {
                1.0
            } else {
                (fan_in as f32).sqrt().recip()
            };
            // Variances are positive.
            let positive = name.ends_with("running_var");
            let values = values.iter().map(|value| {
                if positive {
                    0.5 + value.abs()
                } else {
                    value * scale
                }
            });
            let bytes = match dtype {
                Dtype::F16 => values
                    .flat_map(|value| f16::from_f32(value).to_le_bytes())
                    .collect(),
                _ => values.flat_map(f32::to_le_bytes).collect(),
            };
            (name.as_str(), shape.as_slice(), bytes)
        })
        .collect();
    let views = tensors.iter().map(|(name, shape, bytes)| {
        let view = TensorView::new(dtype, shape.to_vec(), bytes);
        (*name, view.expect("bytes of the shape"))
    });
    let file = safetensors::serialize(views, None).expect("tensors in memory");
    Model::from_parts("random", config, scheduler, &file).expect("a valid model")
}
