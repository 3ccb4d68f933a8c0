//! A job whose samples are written as they come.

use std::time::Instant;

use ddim_wgpu::session::{Observer, Session, SessionError, SessionOptions, Sink, Source};

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
            &[&Session],
            &mut dyn Source,
            &mut dyn Sink,
            &mut Observer<'_>,
        ) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let shape = self.model.sample_shape();
        self.recipe.look_over(self.target.samples(shape)?)?;
        let backends = self.device.open_all()?;
        let started = Instant::now();
        let options = backends.iter().map(|one| self.options(one));
        let options: Vec<SessionOptions> = options.collect::<Result<_, _>>()?;
        let devices = || std::iter::zip(&backends, &options);
        let classes = devices().map(|(one, options)| one.device_class_with(options));
        let class = class(classes, self.target.store.allow_mixed)?;
        let mut destination = Destination::open(&self.target, shape, &self.parameters, &class)?;
        let ranges = destination.ranges();
        let count = ranges.iter().map(ExactSizeIterator::len).sum();
        if count == 0 {
            let path = destination.finish()?;
            note(format_args!("{}: nothing is left to make", path.display()));
            return Ok(());
        }
        let sessions = devices().map(|(one, options)| self.session(one, options));
        let sessions: Vec<Session> = sessions.collect::<Result<_, _>>()?;
        let sessions: Vec<&Session> = sessions.iter().collect();
        let bar = Progress::of_samples(count, self.plan.len());
        let mut before = 0;
        for (index, range) in ranges.into_iter().enumerate() {
            let samples = range.len();
            let mut source = self.recipe.window(range);
            let mut observer = bar.observer_after(before);
            destination.take(index, |sink| {
                make(&sessions, &mut source, sink, &mut observer)
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

/// The class of devices that all are of.
fn class(mut classes: impl Iterator<Item = String>, mixed: bool) -> Result<String, Failure> {
    let first = classes.next().unwrap_or_default();
    match classes.find(|class| *class != first) {
        Some(other) if !mixed => Err(SessionError::Classes { first, other }.into()),
        Some(_) => Ok("mixed".to_owned()),
        None => Ok(first),
    }
}
