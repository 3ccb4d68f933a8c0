//! A report for a terminal.

use std::io::{self, Write};

use super::super::compare::Comparison;
use super::super::report::Report;
use super::{per_second, time};

pub fn write(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    writeln!(out, "{}", report.device)?;
    if let Some(machine) = &report.machine {
        writeln!(out, "{machine}")?;
    }
    for row in &report.peaks {
        let spread = (row.highest() - row.lowest()) / row.median;
        let median = per_second(row.median, &row.unit);
        let (name, half) = (&row.name, 50.0 * spread);
        writeln!(out, "  {name:<20} {median:>16}  ± {half:.0} %")?;
    }
    for case in &report.cases {
        let (layers, count, steps) = (&case.layers, case.count, case.steps);
        let (equations, variant) = (case.equations(), case.variant());
        writeln!(
            out,
            "{layers}, {count} × {steps} steps, {equations}, {variant}"
        )?;
        writeln!(
            out,
            "  {} (spread {:.0} %)  {:.0} samples/s  {:.1} GFLOP/s  {:.2} GB/s  {}  error {:.0e}",
            time(case.median),
            100.0 * case.spread,
            case.samples_per_second,
            case.gflops,
            case.gbytes_per_second,
            case.of_bound(),
            case.error
        )?;
        if let Some(predicted) = &case.predicted {
            let (least, bound) = (time(predicted.seconds), &predicted.bound);
            writeln!(
                out,
                "  at least {least} by the cost model, bounded by {bound}"
            )?;
        }
        if let Some(record) = case.record_microseconds {
            writeln!(out, "  recording {record:.2} µs a step")?;
        }
        if let Some(latency) = case.latency_microseconds {
            writeln!(out, "  latency {latency:.1} µs a call")?;
        }
    }
    if let Some(seconds) = report.start_seconds {
        let seconds = time(seconds);
        writeln!(
            out,
            "from the start of a process to its first sample {seconds}"
        )?;
    }
    Ok(())
}

/// Two reports side by side.
pub fn write_comparison(out: &mut dyn Write, comparison: &Comparison) -> io::Result<()> {
    writeln!(out, "old: {}", comparison.old)?;
    writeln!(out, "new: {}", comparison.new)?;
    for pair in &comparison.peaks {
        let ([old, new], unit) = (pair.medians, &pair.variants[1]);
        let (name, ratio) = (&pair.name, pair.speedup);
        writeln!(
            out,
            "  {name:<20} {old:.3e} → {new:.3e} {unit}/s, {ratio:.2} times as fast"
        )?;
    }
    for pair in &comparison.cases {
        let (name, ratio) = (&pair.name, pair.speedup);
        let ([old, new], [was, is]) = (pair.medians.map(time), &pair.variants);
        writeln!(
            out,
            "{name}: {old} ({was}) → {new} ({is}), {ratio:.2} times as fast"
        )?;
    }
    for name in &comparison.unknown {
        writeln!(out, "{name}: not in the old report")?;
    }
    Ok(())
}
