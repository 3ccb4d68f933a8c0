//! What computes: a GPU or the CPU engine.

use std::time::Duration;

use wgpu::{AdapterInfo, Device, Queue};

use crate::gpu::headless::{self, Choice, DeviceRequest};
use crate::gpu::{Link, READ_TIMEOUT, SamplerOptions};

use super::error::SessionError;
use super::known_answer;

/// Choices for opening a backend.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BackendOptions {
    /// How long to wait for a GPU that does not answer. Default [`READ_TIMEOUT`].
    pub timeout: Duration,
    /// Whether a GPU is asked for known answers before it is used, once a process: Philox words,
    /// normals, one stage. Default true.
    pub known_answer: bool,
}

/// Reason for the selection of a device of the caller's.
const CALLERS: &str = "the caller's device";

impl Default for BackendOptions {
    fn default() -> Self {
        Self {
            timeout: READ_TIMEOUT,
            known_answer: true,
        }
    }
}

impl BackendOptions {
    /// Sets how long to wait for a GPU that does not answer.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Sets whether a GPU is asked for known answers before it is used.
    #[must_use]
    pub fn known_answer(self, known_answer: bool) -> Self {
        Self {
            known_answer,
            ..self
        }
    }
}

/// What computes: a GPU or the CPU engine. Clones share the device.
#[derive(Debug, Clone)]
pub struct Backend {
    pub(super) engine: Engine,
    description: String,
    reason: &'static str,
    pub(super) timeout: Duration,
}

/// Who waits for a GPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waiting {
    /// The calling thread.
    #[cfg(not(target_arch = "wasm32"))]
    Blocking,
    /// A future, while the host or the browser polls the device.
    Awaiting,
}

#[derive(Debug, Clone)]
pub(super) enum Engine {
    Gpu {
        device: Device,
        queue: Queue,
    },
    #[cfg_attr(
        not(feature = "cpu-engine"),
        expect(dead_code, reason = "needs the feature")
    )]
    Cpu,
}

impl Backend {
    /// A hardware GPU if there is one, else the CPU engine. `WGPU_BACKEND` and `WGPU_ADAPTER_NAME`
    /// restrict the search. Blocks.
    ///
    /// # Errors
    /// As [`Backend::open`].
    #[cfg(not(target_arch = "wasm32"))]
    pub fn auto() -> Result<Self, SessionError> {
        Self::open(&DeviceRequest::Auto)
    }

    /// The CPU engine: no driver needed.
    ///
    /// # Errors
    /// [`SessionError::NoCpuEngine`] in a build without the feature `cpu-engine`.
    pub fn cpu() -> Result<Self, SessionError> {
        Self::engine("asked for", &BackendOptions::default())
    }

    /// What a request means: `"auto"`, `"gpu"`, `"cpu"`, or an index or a part of the name of an
    /// [adapter](headless::adapters), each parsed from its text. Blocks.
    ///
    /// # Errors
    /// [`SamplerError::NoAdapter`](crate::gpu::SamplerError::NoAdapter) with the candidates, if no
    /// device is what was asked for: a request for a GPU never comes to a software driver;
    /// [`SessionError::WrongAnswer`] if the device does not compute; [`SessionError::NoCpuEngine`].
    #[cfg(not(target_arch = "wasm32"))]
    pub fn open(request: &DeviceRequest) -> Result<Self, SessionError> {
        Self::open_with(request, &BackendOptions::default())
    }

    /// As [`Backend::open`], with options.
    ///
    /// # Errors
    /// As [`Backend::open`].
    #[cfg(not(target_arch = "wasm32"))]
    pub fn open_with(
        request: &DeviceRequest,
        options: &BackendOptions,
    ) -> Result<Self, SessionError> {
        pollster::block_on(Self::open_by(request, options, Waiting::Blocking))
    }

    /// As [`Backend::open_with`], awaiting the device.
    ///
    /// # Errors
    /// As [`Backend::open`].
    pub async fn open_async(
        request: &DeviceRequest,
        options: &BackendOptions,
    ) -> Result<Self, SessionError> {
        Self::open_by(request, options, Waiting::Awaiting).await
    }

    async fn open_by(
        request: &DeviceRequest,
        options: &BackendOptions,
        waiting: Waiting,
    ) -> Result<Self, SessionError> {
        match headless::choose_async(request).await? {
            Choice::Adapter { adapter, reason } => {
                let (device, queue) = headless::open_async(&adapter).await?;
                let backend = Self::gpu(device, queue, &adapter.get_info(), reason, options);
                backend.checked(options, waiting).await
            }
            Choice::NativeCpu { reason } => Self::engine(reason, options),
        }
    }

    /// A device of the caller's. Asks it for known answers, for which it submits and blocks.
    ///
    /// # Errors
    /// [`SessionError::WrongAnswer`] if the device does not compute.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn from_wgpu(device: Device, queue: Queue) -> Result<Self, SessionError> {
        Self::from_wgpu_with(device, queue, &BackendOptions::default())
    }

    /// As [`Backend::from_wgpu`], with options.
    ///
    /// # Errors
    /// As [`Backend::from_wgpu`].
    #[cfg(not(target_arch = "wasm32"))]
    pub fn from_wgpu_with(
        device: Device,
        queue: Queue,
        options: &BackendOptions,
    ) -> Result<Self, SessionError> {
        let info = device.adapter_info();
        let backend = Self::gpu(device, queue, &info, CALLERS, options);
        pollster::block_on(backend.checked(options, Waiting::Blocking))
    }

    /// As [`Backend::from_wgpu_with`], awaiting the device.
    ///
    /// # Errors
    /// As [`Backend::from_wgpu`].
    pub async fn from_wgpu_async(
        device: Device,
        queue: Queue,
        options: &BackendOptions,
    ) -> Result<Self, SessionError> {
        let info = device.adapter_info();
        let backend = Self::gpu(device, queue, &info, CALLERS, options);
        backend.checked(options, Waiting::Awaiting).await
    }

    pub(super) fn gpu(
        device: Device,
        queue: Queue,
        info: &AdapterInfo,
        reason: &'static str,
        options: &BackendOptions,
    ) -> Self {
        Self {
            engine: Engine::Gpu { device, queue },
            description: headless::describe(info),
            reason,
            timeout: options.timeout,
        }
    }

    /// This, once it has given known answers.
    pub(super) async fn checked(
        self,
        options: &BackendOptions,
        waiting: Waiting,
    ) -> Result<Self, SessionError> {
        let answer = match self.link(waiting).filter(|_| options.known_answer) {
            Some(link) => known_answer::check(link).await,
            None => Ok(()),
        };
        if let Err(error) = answer {
            // A device that has failed is not closed: wgpu-hal 30 may destroy a semaphore of its
            // queue twice, at which drivers crash (docs/upstream/relay-semaphores.md).
            std::mem::forget(self);
            return Err(error);
        }
        Ok(self)
    }

    #[cfg(feature = "cpu-engine")]
    fn engine(reason: &'static str, options: &BackendOptions) -> Result<Self, SessionError> {
        let threads = match crate::cpu::threads() {
            1 => "1 thread".to_owned(),
            threads => format!("{threads} threads"),
        };
        Ok(Self {
            engine: Engine::Cpu,
            description: format!("cpu, the native engine on {threads}"),
            reason,
            timeout: options.timeout,
        })
    }

    #[cfg(not(feature = "cpu-engine"))]
    fn engine(reason: &'static str, _: &BackendOptions) -> Result<Self, SessionError> {
        Err(SessionError::NoCpuEngine { reason })
    }

    /// Name and kind, for people.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Reason for the selection, in a few words.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        self.reason
    }

    /// Whether wgpu computes, on hardware or on a software driver.
    #[must_use]
    pub fn is_gpu(&self) -> bool {
        matches!(self.engine, Engine::Gpu { .. })
    }

    /// Device and queue; none on the CPU engine.
    #[must_use]
    pub fn wgpu(&self) -> Option<(&Device, &Queue)> {
        match &self.engine {
            Engine::Gpu { device, queue } => Some((device, queue)),
            Engine::Cpu => None,
        }
    }

    /// The device, and who waits for it; none on the CPU engine.
    pub(super) fn link(&self, waiting: Waiting) -> Option<Link<'_>> {
        let (device, queue) = self.wgpu()?;
        Some(match waiting {
            #[cfg(not(target_arch = "wasm32"))]
            Waiting::Blocking => Link::polling(device, queue, self.timeout),
            Waiting::Awaiting => Link::new(device, queue),
        })
    }

    /// `options` with this backend's patience.
    pub(super) fn sampler_options(&self, options: &SamplerOptions) -> SamplerOptions {
        let mut options = options.clone();
        options.timeout = self.timeout;
        options
    }
}
