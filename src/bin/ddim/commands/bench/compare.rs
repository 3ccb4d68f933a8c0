//! Two reports side by side.

use serde::Serialize;

use super::case_row::CaseRow;
use super::report::Report;
use crate::exit::{Failure, Status};

/// What an earlier report and a new one both have.
#[derive(Serialize)]
pub struct Comparison {
    /// By which software, on which device and, where it is known, when.
    pub old: String,
    pub new: String,
    pub peaks: Vec<Pair>,
    pub cases: Vec<Pair>,
    /// Cases that are not in the earlier one.
    pub unknown: Vec<String>,
}

#[derive(Serialize)]
pub struct Pair {
    /// What was measured.
    pub name: String,
    /// How it was run in the earlier one and in the new one; of a peak, its unit twice.
    pub variants: [String; 2],
    /// Medians: seconds of a case, the rate of a peak.
    pub medians: [f64; 2],
    /// How many times as fast the new one is.
    pub speedup: f64,
}

impl Comparison {
    pub fn new(old: &Report, new: &Report) -> Self {
        let peaks = new.peaks.iter().filter_map(|row| {
            let earlier = old.peaks.iter().find(|old| old.name == row.name)?;
            Some(Pair {
                name: row.name.clone(),
                variants: [earlier.unit.clone(), row.unit.clone()],
                medians: [earlier.median, row.median],
                speedup: row.median / earlier.median,
            })
        });
        let mut comparison = Self {
            old: heading(old),
            new: heading(new),
            peaks: peaks.collect(),
            cases: Vec::new(),
            unknown: Vec::new(),
        };
        for case in &new.cases {
            let equations = case.equations();
            let (layers, count, steps) = (&case.layers, case.count, case.steps);
            let name = format!("{layers}, {count} × {steps} steps, {equations}");
            match earlier(old, case) {
                Some(old) => comparison.cases.push(Pair {
                    name,
                    variants: [old.variant(), case.variant()],
                    medians: [old.median, case.median],
                    speedup: old.median / case.median,
                }),
                None => comparison.unknown.push(name),
            }
        }
        comparison
    }

    /// Refuses what is slower by more than `percent` of the earlier time, or cannot be told.
    pub fn check(&self, percent: f64) -> Result<(), Failure> {
        if self.cases.is_empty() {
            return Err(Failure::bad_input(
                "--max-slowdown: the earlier report has none of these cases",
            ));
        }
        // Never true of what is not a number.
        let within = |pair: &&Pair| pair.medians[1] <= pair.medians[0] * (1.0 + percent / 100.0);
        let slower: Vec<&Pair> = self.cases.iter().filter(|pair| !within(pair)).collect();
        let Some(worst) = slower.iter().min_by(|a, b| a.speedup.total_cmp(&b.speedup)) else {
            return Ok(());
        };
        let (number, all) = (slower.len(), self.cases.len());
        let more = 100.0 * (1.0 / worst.speedup - 1.0);
        Err(Failure::new(
            Status::Unverified,
            format_args!(
                "{number} of {all} cases took more than {percent} % longer than before; the worst, {}, {more:.1} %",
                worst.name
            ),
        ))
    }
}

fn heading(report: &Report) -> String {
    let date = report.machine.as_ref().map(|machine| &machine.date);
    let date = date.map_or(String::new(), |date| format!(", {date}"));
    format!("{}, {}{date}", report.software, report.device)
}

/// The earlier case that is the same but for its kernel, preferably the same in that too.
fn earlier<'a>(old: &'a Report, case: &CaseRow) -> Option<&'a CaseRow> {
    let same = || old.cases.iter().filter(|old| old.is_same_work(case));
    same()
        .find(|old| old.variant() == case.variant())
        .or_else(|| same().next())
}
