//! A form of the step, by what a sampler is told of it.

use std::fmt;
use std::num::NonZeroUsize;

use crate::gpu::{Form, Kernel, SamplerOptions};

/// A form of the step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StepChoice {
    /// The kernel.
    pub kernel: Kernel,
    /// Most samples of a workgroup.
    pub tile_samples: NonZeroUsize,
    /// Rows of a plan that one dispatch takes.
    pub rows_per_dispatch: NonZeroUsize,
}

impl StepChoice {
    pub(super) fn of(form: Form) -> Option<Self> {
        Some(Self {
            kernel: form.kernel,
            tile_samples: NonZeroUsize::new(form.tile_samples as usize)?,
            rows_per_dispatch: NonZeroUsize::new(form.rows)?,
        })
    }

    /// Has a sampler take this form.
    pub fn apply(&self, options: &mut SamplerOptions) {
        options.mlp_kernel = Some(self.kernel);
        options.tile_samples = Some(self.tile_samples);
        options.rows_per_dispatch = Some(self.rows_per_dispatch);
    }
}

impl fmt::Display for StepChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kernel.name())?;
        if matches!(self.kernel, Kernel::MlpStep | Kernel::ProgramStep) {
            write!(f, ", tiles of at most {}", self.tile_samples)?;
        }
        if self.rows_per_dispatch.get() > 1 {
            write!(f, ", {} rows a dispatch", self.rows_per_dispatch)?;
        }
        Ok(())
    }
}
