//! Cases as lines, each of which stands by itself.

use std::io::{self, Write};

use serde::Serialize;

use super::super::case_row::CaseRow;
use super::super::device_row::DeviceRow;
use super::super::machine::Machine;
use super::super::report::Report;

#[derive(Serialize)]
struct Line<'a> {
    software: &'a str,
    machine: &'a Option<Machine>,
    device: &'a DeviceRow,
    #[serde(flatten)]
    case: &'a CaseRow,
}

pub fn jsonl(out: &mut dyn Write, report: &Report, case: &CaseRow) -> io::Result<()> {
    let line = Line {
        software: &report.software,
        machine: &report.machine,
        device: &report.device,
        case,
    };
    serde_json::to_writer(&mut *out, &line)?;
    writeln!(out)
}

const COLUMNS: [&str; 22] = [
    "date",
    "commit",
    "cpu",
    "os",
    "device",
    "backend",
    "driver",
    "hardware_gpu",
    "threads",
    "model",
    "layers",
    "count",
    "steps",
    "sampler",
    "eta",
    "kernel",
    "rows_per_dispatch",
    "half",
    "error",
    "repetition",
    "seconds",
    "device_seconds",
];

pub fn csv_header(out: &mut dyn Write) -> io::Result<()> {
    row(out, &COLUMNS.map(str::to_owned))
}

/// A line a repetition, which are counted from 0.
pub fn csv(out: &mut dyn Write, report: &Report, case: &CaseRow) -> io::Result<()> {
    let machine = |field: fn(&Machine) -> &String| {
        let machine = report.machine.as_ref();
        machine.map_or(String::new(), |machine| field(machine).clone())
    };
    let device = &report.device;
    let optional = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
    for (repetition, seconds) in case.seconds.iter().enumerate() {
        let cells: [String; COLUMNS.len()] = [
            machine(|machine| &machine.date),
            machine(|machine| &machine.commit),
            machine(|machine| &machine.cpu),
            machine(|machine| &machine.os),
            device.name.clone(),
            device.backend.clone(),
            format!("{} {}", device.driver, device.driver_info)
                .trim()
                .to_owned(),
            device.hardware_gpu.to_string(),
            device.threads.to_string(),
            case.model.clone(),
            case.layers.clone(),
            case.count.to_string(),
            case.steps.to_string(),
            case.sampler.clone(),
            optional(case.eta),
            case.kernel.clone(),
            case.rows_per_dispatch.to_string(),
            case.half.to_string(),
            case.error.to_string(),
            repetition.to_string(),
            seconds.to_string(),
            optional(case.device_seconds.get(repetition).copied()),
        ];
        row(out, &cells)?;
    }
    Ok(())
}

fn row(out: &mut dyn Write, cells: &[String]) -> io::Result<()> {
    let mut writer = csv::WriterBuilder::new().from_writer(out);
    writer.write_record(cells)?;
    writer.flush()
}
