//! A small classifier of digits: the library compares samples in its features.

use std::io::Write;
use std::path::{Path, PathBuf};

use burn::module::Module;
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::{Dropout, DropoutConfig, Linear, LinearConfig};
use burn::optim::{AdamWConfig, GradientsParams};
use burn::tensor::{Device, Int, Tensor, TensorData, activation};
use clap::Args;
use ddim_wgpu::metrics::{Classifier as ImageClassifier, Moments};
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde::Serialize;

use crate::data::{Batch, Digits, Source, Split};
use crate::error::Error;
use crate::learning_rate;
use crate::model_directory::write_json;
use crate::network::values;
use crate::recipe::ModelName;
use crate::weights::{HostTensor, Storage, Weights};

const PIXELS: usize = 28 * 28;
/// The second is the space that images are compared in.
const HIDDEN: [usize; 2] = [128, 64];
const CLASSES: usize = 10;
const BATCH: usize = 128;
/// Share of the hidden units left out of each training step.
const DROPOUT: f64 = 0.2;
const LEARNING_RATE: f64 = 1e-3;
const WARMUP_STEPS: usize = 50;

/// How to train it.
#[derive(Debug, Args)]
pub(crate) struct ClassifierArgs {
    /// Directory that scripts/fetch-data.sh filled.
    #[arg(long, default_value = "data")]
    data: PathBuf,
    /// Directory to write.
    #[arg(long)]
    output: PathBuf,
    /// Passes over the training digits.
    #[arg(long, default_value_t = 60)]
    epochs: usize,
    /// Seed of the initial weights and the batches.
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

/// `config.json` of a classifier.
#[derive(Serialize)]
struct Config {
    architecture: &'static str,
    sample_shape: [usize; 3],
    hidden_sizes: [usize; 2],
    num_classes: usize,
}

/// Trains it on the (augmented) training digits, writes its directory, and prints what
/// the library makes of it.
pub(crate) fn train(args: &ClassifierArgs, device: &Device) -> Result<(), Error> {
    let source = Source::open(ModelName::Digits, &args.data)?;
    let Source::Digits(digits) = &source else {
        unreachable!("the digits are digits");
    };
    let classifier = Classifier::train(&source, digits, args, device);
    std::fs::create_dir_all(&args.output).map_err(Error::io(&args.output))?;
    let config = Config {
        architecture: "mlp-classifier",
        sample_shape: [1, 28, 28],
        hidden_sizes: HIDDEN,
        num_classes: CLASSES,
    };
    write_json(&args.output.join("config.json"), &config)?;
    let weights = args.output.join("model.safetensors");
    classifier.weights().save(&weights, Storage::F16)?;

    // Of the weights as they are stored.
    let reference = args.output.join("reference.safetensors");
    if reference.exists() {
        std::fs::remove_file(&reference).map_err(Error::io(&reference))?;
    }
    let classifier = ImageClassifier::load(&args.output).map_err(Error::sampler)?;
    let of = |split| {
        let images = digits.split(split);
        let values: Vec<f32> = images.iter().flat_map(|(image, _)| image.clone()).collect();
        let classes: Vec<u32> = images.iter().map(|(_, class)| *class as u32).collect();
        (classifier.classify(&values), classes)
    };
    let (trained, _) = of(Split::Train);
    let moments = Moments::of(&trained.features, classifier.features()).map_err(Error::sampler)?;
    std::fs::write(&reference, moments.to_safetensors()?).map_err(Error::io(&reference))?;

    let (held_out, classes) = of(Split::HeldOut);
    let right = held_out
        .classes
        .iter()
        .zip(&classes)
        .filter(|(a, b)| a == b);
    let (right, count) = (right.count(), classes.len());
    let share = right as f64 / count as f64;
    writeln!(
        std::io::stdout(),
        "held-out digits sorted rightly: {right} of {count} ({share:.4})"
    )
    .map_err(Error::io(Path::new("stdout")))
}

/// 784 → 128 → 64 → 10.
#[derive(Module, Debug)]
struct Classifier {
    layers: Vec<Linear>,
    dropout: Dropout,
}

impl Classifier {
    fn train(source: &Source, digits: &Digits, args: &ClassifierArgs, device: &Device) -> Self {
        let device = device.clone().autodiff();
        device.seed(args.seed);
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
        let mut rng = StdRng::seed_from_u64(args.seed);
        let steps = args.epochs * digits.split(Split::Train).len() / BATCH;
        for step in 0..steps {
            let Batch { values, classes } = source.draw(BATCH, &mut rng);
            let classes: Vec<i64> = classes.iter().flatten().map(|c| *c as i64).collect();
            let images = Tensor::from_data(TensorData::new(values, [BATCH, PIXELS]), &device);
            let classes = Tensor::<1, Int>::from_data(TensorData::new(classes, [BATCH]), &device);
            let loss = cross_entropy.forward(classifier.forward(images), classes);
            let gradients = GradientsParams::from_grads(loss.backward(), &classifier);
            let rate = learning_rate::at(step, steps, WARMUP_STEPS, LEARNING_RATE);
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
