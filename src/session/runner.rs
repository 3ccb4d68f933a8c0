//! Runs one after another in memory that is kept: a policy asked for an action at a time.

use crate::batch::Batch;
#[cfg(feature = "cpu-engine")]
use crate::cpu::CpuRunner;

use super::error::SessionError;
#[cfg(feature = "cpu-engine")]
use super::ready::Ready;
use super::session::Session;

/// Samples again and again into memory of the caller's.
///
/// On the CPU engine a call for a few samples allocates nothing once there was one like it, starts
/// no thread and computes on the calling one. On a GPU each call is [`Session::sample`]: there,
/// hosts that cannot wait record into an encoder of their own, with [`gpu`](crate::gpu).
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
pub struct Runner<'a> {
    session: &'a Session,
    #[cfg(feature = "cpu-engine")]
    engine: Option<CpuRunner<'a>>,
}

impl Session {
    /// Samples again and again with this model and plan.
    #[must_use]
    pub fn runner(&self) -> Runner<'_> {
        Runner {
            session: self,
            #[cfg(feature = "cpu-engine")]
            engine: match self.ready() {
                Ready::Cpu(sampler) => Some(CpuRunner::new(sampler)),
                Ready::Gpu(_) => None,
            },
        }
    }
}

impl Runner<'_> {
    /// Runs the plan on a batch and writes the samples, `[count, D]`, into `out`: those of
    /// [`Session::sample`], bit for bit. Blocks.
    ///
    /// # Errors
    /// [`SessionError::OutputLength`], and as [`Session::sample`].
    pub fn sample_into(&mut self, batch: &Batch, out: &mut [f32]) -> Result<(), SessionError> {
        let dims = self.session.sample_shape().iter().product();
        let (found, expected) = (out.len(), batch.count.saturating_mul(dims));
        if found != expected {
            return Err(SessionError::OutputLength { found, expected });
        }
        #[cfg(feature = "cpu-engine")]
        if let Some(engine) = &mut self.engine {
            return Ok(engine.run_into(batch, out)?);
        }
        out.copy_from_slice(self.session.sample(batch)?.values());
        Ok(())
    }
}

impl std::fmt::Debug for Runner<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runner")
            .field("session", self.session)
            .finish_non_exhaustive()
    }
}
