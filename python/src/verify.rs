//! Whether a device computes what it should.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

use ddim_wgpu::gpu::{READ_TIMEOUT, SamplerError};
use ddim_wgpu::verify::{self as library, Options, Report};
use ddim_wgpu::wgpu::{Device, PollType};
use pyo3::prelude::*;

use crate::device::open_unasked;
use crate::errors::{IntoPy, Stopped};
use crate::process::{is_closing, waited};

/// How often a device is asked whether it is done.
const ASK_EVERY: Duration = Duration::from_millis(1);

/// Compares the noise, every kernel and whole runs with their twins on the CPU: a report as JSON.
#[pyfunction]
pub fn verify(py: Python<'_>, device: String) -> PyResult<String> {
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = stop.clone();
    let report = waited(py, move || {
        let backend = open_unasked(&device).map_err(IntoPy::into_py)?;
        let Some((device, queue)) = backend.wgpu() else {
            return Ok(library::engine());
        };
        let options = Options::default();
        let report = library::device_async(device, queue, &options, |_| {});
        finish(device, report, &stopped)
    });
    // After a signal the thread is still at it.
    stop.store(true, SeqCst);
    Ok(report?.to_json())
}

/// Polls a device until a report is made, and stops between two submissions if it is told to.
fn finish(
    device: &Device,
    report: impl Future<Output = Result<Report, SamplerError>>,
    stopped: &AtomicBool,
) -> PyResult<Report> {
    let woken = Arc::new(Woken(AtomicBool::new(true)));
    let waker = Waker::from(woken.clone());
    let mut context = Context::from_waker(&waker);
    let mut report = pin!(report);
    let mut asleep = Instant::now();
    loop {
        if woken.0.swap(false, SeqCst) {
            if let Poll::Ready(report) = report.as_mut().poll(&mut context) {
                return report.map_err(IntoPy::into_py);
            }
            asleep = Instant::now();
        }
        if stopped.load(SeqCst) || is_closing() {
            return Err(Stopped::new_err("the verification was stopped"));
        }
        if asleep.elapsed() > READ_TIMEOUT {
            let seconds = READ_TIMEOUT.as_secs_f64();
            return Err(SamplerError::Timeout { seconds }.into_py());
        }
        // A lost device ends the future with its error.
        let _ = device.poll(PollType::Poll);
        thread::sleep(ASK_EVERY);
    }
}

/// Whether the device has called back.
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, SeqCst);
    }
}
