//! How samples are stored that are made part by part, perhaps by many processes.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use ddim_wgpu::output::zarr::{Layout, Stored};

use super::shard::Shard;
use crate::exit::Failure;

/// How samples are stored that are made part by part, perhaps by many processes.
#[derive(Debug, Args)]
pub struct StoreArguments {
    /// Make part I of N of the run, from 0 on, into one .zarr or a .part-0000I.npy; `auto/N` takes
    /// I from the engine that started this process (DDIM_SHARD, SLURM_ARRAY_TASK_ID, HQ_TASK_ID,
    /// JOB_COMPLETION_INDEX, PBS_ARRAY_INDEX, AWS_BATCH_JOB_ARRAY_INDEX)
    #[arg(long, value_name = "I/N|auto/N")]
    pub shard: Option<Shard>,
    /// Type of the values in a .zarr; `u8` is for images, −1 as 0 and 1 as 255 [default: f32]
    #[arg(long)]
    dtype: Option<Dtype>,
    /// Samples in a chunk of a .zarr [default: 16 MiB of them, or a 64th of the run]
    #[arg(long, value_name = "N")]
    chunk: Option<NonZeroUsize>,
    /// Compress the chunks of a .zarr
    #[arg(long)]
    zstd: bool,
    /// Add to a .zarr whose samples are of another class of devices, with which bits do not agree
    #[arg(long)]
    pub allow_mixed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Dtype {
    F32,
    U8,
}

impl StoreArguments {
    /// The array for `count` samples.
    pub fn layout(&self, count: usize, sample_shape: &[usize]) -> Result<Layout, Failure> {
        let mut layout = Layout::new(count, sample_shape).compressed(self.zstd);
        if self.dtype == Some(Dtype::U8) {
            if sample_shape.len() != 3 {
                return Err(Failure::usage(format_args!(
                    "--dtype u8 is for images, and samples have the shape {sample_shape:?}"
                )));
            }
            layout = layout.stored(Stored::U8);
        }
        Ok(match self.chunk {
            Some(samples) => layout.chunk_samples(samples.get()),
            None => layout,
        })
    }

    /// Refuses what means nothing for the file to write.
    pub fn check(&self, is_zarr: bool, is_array: bool) -> Result<(), Failure> {
        let given = [
            ("--dtype", self.dtype.is_some()),
            ("--chunk", self.chunk.is_some()),
            ("--zstd", self.zstd),
            ("--allow-mixed", self.allow_mixed),
        ];
        if let Some((option, _)) = given.iter().find(|(_, given)| *given && !is_zarr) {
            return Err(Failure::usage(format_args!(
                "{option} needs a .zarr: end --output in .zarr"
            )));
        }
        if self.shard.is_some() && !is_array {
            return Err(Failure::usage(
                "--shard needs a file that holds a part of the samples: end --output in .zarr or .npy",
            ));
        }
        Ok(())
    }

    /// Where an `.npy` goes: with a shard to a file of its own.
    pub fn npy_path(&self, output: &Path) -> Result<PathBuf, Failure> {
        let Some(shard) = self.shard else {
            return Ok(output.to_owned());
        };
        match output.file_stem() {
            Some(stem) if output.extension().is_some() => {
                let part = format!("{}.part-{:05}.npy", stem.to_string_lossy(), shard.index);
                Ok(output.with_file_name(part))
            }
            _ => Err(Failure::usage(
                "--shard with standard output: name a file, NAME.npy becomes NAME.part-00000.npy",
            )),
        }
    }
}
