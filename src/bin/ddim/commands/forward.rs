//! `ddim forward`: data noised to levels of a model's schedule.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use ddim_wgpu::diffusion::{Forward, NoiseLevel, NoiseSchedule, PlanError};
use ddim_wgpu::noise::{INITIAL_DRAW, fill_normals, step_draw};
use ddim_wgpu::output::{RunParameters, npy, png, strip};

use super::finite::Finite;
use crate::cli::{ModelArguments, SigmasArgument};
use crate::exit::Failure;
use crate::inputs::conversion::PictureArguments;
use crate::inputs::samples::read_samples;
use crate::process;
use crate::terminal::note;

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    model: ModelArguments,
    /// The data: [N, …sample_shape] .npy, or pictures; several files one after another; `-` is
    /// standard input
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    input: Vec<PathBuf>,
    #[command(flatten)]
    pictures: PictureArguments,
    /// The training levels to go through, rising
    #[arg(long, value_name = "T,…", value_delimiter = ',', required = true)]
    timesteps: Vec<usize>,
    /// How a level follows from the one before: `markov`, DDPM's chain; `non-markov`, DDIM's, by
    /// --eta or --sigmas; `marginal`, each from the data alone with the same noise
    #[arg(long, default_value = "markov")]
    process: Process,
    /// η of the reverse process that a non-Markov chain belongs to [default: 0, without noise after
    /// the first level]
    #[arg(long, value_name = "E", allow_negative_numbers = true)]
    eta: Option<f64>,
    #[command(flatten)]
    sigmas: SigmasArgument,
    /// Seed of all noise, 64 bits
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// Index of the first sample
    #[arg(long, value_name = "K", default_value_t = 0)]
    sample_offset: u64,
    /// Write all levels to the .npy, [levels, N, …sample_shape], the data first
    #[arg(long)]
    trajectory: bool,
    /// The file to write: the states at the last level as .npy, or the way there as a strip .png
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Process {
    Markov,
    NonMarkov,
    Marginal,
}

impl Process {
    fn name(self) -> &'static str {
        match self {
            Self::Markov => "markov",
            Self::NonMarkov => "non-markov",
            Self::Marginal => "marginal",
        }
    }
}

/// What is written, by the extension of the file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Last,
    All,
    Strip,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let format = format(arguments)?;
    let model = arguments.model.load()?;
    let transitions = transitions(arguments, &model.scheduler().schedule)?;
    let data = read_samples(&arguments.input, &model, &arguments.pictures.conversion())?;
    let mut file = process::create(&arguments.output)?;
    let states = noised(arguments, &transitions, &data.values, model.dims());
    let last = states.last().expect("the data at least");
    let mut finite = Finite::new(model.dims());
    finite.count(last);
    finite.check()?;
    let shape = [&[data.count], model.sample_shape()].concat();
    let written = match format {
        Format::Last => npy::write(&mut file, &shape, last),
        Format::All => npy::write(
            &mut file,
            &[&[states.len()], shape.as_slice()].concat(),
            &states.concat(),
        ),
        Format::Strip => {
            let raster = strip::draw(&states, model.sample_shape())?;
            png::write(&mut file, &raster, &parameters(arguments).text_chunks())
        }
    };
    written.map_err(|error| file.error(error))?;
    file.finish()?;
    note(format_args!(
        "{}: {} samples, {} levels",
        arguments.output.display(),
        data.count,
        transitions.len()
    ));
    Ok(())
}

fn format(arguments: &Arguments) -> Result<Format, Failure> {
    let path = &arguments.output;
    let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
    match extension.to_str() {
        _ if process::is_stdout(path) => Ok(Format::Last),
        Some("npy") if arguments.trajectory => Ok(Format::All),
        Some("npy") => Ok(Format::Last),
        Some("png") => Ok(Format::Strip),
        _ => Err(Failure::usage(format_args!(
            "cannot tell what to write to {}: end it in .npy or .png",
            path.display()
        ))),
    }
}

/// A transition to each level.
fn transitions(arguments: &Arguments, schedule: &NoiseSchedule) -> Result<Vec<Forward>, Failure> {
    let sigmas = arguments.sigmas.read()?;
    let given = arguments.eta.is_some() || sigmas.is_some();
    if given && arguments.process != Process::NonMarkov {
        return Err(Failure::usage(
            "--eta and --sigmas are for --process non-markov: the others have no choice of noise",
        ));
    }
    let levels = levels(&arguments.timesteps, schedule)?;
    if let Some(sigmas) = &sigmas
        && sigmas.len() + 1 != levels.len()
    {
        let (sigmas, steps) = (sigmas.len(), levels.len() - 1);
        return Err(PlanError::SigmaCount { sigmas, steps }.into());
    }
    let mut from = NoiseLevel::CLEAN;
    let mut all = Vec::new();
    for (index, &to) in levels.iter().enumerate() {
        all.push(match (arguments.process, &sigmas) {
            // The first is from data, and has no reverse step with noise.
            _ if index == 0 => Forward::marginal(to),
            (Process::Marginal, _) => Forward::marginal(to),
            (Process::Markov, _) => Forward::markov(from, to)?,
            (Process::NonMarkov, None) => {
                Forward::non_markov(from, to, arguments.eta.unwrap_or(0.0))?
            }
            (Process::NonMarkov, Some(sigmas)) => Forward::with_sigma(from, to, sigmas[index - 1])?,
        });
        from = to;
    }
    Ok(all)
}

fn levels(timesteps: &[usize], schedule: &NoiseSchedule) -> Result<Vec<NoiseLevel>, Failure> {
    let train_steps = schedule.train_steps();
    if let Some(timestep) = timesteps.iter().find(|&&timestep| timestep >= train_steps) {
        return Err(Failure::usage(format_args!(
            "timestep {timestep} is outside the schedule: the largest is {}",
            train_steps - 1
        )));
    }
    if let Some(pair) = timesteps.windows(2).find(|pair| pair[1] <= pair[0]) {
        return Err(Failure::usage(format_args!(
            "timestep {} is not above the one before it, {}: give them in rising order",
            pair[1], pair[0]
        )));
    }
    Ok(timesteps
        .iter()
        .map(|&timestep| schedule.level(timestep))
        .collect())
}

/// The data, and the states at each level, `[N, D]` each.
fn noised(
    arguments: &Arguments,
    transitions: &[Forward],
    data: &[f32],
    dims: usize,
) -> Vec<Vec<f32>> {
    let mut states = vec![data.to_vec()];
    let mut z = vec![0.0; dims];
    for (index, transition) in transitions.iter().enumerate() {
        // One and the same noise where each level is made of the data alone.
        let draw = match (arguments.process, index) {
            (Process::Marginal, _) | (_, 0) => INITIAL_DRAW,
            (_, index) => step_draw(index as u32),
        };
        let mut next = states[index].clone();
        let samples = next.chunks_exact_mut(dims).zip(data.chunks_exact(dims));
        for (i, (x, x0)) in samples.enumerate() {
            let sample = arguments.sample_offset.wrapping_add(i as u64);
            fill_normals(arguments.seed, sample, draw, &mut z);
            transition.apply(x0, &z, x);
        }
        states.push(next);
    }
    states
}

fn parameters(arguments: &Arguments) -> RunParameters {
    let mut run = RunParameters::new("forward");
    let inputs = arguments
        .input
        .iter()
        .map(|path| path.display().to_string());
    run.option("model", arguments.model.model.as_str())
        .option("input", inputs.collect::<Vec<_>>())
        .option("timesteps", arguments.timesteps.as_slice())
        .option("process", arguments.process.name());
    if let Some(eta) = arguments.eta {
        run.option("eta", eta);
    }
    arguments.sigmas.record(&mut run);
    run.option("seed", arguments.seed);
    if arguments.sample_offset > 0 {
        run.option("sample-offset", arguments.sample_offset);
    }
    arguments.pictures.record(&mut run);
    run
}
