//! A small classifier of digits: the judge of the class-conditional samples.

use burn::module::Module;
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::{Dropout, DropoutConfig, Linear, LinearConfig};
use burn::optim::{AdamWConfig, GradientsParams};
use burn::tensor::{Device, Int, Tensor, TensorData, activation};
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::data::{Batch, Digits, Source, Split};
use crate::learning_rate;

const PIXELS: usize = 28 * 28;
const HIDDEN: usize = 256;
const BATCH: usize = 128;
/// Passes over the training digits.
pub(crate) const EPOCHS: usize = 40;

/// 784 → 256 → 256 → 10.
#[derive(Module, Debug)]
pub(crate) struct Classifier {
    first: Linear,
    second: Linear,
    last: Linear,
    dropout: Dropout,
}

impl Classifier {
    /// Trains on the (augmented) training digits.
    pub(crate) fn train(source: &Source, seed: u64, device: &Device) -> Self {
        let device = device.clone().autodiff();
        device.seed(seed);
        let mut classifier = Self {
            first: LinearConfig::new(PIXELS, HIDDEN).init(&device),
            second: LinearConfig::new(HIDDEN, HIDDEN).init(&device),
            last: LinearConfig::new(HIDDEN, 10).init(&device),
            dropout: DropoutConfig::new(0.2).init(),
        };
        let mut optimizer = AdamWConfig::new().with_weight_decay(0.01).init();
        let cross_entropy = CrossEntropyLossConfig::new().init(&device);
        let mut rng = StdRng::seed_from_u64(seed);
        let steps = EPOCHS * 9000 / BATCH;
        for step in 0..steps {
            let Batch { values, classes } = source.draw(BATCH, &mut rng);
            let classes: Vec<i64> = classes.iter().flatten().map(|c| *c as i64).collect();
            let images = Tensor::from_data(TensorData::new(values, [BATCH, PIXELS]), &device);
            let classes = Tensor::<1, Int>::from_data(TensorData::new(classes, [BATCH]), &device);
            let loss = cross_entropy.forward(classifier.forward(images), classes);
            let gradients = GradientsParams::from_grads(loss.backward(), &classifier);
            let rate = learning_rate::at(step, steps, 50, 1e-3);
            classifier = optimizer.step(rate, classifier, gradients);
        }
        classifier.valid()
    }

    fn forward(&self, images: Tensor<2>) -> Tensor<2> {
        let h = activation::relu(self.first.forward(images));
        let h = activation::relu(self.second.forward(self.dropout.forward(h)));
        self.last.forward(self.dropout.forward(h))
    }

    /// Share of the images that it sorts as `classes`.
    pub(crate) fn agreement(&self, values: &[f32], classes: &[usize], device: &Device) -> f64 {
        let data = TensorData::new(values.to_vec(), [classes.len(), PIXELS]);
        let sorted: Vec<i64> = self
            .forward(Tensor::from_data(data, device))
            .argmax(1)
            .into_data()
            .iter::<i64>()
            .collect();
        let agreeing = sorted
            .iter()
            .zip(classes)
            .filter(|(a, b)| **a == **b as i64);
        agreeing.count() as f64 / classes.len() as f64
    }

    /// Accuracy on the digits held out from all training.
    pub(crate) fn accuracy(&self, digits: &Digits, device: &Device) -> f64 {
        let images = digits.split(Split::HeldOut);
        let values: Vec<f32> = images.iter().flat_map(|(image, _)| image.clone()).collect();
        let classes: Vec<usize> = images.iter().map(|(_, class)| *class).collect();
        self.agreement(&values, &classes, device)
    }
}
