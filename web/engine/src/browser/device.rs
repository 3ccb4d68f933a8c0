//! What computes: the browser's WebGPU, or the CPU engine in this module.

use std::sync::{Arc, Mutex, PoisonError};

use ddim_wgpu::gpu::{NoiseSource, headless, optional_features, required_limits};
use ddim_wgpu::noise::fingerprint;
use ddim_wgpu::session::BackendOptions;
use ddim_wgpu::{Backend, Batch, cpu, verify, wgpu};
use js_sys::Function;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsError, JsValue};
use wgpu::{Adapter, DeviceDescriptor, Instance, InstanceDescriptor, RequestAdapterOptions};

use super::script::{Outcome, breathe, tell};

/// What has gone wrong on a device by itself: it was lost, or a call raised an error nobody waits
/// for. The first is kept, as others follow from it.
pub type Fault = Arc<Mutex<Option<String>>>;

/// What computes.
#[wasm_bindgen]
pub struct Device {
    backend: Backend,
    graphics: Option<Graphics>,
    why_cpu: Option<String>,
    lost: Fault,
    fault: Fault,
}

/// What canvases are made with.
#[derive(Clone)]
pub struct Graphics {
    pub instance: Instance,
    pub adapter: Adapter,
}

#[wasm_bindgen]
impl Device {
    /// Opens what computes, and has it give known answers. `choice` is `"auto"`, which is WebGPU on
    /// hardware, else the CPU engine; `"gpu"`, which is WebGPU, also on a driver that runs on the
    /// CPU; or `"cpu"`.
    ///
    /// # Errors
    /// For `"gpu"`, where there is none. If a device gives wrong answers.
    pub async fn open(choice: Option<String>) -> Outcome<Self> {
        match choice.as_deref().unwrap_or("auto") {
            "cpu" => Self::engine("it was asked for".to_owned()),
            "gpu" => match Self::adapter().await {
                Ok(graphics) => Self::graphics(graphics).await,
                Err(why) => Err(JsError::new(&format!("WebGPU cannot be used: {why}"))),
            },
            "auto" => match Self::adapter().await {
                Ok(graphics) if headless::is_hardware(&graphics.adapter.get_info()) => {
                    Self::graphics(graphics).await
                }
                Ok(_) => Self::engine("there is only a driver that runs on the CPU".to_owned()),
                Err(why) => Self::engine(why),
            },
            other => Err(JsError::new(&format!(
                "device {other:?}: \"auto\", \"gpu\" or \"cpu\""
            ))),
        }
    }

    async fn adapter() -> Result<Graphics, String> {
        let instance = Instance::new(InstanceDescriptor::new_without_display_handle());
        let options = RequestAdapterOptions {
            power_preference: wgpu::PowerPreference::HighPerformance,
            ..Default::default()
        };
        match instance.request_adapter(&options).await {
            Ok(adapter) => Ok(Graphics { instance, adapter }),
            Err(_) => Err("this browser offers none here".to_owned()),
        }
    }

    async fn graphics(graphics: Graphics) -> Outcome<Self> {
        let adapter = &graphics.adapter;
        let descriptor = DeviceDescriptor {
            label: Some("ddim"),
            required_features: optional_features(adapter),
            required_limits: required_limits(),
            ..Default::default()
        };
        let (device, queue) = adapter.request_device(&descriptor).await?;
        let (lost, fault) = (Fault::default(), Fault::default());
        let says = lost.clone();
        device.set_device_lost_callback(move |reason, message| {
            keep(&says, format!("{reason:?}: {message}"));
        });
        let says = fault.clone();
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            keep(&says, error.to_string());
        }));
        let backend = Backend::from_wgpu_async(device, queue, &BackendOptions::default()).await?;
        Ok(Self {
            backend,
            graphics: Some(graphics),
            why_cpu: None,
            lost,
            fault,
        })
    }

    fn engine(why: String) -> Outcome<Self> {
        Ok(Self {
            backend: Backend::cpu()?,
            graphics: None,
            why_cpu: Some(why),
            lost: Fault::default(),
            fault: Fault::default(),
        })
    }

    /// Its name, for people. Browsers may keep that of a GPU to themselves.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn name(&self) -> String {
        self.backend.description().to_owned()
    }

    /// Whether WebGPU computes.
    #[wasm_bindgen(getter, js_name = isGpu)]
    #[must_use]
    pub fn is_gpu(&self) -> bool {
        self.backend.is_gpu()
    }

    /// Whether WebGPU computes on a driver that runs on the CPU.
    #[wasm_bindgen(getter, js_name = isSoftware)]
    #[must_use]
    pub fn is_software(&self) -> bool {
        let gpu = self.backend.wgpu();
        gpu.is_some_and(|(device, _)| !headless::is_hardware(&device.adapter_info()))
    }

    /// Why it is not WebGPU, if it is not.
    #[wasm_bindgen(getter, js_name = whyCpu)]
    #[must_use]
    pub fn why_cpu(&self) -> Option<String> {
        self.why_cpu.clone()
    }

    /// Why the device is lost, if it is. Open another one then, and make all anew.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn lost(&self) -> Option<String> {
        kept(&self.lost)
    }

    /// The first error of the device that no call was waiting for.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        kept(&self.fault)
    }

    /// Gives the device back at once; what was made with it fails from then on.
    pub fn close(&self) {
        if let Some((device, _)) = self.backend.wgpu() {
            device.destroy();
        }
    }

    /// The hash of 2²⁰ normals, as hexadecimal digits: `0x1AB4A1B9413780C0` on every device.
    ///
    /// # Errors
    /// Of the device.
    #[wasm_bindgen(js_name = noiseHash)]
    pub async fn noise_hash(&self) -> Outcome<String> {
        use fingerprint::{DIMS, DRAW, FIRST_SAMPLE, SAMPLES, SEED};
        let values = if let Some((device, queue)) = self.backend.wgpu() {
            let batch = Batch::new(SAMPLES).seed(SEED).sample_offset(FIRST_SAMPLE);
            let source = NoiseSource::new_async(device, DIMS).await?;
            source.read(device, queue, &batch, DRAW).await?
        } else {
            let mut values = vec![0.0; SAMPLES * DIMS];
            cpu::init_noise(SEED, FIRST_SAMPLE, DRAW, DIMS, &mut values);
            values
        };
        Ok(format!("0x{:016X}", fingerprint::of(&values)))
    }

    /// Compares every kernel with its twin, the noise bit for bit, and whole runs: what
    /// `ddim verify --json` prints. `listener` is told each check's name, and whether it holds.
    ///
    /// # Errors
    /// If the device is lost, or has no memory left.
    pub async fn verify(&self, listener: Option<Function>) -> Outcome<String> {
        let tell = |check: &verify::Check| {
            let line = format!("{}: {}", check.name, check.verdict);
            tell(listener.as_ref(), &JsValue::from_str(&line));
        };
        let Some((device, queue)) = self.backend.wgpu() else {
            breathe().await;
            let report = verify::engine();
            report.checks.iter().for_each(tell);
            return Ok(report.to_json());
        };
        let options = verify::Options::default();
        let report = verify::device_async(device, queue, &options, tell).await?;
        Ok(report.to_json())
    }
}

impl Device {
    pub fn backend(&self) -> &Backend {
        &self.backend
    }

    pub fn for_canvas(&self) -> Option<&Graphics> {
        self.graphics.as_ref()
    }
}

fn keep(fault: &Fault, message: String) {
    let mut kept = fault.lock().unwrap_or_else(PoisonError::into_inner);
    kept.get_or_insert(message);
}

fn kept(fault: &Fault) -> Option<String> {
    fault.lock().unwrap_or_else(PoisonError::into_inner).clone()
}
