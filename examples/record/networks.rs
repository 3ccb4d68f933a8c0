//! The networks whose steps are recorded, and numbers for them to start from.

use std::path::Path;

use ddim_wgpu::cpu::{Denoiser, init_noise};
use ddim_wgpu::diffusion::{NoiseSchedule, SchedulerConfig, StageCoefficients};
use ddim_wgpu::gpu::WgslNetwork;
use ddim_wgpu::network::{GaussianMixture, Model, random_model};
use serde_json::{Value, json};

use crate::Failure;

/// Both halves of the seed count.
pub(crate) const SEED: u64 = 0x1234_5678_9ABC_DEF0;
/// Straddles 2³², so that both halves of the sample index count.
pub(crate) const OFFSET: u64 = (1 << 32) - 40;

/// Numbers for a batch to start from that no kernel has made.
pub(crate) fn host_noise(seed: u64, count: usize, dims: usize) -> Vec<f32> {
    let mut values = vec![0.0; count * dims];
    init_noise(seed, 0, 0, dims, &mut values);
    values
}

/// ε-prediction on 1,000 linear levels, no clipping.
pub(crate) fn scheduler() -> SchedulerConfig {
    let schedule = NoiseSchedule::linear(1e-4, 0.02, 1000);
    schedule.expect("a schedule").into()
}

/// Data whose network is known in closed form.
pub(crate) fn mixture() -> GaussianMixture {
    let means = vec![
        vec![1.0, -2.0, 0.5],
        vec![-1.0, 0.3, 0.0],
        vec![0.0, 1.0, -1.0],
    ];
    GaussianMixture::new(&[0.2, 0.5, 0.3], means, vec![0.01, 0.2, 1.0]).expect("a mixture")
}

/// ε of standard normal data about a mean of each class, in WGSL and here:
/// `√(1−ᾱ)·(x − √ᾱ·mean)`. "No class" has mean 0.
#[derive(Clone, Debug)]
pub(crate) struct Classes {
    means: Vec<[f32; 3]>,
}

impl Classes {
    pub(crate) fn new() -> Self {
        let means = vec![[1.0, -0.5, 0.25], [-2.0, 0.0, 0.75], [0.0; 3]];
        Self { means }
    }

    pub(crate) fn wgsl(&self) -> WgslNetwork {
        let source = r"
fn predict(x: Sample, at: Evaluation) -> Sample {
    var out = Sample();
    for (var i = 0u; i < DIMS; i++) {
        out[i] = sqrt(at.one_minus_alpha_bar) * (x[i] - sqrt(at.alpha_bar) * params[at.class_index * DIMS + i]);
    }
    return out;
}";
        WgslNetwork::new(vec![3], source)
            .params(self.means.concat())
            .num_classes(self.means.len() - 1)
    }
}

impl Denoiser for Classes {
    fn dims(&self) -> usize {
        3
    }

    fn num_classes(&self) -> Option<usize> {
        Some(self.means.len() - 1)
    }

    fn predict(&self, step: &StageCoefficients, class: Option<u32>, x: &[f32], out: &mut [f32]) {
        let index = class.map_or(self.means.len() - 1, |class| class as usize);
        let level = step.network_level;
        let scale = level.one_minus_alpha_bar().sqrt();
        for ((out, x), mean) in out.iter_mut().zip(x).zip(self.means[index]) {
            let centred = f64::from(*x) - level.alpha_bar().sqrt() * f64::from(mean);
            *out = (scale * centred) as f32;
        }
    }
}

/// The digits model, whose 784 outputs are more than its 640 hidden units.
pub(crate) fn digits() -> Result<Model, Failure> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    Ok(Model::load(root.join("models/digits"))?)
}

/// Every activation, few and many values, classes, embedded inputs (whole quads
/// and not), three tilings.
pub(crate) fn random_networks() -> Vec<(String, Model)> {
    let rows = [
        ("points, SiLU", json!([2]), 17, 2, "silu", 20, None),
        ("images, GELU", json!([1, 5, 5]), 48, 3, "gelu", 0, Some(10)),
        ("4 values, ReLU", json!([4]), 32, 1, "relu", 0, None),
        ("3 values, tanh", json!([3]), 20, 1, "gelu_tanh", 0, Some(1)),
        ("144 values", json!([1, 12, 12]), 40, 1, "relu", 8, Some(3)),
        ("1040 wide", json!([3]), 1040, 1, "silu", 0, None),
        ("2064 wide", json!([5]), 2064, 1, "relu", 0, None),
    ];
    let named = rows.map(
        |(name, shape, hidden, blocks, activation, embedding, classes)| {
            let config = config(&shape, [hidden, blocks], activation, embedding, classes);
            let prediction = ["sample", "v_prediction", "epsilon"][blocks % 3];
            (
                name.to_owned(),
                random_model(&config, &trailing(prediction)),
            )
        },
    );
    let sizes = [4, 6, 8, 12, 18, 20, 22, 28, 40, 64, 96, 100];
    let embedded = sizes.map(|size| {
        let config = config(&json!([2]), [16, 1], "silu", size, None);
        let model = random_model(&config, &trailing("epsilon"));
        (format!("inputs in {size} sinusoids"), model)
    });
    named.into_iter().chain(embedded).collect()
}

/// A network for whole runs: it predicts the data, so that a run forgets its errors as it goes,
/// as a trained model's does.
pub(crate) fn contracting() -> Model {
    let config = config(&json!([1, 5, 5]), [64, 2], "silu", 0, Some(4));
    random_model(&config, &trailing("sample"))
}

/// `embedding` of 0: the inputs as they are.
fn config(
    shape: &Value,
    [hidden, blocks]: [usize; 2],
    activation: &str,
    embedding: usize,
    classes: Option<usize>,
) -> Value {
    json!({
        "architecture": "residual-mlp", "sample_shape": shape, "hidden_size": hidden, "num_blocks": blocks,
        "activation": activation, "num_classes": classes,
        "time_embedding": {
            "size": 16, "hidden_size": 24, "flip_sin_to_cos": blocks % 2 == 1,
            "downscale_freq_shift": 1, "max_period": 10000,
        },
        "input_embedding": (embedding > 0).then(|| json!({"size": embedding, "scale": 3.0})),
    })
}

fn trailing(prediction: &str) -> Value {
    json!({
        "_class_name": "DDIMScheduler", "num_train_timesteps": 1000, "beta_schedule": "linear",
        "beta_start": 1e-4, "beta_end": 0.02, "clip_sample": false, "set_alpha_to_one": true,
        "prediction_type": prediction, "timestep_spacing": "trailing",
    })
}
