//! What comparisons come to: how many, the worst, and where it was.

use super::report::{Check, Measure, Verdict};
use crate::gpu::SamplerError;

/// The comparisons of one check.
#[derive(Debug, Default)]
pub struct Comparison {
    cases: usize,
    worst: f64,
    place: Option<String>,
}

impl Comparison {
    /// A case whose values must be the same, of which `differing` are not; `place` says where the
    /// first is.
    fn count(&mut self, differing: usize, place: impl FnOnce() -> String) {
        self.cases += 1;
        if differing > 0 {
            self.place.get_or_insert_with(place);
            self.worst += differing as f64;
        }
    }

    /// A case whose values must be the same.
    pub fn same<T: PartialEq + std::fmt::Debug>(
        &mut self,
        case: &str,
        found: &[T],
        expected: &[T],
    ) {
        let pairs = || found.iter().zip(expected);
        let missing = found.len().abs_diff(expected.len());
        let differing = pairs().filter(|(a, b)| a != b).count() + missing;
        self.count(differing, || match pairs().position(|(a, b)| a != b) {
            Some(at) => format!(
                "{case}, value {at}: {:?}, not {:?}",
                found[at], expected[at]
            ),
            None => format!("{case}: {} values, not {}", found.len(), expected.len()),
        });
    }

    /// A case whose bits must be the same.
    pub fn same_bits(&mut self, case: &str, found: &[f32], expected: &[f32]) {
        let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        self.same(case, &bits(found), &bits(expected));
    }

    /// A case whose values must be near: differences count relative to the largest value (at least
    /// 1) and to `gain`.
    pub fn near(&mut self, case: &str, found: &[f32], expected: &[f32], gain: f64) {
        self.cases += 1;
        let largest = expected.iter().fold(1.0_f32, |most, v| most.max(v.abs()));
        let scale = f64::from(largest) * gain.max(1.0);
        let equal_lengths = found.len() == expected.len();
        let mut worst = if equal_lengths { 0.0 } else { f64::INFINITY };
        let mut at = 0;
        for (i, (&found, &expected)) in found.iter().zip(expected).enumerate() {
            let error = (f64::from(found) - f64::from(expected)).abs() / scale;
            let error = if error.is_nan() { f64::INFINITY } else { error };
            if error > worst {
                (worst, at) = (error, i);
            }
        }
        if worst > self.worst {
            self.worst = worst;
            self.place = Some(match (found.get(at), expected.get(at)) {
                (Some(found), Some(expected)) if equal_lengths => {
                    format!("{case}, value {at}: {found}, not {expected}")
                }
                _ => format!("{case}: {} values, not {}", found.len(), expected.len()),
            });
        }
    }

    pub fn check(
        self,
        name: String,
        what: &'static str,
        measure: Measure,
        error: Option<SamplerError>,
    ) -> Check {
        let passed = error.is_none() && self.cases > 0 && self.worst <= measure.bound();
        let detail = match error {
            Some(error) => Some(error.to_string()),
            None if passed => None,
            None => self
                .place
                .or_else(|| Some("nothing was compared".to_owned())),
        };
        Check {
            name,
            what,
            cases: self.cases,
            worst: self.worst,
            measure,
            verdict: if passed {
                Verdict::Passed
            } else {
                Verdict::Failed
            },
            detail,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEAR: Measure = Measure::Relative { bound: 1e-6 };

    fn verdict(comparison: Comparison, measure: Measure) -> Verdict {
        comparison.check("x".into(), "x", measure, None).verdict
    }

    #[test]
    fn what_is_not_a_number_or_not_there_is_far() {
        for found in [&[1.0, f32::NAN][..], &[1.0], &[1.0, f32::INFINITY]] {
            let mut comparison = Comparison::default();
            comparison.near("case", found, &[1.0, 2.0], 1.0);
            assert_eq!(verdict(comparison, NEAR), Verdict::Failed, "{found:?}");
            let mut comparison = Comparison::default();
            comparison.same_bits("case", found, &[1.0, 2.0]);
            assert_eq!(
                verdict(comparison, Measure::Exact),
                Verdict::Failed,
                "{found:?}"
            );
        }
    }

    #[test]
    fn nothing_compared_is_nothing_passed() {
        assert_eq!(verdict(Comparison::default(), NEAR), Verdict::Failed);
    }

    #[test]
    fn the_worst_case_is_kept_with_its_place() {
        let mut comparison = Comparison::default();
        comparison.near("small", &[1.0 + 3e-7], &[1.0], 1.0);
        comparison.near("large", &[1.0, 2.5], &[1.0, 2.0], 1.0);
        comparison.near("none", &[1.0], &[1.0], 1.0);
        let check = comparison.check("x".into(), "x", NEAR, None);
        assert_eq!((check.cases, check.verdict), (3, Verdict::Failed));
        assert!((check.worst - 0.25).abs() < 1e-9);
        assert_eq!(check.detail.as_deref(), Some("large, value 1: 2.5, not 2"));
    }
}
