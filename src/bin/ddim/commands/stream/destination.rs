//! Where samples go as they come.

use std::ops::Range;
use std::path::{Path, PathBuf};

use ddim_wgpu::output::RunParameters;
use ddim_wgpu::session::Sink;

use super::super::finite::Finite;
use super::super::format::is_zarr;
use super::super::room;
use super::finite_first::FiniteFirst;
use super::npy::NpyWriter;
use super::zarr::ZarrFiller;
use crate::cli::StoreArguments;
use crate::exit::Failure;
use crate::process;

/// What a command was asked to write.
#[derive(Clone, Copy)]
pub struct Target<'a> {
    pub output: &'a Path,
    pub store: &'a StoreArguments,
    /// Samples of the whole run.
    pub count: usize,
}

impl Target<'_> {
    /// The samples that this process may have to make.
    pub fn samples(&self, sample_shape: &[usize]) -> Result<Range<usize>, Failure> {
        let Some(shard) = self.store.shard else {
            return Ok(0..self.count);
        };
        if !is_zarr(self.output) {
            return Ok(shard.of(self.count));
        }
        let layout = self.store.layout(self.count, sample_shape)?;
        let chunks = shard.of(layout.chunks());
        Ok(match chunks.clone().last() {
            Some(last) => layout.samples_of(chunks.start).start..layout.samples_of(last).end,
            None => 0..0,
        })
    }
}

/// Where samples go as they come.
pub struct Destination {
    kind: Kind,
    path: PathBuf,
    finite: Finite,
}

enum Kind {
    Npy(Box<NpyWriter>, Range<usize>),
    Zarr(ZarrFiller),
}

impl Destination {
    /// Starts the file, or makes or joins the array, before the work, and makes sure that there is
    /// room.
    pub fn open(
        target: &Target<'_>,
        sample_shape: &[usize],
        parameters: &RunParameters,
        device_class: &str,
    ) -> Result<Self, Failure> {
        let dims = sample_shape.iter().product();
        let finite = Finite::new(dims);
        if is_zarr(target.output) {
            let filler = ZarrFiller::open(target, sample_shape, parameters, device_class)?;
            return Ok(Self {
                kind: Kind::Zarr(filler),
                path: target.output.to_owned(),
                finite,
            });
        }
        let path = target.store.npy_path(target.output)?;
        let samples = target.samples(sample_shape)?;
        let file = process::create(&path)?;
        room::reserve(&file, samples.len(), dims)?;
        let writer = NpyWriter::new(file, samples.len(), sample_shape);
        Ok(Self {
            kind: Kind::Npy(Box::new(writer), samples),
            path,
            finite,
        })
    }

    /// Ranges of samples of the run that are to be made.
    pub fn ranges(&self) -> Vec<Range<usize>> {
        match &self.kind {
            Kind::Npy(_, samples) if samples.is_empty() => Vec::new(),
            Kind::Npy(_, samples) => vec![samples.clone()],
            Kind::Zarr(filler) => filler.ranges(),
        }
    }

    /// Makes the samples of the range of that number, by `make`, which is given a sink for them.
    pub fn take(
        &mut self,
        range: usize,
        make: impl FnOnce(&mut dyn Sink) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut chunks;
        let inner: &mut dyn Sink = match &mut self.kind {
            Kind::Npy(writer, _) => writer.as_mut(),
            Kind::Zarr(filler) => {
                chunks = filler.sink(range);
                &mut chunks
            }
        };
        make(&mut FiniteFirst::new(inner, &mut self.finite))?;
        // What was held back to the end of the range is written nowhere.
        if self.finite.any() {
            return Ok(());
        }
        self.finite.check()
    }

    /// Says what is not finite, and gives a file its name; says where it is.
    pub fn finish(self) -> Result<PathBuf, Failure> {
        self.finite.check()?;
        if let Kind::Npy(writer, _) = self.kind {
            writer.finish()?;
        }
        Ok(self.path)
    }
}
