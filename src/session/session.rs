//! A model and a plan made ready on a backend.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;

use crate::batch::{Batch, BatchError};
use crate::diffusion::{Plan, Process};
use crate::gpu::SamplerOptions;
use crate::inversion::{FixedPoint, Inversion};
use crate::network::Model;
use crate::progress::Progress;

use super::backend::{Backend, Engine};
#[cfg(feature = "cpu-engine")]
use super::cpu_run;
use super::error::SessionError;
use super::estimator::Estimator;
use super::gpu_run;
use super::ready::{GpuParts, Ready};
use super::samples::Samples;
use super::sink::{Sink, stream};
use super::trajectory::{Frame, Frames, Trajectory, TrajectoryState};
use super::watch::{Observer, StageObserver, Watch};

/// Bytes of samples in one part of a stream, unless set: large enough to keep every device busy, small
/// beside any memory.
const PART_BYTES: usize = 16 << 20;

/// Choices that do not change what is sampled, only how.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionOptions {
    /// Choices for GPUs. The timeout is the backend's.
    pub gpu: SamplerOptions,
    /// Most samples in one part of a stream; none: 16 MiB of them.
    pub part_samples: Option<NonZeroUsize>,
}

impl SessionOptions {
    /// Sets the choices for GPUs.
    #[must_use]
    pub fn gpu(self, gpu: SamplerOptions) -> Self {
        Self { gpu, ..self }
    }

    /// Sets the most samples in one part of a stream.
    #[must_use]
    pub fn part_samples(self, samples: NonZeroUsize) -> Self {
        Self {
            part_samples: Some(samples),
            ..self
        }
    }
}

/// A model and a plan made ready on a backend: kernels compiled, weights uploaded or packed.
///
/// Holds no state of a run, so one session serves any number of batches, one after another or from
/// several threads.
pub struct Session {
    backend: Backend,
    model: Model,
    plan: Plan,
    options: SessionOptions,
    ready: Ready,
}

impl Session {
    /// Makes a model and a plan ready on a backend. Blocks while kernels compile.
    ///
    /// # Errors
    /// [`SessionError::Gpu`] if the device cannot take the model.
    pub fn new(backend: &Backend, model: &Model, plan: &Plan) -> Result<Self, SessionError> {
        Self::with_options(backend, model, plan, &SessionOptions::default())
    }

    /// As [`Session::new`], with options.
    ///
    /// # Errors
    /// As [`Session::new`].
    pub fn with_options(
        backend: &Backend,
        model: &Model,
        plan: &Plan,
        options: &SessionOptions,
    ) -> Result<Self, SessionError> {
        Ok(Self {
            ready: Ready::new(backend, model, plan, &options.gpu)?,
            backend: backend.clone(),
            model: model.clone(),
            plan: plan.clone(),
            options: options.clone(),
        })
    }

    /// Replaces the plan. On a GPU no kernel is compiled again, unless the plan thresholds dynamically and
    /// none before did, or has more stages than [`SamplerOptions::row_capacity`] and any plan before.
    ///
    /// # Errors
    /// As [`Session::new`].
    pub fn set_plan(&mut self, plan: &Plan) -> Result<(), SessionError> {
        let replaced = match (&mut self.ready, &self.backend.engine) {
            (Ready::Gpu(sampler), Engine::Gpu { queue, .. }) => {
                sampler.set_plan(queue, plan).is_ok()
            }
            _ => false,
        };
        if !replaced {
            self.ready = Ready::new(&self.backend, &self.model, plan, &self.options.gpu)?;
        }
        self.plan = plan.clone();
        Ok(())
    }

    /// What computes.
    #[must_use]
    pub fn backend(&self) -> &Backend {
        &self.backend
    }

    /// The plan.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// `[d]` or `[channels, height, width]`.
    #[must_use]
    pub fn sample_shape(&self) -> &[usize] {
        self.model.sample_shape()
    }

    /// What there is on a GPU; none on the CPU engine.
    #[must_use]
    pub fn gpu(&self) -> Option<GpuParts<'_>> {
        self.ready.gpu(&self.backend)
    }

    /// Runs the plan on a batch. Blocks.
    ///
    /// # Errors
    /// [`SessionError::Batch`] if the batch does not fit the model, [`SessionError::OutOfMemory`], and
    /// [`SessionError::Gpu`] if the device fails.
    pub fn sample(&self, batch: &Batch) -> Result<Samples, SessionError> {
        self.collect(batch, None)
    }

    /// As [`Session::sample`], observed.
    ///
    /// # Errors
    /// As [`Session::sample`], and [`SessionError::Cancelled`].
    pub fn sample_with(
        &self,
        batch: &Batch,
        observer: &mut Observer<'_>,
    ) -> Result<Samples, SessionError> {
        self.collect(batch, Some(observer))
    }

    /// Runs the plan on a batch of any size, part by part, in bounded memory: while the sink takes a part, the
    /// next is computed. Samples are those of [`Session::sample`]. Blocks.
    ///
    /// # Errors
    /// As [`Session::sample`], [`SessionError::Sink`] and [`SessionError::Cancelled`].
    pub fn sample_into(
        &self,
        batch: &Batch,
        sink: &mut dyn Sink,
        observer: &mut Observer<'_>,
    ) -> Result<(), SessionError> {
        batch.validate(self.model.dims(), self.model.num_classes())?;
        let at_once = match self.options.part_samples {
            Some(samples) => samples.get(),
            None => (PART_BYTES / (4 * self.model.dims())).max(1),
        };
        let dims = self.model.dims();
        stream(batch, dims, at_once, sink, |first, part| {
            let mut watch = Watch::nothing();
            let mut observer = Scaled::new(observer, batch.count, first, self.plan.len());
            self.run(part, first, &mut watch, Some(&mut |at| observer.tell(at)))
        })
    }

    /// Runs the plan on a batch and keeps frames of its trajectory. Blocks.
    ///
    /// # Errors
    /// As [`Session::sample`], [`SessionError::Frame`] and [`SessionError::Cancelled`].
    pub fn trajectory(
        &self,
        batch: &Batch,
        frames: &Frames,
        kept: TrajectoryState,
        observer: &mut Observer<'_>,
    ) -> Result<Trajectory, SessionError> {
        let stages = frames.stages(&self.plan, kept)?;
        let mut frames = vec![Vec::new(); stages.len()];
        // Before the work, so that nobody waits for samples that there is no room for.
        for values in &mut frames {
            reserve(values, batch, self.model.dims())?;
        }
        let mut collect = |frame: Frame<'_>| {
            frames[frame.index].extend_from_slice(frame.values);
            ControlFlow::Continue(())
        };
        let mut watch = Watch {
            stages: &stages,
            kept,
            on_frame: Some(&mut collect),
        };
        let samples = self.whole(batch, &mut watch, Some(observer))?;
        Ok(Trajectory {
            samples,
            frames,
            stages,
        })
    }

    /// Runs the plan on a batch and shows frames of its trajectory to `on_frame`, which may stop the run. No
    /// stage ends a submission but those asked for. A batch beyond the device's memory is shown in parts, one
    /// after another. Blocks.
    ///
    /// # Errors
    /// As [`Session::trajectory`].
    pub fn watch(
        &self,
        batch: &Batch,
        frames: &Frames,
        kept: TrajectoryState,
        on_frame: &mut dyn FnMut(Frame<'_>) -> ControlFlow<()>,
    ) -> Result<Samples, SessionError> {
        let stages = frames.stages(&self.plan, kept)?;
        let mut watch = Watch {
            stages: &stages,
            kept,
            on_frame: Some(on_frame),
        };
        self.whole(batch, &mut watch, None)
    }

    /// Encodes the batch's initial state, `[count, D]`, which is data here, by a plan of
    /// [`Plan::encode`]: to the noise that a plan of sampling brings nearly back to it. Blocks.
    ///
    /// # Errors
    /// [`SessionError::NotAnEncoding`], [`SessionError::NoData`], and as [`Session::sample`].
    pub fn encode(&self, batch: &Batch) -> Result<Samples, SessionError> {
        if !matches!(self.plan.process(), Process::Encode(_)) {
            return Err(SessionError::NotAnEncoding);
        }
        if batch.initial.is_none() {
            return Err(SessionError::NoData);
        }
        self.sample(batch)
    }

    /// Encodes the batch's initial state, `[count, D]`, which is data here, by inverting the stages of the plan one
    /// by one, so that sampling from the result gives the data back; a residual per sample says how well. The
    /// plan is that of sampling: DDIM with η = 0, without clipping. Blocks.
    ///
    /// # Errors
    /// [`SessionError::Plan`] if the plan cannot be inverted, [`SessionError::NoData`], and as
    /// [`Session::sample_with`].
    pub fn invert(
        &self,
        batch: &Batch,
        settings: &FixedPoint,
        observer: &mut Observer<'_>,
    ) -> Result<Inversion, SessionError> {
        self.plan.check_invertible()?;
        batch.validate(self.model.dims(), self.model.num_classes())?;
        if batch.inpaint.is_some() {
            return Err(BatchError::InpaintWhileEncoding.into());
        }
        if batch.initial.is_none() {
            return Err(SessionError::NoData);
        }
        match &self.ready {
            Ready::Gpu(_) => {
                let gpu = self.gpu().expect("a session on a GPU");
                gpu_run::invert(gpu, &self.plan, batch, settings, observer)
            }
            #[cfg(feature = "cpu-engine")]
            Ready::Cpu(sampler) => cpu_run::invert(sampler, batch, settings, observer),
        }
    }

    /// Prepares to ask the network for x̂₀, for states of samples like those of `batch`: its count, classes and
    /// guidance matter. One that is asked often is worth keeping.
    ///
    /// # Errors
    /// As [`Session::sample`].
    pub fn estimator(&self, batch: &Batch) -> Result<Estimator<'_>, SessionError> {
        Estimator::new(&self.ready, self.gpu(), batch, self.model.dims())
    }

    /// x̂₀ at stage `stage` of the plan for states `[count, D]`: what the network takes the data to be, clipped if the
    /// plan says so. Blocks.
    ///
    /// # Errors
    /// As [`Session::sample`].
    pub fn denoise(
        &self,
        batch: &Batch,
        stage: usize,
        states: &[f32],
    ) -> Result<Vec<f32>, SessionError> {
        self.estimator(batch)?.x0(stage, states)
    }

    fn collect(
        &self,
        batch: &Batch,
        observer: Option<&mut Observer<'_>>,
    ) -> Result<Samples, SessionError> {
        self.whole(batch, &mut Watch::nothing(), observer)
    }

    /// All of a batch, in as few runs as the device's memory allows.
    fn whole(
        &self,
        batch: &Batch,
        watch: &mut Watch<'_>,
        mut observer: Option<&mut Observer<'_>>,
    ) -> Result<Samples, SessionError> {
        let dims = self.model.dims();
        batch.validate(dims, self.model.num_classes())?;
        let mut values = Vec::new();
        let mut done = 0;
        while done < batch.count {
            let rest;
            let part = if done == 0 {
                batch
            } else {
                rest = batch.part(done..batch.count);
                &rest
            };
            let made = match &mut observer {
                None => self.run(part, done, watch, None)?,
                Some(observer) => {
                    let mut scaled = Scaled::new(*observer, batch.count, done, self.plan.len());
                    self.run(part, done, watch, Some(&mut |at| scaled.tell(at)))?
                }
            };
            done += made.len() / dims;
            if values.is_empty() {
                values = made;
                values
                    .try_reserve_exact((batch.count - done) * dims)
                    .map_err(|_| out_of_memory(batch, dims))?;
            } else {
                values.extend_from_slice(&made);
            }
        }
        Ok(Samples::new(values, self.model.sample_shape()))
    }

    /// As many samples from the beginning of `batch` as there is memory for. `first` is the index of the first in
    /// the batch that is asked for.
    fn run(
        &self,
        batch: &Batch,
        first: usize,
        watch: &mut Watch<'_>,
        observer: Option<&mut StageObserver<'_>>,
    ) -> Result<Vec<f32>, SessionError> {
        match &self.ready {
            Ready::Gpu(_) => {
                let gpu = self.gpu().expect("a session on a GPU");
                gpu_run::run(gpu, batch, first, watch, observer)
            }
            #[cfg(feature = "cpu-engine")]
            Ready::Cpu(sampler) => cpu_run::run(sampler, batch, first, watch, observer),
        }
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("backend", &self.backend)
            .field("model", &self.model.name())
            .field("process", &self.plan.process())
            .finish_non_exhaustive()
    }
}

/// An observer of all samples, told of a run of some.
struct Scaled<'o, 'a> {
    observer: &'o mut Observer<'a>,
    before: u64,
    total: u64,
}

impl<'o, 'a> Scaled<'o, 'a> {
    fn new(observer: &'o mut Observer<'a>, count: usize, first: usize, stages: usize) -> Self {
        Self {
            observer,
            before: first as u64 * stages as u64,
            total: count as u64 * stages as u64,
        }
    }

    fn tell(&mut self, done: u64) -> ControlFlow<()> {
        (self.observer)(Progress::new(self.before + done, self.total))
    }
}

fn reserve(values: &mut Vec<f32>, batch: &Batch, dims: usize) -> Result<(), SessionError> {
    values
        .try_reserve_exact(batch.count.saturating_mul(dims))
        .map_err(|_| out_of_memory(batch, dims))
}

fn out_of_memory(batch: &Batch, dims: usize) -> SessionError {
    SessionError::OutOfMemory {
        bytes: batch.count.saturating_mul(dims).saturating_mul(4),
    }
}
