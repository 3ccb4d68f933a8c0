//! `ddim noise`: the random numbers that sampling uses, for those who compute elsewhere or test
//! generators.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use ddim_wgpu::Batch;
use ddim_wgpu::noise::block;
use ddim_wgpu::output::RunParameters;
use ddim_wgpu::session::Noise;

use super::format::is_zarr;
use super::stream::{Destination, Target};
use crate::cli::{DeviceArgument, StoreArguments};
use crate::exit::Failure;
use crate::process;
use crate::terminal::Progress;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Seed, 64 bits
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// Number of samples
    #[arg(long, value_name = "N", required_unless_present = "raw")]
    count: Option<usize>,
    /// Values in a sample
    #[arg(long, value_name = "D", required_unless_present = "raw")]
    dims: Option<usize>,
    /// Which noise of a sample: 0 the starting state, 1 + i what step i adds
    #[arg(long, value_name = "K", default_value_t = 0)]
    draw: u32,
    /// Index of the first sample
    #[arg(long, value_name = "K", default_value_t = 0)]
    sample_offset: u64,
    #[command(flatten)]
    device: DeviceArgument,
    #[command(flatten)]
    store: StoreArguments,
    /// The file to write, [N, D] float32 .npy or .zarr; `-` is .npy on standard output
    #[arg(
        long,
        short,
        value_name = "FILE",
        required_unless_present = "raw",
        conflicts_with = "raw"
    )]
    output: Option<PathBuf>,
    /// Write the generator's 32-bit words, little-endian, to standard output without end (or N
    /// samples of D words)
    #[arg(long)]
    raw: bool,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    if arguments.raw {
        return write_words(arguments);
    }
    let (Some(count), Some(dims), Some(path)) =
        (arguments.count, arguments.dims, &arguments.output)
    else {
        unreachable!("clap requires all three without --raw");
    };
    check(arguments, count, dims)?;
    let is_zarr = is_zarr(path);
    arguments.store.check(is_zarr, true)?;
    let backend = arguments.device.open()?;
    let source = Noise::new(backend, dims)?;
    let target = Target {
        output: path,
        store: &arguments.store,
        count,
    };
    // The same bits on every device.
    let mut destination = Destination::open(&target, &[dims], &parameters(arguments), "any")?;
    let ranges = destination.ranges();
    let progress = Progress::new(
        ranges.iter().map(ExactSizeIterator::len).sum::<usize>() as u64,
        "samples",
    );
    let mut before = 0;
    for (index, range) in ranges.into_iter().enumerate() {
        let batch = Batch::new(range.len())
            .seed(arguments.seed)
            .sample_offset(arguments.sample_offset + range.start as u64);
        let mut observer = progress.observer_after(before);
        destination.take(index, |sink| {
            Ok(source.draw_into(&batch, arguments.draw, sink, &mut observer)?)
        })?;
        before += range.len();
    }
    destination.finish()?;
    Ok(())
}

fn parameters(arguments: &Arguments) -> RunParameters {
    let mut run = RunParameters::new("noise");
    run.option("seed", arguments.seed)
        .option("count", arguments.count)
        .option("dims", arguments.dims)
        .option("draw", arguments.draw)
        .option("sample-offset", arguments.sample_offset);
    run
}

fn check(arguments: &Arguments, count: usize, dims: usize) -> Result<(), Failure> {
    if count == 0 || dims == 0 {
        return Err(Failure::usage(
            "nothing to write: --count and --dims must be at least 1",
        ));
    }
    let last_sample = arguments.sample_offset.checked_add(count as u64 - 1);
    // A block of four values has a 32-bit number.
    if last_sample.is_none()
        || dims as u64 > 1 << 34
        || count
            .checked_mul(dims)
            .is_none_or(|n| n > isize::MAX as usize / 4)
    {
        return Err(Failure::usage(format_args!(
            "{count} samples of {dims} values from sample {} on are more than the generator numbers",
            arguments.sample_offset
        )));
    }
    Ok(())
}

/// The words in the order that samples use them: block after block of a sample, sample after
/// sample.
///
/// Without `--dims` the first sample does not end, which is one long stream of blocks as test
/// batteries want it.
fn write_words(arguments: &Arguments) -> Result<(), Failure> {
    let dims = arguments.dims.map_or(1 << 34, |dims| dims as u64);
    if dims == 0 || dims > 1 << 34 {
        return Err(Failure::usage("--dims must be from 1 to 2^34"));
    }
    let mut stdout = io::BufWriter::with_capacity(1 << 16, process::stdout()?);
    let mut left = arguments.count;
    let mut sample = arguments.sample_offset;
    while left != Some(0) {
        for quad in 0..dims.div_ceil(4) {
            let words = block(arguments.seed, sample, arguments.draw, quad as u32);
            let used = (dims - 4 * quad).min(4) as usize;
            stdout.write_all(words.map(u32::to_le_bytes)[..used].as_flattened())?;
        }
        sample = sample.wrapping_add(1);
        left = left.map(|left| left - 1);
    }
    Ok(stdout.flush()?)
}
