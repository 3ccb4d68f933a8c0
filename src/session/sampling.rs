//! Sampling: all at once, or part by part into a sink.

use crate::batch::Batch;
use crate::diffusion::Process;
#[cfg(not(target_arch = "wasm32"))]
use crate::progress::Progress;

use super::backend::Waiting;
use super::error::SessionError;
#[cfg(not(target_arch = "wasm32"))]
use super::in_flight::stream_in_flight;
use super::runs::Scaled;
use super::samples::Samples;
use super::session::Session;
use super::sink::Sink;
use super::source::Source;
#[cfg(not(target_arch = "wasm32"))]
use super::stream::stream;
use super::stream::{Parts, stream_async};
#[cfg(not(target_arch = "wasm32"))]
use super::watch::StageObserver;
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
    /// a part on a thread of its own, the next is computed; on a GPU two parts are in flight, so
    /// that one is read back while the other is computed. Samples are those of
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
        let at_once = self.part_samples();
        if self.backend().is_gpu() && count > at_once {
            let total = count as u64 * stages as u64;
            return stream_in_flight(
                source,
                at_once,
                sink,
                &|part, tell| self.whole_part(part, tell),
                &mut |done| observer(Progress::new(done, total)),
            );
        }
        let parts = Parts::new(source, self.model().dims(), at_once);
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

    /// All of a part of a stream, in as many runs as the device's memory asks for.
    #[cfg(not(target_arch = "wasm32"))]
    fn whole_part(
        &self,
        part: &Batch,
        tell: &mut StageObserver<'_>,
    ) -> Result<Vec<f32>, SessionError> {
        let mut watch = Watch::nothing();
        let observer: &mut Observer<'_> = &mut |progress| tell(progress.done);
        let samples = self.whole(part, &mut watch, Some(observer), Waiting::Blocking);
        Ok(pollster::block_on(samples)?.into_values())
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
