//! The training loop.

use std::path::Path;
use std::time::Instant;

use burn::grad_clipping::GradientClippingConfig;
use burn::optim::{AdamWConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::Device;
use indicatif::{ProgressBar, ProgressStyle};
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::checkpoint::{Checkpoint, Progress};
use crate::data::Source;
use crate::error::Error;
use crate::learning_rate;
use crate::model_directory;
use crate::network::{Network, values};
use crate::objective::Objective;
use crate::recipe::Recipe;
use crate::weights::Weights;

/// Epochs between checkpoints.
const CHECKPOINT_EVERY: usize = 10;
/// Gradients of a tensor longer than this are shortened to it.
const GRADIENT_NORM: f32 = 1.0;

/// What a run is asked to do.
#[derive(Debug)]
pub(crate) struct Run<'a> {
    pub(crate) recipe: &'a Recipe,
    pub(crate) source: &'a Source,
    pub(crate) output: &'a Path,
    pub(crate) seed: u64,
    pub(crate) resume: bool,
    /// Epochs after which to stop, for a later resumption to go on.
    pub(crate) stop_after: Option<usize>,
}

struct State {
    network: Network,
    optimizer: ModuleOptimizer,
    average: Weights,
    progress: Progress,
}

/// Trains and writes the model directory, with the averaged weights.
pub(crate) fn train(run: &Run<'_>, device: &Device) -> Result<(), Error> {
    let recipe = run.recipe;
    let device = device.clone().autodiff();
    let checkpoint = Checkpoint::beside(run.output);
    let objective = Objective::new(recipe)?;
    let mut state = start(run, &checkpoint, &device)?;
    let bar = progress_bar(recipe.epochs, state.progress.epochs_done);
    let already = state.progress.seconds;
    let begun = Instant::now();
    let end = run.stop_after.unwrap_or(recipe.epochs).min(recipe.epochs);
    while state.progress.epochs_done < end {
        let loss;
        (state, loss) = epoch(state, run, &objective, &device)?;
        state.progress.losses.push(loss);
        state.progress.epochs_done += 1;
        state.progress.seconds = already + begun.elapsed().as_secs_f64();
        bar.set_message(format!("loss {loss:.5}"));
        bar.inc(1);
        let done = state.progress.epochs_done;
        if done.is_multiple_of(CHECKPOINT_EVERY) || done == end {
            checkpoint.save(
                &state.network,
                &state.optimizer,
                &state.average,
                &state.progress,
            )?;
            model_directory::write(run.output, &recipe.model, &recipe.scheduler, &state.average)?;
        }
    }
    bar.abandon();
    Ok(())
}

fn start(run: &Run<'_>, checkpoint: &Checkpoint, device: &Device) -> Result<State, Error> {
    device.seed(run.seed);
    let network = Network::new(&run.recipe.model, device);
    let optimizer = AdamWConfig::new()
        .with_epsilon(1e-8)
        .with_weight_decay(run.recipe.weight_decay)
        .with_grad_clipping(Some(GradientClippingConfig::Norm(GRADIENT_NORM)))
        .init();
    if run.resume {
        let (network, optimizer, average, mut progress) = checkpoint.load(network, optimizer)?;
        progress.epochs = run.recipe.epochs;
        return Ok(State {
            network,
            optimizer,
            average,
            progress,
        });
    }
    Ok(State {
        average: network.weights(),
        network,
        optimizer,
        progress: Progress {
            seed: run.seed,
            epochs: run.recipe.epochs,
            ..Progress::default()
        },
    })
}

fn epoch(
    mut state: State,
    run: &Run<'_>,
    objective: &Objective,
    device: &Device,
) -> Result<(State, f64), Error> {
    let recipe = run.recipe;
    let steps = recipe.epochs * recipe.steps_per_epoch;
    let mut total = 0.0;
    for i in 0..recipe.steps_per_epoch {
        let step = state.progress.epochs_done * recipe.steps_per_epoch + i;
        let mut rng = step_rng(run.seed, step);
        let batch = run.source.draw(recipe.batch, &mut rng);
        let loss = objective.loss(&state.network, batch, &mut rng, device);
        let gradients = GradientsParams::from_grads(loss.backward(), &state.network);
        let value = f64::from(values(loss.inner())[0]);
        if !value.is_finite() {
            return Err(Error::Diverged { step });
        }
        total += value;
        let rate = learning_rate::at(step, steps, recipe.warmup_steps, recipe.learning_rate);
        state.network = state.optimizer.step(rate, state.network, gradients);
        // Early on the average follows more closely, or it would keep the random start.
        let decay = recipe.ema_decay.min((1 + step) as f32 / (10 + step) as f32);
        state.average.average(&state.network.weights(), decay);
    }
    Ok((state, total / recipe.steps_per_epoch as f64))
}

/// The generator of one step: a resumed run draws what an unbroken one would.
fn step_rng(seed: u64, step: usize) -> StdRng {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&(step as u64).to_le_bytes());
    StdRng::from_seed(bytes)
}

fn progress_bar(epochs: usize, done: usize) -> ProgressBar {
    let style = ProgressStyle::with_template(
        "{wide_bar} epoch {pos}/{len}  {msg}  {elapsed_precise}, ETA {eta_precise}",
    )
    .expect("the template is a constant");
    let bar = ProgressBar::new(epochs as u64).with_style(style);
    bar.set_position(done as u64);
    bar.reset_eta();
    bar
}
