//! Networks to verify with: small ones of every activation and shape of input, and two wide ones.

use serde_json::json;

use crate::diffusion::{NoiseSchedule, Plan, SchedulerConfig};
use crate::network::{GaussianMixture, Model, random_model};

/// A residual MLP with random weights, and what is said of it in a case's name.
#[derive(Clone, Debug)]
pub struct Network {
    pub name: &'static str,
    pub model: Model,
}

/// The shape of a network, and how it is told from the others.
struct Spec {
    name: &'static str,
    shape: &'static [usize],
    hidden: usize,
    blocks: usize,
    activation: &'static str,
    embed_input: bool,
    classes: Option<usize>,
    prediction: &'static str,
}

/// Of which the others differ.
const PLAIN: Spec = Spec {
    name: "",
    shape: &[],
    hidden: 0,
    blocks: 1,
    activation: "silu",
    embed_input: false,
    classes: None,
    prediction: "epsilon",
};

const NARROW: [Spec; 4] = [
    Spec {
        name: "points, SiLU",
        shape: &[2],
        hidden: 17,
        blocks: 2,
        embed_input: true,
        ..PLAIN
    },
    Spec {
        name: "images, GELU, classes",
        shape: &[1, 5, 5],
        hidden: 48,
        blocks: 3,
        activation: "gelu",
        classes: Some(10),
        ..PLAIN
    },
    Spec {
        name: "4 values, ReLU",
        shape: &[4],
        hidden: 32,
        activation: "relu",
        prediction: "v_prediction",
        ..PLAIN
    },
    Spec {
        name: "3 values, tanh GELU",
        shape: &[3],
        hidden: 20,
        activation: "gelu_tanh",
        classes: Some(1),
        prediction: "sample",
        ..PLAIN
    },
];

const WIDE: [Spec; 2] = [
    Spec {
        name: "1040 wide",
        shape: &[3],
        hidden: 1040,
        ..PLAIN
    },
    Spec {
        name: "2064 wide",
        shape: &[5],
        hidden: 2064,
        activation: "relu",
        ..PLAIN
    },
];

const TILED: [Spec; 2] = [
    Spec {
        name: "100 wide",
        shape: &[2],
        hidden: 100,
        blocks: 2,
        ..PLAIN
    },
    Spec {
        name: "40 wide, 144 values",
        shape: &[1, 12, 12],
        hidden: 40,
        activation: "relu",
        embed_input: true,
        classes: Some(3),
        prediction: "sample",
        ..PLAIN
    },
];

const CONTRACTING: Spec = Spec {
    name: "images, predicting x0",
    shape: &[1, 5, 5],
    hidden: 64,
    blocks: 2,
    classes: Some(4),
    prediction: "sample",
    ..PLAIN
};

/// Narrow networks: every activation; two and twenty-five values; with and without classes and an
/// input embedding.
pub fn narrow() -> Vec<Network> {
    NARROW.iter().map(network).collect()
}

/// Networks whose layers are divided over a workgroup in other ways than those of the narrow ones.
pub fn wide() -> Vec<Network> {
    WIDE.iter().map(network).collect()
}

/// Networks whose layers are divided among several subgroups, and those of an output wider than the
/// layers.
pub fn tiled() -> Vec<Network> {
    TILED.iter().map(network).collect()
}

/// A network for whole runs: it predicts the data, so that a run forgets its errors as it goes,
/// as a trained model's does.
pub fn contracting() -> Network {
    network(&CONTRACTING)
}

fn network(spec: &Spec) -> Network {
    let config = json!({
        "architecture": "residual-mlp",
        "sample_shape": spec.shape,
        "hidden_size": spec.hidden,
        "num_blocks": spec.blocks,
        "activation": spec.activation,
        "time_embedding": {
            "size": 16, "hidden_size": 24, "flip_sin_to_cos": spec.blocks % 2 == 1,
            "downscale_freq_shift": 1, "max_period": 10000,
        },
        "input_embedding": spec.embed_input.then(|| json!({"size": 20, "scale": 3.0})),
        "num_classes": spec.classes,
    });
    let scheduler = json!({
        "_class_name": "DDIMScheduler", "num_train_timesteps": 1000, "beta_schedule": "linear",
        "beta_start": 1e-4, "beta_end": 0.02, "clip_sample": false, "set_alpha_to_one": true,
        "prediction_type": spec.prediction, "timestep_spacing": "trailing",
    });
    Network {
        name: spec.name,
        model: random_model(&config, &scheduler),
    }
}

/// Data whose network is known in closed form.
pub fn mixture() -> GaussianMixture {
    let means = vec![
        vec![1.0, -2.0, 0.5],
        vec![-1.0, 0.3, 0.0],
        vec![0.0, 1.0, -1.0],
    ];
    GaussianMixture::new(&[0.2, 0.5, 0.3], means, vec![0.01, 0.2, 1.0]).expect("a mixture")
}

/// ε-prediction on 1,000 linear levels, no clipping.
pub fn scheduler() -> SchedulerConfig {
    NoiseSchedule::linear(1e-4, 0.02, 1000)
        .expect("a schedule")
        .into()
}

/// One step on them, where it is not steps that are looked at.
pub fn single_row() -> Plan {
    let plan = Plan::ddim(scheduler()).steps(1).build();
    plan.expect("a plan of one row")
}
