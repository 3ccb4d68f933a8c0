//! What is written, by the extension of the file.

use std::path::Path;

use ddim_wgpu::network::Model;
use ddim_wgpu::output::{MAX_FRAMES, PictureLayout};
use ddim_wgpu::session::Frames;

use crate::exit::Failure;
use crate::process;

/// What to write, by the extension of the file.
pub enum Format {
    /// Samples as numbers.
    Npy,
    /// Samples as numbers, in the chunks of a directory.
    Zarr,
    /// The whole trajectory as numbers, `[frames, N, …sample_shape]`.
    Trajectory,
    /// Samples as rows of a table, in the units of the data.
    Csv,
    /// Samples as a picture.
    Png(PictureLayout),
    /// So many states of the trajectory, side by side.
    Strip(usize),
    /// The trajectory, as pictures.
    Gif(PictureLayout),
    /// The same without GIF's limits.
    Apng(PictureLayout),
}

impl Format {
    /// Chooses for `count` samples of `model`; `columns` is for grids of images.
    pub fn new(
        output: &Path,
        count: usize,
        model: &Model,
        columns: Option<usize>,
    ) -> Result<Self, Failure> {
        if is_zarr(output) {
            return Ok(Self::Zarr);
        }
        let picture = || PictureLayout::new(count, model.sample_shape(), columns);
        let extension = output.extension().unwrap_or_default();
        let extension = extension.to_ascii_lowercase();
        Ok(match extension.to_str() {
            _ if process::is_stdout(output) || output.starts_with("/dev/fd") => Self::Npy,
            Some("npy") => Self::Npy,
            Some("csv") => match model.sample_shape() {
                [_] => Self::Csv,
                shape => {
                    return Err(Failure::usage(format_args!(
                        "a .csv is for rows of a table, and samples of {} are pictures of {shape:?}: end --output in .png or .npy",
                        model.name()
                    )));
                }
            },
            Some("png") => Self::Png(picture()?),
            Some("gif") => Self::Gif(picture()?),
            Some("apng") => Self::Apng(picture()?),
            _ => {
                let path = output.display();
                return Err(Failure::usage(format_args!(
                    "cannot tell what to write to {path}: end it in .png, .gif, .apng, .npy or .csv, or in .zarr"
                )));
            }
        })
    }

    /// `states` states of the trajectory side by side, for a picture.
    pub fn strip(self, states: usize) -> Result<Self, Failure> {
        match self {
            Self::Png(_) if states >= 2 => Ok(Self::Strip(states)),
            Self::Png(_) => Err(Failure::usage(format_args!(
                "--strip {states}: the first and the last state make at least 2"
            ))),
            _ => Err(Failure::usage(
                "--strip is a still picture: end --output in .png",
            )),
        }
    }

    /// Whether it holds samples as numbers, and so any part of them.
    pub fn is_array(&self) -> bool {
        matches!(self, Self::Npy | Self::Zarr)
    }

    /// The same with a trajectory.
    pub fn trajectory(self) -> Result<Self, Failure> {
        match self {
            Self::Npy => Ok(Self::Trajectory),
            Self::Png(_) => Err(Failure::usage(
                "--trajectory needs a .npy, a .gif, an .apng or --strip: other files do not show a trajectory",
            )),
            shows_one => Ok(shows_one),
        }
    }

    /// Whether it shows the trajectory in time.
    pub fn is_animated(&self) -> bool {
        matches!(self, Self::Gif(_) | Self::Apng(_))
    }

    /// Which frames of the trajectory are needed.
    pub fn frames(&self) -> Option<Frames> {
        match self {
            Self::Gif(_) | Self::Apng(_) => Some(Frames::AtMost(MAX_FRAMES)),
            Self::Strip(states) => Some(Frames::AtMost(*states)),
            Self::Trajectory => Some(Frames::All),
            Self::Npy | Self::Zarr | Self::Csv | Self::Png(_) => None,
        }
    }
}

/// Whether a path asks for a Zarr array.
pub fn is_zarr(output: &Path) -> bool {
    let extension = output.extension().unwrap_or_default();
    extension.eq_ignore_ascii_case("zarr")
}
