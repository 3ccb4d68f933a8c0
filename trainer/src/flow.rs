//! What the command does, in order: read, choose, train, show.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ddim_train::data::{self, DataError, Dataset};
use ddim_train::error::Error;
use ddim_train::network::{CONDITION, ModelFiles, Storage, write};
use ddim_train::recipe::{Facts, Layers, Recipe, read_file};
use ddim_train::report::{Card, Figures, Sampled, Shown, animate, write_card};
use ddim_train::run::{self, Checkpoints, Trainer};

use crate::cli::Cli;
use crate::interrupt;
use crate::tell::{self, Bar, Spoken};

/// How a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// All steps are done.
    Done,
    /// Somebody pressed Ctrl-C.
    Interrupted,
}

/// Steps after which the time that all take is told.
const ESTIMATE_AFTER: usize = 100;

/// Runs the command.
pub fn run(cli: &Cli) -> Result<End, Error> {
    let checkpoints = Checkpoints::beside(&cli.output);
    let checkpoint = checkpoint(cli, &checkpoints)?;
    let (recipe, data) = prepare(cli, checkpoint.as_deref())?;
    tell::plan(&recipe, &data)?;
    let device = run::open(&cli.device)?;
    tell::line(format_args!(
        "device: {} — {}",
        device.description, device.reason
    ));
    let mut trainer = Trainer::new(&recipe, &data, &device.device, checkpoint.as_deref())?;
    if checkpoint.is_none() && checkpoints.directory().exists() {
        let path = checkpoints.directory();
        std::fs::remove_dir_all(path).map_err(Error::io(path))?;
    }
    interrupt::listen();
    let job = Job {
        cli,
        recipe: &recipe,
        data: &data,
        checkpoints: &checkpoints,
        shown: Shown::new(&data),
        device: &device.description,
    };
    let end = job.train(&mut trainer)?;
    job.finish(&trainer, end)?;
    Ok(end)
}

/// The checkpoint to go on from, or that there is nothing in the way.
fn checkpoint(cli: &Cli, checkpoints: &Checkpoints) -> Result<Option<PathBuf>, Error> {
    if cli.resume {
        let nothing = || Error::NothingToResume {
            path: cli.output.clone(),
        };
        return checkpoints.last().ok_or_else(nothing).map(Some);
    }
    let occupied =
        |path: &Path| path.exists() && path.read_dir().is_ok_and(|mut d| d.next().is_some());
    let paths = [cli.output.as_path(), checkpoints.directory()];
    match paths.into_iter().find(|path| occupied(path)) {
        Some(path) if !cli.overwrite => Err(Error::Occupied {
            path: path.to_owned(),
        }),
        _ => Ok(None),
    }
}

/// The recipe and the data of the run. Writes nothing.
fn prepare(cli: &Cli, checkpoint: Option<&Path>) -> Result<(Recipe, Dataset), Error> {
    let mut layers = Layers::default();
    if let Some(path) = &cli.recipe {
        layers.file(read_file(path)?);
    }
    if let Some(checkpoint) = checkpoint {
        layers.file(Checkpoints::recipe(checkpoint)?);
    }
    layers.options(&cli.choices)?;
    let chosen = layers.data()?;
    let raw = data::read(&chosen, layers.seed())?;
    let normalize = chosen.normalize.unwrap_or_else(|| raw.normalize());
    let data = Dataset::new(&raw, normalize, chosen.held_out, layers.seed())?;
    let facts = Facts {
        rows: data.train.rows,
        dims: data.dims(),
        pictures: data.has_pictures(),
    };
    let mut recipe = layers.recipe(chosen, facts)?;
    recipe.data.normalize = Some(normalize);
    let batch = recipe.training.train_batch_size;
    if data.train.rows < batch {
        return Err(Error::Data(DataError::TooFew {
            rows: data.train.rows,
            held_out: data.held_out.rows,
            batch,
        }));
    }
    if let Some(checkpoint) = checkpoint {
        same_run(checkpoint, &recipe, &data)?;
    }
    Ok((recipe, data))
}

/// That a run goes on as it began: all but its end may be chosen anew.
fn same_run(checkpoint: &Path, recipe: &Recipe, data: &Dataset) -> Result<(), Error> {
    if Checkpoints::progress(checkpoint)?.data != data.hash {
        return Err(Error::OtherData {
            path: recipe.data.path.clone(),
        });
    }
    let path = checkpoint.join("recipe.toml");
    let begun = Checkpoints::recipe(checkpoint)?.try_into();
    let mut begun: Recipe = begun.map_err(|error: toml::de::Error| Error::Recipe {
        path,
        reason: error.message().to_owned(),
    })?;
    begun.data.path.clone_from(&recipe.data.path);
    begun.data.classes.clone_from(&recipe.data.classes);
    begun.data.conditions.clone_from(&recipe.data.conditions);
    begun.training.max_train_steps = recipe.training.max_train_steps;
    begun.training.checkpointing_steps = recipe.training.checkpointing_steps;
    if begun != *recipe {
        return Err(Error::Usage(
            "--resume goes on with the recipe of the checkpoint: only --max-train-steps, --num-epochs, --checkpointing-steps and the place of the data may be given".into(),
        ));
    }
    Ok(())
}

/// A run and what surrounds it.
struct Job<'a> {
    cli: &'a Cli,
    recipe: &'a Recipe,
    data: &'a Dataset,
    checkpoints: &'a Checkpoints,
    shown: Shown,
    device: &'a str,
}

impl Job<'_> {
    /// All steps, with a checkpoint every now and then.
    fn train(&self, trainer: &mut Trainer<'_>) -> Result<End, Error> {
        let training = &self.recipe.training;
        let (steps, first) = (training.max_train_steps, trainer.progress.step);
        let already = trainer.progress.seconds;
        let begun = Instant::now();
        let bar = Bar::new(steps, first);
        if trainer.is_done() {
            self.save(trainer, &bar)?;
        }
        while !trainer.is_done() {
            let rate = trainer.rate();
            let loss = trainer.step()?;
            let step = trainer.progress.step;
            trainer.progress.seconds = already + begun.elapsed().as_secs_f64();
            bar.step();
            if let Some(loss) = loss {
                bar.message(loss, rate);
            }
            if step == first + ESTIMATE_AFTER {
                let spent = begun.elapsed();
                let rest = (steps - step) as f64 / ESTIMATE_AFTER as f64;
                bar.line(format_args!(
                    "{ESTIMATE_AFTER} steps in {}: the other {} take about {}",
                    Spoken(spent),
                    steps - step,
                    Spoken(Duration::from_secs_f64(spent.as_secs_f64() * rest)),
                ));
            }
            let asked = interrupt::asked();
            if step.is_multiple_of(training.checkpointing_steps) || trainer.is_done() || asked {
                self.save(trainer, &bar)?;
            }
            if asked && !trainer.is_done() {
                return Ok(End::Interrupted);
            }
        }
        Ok(End::Done)
    }

    /// A checkpoint, the model as it is, and what it samples.
    fn save(&self, trainer: &Trainer<'_>, bar: &Bar) -> Result<(), Error> {
        let weights = trainer.weights();
        trainer.save(self.checkpoints, &weights)?;
        let training = &self.recipe.training;
        let output = self.cli.output.as_path();
        let storage = if self.cli.half {
            Storage::F16
        } else {
            Storage::F32
        };
        let files = ModelFiles {
            model: &trainer.model,
            scheduler: &trainer.scheduler,
            data: &self.data.config,
            conditions: self.data.scaling(),
            guided: training.class_dropout > 0.0,
            weights,
            storage,
        };
        files.write(output)?;
        write(
            &output.join("recipe.toml"),
            self.recipe.to_toml()?.as_bytes(),
        )?;
        let samples = Sampled::of_classes(output, self.shown.count, &self.data.train)?.values;
        self.shown.write(&output.join("samples.png"), &samples)?;
        let step = trainer.progress.step;
        self.shown
            .keep(self.checkpoints.directory(), step, &samples)?;
        let loss = trainer.progress.losses.last();
        let loss = loss.map_or(String::new(), |(_, loss)| format!("loss {loss:.4}, "));
        bar.line(format_args!(
            "step {step}: {loss}{} so far; {}",
            Spoken(Duration::from_secs_f64(trainer.progress.seconds)),
            output.join("samples.png").display(),
        ));
        Ok(())
    }

    /// Figures, the card, and how to go on.
    fn finish(&self, trainer: &Trainer<'_>, end: End) -> Result<(), Error> {
        let output = self.cli.output.as_path();
        let weights = trainer.weights();
        let parts = (&trainer.model, &trainer.scheduler, &weights);
        let figures = Figures::measure(output, self.data, &self.recipe.training, parts)?;
        if let Some(figures) = &figures {
            tell_figures(figures);
        }
        Figures::write_reference(output, self.data)?;
        animate(
            &output.join("progress.gif"),
            &self.shown,
            self.checkpoints.directory(),
        )?;
        let command = self.command();
        let card = Card {
            recipe: self.recipe,
            data: self.data,
            model: &trainer.model,
            progress: &trainer.progress,
            figures: figures.as_ref(),
            command: &command,
            device: self.device,
        };
        write_card(output, &card)?;
        let path = output.display();
        match end {
            End::Done => tell::line(format_args!(
                "{path}: {} steps done; sample it by: ddim sample --model {path} --output {}",
                trainer.progress.step,
                self.example(),
            )),
            End::Interrupted => tell::line(format_args!(
                "saved at step {}; go on by: ddim-train --output {path} --resume",
                trainer.progress.step
            )),
        }
        Ok(())
    }

    /// What to tell `ddim sample` beside the model.
    fn example(&self) -> String {
        let output = if self.data.has_pictures() {
            "samples.png"
        } else {
            "samples.csv"
        };
        match &self.data.conditions {
            Some((names, _)) => format!(
                "{output} --condition {CONDITION}=FILE.npy, rows of {}",
                names.join(", ")
            ),
            None => output.to_owned(),
        }
    }

    /// The command line, without the folders of the program.
    fn command(&self) -> String {
        let arguments = std::env::args_os().skip(1);
        let arguments = arguments.map(|argument| {
            let argument = argument.to_string_lossy().into_owned();
            let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:+".contains(c);
            if argument.chars().all(plain) && !argument.is_empty() {
                argument
            } else {
                format!("'{}'", argument.replace('\'', "'\\''"))
            }
        });
        std::iter::once("ddim-train".to_owned())
            .chain(arguments)
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// How good the model is, in a few lines.
fn tell_figures(figures: &Figures) {
    if let Some((samples, data)) = figures.sliced {
        tell::line(format_args!(
            "sliced Wasserstein distance from {} rows held out: samples {samples:.4}, rows trained on {data:.4}",
            figures.rows
        ));
    }
    for (level, held_out, trained) in &figures.errors {
        tell::line(format_args!(
            "error at timestep {level}: held out {held_out:.4}, trained on {trained:.4}"
        ));
    }
    let copies = figures.copies;
    if copies.found() {
        tell::line(format_args!(
            "warning: samples are copies of training data: {:.4} from the nearest row at the median, where rows held out are {:.4}; train less, on more data, or with --jitter",
            copies.samples, copies.held_out
        ));
    }
}
