//! How long it takes from nothing to the first sample.

use std::process::Stdio;
use std::time::Instant;

use ddim_wgpu::gpu::headless::DeviceRequest;

use crate::exit::{Failure, Status};
use crate::process;

const REPETITIONS: usize = 3;

/// Seconds from the start of a process of this command to the end of its first sample, one of
/// `digits` in one step: the median.
pub fn measure(device: &DeviceRequest) -> Result<f64, Failure> {
    let failed = |reason: &dyn std::fmt::Display| {
        Failure::new(
            Status::Runtime,
            format_args!("starting a second process: {reason}"),
        )
    };
    let device = match device {
        DeviceRequest::Named(name) => name.as_str(),
        DeviceRequest::Gpu => "gpu",
        DeviceRequest::Cpu => "cpu",
        _ => "auto",
    };
    let mut seconds = Vec::new();
    for _ in 0..REPETITIONS {
        let start = Instant::now();
        let mut command = process::again().map_err(|error| failed(&error))?;
        let status = command
            .args([
                "sample", "--quiet", "--count", "1", "--steps", "1", "--output", "-",
            ])
            .args(["--device", device])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status()
            .map_err(|error| failed(&error))?;
        if !status.success() {
            return Err(failed(&status));
        }
        seconds.push(start.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    Ok(seconds[REPETITIONS / 2])
}
