//! A report as tables of Markdown.

use std::io::{self, Write};

use super::super::compare::Comparison;
use super::super::report::Report;
use super::{per_second, time};
use crate::terminal::printable;

pub fn write(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    writeln!(out, "{}\n", report.device)?;
    if let Some(machine) = &report.machine {
        writeln!(out, "{machine}\n")?;
    }
    if !report.peaks.is_empty() {
        writeln!(
            out,
            "| peak | median | lowest | highest |\n|---|--:|--:|--:|"
        )?;
        for row in &report.peaks {
            let rate = |value| per_second(value, &row.unit);
            let (low, high) = (rate(row.lowest()), rate(row.highest()));
            let (name, median) = (&row.name, rate(row.median));
            writeln!(out, "| {name} | {median} | {low} | {high} |")?;
        }
        writeln!(out)?;
    }
    if !report.cases.is_empty() {
        writeln!(
            out,
            "| network | samples | steps | sampler | kernel | median | spread | samples/s | GFLOP/s | GB/s | of its bound | at least, by the cost model | error |\n\
             |---|--:|--:|---|---|--:|--:|--:|--:|--:|--:|--:|--:|"
        )?;
    }
    for case in &report.cases {
        let cells = [
            case.layers.clone(),
            case.count.to_string(),
            case.steps.to_string(),
            case.equations(),
            case.variant(),
            time(case.median),
            format!("{:.0} %", 100.0 * case.spread),
            format!("{:.0}", case.samples_per_second),
            format!("{:.1}", case.gflops),
            format!("{:.2}", case.gbytes_per_second),
            case.of_bound(),
            case.predicted.as_ref().map_or_else(
                || "–".to_owned(),
                |predicted| format!("{} ({})", time(predicted.seconds), predicted.bound),
            ),
            format!("{:.0e}", case.error),
        ];
        writeln!(out, "| {} |", cells.join(" | "))?;
    }
    if let Some(seconds) = report.start_seconds {
        let seconds = time(seconds);
        writeln!(
            out,
            "\nFrom the start of a process to its first sample: {seconds}."
        )?;
    }
    Ok(())
}

/// The earlier report is anybody's file.
pub fn write_comparison(out: &mut dyn Write, comparison: &Comparison) -> io::Result<()> {
    writeln!(
        out,
        "\nOld: {}.\n\n| case | old | new | times as fast |\n|---|--:|--:|--:|",
        printable(&comparison.old)
    )?;
    for pair in &comparison.cases {
        let [old, new] = pair.medians.map(time);
        let (name, ratio) = (printable(&pair.name), pair.speedup);
        let [was, is] = [0, 1].map(|side| printable(&pair.variants[side]));
        writeln!(
            out,
            "| {name} | {old} ({was}) | {new} ({is}) | {ratio:.2} |"
        )?;
    }
    for name in &comparison.unknown {
        writeln!(out, "| {} | – | | |", printable(name))?;
    }
    Ok(())
}
