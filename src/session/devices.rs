//! Several devices: which belong together, and all of them.

use crate::gpu::headless;

use super::backend::{Backend, Engine};
#[cfg(not(target_arch = "wasm32"))]
use super::backend::{BackendOptions, Waiting};
#[cfg(not(target_arch = "wasm32"))]
use super::error::SessionError;
use super::session::SessionOptions;

impl Backend {
    /// Every hardware GPU that this process was [given](headless::gpus), the
    /// preferred first. Blocks.
    ///
    /// # Errors
    /// As [`Backend::open_with`] for a GPU.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn all(options: &BackendOptions) -> Result<Vec<Self>, SessionError> {
        let gpus = headless::gpus();
        if gpus.is_empty() {
            // The error says what there is.
            return Ok(vec![Self::open_with(
                &headless::DeviceRequest::Gpu,
                options,
            )?]);
        }
        let open = |adapter: &wgpu::Adapter| {
            let (device, queue) = headless::open(adapter)?;
            let info = adapter.get_info();
            let backend = Self::gpu(device, queue, &info, "one of all GPUs", options);
            pollster::block_on(backend.checked(options, Waiting::Blocking))
        };
        gpus.iter().map(open).collect()
    }

    /// Whether a driver of wgpu's computes on the CPU.
    pub(super) fn is_software(&self) -> bool {
        self.wgpu()
            .is_some_and(|(device, _)| !headless::is_hardware(&device.adapter_info()))
    }

    /// The class of devices whose samples have the same bits as this one's: device, driver and this
    /// library's version, or what the CPU engine's order of summation depends on. Classes are
    /// compared, not taken apart.
    #[must_use]
    pub fn device_class(&self) -> String {
        self.device_class_with(&SessionOptions::default())
    }

    /// The class of devices and [forms of the step](crate::gpu::SamplerOptions::form) whose samples have the same bits
    /// as those of a session with these options here.
    #[must_use]
    pub fn device_class_with(&self, options: &SessionOptions) -> String {
        let version = env!("CARGO_PKG_VERSION");
        let class = match &self.engine {
            Engine::Gpu { device, .. } => {
                let info = device.adapter_info();
                let (name, backend) = (&info.name, info.backend);
                let class = format!("{name}, {backend:?}, {} {}", info.driver, info.driver_info);
                match options.gpu.form() {
                    form if form.is_empty() => class,
                    form => format!("{class}, {form}"),
                }
            }
            #[cfg(feature = "cpu-engine")]
            Engine::Cpu => {
                let (arch, os) = (std::env::consts::ARCH, std::env::consts::OS);
                let lanes = crate::cpu::CpuSampler::vector_lanes();
                format!("cpu engine, {arch} {os}, {lanes} lanes")
            }
            #[cfg(not(feature = "cpu-engine"))]
            Engine::Cpu => "cpu engine".to_owned(),
        };
        format!("{class}, ddim-wgpu {version}")
    }
}
