//! Runs one after another in memory that is kept.

use std::sync::{Arc, Mutex, MutexGuard, TryLockError};

use ddim_wgpu::{self as ddim, session, session::SessionError};
use numpy::{PyArrayDyn, PyArrayMethods, PyUntypedArrayMethods};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arrays::{Values, check_shape};
use crate::errors::told;
use crate::observer::Watcher;
use crate::process::detached;

/// A plan and a batch, ready to be run again and again: `ddim_wgpu.Pipeline.runner` makes them.
///
/// A call makes the samples anew, for instance a policy's action for what it observes now, and
/// takes little beside them: on the CPU engine a few samples are made by the calling thread, in
/// memory that is kept. One thread at a time may call a runner; others make theirs, which share
/// pipelines and weights.
#[pyclass(frozen, module = "ddim_wgpu")]
pub struct Runner {
    kept: Mutex<Kept>,
    shape: Vec<usize>,
    /// Conditions of the network, and their widths.
    inputs: Vec<(String, usize)>,
}

struct Kept {
    runner: session::Runner<Arc<ddim::Session>>,
    batch: ddim::Batch,
    samples: Vec<f32>,
}

impl Runner {
    pub fn new(
        session: Arc<ddim::Session>,
        batch: ddim::Batch,
        model: &ddim::network::Model,
    ) -> Self {
        let shape = [&[batch.count], model.sample_shape()].concat();
        let inputs = model.inputs().iter();
        Self {
            inputs: inputs.map(|one| (one.name.clone(), one.width)).collect(),
            shape,
            kept: Mutex::new(Kept {
                runner: session::Runner::new(session),
                batch,
                samples: Vec::new(),
            }),
        }
    }

    /// Of this thread alone: waiting for another would hold the GIL that it needs, and a signal's
    /// handler would wait for itself.
    fn kept(&self) -> PyResult<MutexGuard<'_, Kept>> {
        match self.kept.try_lock() {
            Ok(kept) => Ok(kept),
            Err(TryLockError::Poisoned(kept)) => Ok(kept.into_inner()),
            Err(TryLockError::WouldBlock) => Err(PyRuntimeError::new_err(
                "this runner is in a call: make one for each thread",
            )),
        }
    }

    /// Whether an array holds a value for each of all samples'.
    fn check_whole(&self, what: &str, array: &Bound<'_, PyArrayDyn<f32>>) -> PyResult<()> {
        if array.shape() == self.shape && array.is_c_contiguous() {
            return Ok(());
        }
        let (found, expected) = (array.shape(), &self.shape);
        let message =
            format!("{what} of shape {found:?}: it must be {expected:?} and C-contiguous");
        Err(PyValueError::new_err(message))
    }

    /// The conditions of a call, by name, each `[rows, width]`.
    fn conditions<'py>(
        &self,
        condition: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Vec<(String, Values<'py>)>> {
        let named = condition.into_iter().flat_map(|named| named.iter());
        named
            .map(|(name, array)| {
                let (name, array) = (name.extract::<String>()?, array.extract::<Values<'py>>()?);
                let Some((_, width)) = self.inputs.iter().find(|(known, _)| *known == name) else {
                    let message = format!("the model has no condition `{name}`");
                    return Err(PyValueError::new_err(message));
                };
                check_shape(&format!("values of `{name}`"), &array, &[*width])?;
                Ok((name, array))
            })
            .collect()
    }
}

#[pymethods]
impl Runner {
    /// Makes the samples. What is not given is as in the call before.
    #[pyo3(signature = (seed=None, condition=None, latents=None, out=None))]
    fn run<'py>(
        &self,
        py: Python<'py>,
        seed: Option<u64>,
        condition: Option<&Bound<'py, PyDict>>,
        latents: Option<Values<'py>>,
        out: Option<Bound<'py, PyArrayDyn<f32>>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let conditions = self.conditions(condition)?;
        if let Some(latents) = &latents {
            self.check_whole("latents", latents)?;
        }
        let out = match out {
            Some(out) => out,
            None => PyArrayDyn::zeros(py, self.shape.clone(), false),
        };
        self.check_whole("out", &out)?;
        let mut filled = out
            .try_readwrite()
            .map_err(|error| PyValueError::new_err(format!("out: {error}")))?;
        let mut kept = self.kept()?;
        let kept = &mut *kept;
        if let Some(seed) = seed {
            kept.batch.seed = seed;
        }
        for (name, values) in &conditions {
            kept.batch.set_condition(name, 0, values.as_slice()?);
        }
        if let Some(latents) = &latents {
            let initial = kept.batch.initial.get_or_insert_default();
            initial.clear();
            initial.extend_from_slice(latents.as_slice()?);
        }
        kept.samples.resize(self.shape.iter().product(), 0.0);
        let mut watcher = Watcher::new(None, None, &self.shape[1..]);
        let made: Result<(), SessionError> = detached(py, || {
            let Kept {
                runner,
                batch,
                samples,
            } = kept;
            Ok(runner.sample_into_with(batch, samples, &mut |progress| watcher.tell(progress)))
        })?;
        if let Some(error) = watcher.into_error() {
            return Err(error);
        }
        told(made)?;
        filled.as_slice_mut()?.copy_from_slice(&kept.samples);
        Ok(out.into_any())
    }

    /// `[count, …sample_shape]`.
    #[getter]
    fn shape(&self) -> Vec<usize> {
        self.shape.clone()
    }
}
