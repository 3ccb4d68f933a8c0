//! Inverting a plan, and asking its network for x̂₀.

use crate::batch::{Batch, BatchError};
use crate::inversion::{FixedPoint, Inversion};

use super::backend::Waiting;
#[cfg(feature = "cpu-engine")]
use super::cpu_run;
use super::error::SessionError;
use super::estimator::Estimator;
use super::gpu_run;
use super::ready::Ready;
use super::session::Session;
use super::watch::Observer;

impl Session {
    /// Encodes the batch's initial state, `[count, D]`, which is data here, by inverting the
    /// stages of the plan one by one, so that sampling from the result gives the data back; a
    /// residual per sample says how well. The plan is that of sampling: DDIM with η = 0,
    /// without clipping. Blocks.
    ///
    /// # Errors
    /// [`SessionError::Plan`] if the plan cannot be inverted, [`SessionError::NoData`], and as
    /// [`Session::sample_with`].
    #[cfg(not(target_arch = "wasm32"))]
    pub fn invert(
        &self,
        batch: &Batch,
        settings: &FixedPoint,
        observer: &mut Observer<'_>,
    ) -> Result<Inversion, SessionError> {
        pollster::block_on(self.invert_by(batch, settings, observer, Waiting::Blocking))
    }

    /// As [`Session::invert`], awaiting the device.
    ///
    /// # Errors
    /// As [`Session::invert`].
    pub async fn invert_async(
        &self,
        batch: &Batch,
        settings: &FixedPoint,
        observer: &mut Observer<'_>,
    ) -> Result<Inversion, SessionError> {
        self.invert_by(batch, settings, observer, Waiting::Awaiting)
            .await
    }

    async fn invert_by(
        &self,
        batch: &Batch,
        settings: &FixedPoint,
        observer: &mut Observer<'_>,
        waiting: Waiting,
    ) -> Result<Inversion, SessionError> {
        self.plan().check_invertible()?;
        batch.validate_for_model(self.model())?;
        if batch.inpaint.is_some() {
            return Err(BatchError::InpaintWhileEncoding.into());
        }
        if batch.initial.is_none() {
            return Err(SessionError::NoData);
        }
        match (self.ready(), self.backend().link(waiting)) {
            (Ready::Gpu(sampler), Some(link)) => {
                gpu_run::invert(link, sampler, batch, settings, observer).await
            }
            #[cfg(feature = "cpu-engine")]
            (Ready::Cpu(sampler), _) => cpu_run::invert(sampler, batch, settings, observer),
            (Ready::Gpu(_), None) => unreachable!("a sampler on a GPU comes with its device"),
        }
    }

    /// Prepares to ask the network for x̂₀, for states of samples like those of `batch`: its count,
    /// classes and guidance matter. One that is asked often is worth keeping.
    ///
    /// # Errors
    /// As [`Session::sample`].
    #[cfg(not(target_arch = "wasm32"))]
    pub fn estimator(&self, batch: &Batch) -> Result<Estimator<'_>, SessionError> {
        pollster::block_on(self.estimator_by(batch, Waiting::Blocking))
    }

    /// As [`Session::estimator`], awaiting the device.
    ///
    /// # Errors
    /// As [`Session::sample`].
    pub async fn estimator_async(&self, batch: &Batch) -> Result<Estimator<'_>, SessionError> {
        self.estimator_by(batch, Waiting::Awaiting).await
    }

    async fn estimator_by(
        &self,
        batch: &Batch,
        waiting: Waiting,
    ) -> Result<Estimator<'_>, SessionError> {
        let link = self.backend().link(waiting);
        Estimator::new(self.ready(), link, batch, self.model().dims()).await
    }

    /// x̂₀ at stage `stage` of the plan for states `[count, D]`: the network's estimate of the
    /// data, clipped if the plan says so. Blocks.
    ///
    /// # Errors
    /// As [`Session::sample`].
    ///
    /// # Panics
    /// As [`Estimator::x0`].
    #[cfg(not(target_arch = "wasm32"))]
    pub fn denoise(
        &self,
        batch: &Batch,
        stage: usize,
        states: &[f32],
    ) -> Result<Vec<f32>, SessionError> {
        self.estimator(batch)?.x0(stage, states)
    }
}
