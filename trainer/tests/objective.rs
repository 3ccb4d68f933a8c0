//! The objective's value and gradients against PyTorch's autograd in float64.

use std::path::Path;

use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor};
use ddim_train::network::{
    HostTensor, InputEmbedding, ModelConfig, Network, SchedulerConfig, TimeEmbedding, Weights,
    values,
};
use ddim_train::recipe::{
    Activation, BetaSchedule, Facts, NoiseRecipe, Prediction, Spacing, TrainingRecipe, Weighting,
};
use ddim_train::run::{Noised, Objective};

/// Largest difference, relative to the tensor's largest value: sums of some dozen products in f32.
const TOLERANCE: f32 = 2e-5;

struct Golden(Weights);

impl Golden {
    fn read() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/objective.safetensors");
        Self(Weights::load(&path).expect("the golden is there"))
    }

    fn tensor(&self, name: &str) -> &HostTensor {
        self.0.0.get(name).unwrap_or_else(|| panic!("no `{name}`"))
    }

    fn numbers(&self, name: &str) -> &[f32] {
        &self.tensor(name).values
    }

    fn model(&self) -> (ModelConfig, Weights) {
        let config = ModelConfig {
            architecture: "residual-mlp".into(),
            sample_shape: vec![3],
            hidden_size: 8,
            num_blocks: 2,
            activation: Activation::Silu,
            time_embedding: TimeEmbedding {
                size: 8,
                hidden_size: Some(6),
                flip_sin_to_cos: false,
                downscale_freq_shift: 1.0,
                max_period: 10_000.0,
            },
            input_embedding: Some(InputEmbedding {
                size: 4,
                scale: 5.0,
            }),
            num_classes: Some(2),
            condition: 0,
        };
        let mut weights = Weights::default();
        for (name, ..) in config.tensors() {
            let tensor = self.tensor(&format!("model.{name}")).clone();
            weights.0.insert(name, tensor);
        }
        (config, weights)
    }

    fn noised(&self) -> Noised {
        let none = 2.0;
        let class = |&class: &f32| (class < none).then_some(class as u32);
        Noised {
            x0: self.numbers("x0").to_vec(),
            noise: self.numbers("noise").to_vec(),
            timesteps: self
                .numbers("timesteps")
                .iter()
                .map(|&t| t as usize)
                .collect(),
            classes: self.numbers("classes").iter().map(class).collect(),
            conditions: Vec::new(),
            weights: vec![1.0; self.numbers("timesteps").len()],
        }
    }
}

fn close(name: &str, found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len(), "{name}");
    let largest = expected.iter().fold(1e-6_f32, |most, v| most.max(v.abs()));
    for (found, expected) in found.iter().zip(expected) {
        assert!(
            (found - expected).abs() <= TOLERANCE * largest,
            "{name}: {found}, PyTorch {expected} (largest {largest})"
        );
    }
}

fn check(prediction: Prediction, weighting: Weighting, case: &str) {
    let golden = Golden::read();
    let device = Device::flex().autodiff();
    let (config, weights) = golden.model();
    let network = Network::new(&config, &weights, &device).expect("the tensors are its own");
    let noise = NoiseRecipe {
        num_train_timesteps: 1000,
        beta_schedule: BetaSchedule::Cosine,
        prediction_type: prediction,
        timestep_spacing: Spacing::Leading,
    };
    let facts = Facts {
        rows: 16,
        dims: 3,
        pictures: false,
    };
    let training = TrainingRecipe {
        loss_weighting: weighting,
        min_snr_gamma: 5.0,
        ..facts.training()
    };
    let scheduler = SchedulerConfig::new(&noise, 1.0);
    let objective =
        Objective::new(&config, &scheduler, &training, None, &device).expect("it is valid");
    let loss = objective.loss(&network, &golden.noised());
    let gradients = GradientsParams::from_grads(loss.backward(), &network);
    let expected = |name: &str| golden.numbers(&format!("{case}.{name}"));
    close("loss", &values(loss.inner()), expected("loss"));
    for (name, linear) in network.linears() {
        let weight: Tensor<2> = gradients.get(linear.weight.id).expect("it has a gradient");
        let name = |part| format!("{name}.{part}");
        close(
            &name("weight"),
            &values(weight.transpose()),
            expected(&name("weight")),
        );
        if let Some(bias) = &linear.bias {
            let bias: Tensor<1> = gradients.get(bias.id).expect("it has a gradient");
            close(&name("bias"), &values(bias), expected(&name("bias")));
        }
    }
    let table = network.class_embedding.as_ref().expect("there are classes");
    let table: Tensor<2> = gradients.get(table.id).expect("it has a gradient");
    let name = "class_embedding.weight";
    close(name, &values(table), expected(name));
}

#[test]
fn epsilon() {
    check(Prediction::Epsilon, Weighting::Uniform, "epsilon.uniform");
    check(Prediction::Epsilon, Weighting::MinSnr, "epsilon.min_snr");
}

#[test]
fn sample() {
    check(Prediction::Sample, Weighting::Uniform, "sample.uniform");
    check(Prediction::Sample, Weighting::MinSnr, "sample.min_snr");
}

#[test]
fn velocity() {
    check(
        Prediction::Velocity,
        Weighting::Uniform,
        "v_prediction.uniform",
    );
    check(
        Prediction::Velocity,
        Weighting::MinSnr,
        "v_prediction.min_snr",
    );
}

/// The comparison would notice another objective.
#[test]
#[should_panic(expected = "PyTorch")]
fn a_wrong_weight_is_noticed() {
    check(
        Prediction::Velocity,
        Weighting::MinSnr,
        "v_prediction.uniform",
    );
}
