//! The noise itself.

use ddim_wgpu::session::{Backend, Noise, Part, SessionError};
use ddim_wgpu::{self as ddim, noise as stream};
use numpy::{PyArray1, PyArrayMethods, PyUntypedArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::arrays::{Values, array, room_for, values};
use crate::device::open;
use crate::errors::told;
use crate::observer::Watcher;
use crate::process::detached;

/// `[count, …shape]` normals: draw 0 is what a run starts from, 1 + i what its step i adds. Signals
/// are seen to between parts.
#[pyfunction]
pub fn noise<'py>(
    py: Python<'py>,
    count: usize,
    shape: Vec<usize>,
    seed: u64,
    draw: u32,
    sample_offset: u64,
    device: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let dims = shape
        .iter()
        .try_fold(1_usize, |dims, &n| dims.checked_mul(n));
    let dims = dims.filter(|&dims| dims > 0 && count > 0).ok_or_else(|| {
        PyValueError::new_err(format!(
            "{count} samples of shape {shape:?}: there is nothing to make"
        ))
    })?;
    let batch = ddim::Batch::new(count)
        .seed(seed)
        .sample_offset(sample_offset);
    told(batch.validate(dims, None))?;
    let mut watcher = Watcher::new(None, None, &shape);
    let drawn = detached(py, || {
        let backend = open(device)?;
        Ok(drawn(&backend, dims, &batch, draw, &mut watcher))
    })?;
    if let Some(error) = watcher.into_error() {
        return Err(error);
    }
    array(py, told(drawn)?, [&[count], &*shape].concat())
}

/// A draw in parts, so that it can be ended soon whatever its size.
fn drawn(
    backend: &Backend,
    dims: usize,
    batch: &ddim::Batch,
    draw: u32,
    watcher: &mut Watcher,
) -> Result<Vec<f32>, SessionError> {
    let mut values = room_for(batch.count * dims)?;
    let mut sink = |part: Part<'_>| {
        values.extend_from_slice(part.values);
        Ok(())
    };
    Noise::new(backend, dims)?.draw_into(batch, draw, &mut sink, &mut |progress| {
        watcher.tell(progress)
    })?;
    Ok(values)
}

/// The point a share `t` of the way from `a` to `b` along the great circle through them.
#[pyfunction]
pub fn slerp<'py>(
    py: Python<'py>,
    a: Values<'py>,
    b: Values<'py>,
    t: f64,
) -> PyResult<Bound<'py, PyAny>> {
    if a.shape() != b.shape() {
        let message = format!("states of shapes {:?} and {:?}", a.shape(), b.shape());
        return Err(PyValueError::new_err(message));
    }
    let mixed = stream::slerp(&values(&a)?, &values(&b)?, t);
    Ok(PyArray1::from_vec(py, mixed)
        .reshape(a.shape().to_vec())?
        .into_any())
}
