//! Noise schedules in continuous time.

use std::fmt;
use std::sync::Arc;

use super::discrete::{NoiseSchedule, check_positive};
use super::error::ScheduleError;
use super::noise_level::NoiseLevel;
use super::quadrature::integrate;

/// A rate `β(t)` on `[0, end_time]`: the variance-preserving SDE `dx = −½β(t)·x dt + √β(t) dw`,
/// whose levels are `ᾱ(t) = exp(−∫₀ᵗ β)` (Song et al. 2021, equation 29).
#[doc(alias = "VP-SDE")]
#[derive(Clone)]
pub struct ContinuousSchedule {
    rate: Rate,
    end_time: f64,
}

#[derive(Clone)]
enum Rate {
    /// Straight line from the first rate at time 0 to the second at the end time.
    Linear(f64, f64),
    Function(Arc<dyn Fn(f64) -> f64 + Send + Sync>),
}

impl ContinuousSchedule {
    /// `β(t) = beta0`, so `ᾱ(t) = e^{−β₀·t}`.
    ///
    /// # Errors
    /// [`ScheduleError::Parameter`] where an argument is not above 0 and finite.
    pub fn constant(beta0: f64, end_time: f64) -> Result<Self, ScheduleError> {
        Self::linear(beta0, beta0, end_time)
    }

    /// `β(t) = β_min + (β_max − β_min)·t/T`, so `ᾱ(t) = exp(−β_min·t − (β_max − β_min)·t²/(2T))`
    /// with `T = end_time`. Usual values: `β` from 0.1 to 20, `end_time` 1 (Song et al. 2021,
    /// appendix C).
    ///
    /// # Errors
    /// [`ScheduleError::Parameter`] where an argument is not above 0 and finite.
    pub fn linear(beta_min: f64, beta_max: f64, end_time: f64) -> Result<Self, ScheduleError> {
        check_positive("beta_min", beta_min)?;
        check_positive("beta_max", beta_max)?;
        check_positive("end_time", end_time)?;
        Ok(Self {
            rate: Rate::Linear(beta_min, beta_max),
            end_time,
        })
    }

    /// Any `β(t)`, at least 0 and finite on `[0, end_time]`. Its integral is computed by adaptive
    /// Gauss–Kronrod quadrature, to a relative error of about 1e-13; jumps and kinks are allowed.
    ///
    /// # Errors
    /// [`ScheduleError::Parameter`] where `end_time` is not above 0 and finite. What the function
    /// returns is checked where it is used.
    pub fn from_fn(
        beta: impl Fn(f64) -> f64 + Send + Sync + 'static,
        end_time: f64,
    ) -> Result<Self, ScheduleError> {
        check_positive("end_time", end_time)?;
        Ok(Self {
            rate: Rate::Function(Arc::new(beta)),
            end_time,
        })
    }

    /// The time at which the schedule ends, above 0.
    #[must_use]
    pub fn end_time(&self) -> f64 {
        self.end_time
    }

    /// `β(t)`, for `t` in `[0, end_time]`.
    ///
    /// # Errors
    /// [`ScheduleError::Parameter`] where `time` is outside, [`ScheduleError::RateOutOfRange`]
    /// where a caller's function returns a value below 0 or not finite.
    pub fn beta(&self, time: f64) -> Result<f64, ScheduleError> {
        self.check_time(time)?;
        match &self.rate {
            Rate::Linear(min, max) => Ok(min + (max - min) * (time / self.end_time)),
            Rate::Function(beta) => checked_rate(beta.as_ref(), time),
        }
    }

    /// The level at `time` in `[0, end_time]`: `ln ᾱ(t) = −∫₀ᵗ β`.
    ///
    /// # Errors
    /// As [`beta`](Self::beta), and [`ScheduleError::Quadrature`].
    pub fn level(&self, time: f64) -> Result<NoiseLevel, ScheduleError> {
        self.check_time(time)?;
        NoiseLevel::from_ln(-self.integral(0.0, time)?)
    }

    /// The levels at `t = (k+1)/T·end_time`, `k = 0 … T−1`, as a schedule of `T = train_steps`
    /// levels.
    ///
    /// # Errors
    /// As [`level`](Self::level), [`ScheduleError::NotDecreasing`] where `β` is 0 over a whole
    /// step, or a size error.
    pub fn discretise(&self, train_steps: usize) -> Result<NoiseSchedule, ScheduleError> {
        NoiseSchedule::check_size(train_steps)?;
        let time = |k: usize| k as f64 / train_steps as f64 * self.end_time;
        let mut levels = Vec::with_capacity(train_steps);
        let mut rates = Vec::with_capacity(train_steps);
        let mut sum = 0.0;
        for k in 0..train_steps {
            let (from, to) = (time(k), time(k + 1));
            sum = match self.rate {
                // The closed form has no sum to lose digits in.
                Rate::Linear(..) => self.integral(0.0, to)?,
                Rate::Function(_) => sum + self.integral(from, to)?,
            };
            levels.push(NoiseLevel::from_ln(-sum)?);
            rates.push(self.beta(to)? * self.end_time / train_steps as f64);
        }
        NoiseSchedule::from_levels(levels, rates)
    }

    /// The levels at the caller's own times `t_0 < t_1 < …`, above 0 and up to the end time, which
    /// need not be even: a schedule of as many levels. Steps of the reverse SDE have the `Δt` of
    /// these times.
    ///
    /// # Errors
    /// As [`level`](Self::level), [`ScheduleError::Parameter`] where times do not rise, and as
    /// [`discretise`](Self::discretise).
    pub fn at_times(&self, times: &[f64]) -> Result<NoiseSchedule, ScheduleError> {
        NoiseSchedule::check_size(times.len())?;
        let mut levels = Vec::with_capacity(times.len());
        let mut rates = Vec::with_capacity(times.len());
        let (mut before, mut sum) = (0.0, 0.0);
        for &time in times {
            self.check_time(time)?;
            if time <= before {
                return Err(ScheduleError::Parameter {
                    name: "time",
                    value: time,
                    expected: "above 0 and above the time before it",
                });
            }
            sum += self.integral(before, time)?;
            levels.push(NoiseLevel::from_ln(-sum)?);
            rates.push(self.beta(time)? * (time - before));
            before = time;
        }
        Ok(NoiseSchedule::from_levels(levels, rates)?.with_times(times.to_vec()))
    }

    fn integral(&self, from: f64, to: f64) -> Result<f64, ScheduleError> {
        match &self.rate {
            Rate::Linear(min, max) => {
                let middle = 0.5 * (from + to) / self.end_time;
                Ok((to - from) * (min + (max - min) * middle))
            }
            Rate::Function(beta) => integrate(|time| checked_rate(beta.as_ref(), time), from, to),
        }
    }

    fn check_time(&self, time: f64) -> Result<(), ScheduleError> {
        if (0.0..=self.end_time).contains(&time) {
            Ok(())
        } else {
            Err(ScheduleError::Parameter {
                name: "time",
                value: time,
                expected: "from 0 to the schedule's end time",
            })
        }
    }
}

impl fmt::Debug for ContinuousSchedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("ContinuousSchedule");
        match &self.rate {
            Rate::Linear(min, max) => out.field("beta", &(min, max)),
            Rate::Function(_) => out.field("beta", &"function"),
        };
        out.field("end_time", &self.end_time).finish()
    }
}

impl NoiseSchedule {
    /// [`ContinuousSchedule::constant`], read at `t = (k+1)/T·end_time`.
    ///
    /// # Errors
    /// As the two steps.
    pub fn constant_beta(
        beta0: f64,
        end_time: f64,
        train_steps: usize,
    ) -> Result<Self, ScheduleError> {
        ContinuousSchedule::constant(beta0, end_time)?.discretise(train_steps)
    }

    /// [`ContinuousSchedule::linear`], read at `t = (k+1)/T·end_time`.
    ///
    /// # Errors
    /// As the two steps.
    pub fn linear_beta(
        beta_min: f64,
        beta_max: f64,
        end_time: f64,
        train_steps: usize,
    ) -> Result<Self, ScheduleError> {
        ContinuousSchedule::linear(beta_min, beta_max, end_time)?.discretise(train_steps)
    }
}

fn checked_rate(rate: &dyn Fn(f64) -> f64, time: f64) -> Result<f64, ScheduleError> {
    let beta = rate(time);
    if beta >= 0.0 && beta.is_finite() {
        Ok(beta)
    } else {
        Err(ScheduleError::RateOutOfRange { time, beta })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_given_as_a_function_has_the_levels_of_the_closed_form() {
        let line = NoiseSchedule::linear_beta(0.1, 20.0, 1.0, 1000).unwrap();
        let function = ContinuousSchedule::from_fn(|t| 0.1 + 19.9 * t, 1.0).unwrap();
        let function = function.discretise(1000).unwrap();
        for k in 0..1000 {
            let (exact, summed) = (
                line.level(k).ln_alpha_bar(),
                function.level(k).ln_alpha_bar(),
            );
            assert!(
                (exact - summed).abs() <= 1e-13 * exact.abs(),
                "{k}: {exact} {summed}"
            );
            assert!((line.rate(k) - function.rate(k)).abs() <= 1e-15);
        }
    }

    #[test]
    fn rates_that_are_no_rates_are_refused() {
        let falling = ContinuousSchedule::from_fn(|t| 1.0 - 2.0 * t, 1.0).unwrap();
        assert!(matches!(
            falling.discretise(10),
            Err(ScheduleError::RateOutOfRange { .. })
        ));
        let nan = ContinuousSchedule::from_fn(|_| f64::NAN, 1.0).unwrap();
        assert!(matches!(
            nan.level(0.5),
            Err(ScheduleError::RateOutOfRange { .. })
        ));
        let pause = ContinuousSchedule::from_fn(|t| if t < 0.5 { 1.0 } else { 0.0 }, 1.0).unwrap();
        assert!(matches!(
            pause.discretise(10),
            Err(ScheduleError::NotDecreasing { index: 5, .. })
        ));
        assert!(matches!(
            pause.level(1.5),
            Err(ScheduleError::Parameter { name: "time", .. })
        ));
    }
}
