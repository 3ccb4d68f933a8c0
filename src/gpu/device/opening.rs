//! Devices of an adapter's. The only place that creates one.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;

use wgpu::{Adapter, Device, DeviceDescriptor, ExperimentalFeatures, Features, Limits, Queue};

use super::cooperative_matrix::MatrixUnits;
use super::error::SamplerError;
use super::features::{optional_features, required_features, required_limits};

/// Opens a device with the features that speed this crate up and all of the adapter's limits.
/// Blocks until the driver answers.
///
/// # Errors
/// [`SamplerError::AdapterGone`] if the adapter gives no device.
#[cfg(not(target_arch = "wasm32"))]
pub fn open(adapter: &Adapter) -> Result<(Device, Queue), SamplerError> {
    pollster::block_on(open_async(adapter))
}

/// As [`open`], awaiting the driver.
///
/// # Errors
/// As [`open`].
pub async fn open_async(adapter: &Adapter) -> Result<(Device, Queue), SamplerError> {
    request(adapter, optional_features(adapter), adapter.limits()).await
}

/// Opens a device as a host app might that requests nothing: no features, default limits. Blocks
/// until the driver answers.
///
/// # Errors
/// As [`open`].
#[cfg(not(target_arch = "wasm32"))]
pub fn open_plain(adapter: &Adapter) -> Result<(Device, Queue), SamplerError> {
    pollster::block_on(open_plain_async(adapter))
}

/// As [`open_plain`], awaiting the driver.
///
/// # Errors
/// As [`open`].
pub async fn open_plain_async(adapter: &Adapter) -> Result<(Device, Queue), SamplerError> {
    request(adapter, required_features(), required_limits()).await
}

/// As [`open`], with matrix units where the adapter has them, which wgpu calls experimental. Blocks
/// until the driver answers.
///
/// # Errors
/// As [`open`].
#[cfg(not(target_arch = "wasm32"))]
pub fn open_experimental(adapter: &Adapter) -> Result<(Device, Queue), SamplerError> {
    pollster::block_on(open_experimental_async(adapter))
}

/// As [`open_experimental`], awaiting the driver.
///
/// # Errors
/// As [`open`].
pub async fn open_experimental_async(adapter: &Adapter) -> Result<(Device, Queue), SamplerError> {
    let features = optional_features(adapter) | adapter.features() & MatrixUnits::FEATURES;
    request(adapter, features, adapter.limits()).await
}

async fn request(
    adapter: &Adapter,
    required_features: Features,
    required_limits: Limits,
) -> Result<(Device, Queue), SamplerError> {
    #[expect(unsafe_code, reason = "wgpu marks its experimental features so")]
    let experimental_features = if required_features.intersects(Features::all_experimental_mask()) {
        // SAFETY: wgpu asks for the knowledge that these features may still have faults of its own.
        // Only `open_experimental` requests one, cooperative matrices; the only shaders that use
        // them are ours, `mlp_step_matrix` and `program_step_matrix`, validated by naga as every
        // other is; and their loads and stores stay within buffers and workgroup memory, whose
        // widths `Padded` and `Padding` round up to whole matrices.
        unsafe { ExperimentalFeatures::enabled() }
    } else {
        ExperimentalFeatures::disabled()
    };
    let descriptor = DeviceDescriptor {
        label: Some("ddim"),
        required_features,
        required_limits,
        experimental_features,
        ..Default::default()
    };
    let gone = |message| {
        // wgpu-hal 30 may leave a device of the driver's behind, whose threads crash when its instance is closed and
        // the driver unloaded (docs/upstream/device-left-behind.md).
        std::mem::forget(adapter.clone());
        SamplerError::AdapterGone {
            name: adapter.get_info().name,
            message,
        }
    };
    let request = async { adapter.request_device(&descriptor).await };
    let opened = caught(request).await.map_err(gone)?;
    opened.map_err(|error| gone(error.to_string()))
}

/// What a future of wgpu's comes to, or what it panicked with: while a device is opened wgpu-hal 30
/// unwraps what drivers answer. docs/upstream/panics.md lists the places.
pub(super) async fn caught<T>(future: impl Future<Output = T>) -> Result<T, String> {
    let mut future = std::pin::pin!(future);
    std::future::poll_fn(|context| {
        let poll = AssertUnwindSafe(|| future.as_mut().poll(context));
        match catch_unwind(poll) {
            Ok(poll) => poll.map(Ok),
            Err(payload) => Poll::Ready(Err(panic_text(&*payload))),
        }
    })
    .await
}

fn panic_text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
    text.unwrap_or("wgpu panicked").to_owned()
}
