//! The host: its device, its handler, and its own calls of wgpu, which may fail as they like.

use std::fmt::{self, Display, Formatter};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ddim_wgpu::gpu::SamplerError;
use wgpu::{CommandEncoder, Device, Queue};

/// Time that a device may take to answer.
pub const TIMEOUT: Duration = Duration::from_secs(2);

/// What is said of the latest panic.
static PANIC: Mutex<String> = Mutex::new(String::new());

/// Keeps what panics say, in place of printing it: the library catches those of wgpu's that a
/// driver's failure ends in.
pub fn keep_panics() {
    std::panic::set_hook(Box::new(|info| {
        *PANIC.lock().unwrap_or_else(PoisonError::into_inner) = info.to_string();
    }));
}

/// Runs `work`; a panic is returned as what it says, in one line.
pub fn watched<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| {
        let text = PANIC.lock().unwrap_or_else(PoisonError::into_inner);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    })
}

/// What ended a part.
pub enum Ended {
    /// The library's error.
    Library(SamplerError),
    /// A panic or an error in a call of the host's own.
    Host(String),
}

impl Display for Ended {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Library(error) => error.fmt(f),
            Self::Host(text) => write!(f, "a call of the host's own: {text}"),
        }
    }
}

impl From<SamplerError> for Ended {
    fn from(error: SamplerError) -> Self {
        Self::Library(error)
    }
}

/// A host with a device.
pub struct Host {
    pub device: Device,
    pub queue: Queue,
    /// What the handler heard and nobody has asked for yet.
    heard: Arc<Mutex<Option<String>>>,
}

impl Host {
    pub fn new((device, queue): (Device, Queue)) -> Self {
        let heard: Arc<Mutex<Option<String>>> = Arc::default();
        let hears = heard.clone();
        device.on_uncaptured_error(Arc::new(move |error| {
            let mut heard = hears.lock().unwrap_or_else(PoisonError::into_inner);
            heard.get_or_insert(error.to_string());
        }));
        Self {
            device,
            queue,
            heard,
        }
    }

    /// What the handler has heard since this was asked last.
    pub fn heard(&self) -> Option<String> {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.take()
    }

    fn has_heard(&self) -> bool {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.is_some()
    }

    /// Records by `record`, which is the library's, in the host's own encoder, submits and waits.
    pub fn submit(&self, record: impl FnOnce(&mut CommandEncoder)) -> Result<(), Ended> {
        let mut encoder = self.own(|| self.device.create_command_encoder(&Default::default()))?;
        record(&mut encoder);
        if self.has_heard() {
            return Err(Ended::Host("recording was heard of".to_owned()));
        }
        self.own(|| self.queue.submit([encoder.finish()]))?;
        ddim_wgpu::gpu::wait_for(&self.device, None, TIMEOUT)?;
        Ok(())
    }

    /// A call of the host's own.
    fn own<T>(&self, call: impl FnOnce() -> T) -> Result<T, Ended> {
        let made = watched(call).map_err(Ended::Host)?;
        match self.heard() {
            Some(heard) => Err(Ended::Host(heard)),
            None => Ok(made),
        }
    }
}
