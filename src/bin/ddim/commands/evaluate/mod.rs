//! `ddim evaluate`: how good a model is.

mod bound;
mod comparison;
mod data;
mod grid;
mod reconstruction;
mod report;
mod table;

use std::io::Write;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use ddim_wgpu::diffusion::{Plan, PlanBuilder, SamplerKind, SchedulerConfig, Spacing};
use ddim_wgpu::network::Model;
use ddim_wgpu::output::RunParameters;
use ddim_wgpu::session::{Backend, Session};
use ddim_wgpu::{Batch, ClassChoice};

use crate::cli::DeviceArgument;
use crate::cli::{ClassArguments, ConditionArguments, ModelArguments, names};
use crate::exit::Failure;
use crate::process;
use crate::terminal::Progress;
use crate::terminal::printable;

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    model: ModelArguments,
    /// Measure what encoding and decoding lose, in place of the quality of samples
    #[arg(long, conflicts_with = "bound")]
    reconstruction: bool,
    /// Measure the variational bound on the data's likelihood, in bits per dimension, in place of
    /// the quality of samples
    #[arg(long)]
    bound: bool,
    /// Data to compare with, to encode, or to bound, [N, …sample_shape] .npy [default:
    /// reference.npy in the model's directory]
    #[arg(long, value_name = "FILE")]
    reference: Option<PathBuf>,
    /// Compare images in the feature space of this classifier, a directory [default: classifier in
    /// the model's directory]
    #[arg(long, value_name = "DIR", conflicts_with_all = ["reconstruction", "bound"])]
    classifier: Option<PathBuf>,
    /// Numbers of steps, the columns of the table [default: 10,20,50,100,1000; with 200 and 500 for
    /// --reconstruction]
    #[arg(
        long,
        value_name = "N,…",
        value_delimiter = ',',
        allow_negative_numbers = true
    )]
    steps: Vec<usize>,
    /// How the steps are spread: over the training levels, or by what a solver sees (`log-snr`,
    /// `karras`) [default: as the model's scheduler_config.json says]
    #[arg(long, value_parser = names(Spacing::ALL, Spacing::name))]
    spacing: Option<Spacing>,
    /// The rows of the table: eta of DDIM, or another sampler by its name [default:
    /// 0,0.2,0.5,1,ddpm-large; 1 for --bound]
    #[arg(
        long,
        value_name = "E|SAMPLER,…",
        value_delimiter = ',',
        conflicts_with = "reconstruction"
    )]
    eta: Vec<Noise>,
    /// Number of samples, or of data [default: 4000 points or 2000 images; 1000 points or 100
    /// images of data; no more than there are data]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    count: Option<usize>,
    /// First seed of the noise, 64 bits
    #[arg(
        long,
        value_name = "S",
        default_value_t = 0,
        conflicts_with = "reconstruction"
    )]
    seed: u64,
    /// Number of seeds, from the first on; their spread is shown
    #[arg(
        long,
        value_name = "R",
        default_value_t = 1,
        value_parser = clap::value_parser!(u64).range(1..=1_000_000),
        conflicts_with = "reconstruction"
    )]
    repeats: u64,
    #[command(flatten)]
    class: ClassArguments,
    #[command(flatten)]
    condition: ConditionArguments,
    #[command(flatten)]
    device: DeviceArgument,
    /// Print one JSON object in place of Markdown
    #[arg(long)]
    json: bool,
}

/// Runs a plan on a batch, `[count, D]`, behind a progress bar.
fn sample(
    backend: &Backend,
    model: &Model,
    plan: &Plan,
    batch: &Batch,
) -> Result<Vec<f32>, Failure> {
    let session = Session::new(backend, model, plan)?;
    let bar = Progress::new((batch.count * plan.len()) as u64, "evaluations");
    let samples = session.sample_with(batch, &mut bar.observer())?;
    Ok(samples.into_values())
}

/// A row of the table: how much noise is added.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Noise {
    Eta(f64),
    Sampler(SamplerKind),
}

impl FromStr for Noise {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text.parse(), SamplerKind::from_str(text)) {
            (Ok(eta), _) => Ok(Self::Eta(eta)),
            (_, Ok(SamplerKind::Ddim)) => Err("name ddim by its eta, a number".to_owned()),
            (_, Ok(sampler)) => Ok(Self::Sampler(sampler)),
            (_, Err(error)) => Err(format!("neither a number nor a sampler: {error}")),
        }
    }
}

impl Noise {
    fn start(self, config: &SchedulerConfig) -> PlanBuilder {
        match self {
            Self::Eta(eta) => Plan::ddim(config).eta(eta),
            Self::Sampler(sampler) => Plan::sampler(config, sampler),
        }
    }

    /// As on the command line.
    fn name(self) -> String {
        match self {
            Self::Eta(eta) => eta.to_string(),
            Self::Sampler(sampler) => sampler.name().to_owned(),
        }
    }

    /// For people.
    fn label(self) -> String {
        match self {
            Self::Eta(eta) => format!("η = {eta}"),
            Self::Sampler(SamplerKind::DdpmLarge) => "σ̂ (ddpm-large)".to_owned(),
            Self::Sampler(sampler) => sampler.name().to_owned(),
        }
    }
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let model = arguments.model.load()?;
    let report = if arguments.reconstruction {
        reconstruction::report(arguments, &model)?
    } else if arguments.bound {
        bound::report(arguments, &model)?
    } else {
        grid::report(arguments, &model)?
    };
    let mut stdout = process::stdout()?;
    if arguments.json {
        writeln!(stdout, "{}", serde_json::to_string_pretty(&report.json())?)?;
    } else {
        write!(stdout, "{}", printable(&report.markdown()))?;
    }
    Ok(())
}

impl Arguments {
    fn seeds(&self) -> Vec<u64> {
        (0..self.repeats)
            .map(|repeat| self.seed.wrapping_add(repeat))
            .collect()
    }

    /// The columns: those asked for, else those of `default` that the model has levels for.
    fn steps(&self, model: &Model, default: &[usize]) -> Vec<usize> {
        if !self.steps.is_empty() {
            return self.steps.clone();
        }
        let levels = model.scheduler().schedule.train_steps();
        default
            .iter()
            .copied()
            .filter(|&steps| steps <= levels)
            .collect()
    }

    fn rows(&self, default: &[Noise]) -> Vec<Noise> {
        if self.eta.is_empty() {
            default.to_vec()
        } else {
            self.eta.clone()
        }
    }

    fn build(&self, builder: PlanBuilder, steps: usize) -> Result<Plan, Failure> {
        let builder = builder.steps(steps);
        let builder = match self.spacing {
            Some(spacing) => builder.spacing(spacing),
            None => builder,
        };
        Ok(builder.build()?)
    }

    /// The class asked for, else for samples every class in turn: what a model makes of no class
    /// hides what is wrong with its classes. The classes of given data are not known.
    fn class_choice(&self, model: &Model) -> ClassChoice {
        let of_data = self.reconstruction || self.bound;
        match &self.class.class {
            Some(choice) => choice.clone(),
            None if model.num_classes().is_some() && !of_data => ClassChoice::Cyclic,
            None => ClassChoice::None,
        }
    }

    /// A batch of the class asked for, checked against the model.
    fn batch(&self, model: &Model, count: usize, seed: u64) -> Result<Batch, Failure> {
        let batch = Batch::new(count)
            .seed(seed)
            .class(self.class_choice(model))
            .guidance(self.class.guidance);
        let batch = self.condition.open(model)?.apply(batch)?;
        batch.validate_for_model(model)?;
        Ok(batch)
    }

    /// What the report says about how it was made.
    fn parameters(
        &self,
        model: &Model,
        count: usize,
        steps: &[usize],
        rows: &[Noise],
        backend: &Backend,
    ) -> RunParameters {
        let command = match (self.reconstruction, self.bound) {
            (true, _) => "evaluate --reconstruction",
            (_, true) => "evaluate --bound",
            _ => "evaluate",
        };
        let mut run = RunParameters::new(command);
        run.option("model", self.model.model.as_str());
        if let Some(path) = &self.reference {
            run.option("reference", path.display().to_string());
        }
        if let Some(path) = &self.classifier {
            run.option("classifier", path.display().to_string());
        }
        run.option("steps", steps);
        if let Some(spacing) = self.spacing {
            run.option("spacing", spacing.name());
        }
        if !rows.is_empty() {
            let names: Vec<String> = rows.iter().map(|row| row.name()).collect();
            run.option("eta", names.join(","));
        }
        run.option("count", count);
        if !self.reconstruction {
            run.option("seed", self.seed)
                .option("repeats", self.repeats);
        }
        self.class
            .record_choice(&self.class_choice(model), &mut run);
        self.condition.record(&mut run);
        run.fact(
            "spacing_used",
            self.spacing
                .unwrap_or(model.scheduler().default_spacing())
                .name(),
        )
        .fact("prediction_type", model.scheduler().prediction.name())
        .fact("device", backend.description());
        run
    }
}
