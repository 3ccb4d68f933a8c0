//! Trajectories: frames of a run, kept or shown.

use std::ops::ControlFlow;

use crate::batch::Batch;

use super::backend::Waiting;
use super::error::SessionError;
use super::runs::reserve;
use super::samples::Samples;
use super::session::Session;
use super::trajectory::{Frame, Frames, Trajectory, TrajectoryState};
use super::watch::{Observer, Watch};

impl Session {
    /// Runs the plan on a batch and keeps frames of its trajectory. Blocks.
    ///
    /// # Errors
    /// As [`Session::sample`], [`SessionError::Frame`] and [`SessionError::Cancelled`].
    #[cfg(not(target_arch = "wasm32"))]
    pub fn trajectory(
        &self,
        batch: &Batch,
        frames: &Frames,
        kept: TrajectoryState,
        observer: &mut Observer<'_>,
    ) -> Result<Trajectory, SessionError> {
        pollster::block_on(self.trajectory_by(batch, frames, kept, observer, Waiting::Blocking))
    }

    /// As [`Session::trajectory`], awaiting the device.
    ///
    /// # Errors
    /// As [`Session::trajectory`].
    pub async fn trajectory_async(
        &self,
        batch: &Batch,
        frames: &Frames,
        kept: TrajectoryState,
        observer: &mut Observer<'_>,
    ) -> Result<Trajectory, SessionError> {
        self.trajectory_by(batch, frames, kept, observer, Waiting::Awaiting)
            .await
    }

    async fn trajectory_by(
        &self,
        batch: &Batch,
        frames: &Frames,
        kept: TrajectoryState,
        observer: &mut Observer<'_>,
        waiting: Waiting,
    ) -> Result<Trajectory, SessionError> {
        let stages = frames.stages(self.plan(), kept)?;
        let mut frames = vec![Vec::new(); stages.len()];
        // Before the work, so that nobody waits for samples that there is no room for.
        for values in &mut frames {
            reserve(values, batch, self.model().dims())?;
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
        let samples = self
            .whole(batch, &mut watch, Some(observer), waiting)
            .await?;
        Ok(Trajectory {
            samples,
            frames,
            stages,
        })
    }

    /// Runs the plan on a batch and shows frames of its trajectory to `on_frame`, which may stop
    /// the run. No stage ends a submission but those asked for. A batch beyond the device's memory
    /// is shown in parts, one after another. Blocks.
    ///
    /// # Errors
    /// As [`Session::trajectory`].
    #[cfg(not(target_arch = "wasm32"))]
    pub fn watch(
        &self,
        batch: &Batch,
        frames: &Frames,
        kept: TrajectoryState,
        on_frame: &mut dyn FnMut(Frame<'_>) -> ControlFlow<()>,
    ) -> Result<Samples, SessionError> {
        pollster::block_on(self.watch_by(batch, frames, kept, on_frame, None, Waiting::Blocking))
    }

    /// As [`Session::watch`], observed: between frames too the observer is
    /// told, and may stop the run.
    ///
    /// # Errors
    /// As [`Session::trajectory`].
    #[cfg(not(target_arch = "wasm32"))]
    pub fn watch_with(
        &self,
        batch: &Batch,
        frames: &Frames,
        kept: TrajectoryState,
        on_frame: &mut dyn FnMut(Frame<'_>) -> ControlFlow<()>,
        observer: &mut Observer<'_>,
    ) -> Result<Samples, SessionError> {
        let observer = Some(observer);
        pollster::block_on(self.watch_by(
            batch,
            frames,
            kept,
            on_frame,
            observer,
            Waiting::Blocking,
        ))
    }

    /// As [`Session::watch`], awaiting the device.
    ///
    /// # Errors
    /// As [`Session::trajectory`].
    pub async fn watch_async(
        &self,
        batch: &Batch,
        frames: &Frames,
        kept: TrajectoryState,
        on_frame: &mut dyn FnMut(Frame<'_>) -> ControlFlow<()>,
    ) -> Result<Samples, SessionError> {
        self.watch_by(batch, frames, kept, on_frame, None, Waiting::Awaiting)
            .await
    }

    async fn watch_by(
        &self,
        batch: &Batch,
        frames: &Frames,
        kept: TrajectoryState,
        on_frame: &mut dyn FnMut(Frame<'_>) -> ControlFlow<()>,
        observer: Option<&mut Observer<'_>>,
        waiting: Waiting,
    ) -> Result<Samples, SessionError> {
        let stages = frames.stages(self.plan(), kept)?;
        let mut watch = Watch {
            stages: &stages,
            kept,
            on_frame: Some(on_frame),
        };
        self.whole(batch, &mut watch, observer, waiting).await
    }
}
