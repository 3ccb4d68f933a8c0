//! The noise itself.

use ddim_wgpu::session::Noise;
use ddim_wgpu::{self as ddim, noise as stream};
use numpy::{PyArray1, PyArrayMethods, PyUntypedArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::arrays::{Values, array, values};
use crate::device::open;
use crate::errors::{IntoPy, told};

/// `[count, …shape]` normals: draw 0 is what a run starts from, 1 + i what its step i adds.
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
    let values = py.detach(|| {
        let backend = open(device)?;
        let drawn = Noise::new(&backend, dims).and_then(|source| source.draw(&batch, draw));
        drawn.map_err(IntoPy::into_py)
    })?;
    array(py, values, [&[count], &*shape].concat())
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
