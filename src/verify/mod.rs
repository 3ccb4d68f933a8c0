//! Whether a device computes what it should: every kernel against its twin, the noise bit for bit, whole runs.
//!
//! This is what `ddim verify` prints. A host app calls [`device()`] on its own device, which needs no features and no more than
//! default limits, and attaches [`Report::to_json`] to a bug report.
//!
//! ```no_run
//! # fn example(device: &wgpu::Device, queue: &wgpu::Queue) -> Result<(), ddim_wgpu::gpu::SamplerError> {
//! let report = ddim_wgpu::verify::device(device, queue)?;
//! if !report.passed() {
//!     eprintln!("{report}");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Kernels and twins know nothing of each other; only this module, and the tests, know both.

#[cfg(feature = "cpu-engine")]
mod engine;
mod follow;
mod kernels;
mod matrix;
mod networks;
mod noise;
mod report;
mod tally;
mod whole;

use wgpu::{Device, Queue};

pub use matrix::matrix_units_blocking;
pub use report::{Check, Measure, Report, Subject, Verdict};

use crate::gpu::{Kernel, MatrixUnits, Precision, SamplerError, SamplerOptions};
use tally::Tally;

/// How to verify.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// The only kernel to verify; none: all of them, and the noise.
    pub only: Option<Kernel>,
    /// Verify only what stores weights as f32, or only the MLP's kernels that store them as f16; none: both.
    pub precision: Option<Precision>,
    /// Matrix units that the device was opened with, at most one of each precision: `mlp_step_matrix` is verified on them.
    pub matrix_units: Vec<MatrixUnits>,
    /// A fault to plant in a kernel: text of the composed WGSL and what to put in its place. With it a test shows that it would be
    /// found.
    #[doc(hidden)]
    pub fault: Option<(Kernel, &'static str, &'static str)>,
}

impl Options {
    /// Options for a sampler that uses `kernel` if its network is an MLP.
    fn sampler(&self, kernel: Kernel) -> SamplerOptions {
        let mut options = SamplerOptions {
            mlp_kernel: Some(kernel),
            ..SamplerOptions::default()
        };
        if let Some((kernel, from, to)) = self.fault
            && self.hits(kernel)
        {
            options.rewrite = Some((from, to));
            options.rewrite_in = Some(kernel);
        }
        options
    }

    fn wants(&self, kernel: Kernel) -> bool {
        self.only.is_none_or(|only| only == kernel)
    }

    /// Whether the fault is in a kernel that a sampler compiles. The others are those of pictures.
    fn hits(&self, kernel: Kernel) -> bool {
        !matches!(kernel, Kernel::ToRgba8 | Kernel::ToRgba16F)
    }
}

/// Verifies a device: its noise, every kernel, whole runs. Takes some seconds, most of them for compiling.
///
/// Submits, polls and blocks the calling thread. Needs some 100 MB on the device, in buffers of at most 4 MiB.
///
/// # Errors
/// [`SamplerError::DeviceLost`], [`SamplerError::OutOfMemory`] and [`SamplerError::Timeout`], which end it. All else that goes
/// wrong, such as a kernel that the driver refuses, is a failed [`Check`].
pub fn device(device: &Device, queue: &Queue) -> Result<Report, SamplerError> {
    device_with(device, queue, &Options::default(), |_| {})
}

/// As [`device()`]; `progress` hears of each check as soon as it is done.
///
/// # Errors
/// As [`device()`].
pub fn device_with(
    device: &Device,
    queue: &Queue,
    options: &Options,
    mut progress: impl FnMut(&Check),
) -> Result<Report, SamplerError> {
    let on = Verifier {
        device,
        queue,
        options,
    };
    let mut checks = Vec::new();
    let mut add = |check: Check| {
        progress(&check);
        checks.push(check);
    };
    let single = options.precision != Some(Precision::Half);
    let half = options.precision != Some(Precision::Single);
    if single && options.only.is_none() {
        add(noise::philox(&on)?);
        add(noise::normal(&on)?);
        add(noise::hash(&on)?);
    }
    let wanted = || {
        Kernel::ALL
            .into_iter()
            .filter(|&kernel| options.wants(kernel))
    };
    for kernel in wanted() {
        if single {
            add(kernels::check(&on, kernel)?);
        }
        if half && let Some(check) = kernels::check_half(&on, kernel)? {
            add(check);
        }
    }
    if single {
        for kernel in wanted() {
            if let Some(check) = whole::trajectory(&on, kernel)? {
                add(check);
            }
        }
        for kernel in wanted() {
            if let Some(check) = whole::invariance(&on, kernel)? {
                add(check);
            }
        }
    }
    Ok(Report::new(Subject::of(device), checks))
}

/// Verifies the native CPU engine on this machine: its noise, and its runs against the kernels' twins.
#[cfg(feature = "cpu-engine")]
#[must_use]
pub fn engine() -> Report {
    Report::new(Subject::Engine, engine::checks())
}

/// A device being verified.
struct Verifier<'a> {
    device: &'a Device,
    queue: &'a Queue,
    options: &'a Options,
}

impl Verifier<'_> {
    /// Makes a check of what `compare` finds. Errors that say something of the device end the verification; others fail the check.
    fn check(
        &self,
        name: impl Into<String>,
        what: &'static str,
        measure: Measure,
        compare: impl FnOnce(&mut Tally) -> Result<(), SamplerError>,
    ) -> Result<Check, SamplerError> {
        let mut tally = Tally::default();
        let error = match compare(&mut tally) {
            Ok(()) => None,
            Err(
                error @ (SamplerError::DeviceLost
                | SamplerError::OutOfMemory { .. }
                | SamplerError::Timeout { .. }),
            ) => return Err(error),
            Err(error) => Some(error),
        };
        Ok(tally.check(name.into(), what, measure, error))
    }
}
