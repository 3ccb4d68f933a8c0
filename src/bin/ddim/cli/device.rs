//! What computes.

use std::convert::Infallible;
use std::time::Duration;

use clap::Args;
use ddim_wgpu::gpu::headless::DeviceRequest;
use ddim_wgpu::session::{Backend, BackendOptions};

use crate::exit::Failure;
use crate::terminal::note;

#[derive(Debug, Args)]
pub struct DeviceArgument {
    /// What computes: `auto` (a hardware GPU, else the native CPU engine), `gpu`, `cpu`, or the
    /// index or a part of the name of an entry of `ddim devices`
    #[arg(long, value_name = "DEVICE", default_value = "auto", value_parser = parse_request)]
    pub device: DeviceRequest,
    /// Seconds to wait for a GPU that does not answer [default: 600]
    #[arg(long, value_name = "SECONDS", value_parser = parse_timeout)]
    pub timeout: Option<Duration>,
    /// Use a GPU without asking it for known answers first
    #[arg(long)]
    pub skip_known_answer: bool,
}

impl DeviceArgument {
    /// Finds the device that was asked for, and says which one it is and why.
    pub fn open(&self) -> Result<Backend, Failure> {
        let mut options = BackendOptions::default().known_answer(!self.skip_known_answer);
        if let Some(timeout) = self.timeout {
            options = options.timeout(timeout);
        }
        let backend = Backend::open_with(&self.device, &options)?;
        let (device, reason) = (backend.description(), backend.reason());
        note(format_args!("device: {device} — {reason}"));
        Ok(backend)
    }
}

/// A time from 0 to 2⁶⁴ seconds.
pub fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "give a number of seconds")?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

fn parse_timeout(text: &str) -> Result<Duration, String> {
    Some(parse_seconds(text)?)
        .filter(|timeout| !timeout.is_zero())
        .ok_or_else(|| "give a number of seconds above 0".to_owned())
}

fn parse_request(text: &str) -> Result<DeviceRequest, Infallible> {
    text.parse()
}
