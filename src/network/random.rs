//! Models with random weights: as good as trained ones for comparing two ways to compute them.

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
    let tensors: Vec<(String, Vec<usize>, Vec<u8>)> = (0..)
        .zip(tensor_shapes(&config))
        .map(|(index, (name, shape))| {
            let mut values = vec![0.0; shape.iter().product()];
            fill_normals(7, index, 0, &mut values);
            let fan_in = shape.get(1).copied().unwrap_or(BIAS_FAN_IN);
            let scale = if name == "class_embedding.weight" {
                1.0
            } else {
                (fan_in as f32).sqrt().recip()
            };
            let bytes = values
                .iter()
                .flat_map(|value| (value * scale).to_le_bytes());
            (name, shape, bytes.collect())
        })
        .collect();
    let views = tensors.iter().map(|(name, shape, bytes)| {
        let view = TensorView::new(Dtype::F32, shape.clone(), bytes);
        (name, view.expect("bytes of the shape"))
    });
    let file = safetensors::serialize(views, None).expect("tensors in memory");
    Model::from_parts("random", &config_text, &scheduler_text, &file).expect("a valid model")
}
