//! What computes, by the names that `ddim --device` takes.

use burn::tensor::Device;
use ddim_wgpu::gpu::headless::DeviceRequest;

use crate::error::Error;

/// A device, and why it is this one.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// Burn's.
    pub device: Device,
    /// Its name and kind.
    pub description: String,
    /// In a few words.
    pub reason: &'static str,
}

impl Chosen {
    fn cpu(reason: &'static str) -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            device: Device::flex(),
            description: format!("cpu, burn's flex backend on {threads} threads"),
            reason,
        }
    }
}

/// Opens what a request means, as `ddim` understands it: a request for a GPU never comes to a CPU.
///
/// # Errors
/// [`Error::NoDevice`], with the candidates.
#[cfg(feature = "gpu")]
pub fn open(request: &DeviceRequest) -> Result<Chosen, Error> {
    use burn::tensor::wgpu::{WgpuSetup, wgpu};
    use ddim_wgpu::gpu::headless::{Choice, choose, describe};

    let refused = |error: &dyn std::fmt::Display| Error::NoDevice(error.to_string());
    let (adapter, reason) = match choose(request).map_err(|error| refused(&error))? {
        Choice::NativeCpu { reason } => return Ok(Chosen::cpu(reason)),
        Choice::Adapter { adapter, reason } => (adapter, reason),
    };
    let info = adapter.get_info();
    // All that the adapter has: burn's compiler asks the device what it may use. Features that
    // wgpu calls experimental, and memory that host and device share, are not for this.
    let features = adapter.features()
        - wgpu::Features::all_experimental_mask()
        - wgpu::Features::MAPPABLE_PRIMARY_BUFFERS;
    let opened = pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor {
        label: Some("ddim-train"),
        required_features: features,
        required_limits: adapter.limits(),
        ..Default::default()
    }));
    let (device, queue) = opened.map_err(|error| refused(&error))?;
    let setup = WgpuSetup {
        instance: wgpu::Instance::default(),
        backend: info.backend,
        adapter,
        device,
        queue,
    };
    let device = Device::wgpu_options().setup(setup).init();
    Ok(Chosen {
        device: device.map_err(|error| refused(&error))?,
        description: describe(&info),
        reason,
    })
}

/// Opens the CPU, which is all that this build has.
///
/// # Errors
/// [`Error::NoDevice`] for anything else.
#[cfg(not(feature = "gpu"))]
pub fn open(request: &DeviceRequest) -> Result<Chosen, Error> {
    match request {
        DeviceRequest::Auto => Ok(Chosen::cpu("this build has no GPU (feature `gpu`)")),
        DeviceRequest::Cpu => Ok(Chosen::cpu("asked for")),
        _ => Err(Error::NoDevice(
            "this build has no GPU: build it with the feature `gpu`".into(),
        )),
    }
}
