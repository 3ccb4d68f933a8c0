//! `ddim check`: whether an array that many processes wrote is all there.

use std::fmt::Write as _;
use std::io::Write as _;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use ddim_wgpu::output::zarr::{Coverage, Layout, ZarrArray, check};

use crate::cli::Shard;
use crate::exit::{Failure, Status};
use crate::process;
use crate::terminal::Progress;

#[derive(Debug, Args)]
pub struct Arguments {
    /// The .zarr
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// Name what is to be made again by shards of a run of N, in place of chunks
    #[arg(long, value_name = "N")]
    shards: Option<NonZeroUsize>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let array = ZarrArray::open(&arguments.directory)?;
    let bar = Progress::new(array.layout().chunks() as u64, "chunks");
    let coverage = check(&array, |chunks| bar.set(chunks as u64))?;
    drop(bar);
    let again = again(&coverage, array.layout(), arguments.shards);
    let mut stdout = process::stdout()?;
    if arguments.json {
        let mut report = serde_json::to_value(&coverage)?;
        report["again"] = again.clone().into();
        serde_json::to_writer_pretty(&mut stdout, &report)?;
        writeln!(stdout)?;
    } else {
        stdout.write_all(text(&coverage, &again, arguments.shards).as_bytes())?;
    }
    if coverage.is_whole() {
        return Ok(());
    }
    let (missing, broken) = (coverage.missing.len(), coverage.broken.len());
    let (path, chunks) = (arguments.directory.display(), coverage.chunks);
    Err(Failure::new(
        Status::Runtime,
        format_args!("{path}: of {chunks} chunks {missing} are missing and {broken} broken"),
    ))
}

/// What to submit again, as the `--array` of a job: shards of a run of `shards`, or chunks, which
/// are the shards of a run of as many.
fn again(coverage: &Coverage, layout: &Layout, shards: Option<NonZeroUsize>) -> String {
    let chunks = coverage.to_make();
    let Some(count) = shards.map(NonZeroUsize::get) else {
        return ranges(&chunks);
    };
    let needed = |&index: &usize| {
        let of_shard = Shard { index, count }.of(layout.chunks());
        let first = chunks.partition_point(|&chunk| chunk < of_shard.start);
        chunks.get(first).is_some_and(|&chunk| chunk < of_shard.end)
    };
    ranges(&(0..count).filter(needed).collect::<Vec<_>>())
}

/// Rising numbers as `3,7-9`.
fn ranges(numbers: &[usize]) -> String {
    let mut text = String::new();
    for run in numbers.chunk_by(|a, b| a + 1 == *b) {
        let comma = if text.is_empty() { "" } else { "," };
        let (first, last) = (run[0], run[run.len() - 1]);
        // A string takes any text.
        let _ = match first == last {
            true => write!(text, "{comma}{first}"),
            false => write!(text, "{comma}{first}-{last}"),
        };
    }
    text
}

fn text(coverage: &Coverage, again: &str, shards: Option<NonZeroUsize>) -> String {
    let Coverage {
        chunks,
        samples,
        samples_whole,
        ..
    } = coverage;
    let mut lines = vec![format!(
        "samples  {samples_whole} of {samples} in whole chunks ({:.2} %)",
        100.0 * *samples_whole as f64 / *samples as f64
    )];
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            lines.push(format!("{name:<8} {value}"));
        }
    };
    line("chunks", &chunks.to_string());
    line("missing", &ranges(&coverage.missing));
    line("broken", &ranges(&coverage.broken));
    line("foreign", &coverage.foreign.join(" "));
    line(
        "device",
        coverage.device_class.as_deref().unwrap_or_default(),
    );
    line("run", coverage.run_hash.as_deref().unwrap_or_default());
    line("hash", coverage.hash.as_deref().unwrap_or_default());
    if !again.is_empty() {
        let count = shards.map_or(*chunks, NonZeroUsize::get);
        line(
            "again",
            &format!("--array={again} with --shard auto/{count}"),
        );
    }
    lines.push(String::new());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_job_arrays_take_them() {
        assert_eq!(ranges(&[]), "");
        assert_eq!(ranges(&[3]), "3");
        assert_eq!(ranges(&[0, 1, 3, 7, 8, 9]), "0-1,3,7-9");
    }
}
