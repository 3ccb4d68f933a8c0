//! Arrays of values: in, and out without a copy.

use ddim_wgpu::session::SessionError;
use numpy::{PyArray1, PyArrayDyn, PyArrayMethods, PyReadonlyArrayDyn, PyUntypedArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// A C-contiguous float32 array of any shape.
pub type Values<'py> = PyReadonlyArrayDyn<'py, f32>;

/// The values of an array in C order. The one copy on the way in: Python may change the array while
/// the engine computes.
pub fn values(array: &Values<'_>) -> PyResult<Vec<f32>> {
    array
        .as_slice()
        .map(<[f32]>::to_vec)
        .map_err(|_| PyValueError::new_err("the array is not C-contiguous"))
}

/// Room for so many values, before the work, so that nobody waits for what there is no room for.
pub fn room_for(values: usize) -> Result<Vec<f32>, SessionError> {
    let mut room = Vec::new();
    let bytes = values.saturating_mul(size_of::<f32>());
    room.try_reserve_exact(values)
        .map_err(|_| SessionError::OutOfMemory { bytes })?;
    Ok(room)
}

/// Values as an array of a shape, which owns them.
pub fn array(py: Python<'_>, values: Vec<f32>, shape: Vec<usize>) -> PyResult<Bound<'_, PyAny>> {
    let array: Bound<'_, PyArrayDyn<f32>> = PyArray1::from_vec(py, values).reshape(shape)?;
    Ok(array.into_any())
}

/// `[samples, …sample_shape]` of so many values.
pub fn shape_of(values: usize, sample_shape: &[usize]) -> Vec<usize> {
    let dims: usize = sample_shape.iter().product();
    [&[values / dims], sample_shape].concat()
}

/// Checks that an array is `[count, …sample_shape]`.
pub fn check_shape(what: &str, array: &Values<'_>, sample_shape: &[usize]) -> PyResult<()> {
    match array.shape().split_first() {
        Some((_, shape)) if shape == sample_shape => Ok(()),
        _ => Err(PyValueError::new_err(format!(
            "{what} are of shape {:?}, but must be [N, {}]",
            array.shape(),
            sample_shape
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(", ")
        ))),
    }
}
