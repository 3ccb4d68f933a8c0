//! A network being trained.

use std::path::Path;

use burn::grad_clipping::GradientClippingConfig;
use burn::optim::{AdamWConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Tensor};

use super::checkpoint::{Checkpoints, Progress};
use super::encoding::Encoding;
use super::learning_rate;
use super::objective::Objective;
use crate::data::{Augmentation, Batches, Dataset};
use crate::error::Error;
use crate::network::{ModelConfig, Network, SchedulerConfig, Weights, values};
use crate::recipe::Recipe;

/// Gradients of a tensor longer than this are shortened to it.
const GRADIENT_NORM: f32 = 1.0;

/// Steps between two entries of the losses, at which the loss is read back.
const LOSS_EVERY: usize = 50;

/// A network being trained: weights, their average, the optimiser, and how far it is.
pub struct Trainer<'a> {
    recipe: &'a Recipe,
    /// `config.json`.
    pub model: ModelConfig,
    /// `scheduler_config.json`.
    pub scheduler: SchedulerConfig,
    batches: Batches<'a>,
    objective: Objective,
    encoding: Option<Encoding>,
    network: Network,
    average: Network,
    optimizer: ModuleOptimizer,
    /// The sum of the losses since they were last read, and of how many steps.
    losses: Option<(Tensor<1>, usize)>,
    /// How far it is.
    pub progress: Progress,
}

impl<'a> Trainer<'a> {
    /// Begins a run, or goes on from a checkpoint.
    ///
    /// # Errors
    /// For a recipe that cannot be, or a checkpoint that is none.
    pub fn new(
        recipe: &'a Recipe,
        data: &'a Dataset,
        device: &Device,
        checkpoint: Option<&Path>,
    ) -> Result<Self, Error> {
        let training = &recipe.training;
        let model = ModelConfig::new(
            &recipe.network,
            &data.sample_shape,
            data.num_classes(),
            data.condition_width(),
        );
        let reach = data.reach + 4.0 * recipe.data.augment.jitter as f32;
        let scheduler = SchedulerConfig::new(&recipe.noise, reach);
        let learning = device.clone().autodiff();
        // A checkpoint has the weights: the model that a run began with may be gone by then.
        let initial = match &training.pretrained_model {
            Some(directory) if checkpoint.is_none() => pretrained(directory, &scheduler)?,
            _ => model.initial(training.seed),
        };
        let mut network = Network::new(&model, &initial, &learning)?;
        let mut optimizer = AdamWConfig::new()
            .with_epsilon(1e-8)
            .with_weight_decay(training.adam_weight_decay as f32)
            .with_grad_clipping(Some(GradientClippingConfig::Norm(GRADIENT_NORM)))
            .init();
        let mut average = initial;
        let mut progress = Progress {
            data: data.hash.clone(),
            ..Progress::default()
        };
        if let Some(checkpoint) = checkpoint {
            (network, optimizer, average, progress) =
                Checkpoints::load(checkpoint, network, optimizer)?;
        }
        let augmentation = Augmentation::new(&recipe.data.augment, &data.sample_shape);
        let batches = Batches::new(
            &data.train,
            data.dims(),
            training.train_batch_size,
            training.seed,
            augmentation,
        );
        Ok(Self {
            recipe,
            objective: Objective::new(&model, &scheduler, training, data.scaling(), &learning)?,
            encoding: Encoding::new(&model, &scheduler, training, device)?,
            average: Network::new(&model, &average, device)?,
            model,
            scheduler,
            batches,
            network,
            optimizer,
            losses: None,
            progress,
        })
    }

    /// Whether all steps are done.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.progress.step >= self.recipe.training.max_train_steps
    }

    /// One step. Every 50 steps it also gives their mean loss.
    ///
    /// # Errors
    /// [`Error::Diverged`] if that is not finite.
    pub fn step(&mut self) -> Result<Option<f64>, Error> {
        let training = &self.recipe.training;
        let step = self.progress.step;
        let batch = self.batches.draw(step);
        let mut noised = self.objective.noised(batch, training.seed, step as u64);
        if let Some(encoding) = &self.encoding {
            encoding.replace(&self.average, &mut noised, training.seed, step as u64);
        }
        let loss = self.objective.loss(&self.network, &noised);
        let gradients = GradientsParams::from_grads(loss.backward(), &self.network);
        let rate = self.rate();
        // The optimiser takes the network and gives it back.
        let network = self.network.clone();
        self.network = self.optimizer.step(rate, network, gradients);
        // Early on the average follows more closely, or it would keep the random start.
        let decay = (training.ema_decay as f32).min((1 + step) as f32 / (10 + step) as f32);
        self.average = self.average.clone().averaged(&self.network, decay);
        let loss = loss.inner();
        self.losses = Some(match self.losses.take() {
            Some((sum, steps)) => (sum + loss, steps + 1),
            None => (loss, 1),
        });
        self.progress.step += 1;
        if self.progress.step.is_multiple_of(LOSS_EVERY) || self.is_done() {
            return self.read_loss();
        }
        Ok(None)
    }

    fn read_loss(&mut self) -> Result<Option<f64>, Error> {
        let Some((sum, steps)) = self.losses.take() else {
            return Ok(None);
        };
        let loss = f64::from(values(sum)[0]) / steps as f64;
        if !loss.is_finite() {
            return Err(Error::Diverged {
                step: self.progress.step,
            });
        }
        self.progress.losses.push((self.progress.step, loss));
        Ok(Some(loss))
    }

    /// The learning rate of the next step.
    #[must_use]
    pub fn rate(&self) -> f64 {
        let training = &self.recipe.training;
        learning_rate::at(
            self.progress.step,
            training.max_train_steps,
            training.lr_warmup_steps,
            training.learning_rate,
        )
    }

    /// The averaged weights.
    #[must_use]
    pub fn weights(&self) -> Weights {
        self.average.weights()
    }

    /// Saves all that is needed to go on; `average` is [`weights`](Self::weights), which come from the
    /// device.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn save(&self, checkpoints: &Checkpoints, average: &Weights) -> Result<(), Error> {
        checkpoints.save(
            self.recipe,
            &self.network,
            &self.optimizer,
            average,
            &self.progress,
        )
    }
}

/// The weights of a model that was trained under the same noise; whether they fit the network is seen
/// when it is made of them.
fn pretrained(directory: &Path, scheduler: &SchedulerConfig) -> Result<Weights, Error> {
    let theirs = SchedulerConfig::read(directory)?;
    let differs = |name: &str, differ: bool| differ.then(|| name.to_owned());
    let other = [
        differs(
            "prediction_type",
            theirs.prediction_type != scheduler.prediction_type,
        ),
        differs(
            "beta_schedule",
            theirs.beta_schedule != scheduler.beta_schedule,
        ),
        differs(
            "num_train_timesteps",
            theirs.num_train_timesteps != scheduler.num_train_timesteps,
        ),
    ];
    match other.into_iter().flatten().next() {
        Some(key) => Err(Error::Usage(format!(
            "{} was trained with another {key}",
            directory.display()
        ))),
        None => Weights::load(&directory.join("model.safetensors")),
    }
}
