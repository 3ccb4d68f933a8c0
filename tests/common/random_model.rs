//! Models with random weights, of any shape the format knows.

use std::collections::BTreeMap;

use ddim_wgpu::network::{MlpConfig, Model};
use ddim_wgpu::noise::fill_normals;
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde_json::{Value, json};

/// The shape of a model; the rest of `config.json` follows from it.
#[derive(Debug, Clone)]
pub(crate) struct RandomModel {
    pub(crate) shape: Vec<usize>,
    pub(crate) hidden: usize,
    pub(crate) blocks: usize,
    pub(crate) activation: &'static str,
    pub(crate) time_hidden: Option<usize>,
    pub(crate) input_embedding: Option<usize>,
    pub(crate) classes: Option<usize>,
    /// What differs from the plainest `scheduler_config.json`.
    pub(crate) scheduler: Value,
}

impl Default for RandomModel {
    fn default() -> Self {
        Self {
            shape: vec![2],
            hidden: 32,
            blocks: 2,
            activation: "silu",
            time_hidden: Some(24),
            input_embedding: None,
            classes: None,
            scheduler: json!({}),
        }
    }
}

/// The three files of a model directory.
#[derive(Debug, Clone)]
pub(crate) struct ModelFiles {
    pub(crate) config: Value,
    pub(crate) scheduler: Value,
    /// The tensors of `model.safetensors`, by name: shape and values.
    pub(crate) tensors: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
}

impl RandomModel {
    pub(crate) fn files(&self) -> ModelFiles {
        let embedding = self
            .input_embedding
            .map(|size| json!({"size": size, "scale": 3.0}));
        let config = json!({
            "architecture": "residual-mlp",
            "sample_shape": self.shape,
            "hidden_size": self.hidden,
            "num_blocks": self.blocks,
            "activation": self.activation,
            "time_embedding": {
                "size": 16, "hidden_size": self.time_hidden, "flip_sin_to_cos": self.blocks % 2 == 1,
                "downscale_freq_shift": 1, "max_period": 10000,
            },
            "input_embedding": embedding,
            "num_classes": self.classes,
        });
        let mut scheduler = json!({
            "_class_name": "DDIMScheduler", "num_train_timesteps": 1000, "beta_schedule": "linear",
            "beta_start": 1e-4, "beta_end": 0.02, "clip_sample": false, "set_alpha_to_one": true,
            "prediction_type": "epsilon", "timestep_spacing": "trailing",
        });
        let differs = self.scheduler.as_object().expect("an object");
        scheduler
            .as_object_mut()
            .expect("an object")
            .extend(differs.clone());
        ModelFiles {
            tensors: self.tensors(),
            config,
            scheduler,
        }
    }

    pub(crate) fn build(&self) -> Model {
        self.files().build()
    }

    /// Weights that keep the variance, whatever the shape.
    fn tensors(&self) -> BTreeMap<String, (Vec<usize>, Vec<f32>)> {
        let dims: usize = self.shape.iter().product();
        let (h, e) = (self.hidden, self.time_hidden.unwrap_or(16));
        let mut shapes = vec![
            (
                "proj_in.weight".to_owned(),
                vec![h, dims * self.input_embedding.unwrap_or(1)],
            ),
            ("proj_in.bias".to_owned(), vec![h]),
            ("proj_out.weight".to_owned(), vec![dims, h]),
            ("proj_out.bias".to_owned(), vec![dims]),
        ];
        for i in 0..self.blocks {
            shapes.push((format!("blocks.{i}.weight"), vec![h, h]));
            shapes.push((format!("blocks.{i}.bias"), vec![h]));
        }
        for j in 0..=self.blocks {
            shapes.push((format!("conditioning.{j}.weight"), vec![h, e]));
        }
        if self.time_hidden.is_some() {
            for (i, inputs) in [(1, 16), (2, e)] {
                shapes.push((format!("time_embedding.linear_{i}.weight"), vec![e, inputs]));
                shapes.push((format!("time_embedding.linear_{i}.bias"), vec![e]));
            }
        }
        if let Some(classes) = self.classes {
            shapes.push(("class_embedding.weight".to_owned(), vec![classes + 1, e]));
        }
        let random = |(index, (name, shape)): (usize, (String, Vec<usize>))| {
            let mut values = vec![0.0; shape.iter().product()];
            fill_normals(7, index as u64, 0, &mut values);
            let fan_in = shape.get(1).copied().unwrap_or(20);
            let scale = if name == "class_embedding.weight" {
                1.0
            } else {
                (fan_in as f32).sqrt().recip()
            };
            values.iter_mut().for_each(|value| *value *= scale);
            (name, (shape, values))
        };
        shapes.into_iter().enumerate().map(random).collect()
    }
}

impl ModelFiles {
    /// `model.safetensors` in `f32`.
    pub(crate) fn weights(&self) -> Vec<u8> {
        let bytes: BTreeMap<&str, (&[usize], Vec<u8>)> = self
            .tensors
            .iter()
            .map(|(name, (shape, values))| {
                let bytes = values
                    .iter()
                    .flat_map(|value| value.to_le_bytes())
                    .collect();
                (name.as_str(), (shape.as_slice(), bytes))
            })
            .collect();
        let views = bytes.iter().map(|(name, (shape, bytes))| {
            let view = TensorView::new(Dtype::F32, shape.to_vec(), bytes);
            (name, view.expect("bytes of the shape"))
        });
        safetensors::serialize(views, None).expect("a file")
    }

    pub(crate) fn config(&self) -> MlpConfig {
        MlpConfig::from_json(&self.config.to_string()).expect("a valid configuration")
    }

    pub(crate) fn build(&self) -> Model {
        let (config, scheduler) = (self.config.to_string(), self.scheduler.to_string());
        Model::from_parts("random", &config, &scheduler, &self.weights()).expect("a valid model")
    }
}
