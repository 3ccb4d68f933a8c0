//! Sessions: a model on a device, for plans and batches as they come.

use std::sync::{Arc, Mutex, PoisonError, TryLockError};

use ddim_wgpu::session::{Backend, Frames, Part, SessionError, TrajectoryState};
use ddim_wgpu::{self as ddim, FixedPoint, Samples};
use numpy::PyArray1;
use pyo3::prelude::*;

use crate::arrays::{array, room_for, shape_of};
use crate::batch::Batch;
use crate::device::{forget_all, open};
use crate::errors::{DeviceError, told};
use crate::model::Model;
use crate::observer::Watcher;
use crate::plan::Plan;
use crate::process::{detached, waited};
use crate::runner::Runner;

/// A model on a device.
///
/// Threads may run it at once, and a callback of a run may start another: each run has a session of
/// its own, and those share pipelines and weights.
#[pyclass(frozen, module = "ddim_wgpu._native")]
pub struct Session {
    backend: Backend,
    model: Arc<ddim::network::Model>,
    last: Arc<Last>,
}

/// The session of the last plan. Locked while one is made, so that of two threads one compiles.
type Last = Mutex<Option<Arc<ddim::Session>>>;

/// Settings of a run's frames.
type FramesAsked = (Vec<usize>, Py<PyAny>);

/// States and residuals of an encoding by fixed point.
type Encoded<'py> = (Bound<'py, PyAny>, Bound<'py, PyArray1<f32>>);

#[pymethods]
impl Session {
    /// Opens a device for a model. Kernels are compiled by the first run.
    #[new]
    fn new(py: Python<'_>, model: &Model, device: &str) -> PyResult<Self> {
        let device = device.to_owned();
        let backend = waited(py, move || open(&device))?;
        Ok(Self {
            backend,
            model: model.inner.clone(),
            last: Arc::default(),
        })
    }

    /// Name and kind of the device, for people.
    #[getter]
    fn device(&self) -> &str {
        self.backend.description()
    }

    #[getter]
    fn is_gpu(&self) -> bool {
        self.backend.is_gpu()
    }

    /// Runs a plan on a batch: `[count, …sample_shape]`. `frames` are the numbers of rows after
    /// which states are shown, and to whom.
    #[pyo3(signature = (plan, batch, progress=None, frames=None))]
    fn sample<'py>(
        &self,
        py: Python<'py>,
        plan: &Plan,
        batch: &Batch,
        progress: Option<Py<PyAny>>,
        frames: Option<FramesAsked>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (after, on_frame) = frames.unzip();
        let run = |session: &ddim::Session, watcher: &mut Watcher| match after {
            None => in_parts(session, batch, watcher),
            Some(after) => watched(session, batch, after, watcher),
        };
        let samples = self.run(py, plan, progress, on_frame, run)?;
        self.array(py, samples.into_values())
    }

    /// Encodes a batch's latents, which are data here, by inverting the rows of a plan: states, and
    /// a residual of each sample.
    #[pyo3(signature = (plan, batch, tolerance, evaluations, progress=None))]
    fn invert<'py>(
        &self,
        py: Python<'py>,
        plan: &Plan,
        batch: &Batch,
        tolerance: f32,
        evaluations: usize,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Encoded<'py>> {
        let settings = FixedPoint {
            tolerance,
            evaluations,
        };
        let inversion = self.run(py, plan, progress, None, |session, watcher| {
            session.invert(&batch.inner, &settings, &mut |progress| {
                watcher.tell(progress)
            })
        })?;
        let states = self.array(py, inversion.data)?;
        Ok((states, PyArray1::from_vec(py, inversion.residual)))
    }

    /// Makes a plan and a batch ready to be run again and again.
    fn runner(&self, py: Python<'_>, plan: &Plan, batch: &Batch) -> PyResult<Runner> {
        let session = self.session_for(py, &plan.inner)?;
        Ok(Runner::new(session, batch.inner.clone(), &self.model))
    }
}

impl Session {
    /// Runs `work` on a session for a plan, without the GIL; Python's own
    /// errors come before others.
    fn run<T: Send>(
        &self,
        py: Python<'_>,
        plan: &Plan,
        progress: Option<Py<PyAny>>,
        on_frame: Option<Py<PyAny>>,
        work: impl FnOnce(&ddim::Session, &mut Watcher) -> Result<T, SessionError> + Send,
    ) -> PyResult<T> {
        let mut watcher = Watcher::new(progress, on_frame, self.model.sample_shape());
        let session = self.session_for(py, &plan.inner)?;
        let result = detached(py, || Ok(work(&session, &mut watcher)))?;
        if let Some(error) = watcher.into_error() {
            return Err(error);
        }
        self.told(py, result)
    }

    /// The session of the last plan, or one that shares its pipelines and weights.
    fn session_for(
        &self,
        py: Python<'_>,
        plan: &ddim::diffusion::Plan,
    ) -> PyResult<Arc<ddim::Session>> {
        // Whoever waits for a lock holds no GIL.
        let last = match self.last.try_lock() {
            Ok(last) => last.clone(),
            Err(TryLockError::Poisoned(last)) => last.into_inner().clone(),
            Err(TryLockError::WouldBlock) => None,
        };
        if let Some(session) = last.filter(|session| session.plan() == plan) {
            return Ok(session);
        }
        let (last, backend) = (self.last.clone(), self.backend.clone());
        let (model, plan) = (self.model.clone(), plan.clone());
        let make = move || Ok(made(&last, &backend, &model, &plan));
        // The engine has nothing to compile.
        let result = if self.backend.is_gpu() {
            waited(py, make)
        } else {
            detached(py, make)
        };
        self.told(py, result?)
    }

    /// The value, or the error as Python is told it; a device that failed is let go of.
    fn told<T>(&self, py: Python<'_>, result: Result<T, SessionError>) -> PyResult<T> {
        told(result).inspect_err(|error| {
            if error.is_instance_of::<DeviceError>(py) {
                self.forget();
            }
        })
    }

    /// Lets go of a device that failed.
    fn forget(&self) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = None;
        forget_all();
    }

    fn array<'py>(&self, py: Python<'py>, values: Vec<f32>) -> PyResult<Bound<'py, PyAny>> {
        let shape = shape_of(values.len(), self.model.sample_shape());
        array(py, values, shape)
    }
}

/// The session of the last plan, or one that shares its pipelines and weights.
fn made(
    last: &Last,
    backend: &Backend,
    model: &ddim::network::Model,
    plan: &ddim::diffusion::Plan,
) -> Result<Arc<ddim::Session>, SessionError> {
    let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
    let session = match &*last {
        Some(session) if session.plan() == plan => return Ok(session.clone()),
        Some(session) => session.with_plan(plan)?,
        None => ddim::Session::new(backend, model, plan)?,
    };
    let session = Arc::new(session);
    *last = Some(session.clone());
    Ok(session)
}

/// Bytes of samples that are made in one part.
const ONE_PART: usize = 4 << 20;

/// A run in parts, as the command's: it can be ended soon whatever its size, and holds
/// little more than its samples.
fn in_parts(
    session: &ddim::Session,
    batch: &Batch,
    watcher: &mut Watcher,
) -> Result<Samples, SessionError> {
    let shape = session.sample_shape();
    let count = batch.inner.count * shape.iter().product::<usize>();
    if count <= ONE_PART / size_of::<f32>() {
        return session.sample_with(&batch.inner, &mut |progress| watcher.tell(progress));
    }
    let mut values = room_for(count)?;
    let mut sink = |part: Part<'_>| {
        values.extend_from_slice(part.values);
        Ok(())
    };
    session.sample_into(&batch.inner, &mut sink, &mut |progress| {
        watcher.tell(progress)
    })?;
    Ok(Samples::new(values, shape))
}

/// A run that shows frames.
fn watched(
    session: &ddim::Session,
    batch: &Batch,
    after: Vec<usize>,
    watcher: &mut Watcher,
) -> Result<Samples, SessionError> {
    let watcher = std::cell::RefCell::new(watcher);
    session.watch_with(
        &batch.inner,
        &Frames::After(after),
        TrajectoryState::State,
        &mut |frame| watcher.borrow_mut().show(frame),
        &mut |progress| watcher.borrow_mut().tell(progress),
    )
}
