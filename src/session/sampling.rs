//! Sampling: all at once, or part by part into a sink.

#[cfg(not(target_arch = "wasm32"))]
use std::iter;

use crate::batch::Batch;
use crate::diffusion::Process;
#[cfg(not(target_arch = "wasm32"))]
use crate::progress::Progress;

use super::backend::Waiting;
use super::error::SessionError;
#[cfg(not(target_arch = "wasm32"))]
use super::in_flight::{Make, stream_in_flight};
use super::runs::Scaled;
use super::samples::Samples;
use super::session::Session;
use super::sink::Sink;
#[cfg(not(target_arch = "wasm32"))]
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
        if parts_in_flight(self) > 1 && count > at_once {
            return across(&[self], source, sink, observer);
        }
        let parts = Parts::new(source, self.model().dims(), at_once);
        stream(parts, sink, |first, part| {
            part.validate_for_model(self.model())?;
            let scaled = Scaled::new(observer, count, first, stages);
            pollster::block_on(self.part(part, first, scaled, Waiting::Blocking))
        })
    }

    /// As [`Session::sample_from`], by several sessions of one model and plan, on as many devices:
    /// each makes the next part that nobody has. Blocks.
    ///
    /// # Errors
    /// As [`Session::sample_from`]; [`SessionError::Classes`] where the sessions are of several
    /// [classes](Session::device_class), unless they may be `mixed`.
    ///
    /// # Panics
    /// If there is no session.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn sample_across(
        sessions: &[&Self],
        mixed: bool,
        source: &mut dyn Source,
        sink: &mut dyn Sink,
        observer: &mut Observer<'_>,
    ) -> Result<(), SessionError> {
        let first = sessions[0].device_class();
        let other = sessions
            .iter()
            .map(|one| one.device_class())
            .find(|one| *one != first);
        match other {
            Some(other) if !mixed => Err(SessionError::Classes { first, other }),
            _ if sessions.len() == 1 => sessions[0].sample_from(source, sink, observer),
            _ => across(sessions, source, sink, observer),
        }
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

/// Parts that a device has in flight. A GPU computes one while the other is uploaded or read back;
/// the engine's threads, and those of a software driver, are busy with one.
#[cfg(not(target_arch = "wasm32"))]
fn parts_in_flight(session: &Session) -> usize {
    let backend = session.backend();
    if backend.is_gpu() && !backend.is_software() {
        2
    } else {
        1
    }
}

/// Samples by several sessions at once.
#[cfg(not(target_arch = "wasm32"))]
fn across(
    sessions: &[&Session],
    source: &mut dyn Source,
    sink: &mut dyn Sink,
    observer: &mut Observer<'_>,
) -> Result<(), SessionError> {
    let first = sessions[0];
    let total = source.count() as u64 * first.plan().len() as u64;
    let makers = sessions.iter();
    let makers = makers.flat_map(|&session| iter::repeat_n(session, parts_in_flight(session)));
    let makers: Vec<_> = makers
        .map(|session| {
            move |part: &Batch, tell: &mut StageObserver<'_>| session.whole_part(part, tell)
        })
        .collect();
    let makers: Vec<&Make<'_>> = makers.iter().map(|make| make as &Make<'_>).collect();
    stream_in_flight(source, first.part_samples(), sink, &makers, &mut |done| {
        observer(Progress::new(done, total))
    })
}
