//! How much work a frame is given, from how long earlier work took. Pure arithmetic: the
//! clocks are the caller's.

/// Measurements of which the median is believed: a frame in which a shader was compiled, or the
/// system was busy elsewhere, is outvoted.
const BELIEVED: usize = 3;
/// Measurements from one look at what a single row takes to the next.
const PROBE_EVERY: usize = 64;
/// Growth of the number of rows that was too much, for each measurement that fits.
const RELAXATION: f64 = 1.0 / 256.0;

/// Rows that fit a target time.
#[derive(Clone, Debug)]
pub struct FramePace {
    /// Seconds a frame may spend.
    target: f64,
    /// Rows that fit, at least 1.
    allowance: f64,
    law: Law,
}

#[derive(Clone, Debug)]
enum Law {
    /// By the device's own clock: seconds a row.
    Exact(Latest),
    /// By the host's clock, which sees an end only when somebody polls, and so measures the host's
    /// frames as well. What counts is therefore only what more rows take beyond a single one.
    Latency {
        /// Seconds of the latest single rows.
        single: Latest,
        /// Measurements until the next of them.
        until_probe: usize,
        /// Whether the measurement before was above the target.
        was_above: bool,
        /// Rows that are not exceeded: so many were too much.
        ceiling: f64,
    },
}

impl FramePace {
    /// A pace that is told what the device's clock says.
    pub fn exact(target: f64) -> Self {
        Self {
            target,
            allowance: 1.0,
            law: Law::Exact(Latest::default()),
        }
    }

    /// A pace that is told the time from recording until the host noticed the end.
    pub fn latency(target: f64) -> Self {
        let law = Law::Latency {
            single: Latest::default(),
            until_probe: 0,
            was_above: false,
            ceiling: f64::INFINITY,
        };
        Self {
            target,
            allowance: 1.0,
            law,
        }
    }

    /// Sets the seconds a frame may spend.
    pub fn set_target(&mut self, target: f64) {
        if let Law::Latency { ceiling, .. } = &mut self.law {
            *ceiling = f64::INFINITY;
        }
        self.target = target;
    }

    /// Rows for the next frame, at least 1.
    pub fn rows(&self) -> usize {
        match self.law {
            Law::Latency { until_probe: 0, .. } => 1,
            _ => self.allowance as usize,
        }
    }

    /// Seconds a row takes on the device, as far as that is known.
    pub fn seconds_per_row(&self) -> Option<f64> {
        match &self.law {
            Law::Exact(costs) => costs.median(),
            Law::Latency { .. } => None,
        }
    }

    /// Takes in that `rows` rows, at least 1, took `seconds`.
    pub fn record(&mut self, rows: usize, seconds: f64) {
        let full = rows >= self.allowance as usize;
        match &mut self.law {
            Law::Exact(costs) => {
                costs.push(seconds / rows as f64);
                // Doubles at most, for what few rows take is mostly what any submission takes.
                let fit = self.target / costs.median().unwrap_or(f64::INFINITY).max(1e-12);
                self.allowance = fit.clamp(1.0, 2.0 * self.allowance);
            }
            Law::Latency {
                single,
                until_probe,
                was_above,
                ceiling,
            } => {
                let excess = if rows == 1 {
                    single.push(seconds);
                    *until_probe = if single.is_full() { PROBE_EVERY } else { 0 };
                    0.0
                } else {
                    *until_probe = until_probe.saturating_sub(1);
                    seconds - single.median().unwrap_or(seconds)
                };
                let above = excess > self.target;
                // Twice in a row, for a frame may be late for reasons of its own.
                if above && std::mem::replace(was_above, above) {
                    let fit = 1.0 + (rows - 1) as f64 * self.target / excess;
                    self.allowance = fit.max(0.5 * self.allowance).max(1.0);
                    (*ceiling, *was_above) = (self.allowance, false);
                } else if !above && full {
                    *ceiling *= 1.0 + RELAXATION;
                    self.allowance = (1.5 * self.allowance + 0.5).min(*ceiling);
                }
                *was_above &= above;
            }
        }
    }
}

/// The latest measurements, in seconds.
#[derive(Clone, Debug, Default)]
struct Latest {
    values: [f64; BELIEVED],
    taken: usize,
}

impl Latest {
    fn push(&mut self, value: f64) {
        self.values[self.taken % BELIEVED] = value;
        self.taken += 1;
    }

    fn is_full(&self) -> bool {
        self.taken >= BELIEVED
    }

    /// The lower of two.
    fn median(&self) -> Option<f64> {
        let mut values = self.values;
        let values = &mut values[..self.taken.min(BELIEVED)];
        values.sort_unstable_by(f64::total_cmp);
        values.get(values.len().saturating_sub(1) / 2).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: f64 = 1e-3;

    /// Seconds of device time that each of `frames` frames spent, by a device on which a row takes
    /// `cost(frame)` and any submission half a millisecond, seen through `clock`.
    fn spend(
        mut pace: FramePace,
        frames: usize,
        cost: impl Fn(usize) -> f64,
        clock: impl Fn(f64) -> f64,
    ) -> Vec<f64> {
        let one = |frame| {
            let rows = pace.rows();
            let spent = rows as f64 * cost(frame);
            pace.record(rows, clock(0.5 * MS + spent));
            spent
        };
        (0..frames).map(one).collect()
    }

    fn share(spent: &[f64], holds: impl Fn(f64) -> bool) -> f64 {
        spent.iter().filter(|&&spent| holds(spent)).count() as f64 / spent.len() as f64
    }

    /// The host notices an end at its next frame.
    fn at_60_hz(seconds: f64) -> f64 {
        (seconds / (16.7 * MS)).ceil() * 16.7 * MS
    }

    /// The host polls all the time, from 3 ms after recording on.
    fn at_once(seconds: f64) -> f64 {
        seconds + 3.0 * MS
    }

    #[test]
    fn a_device_clock_fills_the_target() {
        let spent = spend(FramePace::exact(4.0 * MS), 40, |_| 0.1 * MS, |s| s);
        assert!(spent[0] < 0.2 * MS, "the first frame tries one row");
        assert!(
            spent[10..].iter().all(|&s| s > 3.0 * MS && s <= 4.0 * MS),
            "{spent:?}"
        );
    }

    #[test]
    fn a_row_beyond_the_target_still_runs() {
        for pace in [FramePace::exact(4.0 * MS), FramePace::latency(4.0 * MS)] {
            let spent = spend(pace, 400, |_| 50.0 * MS, at_60_hz);
            assert!(share(&spent, |s| s < 51.0 * MS) > 0.97, "{spent:?}");
        }
    }

    #[test]
    fn a_compilation_in_the_first_frame_is_forgotten() {
        let cost = |frame| if frame == 0 { 2000.0 * MS } else { 0.1 * MS };
        let device_clock: fn(f64) -> f64 = |seconds| seconds;
        for (pace, clock) in [
            (FramePace::exact(4.0 * MS), device_clock),
            (FramePace::latency(4.0 * MS), at_once),
        ] {
            let spent = spend(pace, 40, cost, clock);
            assert!(spent[20..].iter().all(|&s| s > 2.0 * MS), "{spent:?}");
        }
    }

    #[test]
    fn a_device_that_slows_down_is_given_less_within_a_few_frames() {
        let cost = |frame| if frame < 100 { 0.1 * MS } else { 1.0 * MS };
        let spent = spend(FramePace::exact(4.0 * MS), 200, cost, |s| s);
        assert!(spent[103..].iter().all(|&s| s <= 4.0 * MS), "{spent:?}");
        let spent = spend(FramePace::latency(4.0 * MS), 200, cost, at_once);
        assert!(spent[115..].iter().all(|&s| s <= 6.0 * MS), "{spent:?}");
    }

    #[test]
    fn one_late_frame_changes_nothing() {
        for mut pace in [FramePace::exact(4.0 * MS), FramePace::latency(4.0 * MS)] {
            for _ in 0..50 {
                let rows = pace.rows();
                pace.record(rows, at_once(rows as f64 * 0.1 * MS));
            }
            let before = pace.rows();
            pace.record(before, 100.0 * MS);
            assert!(pace.rows() >= before, "{} after {before}", pace.rows());
        }
    }

    /// The clock sees 16.7 ms, whether a frame's rows take 1 or 15: they grow until a frame is
    /// missed, and that is rare.
    #[test]
    fn a_wall_clock_that_ticks_with_the_frames_seldom_misses_one() {
        let spent = spend(FramePace::latency(4.0 * MS), 2000, |_| 0.05 * MS, at_60_hz);
        let late = share(&spent[50..], |s| s > 16.2 * MS);
        assert!(late < 0.02, "{late} of the frames were late");
        let busy = share(&spent[50..], |s| s > 3.0 * MS);
        assert!(busy > 0.9, "only {busy} of the frames did their share");
    }

    #[test]
    fn a_wall_clock_that_sees_ends_at_once_fills_the_target() {
        let spent = spend(FramePace::latency(4.0 * MS), 2000, |_| 0.05 * MS, at_once);
        let beyond = share(&spent[50..], |s| s > 6.5 * MS);
        assert!(
            beyond < 0.02,
            "{beyond} of the frames were beyond the target"
        );
        let busy = share(&spent[50..], |s| s > 2.5 * MS);
        assert!(busy > 0.9, "only {busy} of the frames did their share");
    }

    #[test]
    fn a_new_target_takes_effect() {
        let mut pace = FramePace::exact(4.0 * MS);
        let mut settle = |target: f64| {
            pace.set_target(target);
            for _ in 0..20 {
                let rows = pace.rows();
                pace.record(rows, rows as f64 * 0.1 * MS);
            }
            pace.rows()
        };
        assert_eq!((settle(8.0 * MS), settle(1.0 * MS)), (80, 10));
    }
}
