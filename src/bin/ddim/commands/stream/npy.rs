//! An `.npy` file, or standard output, that is written as samples come.

use std::io;

use ddim_wgpu::output::{OutputError, OutputFile, npy};
use ddim_wgpu::session::{Part, Sink, SinkError};

/// Writes the header and then parts as they come.
pub struct NpyWriter {
    file: OutputFile,
    /// `[count, …sample_shape]`, until it is written.
    header: Option<Vec<usize>>,
}

impl NpyWriter {
    pub fn new(file: OutputFile, count: usize, sample_shape: &[usize]) -> Self {
        let header = Some([&[count], sample_shape].concat());
        Self { file, header }
    }

    fn write(&mut self, values: &[f32]) -> io::Result<()> {
        if let Some(shape) = self.header.take() {
            npy::write_header(&mut self.file, &shape)?;
        }
        npy::write_values(&mut self.file, values)
    }

    /// Gives the file its name.
    pub fn finish(mut self) -> Result<(), OutputError> {
        // The header of an array without samples.
        self.write(&[]).map_err(|error| self.file.error(error))?;
        self.file.finish()
    }
}

impl Sink for NpyWriter {
    fn take(&mut self, part: Part<'_>) -> Result<(), SinkError> {
        self.write(part.values)
            .map_err(|error| self.file.error(error).into())
    }
}
