//! Sampling: all at once, or part by part into a sink.

use crate::batch::Batch;
use crate::diffusion::Process;

use super::backend::Waiting;
use super::error::SessionError;
use super::runs::Scaled;
use super::samples::Samples;
use super::session::Session;
use super::sink::Sink;
use super::source::Source;
#[cfg(not(target_arch = "wasm32"))]
use super::stream::stream;
use super::stream::{Parts, stream_async};
use super::watch::{Observer, Watch};

impl Session {
    /// Runs the plan on a batch. Blocks.
    ///
    /// # Errors
    /// [`SessionError::Batch`] if the batch does not fit the model, [`SessionError::OutOfMemory`],
    /// and [`SessionError::Gpu`] if the device fails.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn sample(&self, batch: &Batch) -> Result<Samples, SessionError> {
        pollster::block_on(self.whole(batch, &mut Watch::nothing(), None, Waiting::Blocking))
    }

    /// As [`Session::sample`], observed.
    ///
    /// # Errors
    /// As [`Session::sample`], and [`SessionError::Cancelled`].
    #[cfg(not(target_arch = "wasm32"))]
    pub fn sample_with(
        &self,
        batch: &Batch,
        observer: &mut Observer<'_>,
    ) -> Result<Samples, SessionError> {
        let mut watch = Watch::nothing();
        pollster::block_on(self.whole(batch, &mut watch, Some(observer), Waiting::Blocking))
    }

    /// As [`Session::sample_with`], awaiting the device, which the host or the browser polls. On
    /// the CPU engine the future computes when it is polled.
    ///
    /// # Errors
    /// As [`Session::sample_with`].
    pub async fn sample_async(
        &self,
        batch: &Batch,
        observer: &mut Observer<'_>,
    ) -> Result<Samples, SessionError> {
        let mut watch = Watch::nothing();
        self.whole(batch, &mut watch, Some(observer), Waiting::Awaiting)
            .await
    }

    /// Runs the plan on a batch of any size, part by part, in bounded memory: while the sink takes
    /// a part on a thread of its own, the next is computed. Samples are those of
    /// [`Session::sample`]. Blocks.
    ///
    /// # Errors
    /// As [`Session::sample`], [`SessionError::Sink`] and [`SessionError::Cancelled`].
    #[cfg(not(target_arch = "wasm32"))]
    pub fn sample_into(
        &self,
        batch: &Batch,
        sink: &mut dyn Sink,
        observer: &mut Observer<'_>,
    ) -> Result<(), SessionError> {
        batch.validate_for_model(self.model())?;
        self.sample_from(&mut &*batch, sink, observer)
    }

    /// As [`Session::sample_into`], for samples that come from a source range by range. Blocks.
    ///
    /// # Errors
    /// As [`Session::sample_into`], and [`SessionError::Source`].
    #[cfg(not(target_arch = "wasm32"))]
    pub fn sample_from(
        &self,
        source: &mut dyn Source,
        sink: &mut dyn Sink,
        observer: &mut Observer<'_>,
    ) -> Result<(), SessionError> {
        let (count, stages) = (source.count(), self.plan().len());
        let parts = Parts::new(source, self.model().dims(), self.part_samples());
        stream(parts, sink, |first, part| {
            part.validate_for_model(self.model())?;
            let scaled = Scaled::new(observer, count, first, stages);
            pollster::block_on(self.part(part, first, scaled, Waiting::Blocking))
        })
    }

    /// As [`Session::sample_into`], awaiting the device. The sink takes a part
    /// before the next is computed.
    ///
    /// # Errors
    /// As [`Session::sample_into`].
    pub async fn sample_into_async(
        &self,
        batch: &Batch,
        sink: &mut dyn Sink,
        observer: &mut Observer<'_>,
    ) -> Result<(), SessionError> {
        batch.validate_for_model(self.model())?;
        let (count, stages) = (batch.count, self.plan().len());
        let mut source = batch;
        let parts = Parts::new(&mut source, self.model().dims(), self.part_samples());
        stream_async(parts, sink, async |first, part| {
            let scaled = Scaled::new(observer, count, first, stages);
            self.part(&part, first, scaled, Waiting::Awaiting).await
        })
        .await
    }

    /// Encodes the batch's initial state, `[count, D]`, which is data here, by a plan of
    /// [`Plan::encode`](crate::diffusion::Plan::encode): to the noise that a plan of sampling
    /// brings nearly back to it. Blocks.
    ///
    /// # Errors
    /// [`SessionError::NotAnEncoding`], [`SessionError::NoData`], and as [`Session::sample`].
    #[cfg(not(target_arch = "wasm32"))]
    pub fn encode(&self, batch: &Batch) -> Result<Samples, SessionError> {
        self.check_encoding(batch)?;
        self.sample(batch)
    }

    /// As [`Session::encode`], observed and awaiting the device.
    ///
    /// # Errors
    /// As [`Session::encode`], and [`SessionError::Cancelled`].
    pub async fn encode_async(
        &self,
        batch: &Batch,
        observer: &mut Observer<'_>,
    ) -> Result<Samples, SessionError> {
        self.check_encoding(batch)?;
        self.sample_async(batch, observer).await
    }

    fn check_encoding(&self, batch: &Batch) -> Result<(), SessionError> {
        if !matches!(self.plan().process(), Process::Encode(_)) {
            return Err(SessionError::NotAnEncoding);
        }
        if batch.initial.is_none() {
            return Err(SessionError::NoData);
        }
        Ok(())
    }

    /// A part of a stream.
    async fn part(
        &self,
        part: &Batch,
        first: usize,
        mut scaled: Scaled<'_, '_>,
        waiting: Waiting,
    ) -> Result<Vec<f32>, SessionError> {
        let mut watch = Watch::nothing();
        self.run(
            part,
            first,
            &mut watch,
            Some(&mut |at| scaled.tell(at)),
            waiting,
        )
        .await
    }
}
