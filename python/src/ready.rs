//! What the bindings make at its first use: NumPy's functions, the names of settings.
//!
//! Made while the module is imported. Later it would let go of the GIL where
//! [`close`](crate::process::close) does not know of it, and a daemon thread that wants the GIL back
//! while Python ends is unwound, which crashes in a function of Rust's.

use numpy::{PyArrayDyn, PyArrayMethods};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arrays::array;
use crate::batch::Settings;
use crate::scheduler::Grid;

/// Makes all of it.
pub fn make_ready(py: Python<'_>) -> PyResult<()> {
    let one = array(py, vec![0.0], vec![1])?;
    let one = one.cast::<PyArrayDyn<f32>>()?;
    drop(one.try_readonly());
    drop(one.try_readwrite());

    let settings = PyDict::new(py);
    for whole in ["count", "seed", "sample_offset", "samples_per_condition"] {
        settings.set_item(whole, 1)?;
    }
    settings.set_item("guidance", 1.0)?;
    settings.set_item("conditions", [("", one)])?;
    for array in ["latents", "image", "mask"] {
        settings.set_item(array, one)?;
    }
    settings.set_item("classes", "all")?;
    settings.extract::<Settings<'_>>()?;

    let grid = PyDict::new(py);
    for unsaid in [
        "steps",
        "spacing",
        "timesteps",
        "strength",
        "clip",
        "final_level",
        "rederive_epsilon",
        "clip_noise",
        "clip_epsilon",
        "clip_final",
    ] {
        grid.set_item(unsaid, None::<usize>)?;
    }
    grid.extract::<Grid>()?;
    Ok(())
}
