//! Two reports side by side.

use std::fmt::{self, Display};

use super::report::{CaseRow, Report, time};

/// The cases and peaks that both reports have, old and new.
pub struct Comparison<'a> {
    old: &'a Report,
    new: &'a Report,
}

impl<'a> Comparison<'a> {
    pub fn new(old: &'a Report, new: &'a Report) -> Self {
        Self { old, new }
    }

    /// The earlier case that is the same but for its kernel, preferably the same in that too.
    fn earlier(&self, case: &CaseRow) -> Option<&CaseRow> {
        let same = || self.old.cases.iter().filter(|old| old.key() == case.key());
        same()
            .find(|old| old.variant() == case.variant())
            .or_else(|| same().next())
    }
}

impl Display for Comparison<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old: {}, {}", self.old.software, self.old.device)?;
        writeln!(f, "new: {}, {}", self.new.software, self.new.device)?;
        for row in &self.new.peaks {
            if let Some(old) = self.old.peaks.iter().find(|old| old.name == row.name) {
                let ratio = row.median / old.median;
                let (name, unit) = (&row.name, &row.unit);
                writeln!(
                    f,
                    "  {name:<20} {:.3e} → {:.3e} {unit}/s, {ratio:.2} times as fast",
                    old.median, row.median
                )?;
            }
        }
        for case in &self.new.cases {
            let (layers, count, steps, eta) = (&case.layers, case.count, case.steps, case.eta);
            write!(f, "{layers}, {count} × {steps} steps, η = {eta}: ")?;
            match self.earlier(case) {
                Some(old) => {
                    let ratio = old.median / case.median;
                    let (old, new) = (old, case);
                    writeln!(
                        f,
                        "{} ({}) → {} ({}), {ratio:.2} times as fast",
                        time(old.median),
                        old.variant(),
                        time(new.median),
                        new.variant()
                    )?;
                }
                None => writeln!(f, "not in the old report")?,
            }
        }
        Ok(())
    }
}
