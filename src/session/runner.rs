//! Runs one after another in memory that is kept: a policy asked for an action at a time.

use std::borrow::Borrow;

use crate::batch::Batch;
#[cfg(feature = "cpu-engine")]
use crate::cpu::{RunnerMemory, Told};
#[cfg(feature = "cpu-engine")]
use crate::progress::no_progress;

use super::error::SessionError;
#[cfg(feature = "cpu-engine")]
use super::ready::Ready;
use super::session::Session;
use super::watch::Observer;

/// Samples again and again into memory of the caller's.
///
/// On the CPU engine a call for a few samples allocates nothing once there was one like it, starts
/// no thread and computes on the calling one. On a GPU each call is [`Session::sample`]: there,
/// hosts that cannot wait record into an encoder of their own, with [`gpu`](crate::gpu).
///
/// Made of a reference to a session, or of an `Arc` of it.
///
/// ```
/// # #[cfg(all(feature = "bundled", feature = "cpu-engine"))]
/// # fn main() -> Result<(), ddim_wgpu::Error> {
/// use ddim_wgpu::{Backend, Batch, Session, diffusion::Plan, network::Model};
///
/// let model = Model::bundled("digits")?;
/// let plan = Plan::ddim(model.scheduler()).steps(5).build()?;
/// let session = Session::new(&Backend::cpu()?, &model, &plan)?;
/// let mut runner = session.runner();
/// let mut batch = Batch::new(1);
/// let mut out = [0.0; 784];
/// for seed in 0..3 {
///     batch.seed = seed; // and `batch.set_condition("observation", 0, &values)`
///     runner.sample_into(&batch, &mut out)?;
/// }
/// # Ok(())
/// # }
/// # #[cfg(not(all(feature = "bundled", feature = "cpu-engine")))]
/// # fn main() {}
/// ```
pub struct Runner<S> {
    session: S,
    /// Of runs of this session's sampler.
    #[cfg(feature = "cpu-engine")]
    memory: RunnerMemory,
}

impl Session {
    /// Samples again and again with this model and plan.
    #[must_use]
    pub fn runner(&self) -> Runner<&Self> {
        Runner::new(self)
    }
}

impl<S: Borrow<Session>> Runner<S> {
    /// Of a session, or of what shares it.
    #[must_use]
    pub fn new(session: S) -> Self {
        Self {
            session,
            #[cfg(feature = "cpu-engine")]
            memory: RunnerMemory::default(),
        }
    }

    /// The session.
    pub fn session(&self) -> &Session {
        self.session.borrow()
    }

    /// Runs the plan on a batch and writes the samples, `[count, D]`, into `out`: those of
    /// [`Session::sample`], bit for bit. Blocks.
    ///
    /// # Errors
    /// [`SessionError::OutputLength`], and as [`Session::sample`].
    pub fn sample_into(&mut self, batch: &Batch, out: &mut [f32]) -> Result<(), SessionError> {
        self.check_length(batch, out)?;
        let session = self.session.borrow();
        #[cfg(feature = "cpu-engine")]
        if let Ready::Cpu(sampler) = session.ready() {
            let told = Told::Pool(&no_progress);
            return Ok(self.memory.run_into(sampler, batch, out, told)?);
        }
        out.copy_from_slice(session.sample(batch)?.values());
        Ok(())
    }

    /// As [`Runner::sample_into`], observed.
    ///
    /// # Errors
    /// As [`Runner::sample_into`], and [`SessionError::Cancelled`].
    pub fn sample_into_with(
        &mut self,
        batch: &Batch,
        out: &mut [f32],
        observer: &mut Observer<'_>,
    ) -> Result<(), SessionError> {
        self.check_length(batch, out)?;
        let session = self.session.borrow();
        #[cfg(feature = "cpu-engine")]
        if let Ready::Cpu(sampler) = session.ready()
            && sampler.is_alone(batch.count)
        {
            let told = Told::Here(observer);
            return Ok(self.memory.run_into(sampler, batch, out, told)?);
        }
        out.copy_from_slice(session.sample_with(batch, observer)?.values());
        Ok(())
    }

    fn check_length(&self, batch: &Batch, out: &[f32]) -> Result<(), SessionError> {
        let dims = self.session().sample_shape().iter().product();
        let (found, expected) = (out.len(), batch.count.saturating_mul(dims));
        if found != expected {
            return Err(SessionError::OutputLength { found, expected });
        }
        Ok(())
    }
}

impl<S: Borrow<Session>> std::fmt::Debug for Runner<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runner")
            .field("session", self.session())
            .finish_non_exhaustive()
    }
}
