//! A host's own device: default limits, callbacks that count.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use ddim_wgpu::gpu::headless;
use wgpu::{Adapter, Device, DeviceLostReason, Features, Queue};

/// A host's device, with callbacks of the host's own.
pub(crate) struct Host {
    pub(crate) device: Device,
    pub(crate) queue: Queue,
    /// What the host's handler heard.
    errors: Arc<Mutex<Vec<String>>>,
    /// How often it was told that the device is lost.
    pub(crate) lost: Arc<AtomicUsize>,
}

impl Host {
    /// A device with default limits and these features.
    pub(crate) fn new(features: impl Fn(&Adapter) -> Features) -> Self {
        let adapter = headless::adapters().into_iter().next();
        let adapter = adapter.expect("an adapter; install mesa-vulkan-drivers");
        let descriptor = wgpu::DeviceDescriptor {
            required_features: features(&adapter),
            ..Default::default()
        };
        let request = adapter.request_device(&descriptor);
        let (device, queue) = pollster::block_on(request).expect("a device");
        let errors = Arc::new(Mutex::new(Vec::new()));
        let heard = errors.clone();
        device.on_uncaptured_error(Arc::new(move |error| {
            heard.lock().expect("no panic").push(error.to_string());
        }));
        let lost = Arc::new(AtomicUsize::new(0));
        let counter = lost.clone();
        device.set_device_lost_callback(move |reason, _| {
            assert_eq!(reason, DeviceLostReason::Destroyed);
            counter.fetch_add(1, Ordering::Relaxed);
        });
        Self {
            device,
            queue,
            errors,
            lost,
        }
    }

    /// With no features.
    pub(crate) fn plain() -> Self {
        Self::new(|_| Features::empty())
    }

    #[track_caller]
    pub(crate) fn assert_heard_nothing(&self) {
        assert_eq!(*self.errors.lock().expect("no panic"), [""; 0]);
    }
}
