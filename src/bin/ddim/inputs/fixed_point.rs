//! What `ddim encode --convention fixed-point` is asked, and what it tells.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use ddim_wgpu::output::OutputFile;
use ddim_wgpu::{FixedPoint, Inversion};
use serde::Serialize;

use crate::exit::Failure;
use crate::process;
use crate::terminal::{note, warn};

/// Settings of fixed-point encoding.
#[derive(Debug, Args)]
pub struct FixedPointArguments {
    /// Fixed point: most evaluations of the network in a step [default: 30]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    iterations: Option<usize>,
    /// Fixed point: residual, as root mean square, at which a step is done with a sample [default:
    /// 1e-5]
    #[arg(long, value_name = "R", allow_negative_numbers = true)]
    tolerance: Option<f32>,
    /// Fixed point: write each sample's residual, and whether it converged, as JSON
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

impl FixedPointArguments {
    /// The settings, if encoding is `wanted` by fixed point.
    pub fn settings(&self, wanted: bool) -> Result<Option<FixedPoint>, Failure> {
        if !wanted {
            let given = [
                ("--iterations", self.iterations.is_some()),
                ("--tolerance", self.tolerance.is_some()),
                ("--report", self.report.is_some()),
            ];
            return match given.iter().find(|(_, given)| *given) {
                None => Ok(None),
                Some((option, _)) => Err(Failure::usage(format_args!(
                    "{option} needs --convention fixed-point: the others do not iterate"
                ))),
            };
        }
        let default = FixedPoint::default();
        let settings = FixedPoint {
            tolerance: self.tolerance.unwrap_or(default.tolerance),
            evaluations: self.iterations.unwrap_or(default.evaluations),
        };
        if settings.evaluations == 0 {
            return Err(Failure::usage("--iterations 0: at least 1 is needed"));
        }
        if !(settings.tolerance >= 0.0 && settings.tolerance.is_finite()) {
            return Err(Failure::usage(format_args!(
                "--tolerance {}: it must be at least 0 and finite",
                settings.tolerance
            )));
        }
        Ok(Some(settings))
    }

    /// Starts the report, before the work; `output` is where the states go.
    pub fn create_report(&self, output: &Path) -> Result<Option<OutputFile>, Failure> {
        let Some(path) = &self.report else {
            return Ok(None);
        };
        if path == output {
            return Err(Failure::usage(format_args!(
                "--report and --output are both {}",
                path.display()
            )));
        }
        Ok(Some(process::create(path)?))
    }
}

/// How the search ended, as `--report` writes it; its names are a contract.
#[derive(Debug, Serialize)]
pub struct Outcome {
    tolerance: f32,
    iterations: usize,
    steps: usize,
    #[serde(skip)]
    evaluations: u64,
    /// Of the network, a sample and step.
    mean_evaluations: f64,
    count: usize,
    converged: usize,
    samples: Vec<SampleOutcome>,
}

#[derive(Debug, Serialize)]
struct SampleOutcome {
    /// Global.
    index: u64,
    /// The largest root mean square of any step; none where no step gave a number.
    residual: Option<f32>,
    converged: bool,
}

impl Outcome {
    /// Of no samples yet.
    pub fn new(settings: &FixedPoint, steps: usize) -> Self {
        Self {
            tolerance: settings.tolerance,
            iterations: settings.evaluations,
            steps,
            evaluations: 0,
            mean_evaluations: 0.0,
            count: 0,
            converged: 0,
            samples: Vec::new(),
        }
    }

    /// Adds samples, the first of which has the global index `first`.
    pub fn add(&mut self, inversion: &Inversion, first: u64) {
        let sample = |(index, &residual): (u64, &f32)| SampleOutcome {
            index: first + index,
            residual: residual.is_finite().then_some(residual),
            converged: residual <= self.tolerance,
        };
        let samples = (0..).zip(&inversion.residual).map(sample);
        let samples: Vec<SampleOutcome> = samples.collect();
        self.count += samples.len();
        self.converged += samples.iter().filter(|sample| sample.converged).count();
        self.samples.extend(samples);
        self.evaluations += inversion.evaluations;
        self.mean_evaluations = self.evaluations as f64 / (self.count * self.steps) as f64;
    }

    pub fn write(&self, mut file: OutputFile) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(self)?;
        writeln!(file, "{text}").map_err(|error| file.error(error))?;
        Ok(file.finish()?)
    }

    /// One line for people, and a warning if it is needed.
    pub fn tell(&self) {
        let largest = self.samples.iter().map(|sample| sample.residual);
        let largest = largest.map(|residual| residual.unwrap_or(f32::INFINITY));
        let largest = largest.fold(0.0, f32::max);
        let (converged, count, tolerance) = (self.converged, self.count, self.tolerance);
        note(format_args!(
            "fixed point: {converged} of {count} samples converged to {tolerance:e}, largest residual {largest:.1e}, \
             {:.1} evaluations a step",
            self.mean_evaluations
        ));
        if converged < count {
            warn(format_args!(
                "{} of {count} samples did not converge and will not come back exactly: try more --steps or --iterations",
                count - converged
            ));
        }
    }
}
