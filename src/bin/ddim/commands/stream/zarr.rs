//! A Zarr array that is filled chunk by chunk, by this process and perhaps by others.

use std::ops::Range;

use ddim_wgpu::output::RunParameters;
use ddim_wgpu::output::zarr::{ChunkSink, ChunkState, RunIdentity, ZarrArray};

use super::super::room;
use super::destination::Target;
use crate::exit::Failure;
use crate::terminal::{Progress, note};

/// The chunks of an array that a process has to make.
pub struct ZarrFiller {
    array: ZarrArray,
    /// Ranges of consecutive chunks that are not there.
    missing: Vec<Range<usize>>,
}

impl ZarrFiller {
    /// Makes the array or joins it, and looks which chunks of the shard are there.
    pub fn open(
        target: &Target<'_>,
        sample_shape: &[usize],
        parameters: &RunParameters,
        device_class: &str,
    ) -> Result<Self, Failure> {
        let layout = target.store.layout(target.count, sample_shape)?;
        let run = RunIdentity::new(parameters, device_class);
        let mixed = target.store.allow_mixed;
        let array = ZarrArray::create(target.output, &layout, &run, mixed)?;
        let all = layout.chunks();
        let ours = target.store.shard.map_or(0..all, |shard| shard.of(all));
        let (missing, there) = missing(&array, ours.clone())?;
        if there > 0 {
            note(format_args!(
                "{}: {there} of {} chunks are there",
                target.output.display(),
                ours.len()
            ));
        }
        let chunks = missing.iter().map(Range::len).sum::<usize>() as u128;
        room::check_bytes(target.output, chunks * layout.chunk_bytes() as u128)?;
        Ok(Self { array, missing })
    }

    /// The samples of each range of chunks.
    pub fn ranges(&self) -> Vec<Range<usize>> {
        let layout = self.array.layout();
        let samples = |chunks: &Range<usize>| {
            layout.samples_of(chunks.start).start..layout.samples_of(chunks.end - 1).end
        };
        self.missing.iter().map(samples).collect()
    }

    /// What takes the samples of one of [`ranges`](Self::ranges).
    pub fn sink(&self, range: usize) -> ChunkSink<'_> {
        ChunkSink::new(&self.array, self.missing[range].start)
    }
}

/// Ranges of consecutive chunks that are not whole, and how many are.
fn missing(array: &ZarrArray, ours: Range<usize>) -> Result<(Vec<Range<usize>>, usize), Failure> {
    let mut missing: Vec<Range<usize>> = Vec::new();
    let mut there = 0;
    let progress = Progress::new(ours.len() as u64, "chunks looked at");
    for (looked, chunk) in ours.enumerate() {
        match (array.state(chunk)?, missing.last_mut()) {
            (ChunkState::Whole, _) => there += 1,
            (_, Some(last)) if last.end == chunk => last.end += 1,
            _ => missing.push(chunk..chunk + 1),
        }
        progress.set(looked as u64 + 1);
    }
    Ok((missing, there))
}
