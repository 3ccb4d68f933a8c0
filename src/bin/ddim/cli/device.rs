//! What computes.

use std::convert::Infallible;
use std::time::Duration;

use clap::Args;
use ddim_wgpu::gpu::headless::DeviceRequest;
use ddim_wgpu::session::{Backend, BackendOptions};

use crate::driver;
use crate::exit::Failure;
use crate::terminal::note;

#[derive(Debug, Args)]
pub struct DeviceArgument {
    /// What computes: `auto` (a hardware GPU, else the native CPU engine), `gpu`, `cpu`, the index
    /// or a part of the name of an entry of `ddim devices`, or, to sample into an array, `all` GPUs
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
    pub fn open(&self) -> Result<&'static Backend, Failure> {
        if self.is_all() {
            return Err(Failure::usage(
                "--device all is for samples that are made part by part: `ddim sample` into .npy or .zarr",
            ));
        }
        let backend = driver::keep(Backend::open_with(&self.device, &self.options())?);
        tell(backend);
        Ok(backend)
    }

    /// As [`open`](Self::open), of `all` every GPU.
    pub fn open_all(&self) -> Result<Vec<&'static Backend>, Failure> {
        if !self.is_all() {
            return Ok(vec![self.open()?]);
        }
        let backends = driver::keep(Backend::all(&self.options())?);
        backends.iter().for_each(tell);
        Ok(backends.iter().collect())
    }

    fn is_all(&self) -> bool {
        self.device == DeviceRequest::Named("all".to_owned())
    }

    fn options(&self) -> BackendOptions {
        let options = BackendOptions::default().known_answer(!self.skip_known_answer);
        match self.timeout {
            Some(timeout) => options.timeout(timeout),
            None => options,
        }
    }
}

fn tell(backend: &Backend) {
    let (device, reason) = (backend.description(), backend.reason());
    let address = backend
        .wgpu()
        .map(|(device, _)| device.adapter_info().device_pci_bus_id);
    match address.filter(|address| !address.is_empty()) {
        Some(address) => note(format_args!("device: {device} at PCI {address} — {reason}")),
        None => note(format_args!("device: {device} — {reason}")),
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
