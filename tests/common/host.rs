//! A host's own device: default limits, callbacks that count.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use ddim_wgpu::gpu::headless;
use wgpu::{Adapter, Device, DeviceLostReason, Features, Limits, Queue};

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
        Self::open(features, &Limits::default()).expect("a device")
    }

    /// A device with these limits; `None` where wgpu opens none with them.
    pub(crate) fn limited(limits: &Limits) -> Option<Self> {
        Self::open(|_| Features::empty(), limits)
    }

    /// Two devices of one adapter.
    pub(crate) fn pair() -> [Self; 2] {
        let adapter = first_adapter();
        let open = |_| Self::of(&adapter, Features::empty(), &Limits::default());
        [0, 1].map(|at| open(at).expect("a device"))
    }

    fn open(features: impl Fn(&Adapter) -> Features, limits: &Limits) -> Option<Self> {
        let adapter = first_adapter();
        Self::of(&adapter, features(&adapter), limits)
    }

    fn of(adapter: &Adapter, features: Features, limits: &Limits) -> Option<Self> {
        let descriptor = wgpu::DeviceDescriptor {
            required_features: features,
            required_limits: limits.clone(),
            ..Default::default()
        };
        let request = adapter.request_device(&descriptor);
        let (device, queue) = pollster::block_on(request).ok()?;
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
        Some(Self {
            device,
            queue,
            errors,
            lost,
        })
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

fn first_adapter() -> Adapter {
    let adapter = headless::adapters().into_iter().next();
    adapter.expect("an adapter; install mesa-vulkan-drivers")
}
