//! Networks to verify with: small ones of every activation and shape of input, and two wide ones.

use serde_json::{Value, json};

use crate::diffusion::{NoiseSchedule, Plan, SchedulerConfig};
use crate::network::{GaussianMixture, Model, random_model};

/// A residual MLP with random weights, and what is said of it in a case's name.
#[derive(Clone, Debug)]
pub struct Network {
    pub name: &'static str,
    pub model: Model,
}

/// Narrow networks: every activation; two and twenty-five values; with and without classes and an input embedding.
pub fn narrow() -> Vec<Network> {
    vec![
        network(
            "points, SiLU",
            &json!([2]),
            17,
            2,
            "silu",
            true,
            None,
            "epsilon",
        ),
        network(
            "images, GELU, classes",
            &json!([1, 5, 5]),
            48,
            3,
            "gelu",
            false,
            Some(10),
            "epsilon",
        ),
        network(
            "4 values, ReLU",
            &json!([4]),
            32,
            1,
            "relu",
            false,
            None,
            "v_prediction",
        ),
        network(
            "3 values, tanh GELU",
            &json!([3]),
            20,
            1,
            "gelu_tanh",
            false,
            Some(1),
            "sample",
        ),
    ]
}

/// Networks whose layers are divided over a workgroup in other ways than those of the narrow ones.
pub fn wide() -> Vec<Network> {
    vec![
        network(
            "1040 wide",
            &json!([3]),
            1040,
            1,
            "silu",
            false,
            None,
            "epsilon",
        ),
        network(
            "2064 wide",
            &json!([5]),
            2064,
            1,
            "relu",
            false,
            None,
            "epsilon",
        ),
    ]
}

/// Networks whose layers are divided among several subgroups, and those of an output wider than the layers.
pub fn tiled() -> Vec<Network> {
    vec![
        network(
            "100 wide",
            &json!([2]),
            100,
            2,
            "silu",
            false,
            None,
            "epsilon",
        ),
        network(
            "40 wide, 144 values",
            &json!([1, 12, 12]),
            40,
            1,
            "relu",
            true,
            Some(3),
            "sample",
        ),
    ]
}

/// A network for whole runs: it predicts the data, so that a run forgets its errors as it goes, as a trained model's does.
pub fn contracting() -> Network {
    network(
        "images, predicting x0",
        &json!([1, 5, 5]),
        64,
        2,
        "silu",
        false,
        Some(4),
        "sample",
    )
}

#[expect(clippy::too_many_arguments, reason = "the rows of the tables above")]
fn network(
    name: &'static str,
    shape: &Value,
    hidden: usize,
    blocks: usize,
    activation: &str,
    embed_input: bool,
    classes: Option<usize>,
    prediction: &str,
) -> Network {
    let config = json!({
        "architecture": "residual-mlp",
        "sample_shape": shape,
        "hidden_size": hidden,
        "num_blocks": blocks,
        "activation": activation,
        "time_embedding": {
            "size": 16, "hidden_size": 24, "flip_sin_to_cos": blocks % 2 == 1,
            "downscale_freq_shift": 1, "max_period": 10000,
        },
        "input_embedding": embed_input.then(|| json!({"size": 20, "scale": 3.0})),
        "num_classes": classes,
    });
    let scheduler = json!({
        "_class_name": "DDIMScheduler", "num_train_timesteps": 1000, "beta_schedule": "linear",
        "beta_start": 1e-4, "beta_end": 0.02, "clip_sample": false, "set_alpha_to_one": true,
        "prediction_type": prediction, "timestep_spacing": "trailing",
    });
    let model = random_model(&config, &scheduler);
    Network { name, model }
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
