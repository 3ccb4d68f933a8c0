//! The process that computes: whether it is the one that the library's threads and devices were made
//! in, and whether it is about to end.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::errors::Stopped;

/// How often signals are seen to by a thread that waits for another.
const SIGNALS_EVERY: Duration = Duration::from_millis(20);

/// The process that computed first.
static COMPUTING: OnceLock<u32> = OnceLock::new();

/// Threads that compute without the GIL.
static DETACHED: AtomicUsize = AtomicUsize::new(0);

static CLOSING: AtomicBool = AtomicBool::new(false);

/// Refuses to compute in a fork of a process that has computed: the engine's threads and a driver's
/// stayed behind, and waiting for them would never end.
fn check_not_forked() -> PyResult<()> {
    let this = std::process::id();
    if *COMPUTING.get_or_init(|| this) == this {
        return Ok(());
    }
    Err(PyRuntimeError::new_err(
        "this process was forked from one that has sampled, and a fork has none of its threads: \
         start processes by \"spawn\" (multiprocessing.set_start_method), or fork before the first \
         sample",
    ))
}

/// Computes without the GIL, in no fork of a process that has computed.
pub fn detached<T: Send>(py: Python<'_>, work: impl FnOnce() -> PyResult<T> + Send) -> PyResult<T> {
    check_not_forked()?;
    without_gil(py, work)
}

/// As [`detached`], for work that says nothing until its end, such as a driver's compiler: it has a
/// thread of its own, and this one sees to signals. An exception of theirs is raised at once. What
/// was begun is then told by `is_closing` or a flag of its own, else it goes on to its end, and its
/// result is dropped.
pub fn waited<T: Send + 'static>(
    py: Python<'_>,
    work: impl FnOnce() -> PyResult<T> + Send + 'static,
) -> PyResult<T> {
    check_not_forked()?;
    // Dropped with the GIL held again, so that `close` waits until then.
    let _waiting = Counted::new();
    // Until the work ends, whoever waits for it: no driver computes while Python ends.
    let counted = Counted::new();
    if is_closing() {
        return Err(closing());
    }
    let (finished, mut wait) = channel();
    let begun = thread::Builder::new().spawn(move || {
        // Nobody listens after a signal: the result is dropped here.
        drop(finished.send(work()));
        drop(counted);
    });
    begun.map_err(|error| PyRuntimeError::new_err(format!("no thread to be had: {error}")))?;
    loop {
        let wait = &mut wait;
        match py.detach(move || wait.recv_timeout(SIGNALS_EVERY)) {
            Ok(result) => return result,
            Err(RecvTimeoutError::Timeout) => py.check_signals()?,
            Err(RecvTimeoutError::Disconnected) => {
                return Err(PyRuntimeError::new_err("a thread of ddim_wgpu panicked"));
            }
        }
    }
}

/// Works without the GIL, unless Python is about to end.
pub fn without_gil<T: Send>(
    py: Python<'_>,
    work: impl FnOnce() -> PyResult<T> + Send,
) -> PyResult<T> {
    // Dropped with the GIL held again, so that `close` waits until then.
    let _counted = Counted::new();
    if is_closing() {
        return Err(closing());
    }
    py.detach(work)
}

fn closing() -> PyErr {
    Stopped::new_err("Python is about to end")
}

/// Whether what computes is to stop.
pub fn is_closing() -> bool {
    CLOSING.load(SeqCst)
}

/// Stops what daemon threads compute, and waits until they have the GIL again. Afterwards Python
/// ends any thread that asks for it by unwinding its stack, which aborts where the stack is not C's.
#[pyfunction]
pub fn close(py: Python<'_>) {
    // In a fork these threads are not, and nobody would count them down. Where nothing has computed, a
    // thread may be about to.
    if COMPUTING
        .get()
        .is_some_and(|&first| first != std::process::id())
    {
        return;
    }
    CLOSING.store(true, SeqCst);
    py.detach(|| {
        while DETACHED.load(SeqCst) > 0 {
            thread::sleep(Duration::from_millis(1));
        }
    });
}

/// Counts a thread as long as it lives.
struct Counted;

impl Counted {
    fn new() -> Self {
        DETACHED.fetch_add(1, SeqCst);
        Self
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        DETACHED.fetch_sub(1, SeqCst);
    }
}
