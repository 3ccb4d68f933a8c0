//! Samples that are worth nothing: not finite, or all on the bound that they are clipped to.

use crate::exit::{Failure, Status};
use crate::terminal::warn_always;

/// Counts them.
#[derive(Debug)]
pub struct Finite {
    /// Values in a sample.
    dims: usize,
    samples: usize,
    broken: usize,
    /// Samples of which nearly all values are one magnitude.
    saturated: usize,
    any: bool,
}

/// Share of a sample's values on its bound from which on nothing is left of it. Of digits, which
/// are black on three quarters, 57 % are; of those that a diverging sampler leaves white, all.
const SATURATED: f64 = 0.95;
/// Share of saturated samples that is no coincidence.
const MANY: f64 = 0.05;

impl Finite {
    pub fn new(dims: usize) -> Self {
        Self {
            dims: dims.max(1),
            samples: 0,
            broken: 0,
            saturated: 0,
            any: false,
        }
    }

    /// Looks at whole samples.
    pub fn count(&mut self, values: &[f32]) {
        for sample in values.chunks(self.dims) {
            let finite = sample.iter().filter(|value| value.is_finite()).count();
            self.samples += 1;
            self.broken += usize::from(finite < sample.len());
            self.saturated += usize::from(is_saturated(sample));
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
            samples,
            broken,
            saturated,
            ..
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
        if *saturated as f64 > MANY * *samples as f64 {
            warn_always(format_args!(
                "{saturated} of {samples} samples are clipped to nothing: nearly all their values are on the bound. \
                 Unless data are like that, the run diverges with these settings (another --sampler or --spacing, more \
                 --steps, or less --guidance)"
            ));
        }
        Ok(())
    }
}

/// Whether nearly all values are of one magnitude, the largest: on the bound, whatever that is.
fn is_saturated(sample: &[f32]) -> bool {
    let largest = sample
        .iter()
        .fold(0.0_f32, |most, value| most.max(value.abs()));
    let on_it = sample.iter().filter(|value| value.abs() == largest).count();
    sample.len() > 1 && largest > 0.0 && on_it as f64 > SATURATED * sample.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_squares_are_saturated_and_digits_are_not() {
        let mut digit = [-1.0_f32; 100];
        digit[..30].fill(0.5);
        assert!(!is_saturated(&digit));
        assert!(is_saturated(&[1.0; 100]) && is_saturated(&[1.0, -1.0]));
        assert!(!is_saturated(&[0.0; 4]) && !is_saturated(&[1.0]) && !is_saturated(&[1.0, 0.5]));
        let mut finite = Finite::new(100);
        finite.count(&digit);
        finite.count(&[1.0; 100]);
        assert_eq!((finite.samples, finite.saturated, finite.broken), (2, 1, 0));
    }
}
