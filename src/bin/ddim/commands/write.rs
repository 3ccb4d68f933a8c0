//! What every command that runs a plan does: from a batch to a file.

use std::io::{self, Write};
use std::path::Path;
use std::time::Instant;

use clap::ValueEnum;

use ddim_wgpu::Batch;
use ddim_wgpu::diffusion::Plan;
use ddim_wgpu::gpu::SamplerError;
use ddim_wgpu::network::Model;
use ddim_wgpu::output::scatter::View;
use ddim_wgpu::output::{
    Braille, OutputFile, PictureLayout, Raster, RunParameters, gif, npy, png, strip,
};
use ddim_wgpu::session::{Backend, Session, SessionError, SessionOptions, TrajectoryState};

use super::cost::cost;
use super::finite::Finite;
use super::format::Format;
use super::recipe::Recipe;
use super::room;
use super::rows;
use super::stream::Target;
use crate::cli::{DeviceArgument, TunedArgument};
use crate::exit::{Failure, Status};
use crate::process;
use crate::terminal::{self, Progress, note};

/// Most characters in a line of a preview, and the most images it shows.
const PREVIEW_COLUMNS: usize = 80;
const PREVIEW_IMAGES: usize = 5;

/// What of a run is shown along its trajectory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shown {
    /// The state, which loses its noise
    State,
    /// x̂₀, what the network takes the data to be
    X0,
}

impl From<Shown> for TrajectoryState {
    fn from(shown: Shown) -> Self {
        match shown {
            Shown::State => Self::State,
            Shown::X0 => Self::X0,
        }
    }
}

/// What a run gives.
pub struct Sampled {
    /// `[count, …sample_shape]`.
    pub values: Vec<f32>,
    /// The frames asked for, each as `values`.
    pub frames: Vec<Vec<f32>>,
}

impl Sampled {
    /// Samples without a trajectory.
    pub fn of(values: Vec<f32>) -> Self {
        let frames = Vec::new();
        Self { values, frames }
    }
}

/// A plan to run on a batch, and where the result goes.
pub struct Job<'a> {
    pub model: &'a Model,
    pub plan: &'a Plan,
    pub recipe: Recipe,
    pub format: Format,
    /// What is shown of the trajectory.
    pub shown: Shown,
    pub target: Target<'a>,
    pub device: &'a DeviceArgument,
    /// Whether to take the form of the step that was found the fastest; of commands that can.
    pub tuned: Option<&'a TunedArgument>,
    /// Whether to show the samples on standard error as well.
    pub preview: bool,
    /// What the file says about how it was made; the job adds what it finds out.
    pub parameters: RunParameters,
}

/// A job with a device and a place for its result.
pub struct Begun<'a> {
    job: Job<'a>,
    /// The samples to make.
    pub batch: Batch,
    pub backend: &'static Backend,
    file: OutputFile,
    started: Instant,
}

impl<'a> Job<'a> {
    /// What a session on a backend is told.
    pub fn options(&self, backend: &Backend) -> Result<SessionOptions, Failure> {
        let options = SessionOptions::default();
        match self.tuned {
            Some(tuned) => Ok(options.gpu(tuned.options(backend, self.model)?)),
            None => Ok(options),
        }
    }

    /// The model and the plan on a backend.
    pub fn session(&self, backend: &Backend, options: &SessionOptions) -> Result<Session, Failure> {
        Ok(Session::with_options(
            backend, self.model, self.plan, options,
        )?)
    }

    /// Samples.
    pub fn run(self) -> Result<(), Failure> {
        if self.format.is_array() && !self.preview {
            let mixed = self.target.store.allow_mixed;
            return self.stream_by(|sessions, source, sink, observer| {
                Ok(Session::sample_across(
                    sessions, mixed, source, sink, observer,
                )?)
            });
        }
        let begun = self.begin()?;
        let plan = begun.job.plan;
        let batch = &begun.batch;
        let options = begun.job.options(begun.backend)?;
        let session = begun.job.session(begun.backend, &options)?;
        let bar = begun.bar();
        let mut observer = bar.observer();
        let sampled = match begun.job.format.frames() {
            None => {
                let samples = session.sample_with(batch, &mut observer);
                Sampled::of(samples.map_err(|e| begun.failure(e, 1))?.into_values())
            }
            Some(frames) => {
                let shown = begun.job.shown.into();
                let kept = frames.stages(plan, shown)?.len();
                let trajectory = session.trajectory(batch, &frames, shown, &mut observer);
                let trajectory = trajectory.map_err(|error| begun.failure(error, 1 + kept))?;
                let (samples, frames) = trajectory.into_parts();
                Sampled {
                    values: samples.into_values(),
                    frames,
                }
            }
        };
        drop(observer);
        drop(bar);
        begun.finish(sampled)
    }

    /// Finds the device and starts the file, before the work, so that nobody waits for a result
    /// that has nowhere to go.
    pub fn begin(mut self) -> Result<Begun<'a>, Failure> {
        self.recipe.look_over(0..self.recipe.count())?;
        let backend = self.device.open()?;
        let file = process::create(self.target.output)?;
        let batch = self.recipe.whole()?;
        Ok(Begun {
            job: self,
            batch,
            backend,
            file,
            started: Instant::now(),
        })
    }
}

impl<'a> Begun<'a> {
    pub fn model(&self) -> &'a Model {
        self.job.model
    }

    /// A bar for the job's samples.
    pub fn bar(&self) -> Progress {
        Progress::of_samples(self.batch.count, self.job.plan.len())
    }

    /// A session's error; of memory, with the number of samples that there is room for where as
    /// many copies of them are kept.
    fn failure(&self, error: SessionError, copies: usize) -> Failure {
        let (dims, count) = (self.job.model.dims(), self.batch.count);
        let of_memory = matches!(
            error,
            SessionError::OutOfMemory { .. } | SessionError::Gpu(SamplerError::OutOfMemory { .. })
        );
        let fits = || room::fitting(count, dims.saturating_mul(4 * (2 + copies)));
        match of_memory.then(fits).flatten() {
            Some(fits) => Failure::new(
                Status::DeviceLost,
                format_args!("{error}: --count {fits} would fit"),
            ),
            None => error.into(),
        }
    }

    /// Writes the result, and says so.
    pub fn finish(self, sampled: Sampled) -> Result<(), Failure> {
        let seconds = self.started.elapsed().as_secs_f64();
        let mut job = self.job;
        let timesteps = job.plan.stages().iter().map(|step| step.timestep);
        job.parameters
            .fact("run_timesteps", timesteps.collect::<Vec<_>>())
            .fact("prediction_type", job.plan.prediction().name())
            .fact("sample_shape", job.model.sample_shape())
            .fact("device", self.backend.description());
        if let Some(frames) = job.format.frames() {
            let shown = frames.stages(job.plan, job.shown.into())?;
            job.parameters.fact("shown_after_rows", shown);
        }
        job.write(self.file, &self.batch, &sampled)?;
        if job.preview {
            job.show(&sampled.values)?;
        }
        job.tell(self.batch.count, job.target.output, seconds);
        Ok(())
    }
}

impl Job<'_> {
    /// One line on what was made.
    pub fn tell(&self, count: usize, path: &Path, seconds: f64) {
        let (cost, path) = (cost(self.plan), path.display());
        note(format_args!(
            "{path}: {count} samples, {cost}, {seconds:.2} s"
        ));
    }

    /// The samples in the characters of a terminal.
    fn show(&self, values: &[f32]) -> Result<(), Failure> {
        let columns = terminal::columns().min(PREVIEW_COLUMNS);
        let preview = match self.model.sample_shape() {
            [2] => Braille::points(values, View::fit(values), columns / 2),
            shape => {
                // Few enough that each can be made out.
                let shown = self.recipe.count().min(PREVIEW_IMAGES);
                let picture = PictureLayout::new(shown, shape, Some(shown))?;
                let raster = picture.draw(&values[..shown * self.model.dims()])?;
                Braille::raster(&raster, columns)
            }
        };
        note(preview.to_string().trim_end());
        Ok(())
    }

    fn write(&self, mut file: OutputFile, batch: &Batch, sampled: &Sampled) -> Result<(), Failure> {
        let values = &sampled.values;
        let mut finite = Finite::new(self.model.dims());
        finite.count(values);
        finite.check()?;
        match &self.format {
            Format::Npy => {
                let count = values.len() / self.model.dims();
                let shape = [&[count], self.model.sample_shape()].concat();
                npy::write(&mut file, &shape, values)
            }
            Format::Csv => rows::write(&mut file, self.model, batch, values),
            Format::Zarr => unreachable!("chunks are written as they come"),
            Format::Trajectory => {
                let frames = &sampled.frames;
                let count = values.len() / self.model.dims();
                let shape = [&[frames.len(), count], self.model.sample_shape()];
                npy::write_header(&mut file, &shape.concat()).and_then(|()| {
                    let mut frames = frames.iter();
                    frames.try_for_each(|frame| npy::write_values(&mut file, frame))
                })
            }
            Format::Png(picture) => {
                let text = self.parameters.text_chunks();
                png::write(&mut file, &picture.draw(values)?, &text)
            }
            Format::Strip(_) => {
                let text = self.parameters.text_chunks();
                let raster = strip::draw(&sampled.frames, self.model.sample_shape())?;
                png::write(&mut file, &raster, &text)
            }
            Format::Gif(picture) => {
                let frames = draw_frames(picture, sampled)?;
                write_gif(&mut file, &frames, &self.parameters.to_json())
            }
            Format::Apng(picture) => {
                let text = self.parameters.text_chunks();
                png::write_animation(&mut file, &draw_frames(picture, sampled)?, &text)
            }
        }
        .map_err(|error| file.error(error))?;
        Ok(file.finish()?)
    }
}

fn draw_frames(picture: &PictureLayout, sampled: &Sampled) -> Result<Vec<Raster>, Failure> {
    let picture = picture.clone().for_series(&sampled.values);
    let frames = sampled.frames.iter().map(|frame| picture.draw(frame));
    Ok(frames.collect::<Result<_, _>>()?)
}

fn write_gif(file: &mut impl Write, frames: &[Raster], comment: &str) -> io::Result<()> {
    let mut animation = gif::Animation::new(file, &frames[0], frames.len(), comment)?;
    for frame in frames {
        animation.push(frame)?;
    }
    animation.finish()?;
    Ok(())
}
