//! Samples that are not finite.

use crate::exit::{Failure, Status};
use crate::terminal::warn_always;

/// Counts them.
#[derive(Debug)]
pub struct Finite {
    /// Values in a sample.
    dims: usize,
    samples: usize,
    broken: usize,
    any: bool,
}

impl Finite {
    pub fn new(dims: usize) -> Self {
        Self {
            dims: dims.max(1),
            samples: 0,
            broken: 0,
            any: false,
        }
    }

    /// Looks at whole samples.
    pub fn count(&mut self, values: &[f32]) {
        for sample in values.chunks(self.dims) {
            let finite = sample.iter().filter(|value| value.is_finite()).count();
            self.samples += 1;
            self.broken += usize::from(finite < sample.len());
            self.any |= finite > 0;
        }
    }

    /// Whether there was a finite value.
    pub fn any(&self) -> bool {
        self.any
    }

    /// Says how many samples have a value that is not finite, also when quiet.
    ///
    /// # Errors
    /// If no value of any sample is finite: there is nothing to write.
    pub fn check(&self) -> Result<(), Failure> {
        let Self {
            samples, broken, ..
        } = self;
        if *samples > 0 && !self.any {
            return Err(Failure::new(
                Status::Runtime,
                format_args!(
                    "none of {samples} samples has a finite value, so nothing is written: the model \
                     diverges with these settings (less --guidance, or more --steps)"
                ),
            ));
        }
        if *broken > 0 {
            warn_always(format_args!("{broken} of {samples} samples are not finite"));
        }
        Ok(())
    }
}
