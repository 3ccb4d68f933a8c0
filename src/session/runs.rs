//! From a batch to as many runs as the memory of whatever computes asks for.

use std::ops::ControlFlow;

use crate::batch::Batch;
use crate::progress::Progress;

use super::backend::Waiting;
#[cfg(feature = "cpu-engine")]
use super::cpu_run;
use super::error::SessionError;
use super::gpu_run;
use super::ready::Ready;
use super::samples::Samples;
use super::session::Session;
use super::watch::{Observer, StageObserver, Watch};

impl Session {
    /// All of a batch, in as few runs as the device's memory allows.
    pub(super) async fn whole(
        &self,
        batch: &Batch,
        watch: &mut Watch<'_>,
        mut observer: Option<&mut Observer<'_>>,
        waiting: Waiting,
    ) -> Result<Samples, SessionError> {
        let (model, stages) = (self.model(), self.plan().len());
        let dims = model.dims();
        batch.validate_for_model(model)?;
        // Before the work, so that nobody waits for samples that there is no room for.
        reserve(&mut Vec::new(), batch, dims)?;
        let mut values = Vec::new();
        let mut done = 0;
        while done < batch.count {
            let rest = (done > 0).then(|| batch.part(done..batch.count));
            let part = rest.as_ref().unwrap_or(batch);
            let made = match &mut observer {
                None => self.run(part, done, watch, None, waiting).await?,
                Some(observer) => {
                    let mut scaled = Scaled::new(*observer, batch.count, done, stages);
                    let tell: &mut StageObserver<'_> = &mut |at| scaled.tell(at);
                    self.run(part, done, watch, Some(tell), waiting).await?
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
        Ok(Samples::new(values, model.sample_shape()))
    }

    /// As many samples from the beginning of `batch` as there is memory for. `first` is the index
    /// of the first in the batch that is asked for.
    pub(super) async fn run(
        &self,
        batch: &Batch,
        first: usize,
        watch: &mut Watch<'_>,
        observer: Option<&mut StageObserver<'_>>,
        waiting: Waiting,
    ) -> Result<Vec<f32>, SessionError> {
        match (self.ready(), self.backend().link(waiting)) {
            (Ready::Gpu(sampler), Some(link)) => {
                gpu_run::run(link, sampler, batch, first, watch, observer).await
            }
            #[cfg(feature = "cpu-engine")]
            (Ready::Cpu(sampler), _) => cpu_run::run(sampler, batch, first, watch, observer),
            (Ready::Gpu(_), None) => unreachable!("a sampler on a GPU comes with its device"),
        }
    }
}

/// An observer of all samples, told of a run of some.
pub struct Scaled<'o, 'a> {
    observer: &'o mut Observer<'a>,
    before: u64,
    total: u64,
}

impl<'o, 'a> Scaled<'o, 'a> {
    /// For a run from sample `first` on, of `count` samples in all.
    pub fn new(observer: &'o mut Observer<'a>, count: usize, first: usize, stages: usize) -> Self {
        Self {
            observer,
            before: first as u64 * stages as u64,
            total: count as u64 * stages as u64,
        }
    }

    /// `done` samples times stages of the run are done.
    pub fn tell(&mut self, done: u64) -> ControlFlow<()> {
        (self.observer)(Progress::new(self.before + done, self.total))
    }
}

/// Makes room for all samples of a batch.
pub fn reserve(values: &mut Vec<f32>, batch: &Batch, dims: usize) -> Result<(), SessionError> {
    values
        .try_reserve_exact(batch.count.saturating_mul(dims))
        .map_err(|_| out_of_memory(batch, dims))
}

fn out_of_memory(batch: &Batch, dims: usize) -> SessionError {
    SessionError::OutOfMemory {
        bytes: batch.count.saturating_mul(dims).saturating_mul(4),
    }
}
