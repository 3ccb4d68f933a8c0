//! What is benchmarked: networks of usual sizes with random weights, any model, or none at all.

use ddim_wgpu::diffusion::SchedulerConfig;
use ddim_wgpu::network::{Model, Stage, random_model};
use serde_json::json;

use super::policies;
use crate::cli::load_model;
use crate::exit::Failure;

/// Values in a sample of the update alone: an image of 28 × 28.
const UPDATE_DIMS: usize = 784;

pub struct Network {
    pub name: String,
    pub kind: Kind,
    pub scheduler: SchedulerConfig,
    inputs: Vec<(String, usize)>,
}

pub enum Kind {
    Mlp(Box<Model>),
    /// An external network that takes no time: what is left is the update.
    Update {
        dims: usize,
    },
}

impl Network {
    pub fn find(name: &str) -> Result<Self, Failure> {
        let mlp = match name {
            "points" => random(&json!([2]), 128, 3),
            "images" => random(&json!([1, 28, 28]), 512, 4),
            "diffusion-ql" => policies::diffusion_ql(),
            "cep" => policies::cep(),
            "update" => {
                return Ok(Self {
                    name: name.to_owned(),
                    scheduler: random(&json!([1]), 1, 0).scheduler().clone(),
                    kind: Kind::Update { dims: UPDATE_DIMS },
                    inputs: Vec::new(),
                });
            }
            _ => load_model(name)?,
        };
        Ok(Self {
            name: name.to_owned(),
            scheduler: mlp.scheduler().clone(),
            inputs: mlp
                .inputs()
                .iter()
                .map(|input| (input.name.clone(), input.width))
                .collect(),
            kind: Kind::Mlp(Box::new(mlp)),
        })
    }

    /// The vectors that samples are conditioned on: their names and widths.
    pub fn inputs(&self) -> &[(String, usize)] {
        &self.inputs
    }

    /// Values in a sample.
    pub fn dims(&self) -> usize {
        match &self.kind {
            Kind::Mlp(mlp) => mlp.dims(),
            Kind::Update { dims } => *dims,
        }
    }

    /// Its layers, as `2→128→[128]×3→2`.
    pub fn layers(&self) -> String {
        match &self.kind {
            Kind::Mlp(mlp) => {
                let Some(mlp) = mlp.mlp() else {
                    let ops = mlp.program().stage(Stage::State).len();
                    return format!("{ops} operations on {} values", mlp.dims());
                };
                let config = mlp.config();
                let (dims, hidden) = (config.dims(), config.hidden_size);
                let features = config.input_features();
                let blocks = config.num_blocks;
                format!("{features}→{hidden}→[{hidden}]×{blocks}→{dims}")
            }
            Kind::Update { dims } => format!("update of {dims}"),
        }
    }

    /// Multiplications and additions of the products, one evaluation of one sample.
    pub fn flop(&self) -> f64 {
        match &self.kind {
            Kind::Mlp(mlp) => 2.0 * mlp.multiply_adds() as f64,
            Kind::Update { .. } => 0.0,
        }
    }

    /// Bytes of state, x̂₀ and network output that a step of one sample has to move through memory.
    pub fn bytes(&self) -> f64 {
        match &self.kind {
            // State in and out, x̂₀ out.
            Kind::Mlp(mlp) => 12.0 * mlp.dims() as f64,
            // And the network's output in.
            Kind::Update { dims } => 16.0 * *dims as f64,
        }
    }
}

/// A network with random weights, which cost as much as trained ones.
fn random(shape: &serde_json::Value, hidden: usize, blocks: usize) -> Model {
    let config = json!({
        "architecture": "residual-mlp",
        "sample_shape": shape,
        "hidden_size": hidden,
        "num_blocks": blocks,
        "activation": "silu",
        "time_embedding": {
            "size": 64, "hidden_size": 128, "flip_sin_to_cos": false,
            "downscale_freq_shift": 1, "max_period": 10000,
        },
        "input_embedding": null,
        "num_classes": null,
    });
    // Data prediction: a run forgets its errors as it goes, so that two ways to compute it can be
    // compared at its end.
    let scheduler = json!({
        "_class_name": "DDIMScheduler", "num_train_timesteps": 1000, "beta_schedule": "linear",
        "beta_start": 1e-4, "beta_end": 0.02, "clip_sample": false, "set_alpha_to_one": true,
        "prediction_type": "sample", "timestep_spacing": "trailing",
    });
    random_model(&config, &scheduler)
}
