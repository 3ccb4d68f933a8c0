//! What every command that runs a plan does: from a batch to a file.

use std::io::{self, Write};
use std::path::Path;
use std::time::Instant;

use ddim_wgpu::Batch;
use ddim_wgpu::diffusion::Plan;
use ddim_wgpu::model::Mlp;
use ddim_wgpu::output::scatter::View;
use ddim_wgpu::output::{
    Braille, MAX_FRAMES, OutputFile, Picture, Raster, RunParameters, frame_indices, gif, npy, png,
};

use crate::backend::{DeviceArgument, Engine, Sampled};
use crate::failure::Failure;
use crate::terminal::{note, warn};

/// Characters in a line of a preview, and the most images it shows.
const PREVIEW_COLUMNS: usize = 80;
const PREVIEW_IMAGES: usize = 5;

/// What to write, by the extension of the file.
pub enum Format {
    /// Samples as numbers.
    Npy,
    /// Samples as a picture.
    Png(Picture),
    /// The way there, as pictures.
    Gif(Picture),
    /// The same without GIF's limits.
    Apng(Picture),
}

impl Format {
    /// Chooses for `count` samples of `model`; `columns` is for grids of images.
    pub fn new(
        output: &Path,
        count: usize,
        model: &Mlp,
        columns: Option<usize>,
    ) -> Result<Self, Failure> {
        let picture = || Picture::new(count, model.sample_shape(), columns);
        let extension = output.extension().unwrap_or_default();
        let extension = extension.to_ascii_lowercase();
        Ok(match extension.to_str() {
            _ if output.as_os_str() == "-" => Self::Npy,
            Some("npy") => Self::Npy,
            Some("png") => Self::Png(picture()?),
            Some("gif") => Self::Gif(picture()?),
            Some("apng") => Self::Apng(picture()?),
            _ => {
                let path = output.display();
                return Err(Failure::usage(format_args!(
                    "cannot tell what to write to {path}: end it in .png, .gif, .apng or .npy"
                )));
            }
        })
    }

    /// After how many of `steps` steps the state is needed.
    fn kept(&self, steps: usize) -> Vec<usize> {
        match self {
            Self::Gif(_) | Self::Apng(_) => frame_indices(steps + 1, MAX_FRAMES),
            Self::Npy | Self::Png(_) => Vec::new(),
        }
    }
}

/// A plan to run on a batch, and where the result goes.
pub struct Job<'a> {
    pub model: &'a Mlp,
    pub plan: &'a Plan,
    pub batch: &'a Batch,
    pub format: Format,
    pub output: &'a Path,
    pub device: &'a DeviceArgument,
    /// Whether to show the samples on standard error as well.
    pub preview: bool,
    /// What the file says about how it was made; the job adds what it finds out.
    pub parameters: RunParameters,
}

impl Job<'_> {
    pub fn run(mut self) -> Result<(), Failure> {
        let engine = Engine::choose(self.device)?;
        // Before the work, so that nobody waits for a result that has nowhere to go.
        let file = OutputFile::create(self.output)?;

        let started = Instant::now();
        let kept = self.format.kept(self.plan.len());
        let sampled = engine.sample(self.model, self.plan, self.batch, &kept)?;
        let seconds = started.elapsed().as_secs_f64();

        let steps = self.plan.steps();
        let timesteps: Vec<usize> = steps.iter().map(|step| step.timestep).collect();
        self.parameters
            .fact("run_timesteps", timesteps)
            .fact("prediction_type", self.plan.prediction().name())
            .fact("sample_shape", self.model.sample_shape())
            .fact("device", engine.description());
        let (count, steps, path) = (self.batch.count, steps.len(), self.output.display());
        self.write(file, &sampled)?;
        if self.preview {
            self.show(&sampled.values)?;
        }
        note(format_args!(
            "{path}: {count} samples, {steps} steps, {seconds:.2} s"
        ));
        Ok(())
    }

    /// The samples in the characters of a terminal.
    fn show(&self, values: &[f32]) -> Result<(), Failure> {
        let preview = match self.model.sample_shape() {
            [2] => Braille::points(values, View::fit(values), PREVIEW_COLUMNS / 2),
            shape => {
                // Few enough that each can be made out.
                let shown = self.batch.count.min(PREVIEW_IMAGES);
                let picture = Picture::new(shown, shape, Some(shown))?;
                let raster = picture.draw(&values[..shown * self.model.dims()])?;
                Braille::raster(&raster, PREVIEW_COLUMNS)
            }
        };
        note(preview.to_string().trim_end());
        Ok(())
    }

    fn write(&self, mut file: OutputFile, sampled: &Sampled) -> Result<(), Failure> {
        let values = &sampled.values;
        let samples = values.chunks(self.model.dims());
        let finite = |sample: &&[f32]| sample.iter().all(|value| value.is_finite());
        let broken = samples.len() - samples.clone().filter(finite).count();
        if broken > 0 {
            let count = samples.len();
            warn(format_args!("{broken} of {count} samples are not finite"));
        }
        match &self.format {
            Format::Npy => {
                let shape = [&[samples.len()], self.model.sample_shape()].concat();
                npy::write(&mut file, &shape, values)
            }
            Format::Png(picture) => {
                let text = self.parameters.text_chunks();
                png::write(&mut file, &picture.draw(values)?, &text)
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

fn draw_frames(picture: &Picture, sampled: &Sampled) -> Result<Vec<Raster>, Failure> {
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
