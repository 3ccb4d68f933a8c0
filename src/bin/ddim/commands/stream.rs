//! Samples on their way into an `.npy` file, part by part, so that any number fits the memory.

use std::io;

use ddim_wgpu::output::{OutputError, OutputFile, npy};
use ddim_wgpu::session::{Part, Sink, SinkError};

use super::finite::Finite;
use crate::exit::Failure;

/// Writes parts as they come. What is not finite is held back until a finite value comes, so that
/// nothing is written of a run that gives none, also to standard output.
pub struct NpyWriter {
    file: OutputFile,
    /// `[count, …sample_shape]`, until it is written.
    header: Option<Vec<usize>>,
    held: Vec<f32>,
    finite: Finite,
    failure: Option<OutputError>,
}

impl NpyWriter {
    pub fn new(file: OutputFile, count: usize, sample_shape: &[usize]) -> Self {
        Self {
            file,
            header: Some([&[count], sample_shape].concat()),
            held: Vec::new(),
            finite: Finite::new(sample_shape.iter().product()),
            failure: None,
        }
    }

    fn write(&mut self, values: &[f32]) -> io::Result<()> {
        if self.finite.any() {
            if let Some(shape) = self.header.take() {
                npy::write_header(&mut self.file, &shape)?;
            }
            let held = std::mem::take(&mut self.held);
            npy::write_values(&mut self.file, &held)?;
            npy::write_values(&mut self.file, values)
        } else {
            self.held.extend_from_slice(values);
            Ok(())
        }
    }

    /// Why a part was not taken, of which the session knows less.
    pub fn failure(&mut self) -> Option<OutputError> {
        self.failure.take()
    }

    /// Says what is not finite and gives the file its name.
    pub fn finish(self) -> Result<(), Failure> {
        self.finite.check()?;
        Ok(self.file.finish()?)
    }
}

impl Sink for NpyWriter {
    fn take(&mut self, part: Part<'_>) -> Result<(), SinkError> {
        self.finite.count(part.values);
        self.write(part.values).map_err(|error| {
            let message = error.to_string();
            self.failure = Some(self.file.error(error));
            message.into()
        })
    }
}
