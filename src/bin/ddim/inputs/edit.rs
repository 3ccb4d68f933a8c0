//! What `ddim sample` does with data: image-to-image and inpainting.

use std::path::PathBuf;

use clap::Args;
use ddim_wgpu::diffusion::Plan;
use ddim_wgpu::network::Model;
use ddim_wgpu::output::RunParameters;
use ddim_wgpu::{Batch, Inpaint};

use crate::exit::Failure;
use crate::inputs::picture::Conversion;
use crate::inputs::samples::{Samples, read_mask, read_samples};
use crate::terminal::note;

/// Strength of image-to-image where none is given: diffusers' default.
const DEFAULT_STRENGTH: f64 = 0.8;

/// Data to start from, and which of them to keep.
#[derive(Debug, Args)]
pub struct EditArguments {
    /// Start from these data, noised to the first level that is run: [N, …sample_shape] .npy, or
    /// pictures (.png, .jpg, .webp, .bmp, every frame of a .gif, a directory of them); a single one
    /// serves all samples; `-` is standard input
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "init")]
    pub init_image: Vec<PathBuf>,
    /// Share of the steps to run on --init-image, above 0 and up to 1: how far to go from it
    /// [default: 0.8, with --mask 1]
    #[arg(long, value_name = "S", allow_negative_numbers = true)]
    pub strength: Option<f64>,
    /// Inpaint: make anew what is white in this picture (1 in this .npy), keep of --init-image what
    /// is black (0)
    #[arg(long, value_name = "FILE")]
    pub mask: Option<PathBuf>,
}

/// The data, read.
pub struct Edit {
    samples: Samples,
    mask: Option<Samples>,
}

impl EditArguments {
    /// Reads the files; none if there is nothing to edit.
    pub fn read(&self, model: &Model, conversion: &Conversion) -> Result<Option<Edit>, Failure> {
        if self.init_image.is_empty() {
            return Ok(None);
        }
        let mask = self.mask.as_deref();
        Ok(Some(Edit {
            samples: read_samples(&self.init_image, model, conversion)?,
            mask: mask
                .map(|path| read_mask(path, model, conversion))
                .transpose()?,
        }))
    }

    /// How many of the first of `steps` steps are left out.
    pub fn skip(&self, steps: usize) -> Result<usize, Failure> {
        if self.init_image.is_empty() {
            let given = [
                ("--strength", self.strength.is_some()),
                ("--mask", self.mask.is_some()),
            ];
            return match given.iter().find(|(_, given)| *given) {
                None => Ok(0),
                Some((option, _)) => Err(Failure::usage(format_args!(
                    "{option} needs --init-image: it says what to do with data"
                ))),
            };
        }
        let strength = self.effective_strength();
        if !(strength > 0.0 && strength <= 1.0) {
            return Err(Failure::usage(format_args!(
                "--strength {strength}: it must be above 0 and at most 1"
            )));
        }
        // Rounded down as in diffusers, but 0.58 of 50 steps are 29 and not what a product in
        // binary makes of them.
        let run = (steps as f64 * strength + 1e-9) as usize;
        if run == 0 {
            return Err(Failure::usage(format_args!(
                "--strength {strength} of {steps} steps leaves none to run: more --steps, or more strength"
            )));
        }
        Ok(steps - run.min(steps))
    }

    fn effective_strength(&self) -> f64 {
        let default = if self.mask.is_some() {
            1.0
        } else {
            DEFAULT_STRENGTH
        };
        self.strength.unwrap_or(default)
    }

    pub fn record(&self, run: &mut RunParameters) {
        if self.init_image.is_empty() {
            return;
        }
        let paths = self
            .init_image
            .iter()
            .map(|path| path.display().to_string());
        run.option("init-image", paths.collect::<Vec<_>>())
            .option("strength", self.effective_strength());
        if let Some(mask) = &self.mask {
            run.option("mask", mask.display().to_string());
        }
    }
}

impl Edit {
    /// Samples that the data are for; none if they serve any number.
    pub fn count(&self) -> Option<usize> {
        (self.samples.count > 1).then_some(self.samples.count)
    }

    /// Puts the data into a batch whose count, seed and offset are set, to be run by `plan`.
    pub fn apply(&self, batch: Batch, plan: &Plan, steps: usize) -> Result<Batch, Failure> {
        let count = batch.count;
        let data = self.samples.repeated("--init-image", count)?;
        let start = plan.known(0);
        let first = plan.stages()[0];
        note(format_args!(
            "{} of {steps} steps, from timestep {} (ᾱ = {:.4}) on",
            plan.step_count(),
            first.timestep,
            first.level.alpha_bar()
        ));
        let Some(mask) = &self.mask else {
            return Ok(batch.noised(&data, start));
        };
        let mask = mask.repeated("--mask", count)?;
        // At full strength nothing is left of what is made anew: it starts as any sample.
        let batch = if plan.step_count() == steps {
            batch
        } else {
            batch.noised(&data, start)
        };
        Ok(batch.inpaint(Inpaint::new(data, mask)))
    }
}
