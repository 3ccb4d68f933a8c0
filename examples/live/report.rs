//! What the frames were like: for the plots, and for those who ask with `--report`.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Frames that the plots show.
pub(crate) const SHOWN_FRAMES: usize = 240;

/// One frame.
#[derive(Clone, Copy)]
pub(crate) struct FrameRecord {
    pub(crate) began: Instant,
    /// Time since the frame before, in milliseconds.
    pub(crate) milliseconds: f32,
    /// Rows recorded in it.
    pub(crate) rows: usize,
}

pub(crate) struct Report {
    latest: VecDeque<FrameRecord>,
    started: Instant,
    frames: usize,
    frames_with_rows: usize,
    rows: usize,
    most_rows: usize,
    runs: usize,
    longest: Duration,
}

impl Report {
    pub(crate) fn new() -> Self {
        Self {
            latest: VecDeque::new(),
            started: Instant::now(),
            frames: 0,
            frames_with_rows: 0,
            rows: 0,
            most_rows: 0,
            runs: 0,
            longest: Duration::ZERO,
        }
    }

    /// A frame begins.
    pub(crate) fn frame(&mut self) {
        let began = Instant::now();
        let since = self
            .latest
            .back()
            .map_or(Duration::ZERO, |last| began - last.began);
        if self.latest.len() == SHOWN_FRAMES {
            self.latest.pop_front();
        }
        self.latest.push_back(FrameRecord {
            began,
            milliseconds: 1e3 * since.as_secs_f32(),
            rows: 0,
        });
        self.frames += 1;
        self.longest = self.longest.max(since);
    }

    /// The present frame recorded rows.
    pub(crate) fn recorded(&mut self, was_working: bool, rows: usize, finished: bool) {
        if let Some(frame) = self.latest.back_mut() {
            frame.rows += rows;
        }
        self.frames_with_rows += usize::from(rows > 0);
        self.rows += rows;
        self.most_rows = self.most_rows.max(rows);
        self.runs += usize::from(was_working && rows > 0 && finished);
    }

    /// The latest frames, oldest first.
    pub(crate) fn latest(&self) -> impl ExactSizeIterator<Item = &FrameRecord> {
        self.latest.iter()
    }

    /// Rows a second over the latest two seconds.
    pub(crate) fn rows_per_second(&self) -> f32 {
        let Some(now) = self.latest.back().map(|frame| frame.began) else {
            return 0.0;
        };
        let recent = self
            .latest
            .iter()
            .filter(|frame| now - frame.began < Duration::from_secs(2));
        let (mut rows, mut seconds) = (0, 0.0);
        for frame in recent {
            rows += frame.rows;
            seconds += frame.milliseconds / 1e3;
        }
        rows as f32 / f32::max(seconds, 1e-3)
    }

    /// One JSON object.
    pub(crate) fn json(&self) -> String {
        format!(
            "{{\"seconds\": {:.1}, \"frames\": {}, \"frames_with_rows\": {}, \"rows\": {}, \"most_rows_in_a_frame\": {}, \
             \"runs_finished\": {}, \"longest_frame_ms\": {}}}",
            self.started.elapsed().as_secs_f32(),
            self.frames,
            self.frames_with_rows,
            self.rows,
            self.most_rows,
            self.runs,
            self.longest.as_millis(),
        )
    }
}
