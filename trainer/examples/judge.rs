//! Trains the classifier that judges samples of digits, and writes its directory.
//!
//! ```sh
//! scripts/fetch-data.sh
//! cargo run --release -p ddim-train --example judge -- data models/digits/classifier
//! ```

use std::io::Write;
use std::path::{Path, PathBuf};

use burn::module::Module;
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::{Dropout, DropoutConfig, Linear, LinearConfig};
use burn::optim::{AdamWConfig, GradientsParams};
use burn::tensor::{Device, Int, Tensor, TensorData, activation};
use clap::Parser;
use ddim_train::data::{self, Augmentation, Batches, Dataset, Part};
use ddim_train::error::Error;
use ddim_train::network::{HostTensor, Storage, Weights, values, write, write_json};
use ddim_train::recipe::{AugmentRecipe, DataRecipe, Normalize};
use ddim_wgpu::metrics::{Classifier as ImageClassifier, Moments};
use serde_json::json;

const PIXELS: usize = 28 * 28;
/// The second is the space that images are compared in.
const HIDDEN: [usize; 2] = [128, 64];
const CLASSES: usize = 10;
const BATCH: usize = 128;
/// Share of the hidden units left out of each training step.
const DROPOUT: f64 = 0.2;
const LEARNING_RATE: f64 = 1e-3;
const EPOCHS: usize = 60;

/// Trains the classifier that judges samples of digits.
#[derive(Debug, Parser)]
struct Arguments {
    /// Folder that scripts/fetch-data.sh filled
    data: PathBuf,
    /// Directory to write
    output: PathBuf,
    /// Seed of the initial weights and the order
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

/// More than the model's: a judge should not mind where a digit stands.
fn augmentation() -> AugmentRecipe {
    AugmentRecipe {
        jitter: 0.0,
        shift: 1.0,
        rotate: 6.9,
        zoom: 0.08,
        shear: 0.08,
    }
}

fn part(folder: &Path, name: &str) -> Result<Part, Error> {
    let recipe = DataRecipe {
        path: folder.join(format!("{name}.npy")),
        columns: None,
        class_column: None,
        classes: Some(folder.join(format!("{name}-classes.npy"))),
        condition_columns: None,
        conditions: None,
        image_size: None,
        points: None,
        normalize: None,
        held_out: 0.0,
        augment: AugmentRecipe::default(),
    };
    Ok(Dataset::new(&data::read(&recipe, 0)?, Normalize::None, 0.0, 0)?.train)
}

fn main() -> Result<(), Error> {
    let arguments = Arguments::parse();
    let train = part(&arguments.data, "digits")?;
    let held_out = part(&arguments.data, "digits-held-out")?;
    let classifier = Classifier::train(&train, arguments.seed);
    let output = &arguments.output;
    std::fs::create_dir_all(output).map_err(Error::io(output))?;
    let config = json!({
        "architecture": "mlp-classifier",
        "sample_shape": [1, 28, 28],
        "hidden_sizes": HIDDEN,
        "num_classes": CLASSES,
    });
    write_json(&output.join("config.json"), &config)?;
    let file = output.join("model.safetensors");
    classifier.weights().save(&file, Storage::F16)?;

    // Of the weights as they are stored.
    let reference = output.join("reference.safetensors");
    if reference.exists() {
        std::fs::remove_file(&reference).map_err(Error::io(&reference))?;
    }
    let classifier = ImageClassifier::load(output).map_err(Error::sampler)?;
    let trained = classifier.classify(&train.values);
    let moments = Moments::of(&trained.features, classifier.features()).map_err(Error::sampler)?;
    write(&reference, &moments.to_safetensors()?)?;

    let found = classifier.classify(&held_out.values).classes;
    let classes = held_out.classes.unwrap_or_default();
    let right = found.iter().zip(&classes).filter(|(a, b)| a == b).count();
    let share = right as f64 / classes.len() as f64;
    writeln!(
        std::io::stdout(),
        "held-out digits sorted rightly: {right} of {} ({share:.4})",
        classes.len()
    )
    .map_err(Error::io("stdout"))
}

/// 784 → 128 → 64 → 10.
#[derive(Module, Debug)]
struct Classifier {
    layers: Vec<Linear>,
    dropout: Dropout,
}

impl Classifier {
    fn train(data: &Part, seed: u64) -> Self {
        let device = Device::flex().autodiff();
        device.seed(seed);
        let [first, second] = HIDDEN;
        let sizes = [(PIXELS, first), (first, second), (second, CLASSES)];
        let mut classifier = Self {
            layers: sizes
                .map(|(inputs, outputs)| LinearConfig::new(inputs, outputs).init(&device))
                .into(),
            dropout: DropoutConfig::new(DROPOUT).init(),
        };
        let mut optimizer = AdamWConfig::new().with_weight_decay(0.01).init();
        let cross_entropy = CrossEntropyLossConfig::new().init(&device);
        let augmentation = Augmentation::new(&augmentation(), &[1, 28, 28]);
        let mut batches = Batches::new(data, PIXELS, BATCH, seed, augmentation);
        let steps = EPOCHS * data.rows / BATCH;
        for step in 0..steps {
            let batch = batches.draw(step);
            let classes: Vec<i64> = batch
                .classes
                .iter()
                .map(|&class| i64::from(class))
                .collect();
            let images = Tensor::from_data(TensorData::new(batch.values, [BATCH, PIXELS]), &device);
            let classes = Tensor::<1, Int>::from_data(TensorData::new(classes, [BATCH]), &device);
            let loss = cross_entropy.forward(classifier.forward(images), classes);
            let gradients = GradientsParams::from_grads(loss.backward(), &classifier);
            let falling = 1.0 + (std::f64::consts::PI * step as f64 / steps as f64).cos();
            let rate = LEARNING_RATE * 0.5 * falling;
            classifier = optimizer.step(rate, classifier, gradients);
        }
        classifier.valid()
    }

    fn forward(&self, images: Tensor<2>) -> Tensor<2> {
        let (last, hidden) = self.layers.split_last().expect("there are layers");
        let mut h = images;
        for layer in hidden {
            h = self.dropout.forward(activation::relu(layer.forward(h)));
        }
        last.forward(h)
    }

    /// The tensors, matrices as `[out, in]`.
    fn weights(&self) -> Weights {
        let mut weights = Weights::default();
        for (i, layer) in self.layers.iter().enumerate() {
            let matrix = layer.weight.val().transpose();
            let [outputs, inputs] = matrix.dims();
            let mut insert = |name: &str, shape, values| {
                let tensor = HostTensor { shape, values };
                weights.0.insert(format!("layers.{i}.{name}"), tensor);
            };
            insert("weight", vec![outputs, inputs], values(matrix));
            if let Some(bias) = &layer.bias {
                insert("bias", vec![outputs], values(bias.val()));
            }
        }
        weights
    }
}
