//! A device for programs that have none: which there are, and which is meant. The only place that
//! creates an instance.
//!
//! Each blocking function has an `…_async` twin. The blocking ones wait for the driver, and are not
//! available in a browser.

use std::str::FromStr;

use wgpu::{Adapter, AdapterInfo, Backend, Backends, DeviceType, Instance, InstanceDescriptor};

use super::error::SamplerError;
use super::opening::caught;
use super::visible::{Place, nvidia_address, visible};

#[cfg(not(target_arch = "wasm32"))]
pub use super::opening::{open, open_experimental, open_plain};
pub use super::opening::{open_async, open_experimental_async, open_plain_async};

/// The device to compute on, as a user names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeviceRequest {
    /// A hardware GPU if there is one, else the native CPU engine.
    #[default]
    Auto,
    /// A hardware GPU, or an error.
    Gpu,
    /// The native CPU engine.
    Cpu,
    /// The adapter with this index in [`adapters`], or the first whose name
    /// holds this text, in any case.
    Named(String),
}

impl FromStr for DeviceRequest {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text.to_ascii_lowercase().as_str() {
            "auto" => Self::Auto,
            "gpu" => Self::Gpu,
            "cpu" => Self::Cpu,
            _ => Self::Named(text.to_owned()),
        })
    }
}

/// The outcome of a [`DeviceRequest`].
#[derive(Debug)]
pub enum Choice {
    /// An adapter of wgpu's.
    Adapter {
        /// The selected adapter.
        adapter: Adapter,
        /// Reason for the selection.
        reason: &'static str,
    },
    /// The native CPU engine.
    NativeCpu {
        /// Reason for the selection.
        reason: &'static str,
    },
}

const WITHOUT_BACKENDS: &str =
    "this build has no backend of wgpu's (features vulkan, metal, dx12, gles, webgpu)";

/// Whether there is a backend to make an instance of, without which wgpu panics.
fn has_backends() -> bool {
    !Instance::enabled_backend_features().is_empty()
}

/// Every adapter, the preferred first: hardware before software, Vulkan, Metal and DX12 before GL,
/// discrete before integrated. Blocks while the drivers are loaded.
///
/// `WGPU_BACKEND` (a comma-separated list) restricts the backends. In a build without any, which
/// the features `vulkan`, `metal`, `dx12`, `gles` and `webgpu` turn on, there are none.
#[cfg(not(target_arch = "wasm32"))]
#[must_use]
pub fn adapters() -> Vec<Adapter> {
    pollster::block_on(adapters_async())
}

/// As [`adapters`], awaiting the drivers.
pub async fn adapters_async() -> Vec<Adapter> {
    if !has_backends() {
        return Vec::new();
    }
    let instance = Instance::new(InstanceDescriptor::new_without_display_handle().with_env());
    let backends = Backends::from_env().unwrap_or(Backends::all());
    // A driver whose calls fail so that wgpu panics gives no adapters, as one that cannot be loaded.
    let found = caught(async { instance.enumerate_adapters(backends).await }).await;
    let mut adapters = found.unwrap_or_default();
    adapters.sort_by_key(|adapter| preference(&adapter.get_info()));
    adapters
}

/// True for a GPU, false for a driver that computes on the CPU.
#[must_use]
pub fn is_hardware(info: &AdapterInfo) -> bool {
    info.device_type != DeviceType::Cpu
}

fn preference(info: &AdapterInfo) -> (bool, bool, u8) {
    let kind = match info.device_type {
        DeviceType::DiscreteGpu => 0,
        DeviceType::IntegratedGpu => 1,
        DeviceType::VirtualGpu => 2,
        DeviceType::Other => 3,
        DeviceType::Cpu => 4,
    };
    (!is_hardware(info), info.backend == Backend::Gl, kind)
}

/// Finds the device that a request names; a GPU that was not named is one that the job was given
/// ([`gpus`]). For `auto`, `WGPU_ADAPTER_NAME` may name one. Blocks
/// while the drivers are loaded.
///
/// # Errors
/// [`SamplerError::NoAdapter`], with the candidates. A request for a GPU never yields a software
/// driver.
#[cfg(not(target_arch = "wasm32"))]
pub fn choose(request: &DeviceRequest) -> Result<Choice, SamplerError> {
    pollster::block_on(choose_async(request))
}

/// As [`choose`], awaiting the drivers.
///
/// # Errors
/// As [`choose`].
pub async fn choose_async(request: &DeviceRequest) -> Result<Choice, SamplerError> {
    let (name, reason) = match request {
        DeviceRequest::Cpu => {
            let reason = "asked for";
            return Ok(Choice::NativeCpu { reason });
        }
        DeviceRequest::Auto => {
            let name = std::env::var("WGPU_ADAPTER_NAME").ok();
            let name = name.filter(|name| !name.is_empty());
            (name, "named by WGPU_ADAPTER_NAME")
        }
        DeviceRequest::Gpu => (None, "asked for"),
        DeviceRequest::Named(name) => (Some(name.clone()), "asked for"),
    };
    let adapters = adapters_async().await;
    if let Some(name) = name {
        let found = find(&adapters, &name).map(|index| Choice::Adapter {
            adapter: adapters[index].clone(),
            reason,
        });
        return found.ok_or_else(|| no_adapter(format!("nothing is called {name:?}"), &adapters));
    }
    let (gpus, hidden) = hardware(&adapters);
    match (gpus.first(), request) {
        (Some(adapter), request) => Ok(Choice::Adapter {
            adapter: adapter.clone(),
            reason: match (request, hidden) {
                (_, Some(variable)) => variable,
                (DeviceRequest::Gpu, None) => "asked for",
                _ => "the preferred hardware GPU",
            },
        }),
        (None, DeviceRequest::Gpu) if !has_backends() => {
            Err(no_adapter(WITHOUT_BACKENDS.to_owned(), &adapters))
        }
        (None, DeviceRequest::Gpu) => Err(no_adapter("no hardware GPU".to_owned(), &adapters)),
        (None, _) if !has_backends() => Ok(Choice::NativeCpu {
            reason: WITHOUT_BACKENDS,
        }),
        (None, _) => Ok(Choice::NativeCpu {
            reason: if hidden.is_some() {
                "the job was given no GPU (CUDA_VISIBLE_DEVICES and the like)"
            } else if adapters.is_empty() {
                "there is no GPU driver"
            } else {
                "there are only software drivers, which are slower"
            },
        }),
    }
}

/// Every hardware GPU that a job was given, the preferred first and each by one backend only. Where
/// the variables `CUDA_VISIBLE_DEVICES`, `ROCR_VISIBLE_DEVICES` and `ZE_AFFINITY_MASK` say which it
/// was given, they are told by their PCI addresses. Blocks while the drivers are loaded.
#[cfg(not(target_arch = "wasm32"))]
#[must_use]
pub fn gpus() -> Vec<Adapter> {
    let (gpus, _) = hardware(&adapters());
    let mut seen: Vec<(String, u32)> = Vec::new();
    let first_of_its_place = |adapter: &Adapter| {
        let info = adapter.get_info();
        if info.backend == Backend::Gl && !seen.is_empty() {
            return false;
        }
        let place = (info.device_pci_bus_id, info.device);
        let new = place.0.is_empty() || !seen.contains(&place);
        seen.push(place);
        new
    };
    gpus.into_iter().filter(first_of_its_place).collect()
}

/// The hardware GPUs that the job was given, and why there are fewer than the machine has.
fn hardware(adapters: &[Adapter]) -> (Vec<Adapter>, Option<&'static str>) {
    let is_gpu = |adapter: &&Adapter| is_hardware(&adapter.get_info());
    let gpus: Vec<Adapter> = adapters.iter().filter(is_gpu).cloned().collect();
    let places: Vec<Place> = gpus.iter().map(|gpu| place(&gpu.get_info())).collect();
    let (given, variable) = visible(&places, |name| std::env::var(name).ok(), nvidia_address);
    let given = gpus.into_iter().zip(given).filter(|(_, given)| *given);
    let reason = variable.map(|name| match name {
        "CUDA_VISIBLE_DEVICES" => "chosen by CUDA_VISIBLE_DEVICES",
        "ROCR_VISIBLE_DEVICES" => "chosen by ROCR_VISIBLE_DEVICES",
        _ => "chosen by ZE_AFFINITY_MASK",
    });
    (given.map(|(gpu, _)| gpu).collect(), reason)
}

fn place(info: &AdapterInfo) -> Place {
    Place {
        vendor: info.vendor,
        address: info.device_pci_bus_id.to_ascii_lowercase(),
    }
}

fn find(adapters: &[Adapter], name: &str) -> Option<usize> {
    if let Ok(index) = name.parse::<usize>() {
        return (index < adapters.len()).then_some(index);
    }
    let name = name.to_lowercase();
    adapters.iter().position(|adapter| {
        let info = adapter.get_info();
        info.name.to_lowercase().contains(&name) || info.driver.to_lowercase().contains(&name)
    })
}

fn no_adapter(wanted: String, adapters: &[Adapter]) -> SamplerError {
    let describe =
        |(index, adapter): (usize, &Adapter)| format!("{index} {}", describe(&adapter.get_info()));
    let mut candidates: Vec<String> = adapters.iter().enumerate().map(describe).collect();
    candidates.push("cpu (the native engine)".to_owned());
    SamplerError::NoAdapter {
        wanted,
        candidates: candidates.join(", "),
    }
}

/// One line about an adapter: its name, its backend, and a note if it computes on the CPU.
#[must_use]
pub fn describe(info: &AdapterInfo) -> String {
    let kind = if is_hardware(info) { "" } else { ", software" };
    format!("{} ({:?}{kind})", info.name, info.backend)
}
