//! Whether this process is the one that the library's threads and devices were made in.

use std::sync::OnceLock;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

/// The process that computed first.
static COMPUTING: OnceLock<u32> = OnceLock::new();

/// Refuses to compute in a fork of a process that has computed: the engine's threads and a driver's
/// stayed behind, and waiting for them would never end.
pub fn check_not_forked() -> PyResult<()> {
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
