//! How time passes: playing, stepping, going to a row.

use crate::app::Live;

impl Live {
    /// Plays from the start.
    pub(crate) fn restart(&mut self) {
        self.playing = true;
        self.seek(0);
    }

    /// Goes to a row.
    pub(crate) fn seek(&mut self, row: usize) {
        if let Some(session) = &self.session {
            let mut session = session.lock().expect("no frame panicked");
            session.set_goal(row);
            self.clock = session.goal() as f32;
        }
    }

    /// Moves the goal while playing.
    pub(crate) fn advance(&mut self, seconds: f32) {
        let Some(session) = self.session.clone() else {
            return;
        };
        let mut session = session.lock().expect("no frame panicked");
        session.budget().set_target(self.frame_time);
        if !self.playing {
            return;
        }
        let rows = session.rows() as f32;
        // Where the device does not keep up, time waits for it.
        let ahead = (session.done() + session.rows().div_ceil(8)) as f32;
        self.clock = (self.clock + seconds * rows / self.run_seconds).min(ahead);
        session.set_goal(self.clock as usize);
        // Data stay a while before the next run.
        let rest = if self.looping {
            1.0 + 1.0 / self.run_seconds
        } else {
            1.0
        };
        if self.clock >= rows * rest && !session.is_working() {
            drop(session);
            if self.looping {
                self.settings.seed += 1;
                self.seek(0);
                self.apply();
            } else {
                self.playing = false;
            }
        }
    }

    /// Goes to a row and stays there.
    pub(crate) fn jump(&mut self, row: usize) {
        self.playing = false;
        self.seek(row);
    }

    /// One row forth or back.
    pub(crate) fn step(&mut self, rows: i64) {
        let Some(session) = &self.session else { return };
        let goal = session.lock().expect("no frame panicked").goal();
        self.jump(goal.saturating_add_signed(rows as isize));
    }
}
