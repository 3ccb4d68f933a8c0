//! How a report is printed: a file a format.

mod lines;
mod markdown;
mod text;

use std::io::{self, Write};

use clap::ValueEnum;
use serde::Serialize;

use super::case_row::CaseRow;
use super::compare::Comparison;
use super::report::Report;
use crate::exit::Failure;
use crate::process;
use crate::terminal::printable;

/// A format of reports, named as benchmarks of language models name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// For a terminal
    Text,
    /// One object: what --compare reads
    Json,
    /// An object a case, printed when the case is measured
    Jsonl,
    /// A line a repetition, printed when the case is measured
    Csv,
    /// Tables for a document
    #[value(alias = "markdown")]
    Md,
}

impl OutputFormat {
    /// Whether cases are printed as they are measured, and nothing but cases.
    pub const fn is_lines(self) -> bool {
        matches!(self, Self::Jsonl | Self::Csv)
    }

    /// What comes before the first case.
    pub fn begin(self) -> Result<(), Failure> {
        match self {
            Self::Csv => on_stdout(|out| lines::csv_header(out)),
            _ => Ok(()),
        }
    }

    /// What is printed as soon as a case is measured.
    pub fn case(self, report: &Report, case: &CaseRow) -> Result<(), Failure> {
        match self {
            Self::Jsonl => on_stdout(|out| lines::jsonl(out, report, case)),
            Self::Csv => on_stdout(|out| lines::csv(out, report, case)),
            Self::Text | Self::Json | Self::Md => Ok(()),
        }
    }

    /// What is printed when all is measured.
    pub fn end(self, report: &Report, comparison: Option<&Comparison>) -> Result<(), Failure> {
        match self {
            Self::Text => on_stdout(|out| match comparison {
                Some(comparison) => {
                    let mut text = Vec::new();
                    text::write_comparison(&mut text, comparison)?;
                    // The earlier report is anybody's file.
                    write!(out, "{}", printable(&String::from_utf8_lossy(&text)))
                }
                None => text::write(out, report),
            }),
            Self::Md => on_stdout(|out| {
                markdown::write(out, report)?;
                match comparison {
                    Some(comparison) => markdown::write_comparison(out, comparison),
                    None => Ok(()),
                }
            }),
            Self::Json => on_stdout(|out| {
                let whole = Whole { report, comparison };
                serde_json::to_writer_pretty(&mut *out, &whole)?;
                writeln!(out)
            }),
            Self::Jsonl | Self::Csv => Ok(()),
        }
    }
}

/// A report as one object, which is read again without the comparison.
#[derive(Serialize)]
struct Whole<'a> {
    #[serde(flatten)]
    report: &'a Report,
    #[serde(skip_serializing_if = "Option::is_none")]
    comparison: Option<&'a Comparison>,
}

fn on_stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut stdout = process::stdout()?;
    write(&mut stdout)?;
    Ok(stdout.flush()?)
}

/// A duration with a fitting unit.
pub fn time(seconds: f64) -> String {
    match seconds {
        s if s < 1e-3 => format!("{:.1} µs", 1e6 * s),
        s if s < 1.0 => format!("{:.2} ms", 1e3 * s),
        s => format!("{s:.3} s"),
    }
}

fn per_second(rate: f64, unit: &str) -> String {
    let (scaled, prefix) = match rate {
        r if r >= 1e12 => (r / 1e12, "T"),
        r if r >= 1e9 => (r / 1e9, "G"),
        r if r >= 1e6 => (r / 1e6, "M"),
        r if r >= 1e3 => (r / 1e3, "k"),
        r => (r, ""),
    };
    format!("{scaled:.1} {prefix}{unit}/s")
}
