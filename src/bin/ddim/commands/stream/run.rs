//! A job whose samples are written as they come.

use std::time::Instant;

use ddim_wgpu::session::{Observer, Session, Sink, Source};

use super::super::write::Job;
use super::destination::Destination;
use crate::exit::Failure;
use crate::terminal::{Progress, note};

impl Job<'_> {
    /// Makes the samples that are not there yet by `make`, range by range and part by part, so that
    /// any number fits the memory.
    pub fn stream_by(
        mut self,
        mut make: impl FnMut(
            &Session,
            &mut dyn Source,
            &mut dyn Sink,
            &mut Observer<'_>,
        ) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let shape = self.model.sample_shape();
        self.recipe.look_over(self.target.samples(shape)?)?;
        let backend = self.device.open()?;
        let started = Instant::now();
        let class = backend.device_class();
        let mut destination = Destination::open(&self.target, shape, &self.parameters, &class)?;
        let ranges = destination.ranges();
        let count = ranges.iter().map(ExactSizeIterator::len).sum();
        if count == 0 {
            let path = destination.finish()?;
            note(format_args!("{}: nothing is left to make", path.display()));
            return Ok(());
        }
        let session = Session::new(&backend, self.model, self.plan)?;
        let bar = Progress::of_samples(count, self.plan.len());
        let mut before = 0;
        for (index, range) in ranges.into_iter().enumerate() {
            let samples = range.len();
            let mut source = self.recipe.window(range);
            let mut observer = bar.observer_after(before);
            destination.take(index, |sink| {
                make(&session, &mut source, sink, &mut observer)
            })?;
            before += samples;
        }
        drop(bar);
        let seconds = started.elapsed().as_secs_f64();
        let path = destination.finish()?;
        self.tell(count, &path, seconds);
        Ok(())
    }
}
