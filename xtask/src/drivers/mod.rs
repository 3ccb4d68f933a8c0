//! The whole test suite and `ddim verify` on three drivers (lavapipe, llvmpipe through GL, and
//! SwiftShader), and the kernels alone in a browser's WebGPU (Dawn on SwiftShader).
//!
//! Tests that are known to fail on a driver are in `scripts/known_failures.txt`, a line "driver
//! test why". A failure that is not there fails the task, and so does one that is there and passes.
//! The noise hash must be one. A driver that is not there is "skipped: why".

mod dawn;
mod driver;
mod suite;
mod table;

use std::path::Path;

use crate::failure::Failure;
use crate::files;
use crate::process;
use crate::workspace;

pub use driver::Driver;

/// What this task takes.
pub const ARGUMENTS: &str = "[--verify-only] [lavapipe|gl|swiftshader|dawn]…";

/// Verifies and tests each driver, and prints a table of the verifications.
pub fn run(arguments: &[String]) -> Result<(), Failure> {
    let verify_only = arguments
        .first()
        .is_some_and(|first| first == "--verify-only");
    let names = &arguments[usize::from(verify_only)..];
    let with_dawn = names.is_empty() || names.iter().any(|name| name == dawn::NAME);
    let mut drivers = Vec::new();
    for name in names.iter().filter(|name| *name != dawn::NAME) {
        drivers.push(Driver::named(name)?);
    }
    if names.is_empty() {
        drivers.extend(Driver::ALL);
    }
    let out = workspace::target().join("drivers");
    files::make_folder(&out)?;
    let ddim = workspace::build(&["--bin", "ddim"], "debug/ddim")?;

    let mut good = true;
    let mut reports = Vec::new();
    for driver in drivers {
        if let Some(why) = unavailable(driver, &ddim, &out) {
            println!("{}: skipped: {why}", driver.name());
            continue;
        }
        eprintln!("== {}", driver.name());
        match verify(driver, &ddim, &out)? {
            Some(report) => reports.push((driver.name(), report)),
            None => good = false,
        }
        if !verify_only {
            good &= suite::run(driver, &out)?;
        }
    }
    if with_dawn {
        eprintln!("== {}", dawn::NAME);
        match dawn::run()? {
            dawn::Outcome::Passed(report) => reports.push((dawn::NAME, report)),
            dawn::Outcome::Skipped(why) => println!("{why}"),
            dawn::Outcome::Failed => good = false,
        }
    }
    table::print(&reports)?;
    if good {
        Ok(())
    } else {
        Err(Failure::reported(1))
    }
}

/// Why wgpu does not find an adapter of this driver, if it does not.
fn unavailable(driver: Driver, ddim: &Path, out: &Path) -> Option<String> {
    let mut command = match driver.command(ddim, out) {
        Ok(command) => command,
        Err(why) => return Some(why),
    };
    let found = process::output(command.args(["devices", "--json"])).ok();
    let devices = found
        .filter(|found| found.status.success())
        .and_then(|found| serde_json::from_slice::<serde_json::Value>(&found.stdout).ok());
    let some = devices.is_some_and(|devices| has_first_adapter(&devices));
    (!some).then(|| "no adapter of it".to_owned())
}

/// Whether a device with index 0, a GPU adapter, stands anywhere in the list of devices.
fn has_first_adapter(devices: &serde_json::Value) -> bool {
    use serde_json::Value;
    match devices {
        Value::Array(items) => items.iter().any(has_first_adapter),
        Value::Object(fields) => {
            fields.get("index").and_then(Value::as_u64) == Some(0)
                || fields.values().any(has_first_adapter)
        }
        _ => false,
    }
}

/// Runs `ddim verify` on the driver's adapter: its report, or `None` where it failed, which is
/// printed.
fn verify(driver: Driver, ddim: &Path, out: &Path) -> Result<Option<serde_json::Value>, Failure> {
    let report = out.join(format!("{}.json", driver.name()));
    let mut command = driver.command(ddim, out).map_err(Failure::new)?;
    let run = process::output(
        command
            .args(["verify", "--device", "0", "--json"])
            .arg(&report),
    )?;
    files::write(&out.join(format!("{}.txt", driver.name())), &run.stdout)?;
    if !run.status.success() {
        print!("{}", process::text(&run));
        return Ok(None);
    }
    serde_json::from_str(&files::read(&report)?)
        .map(Some)
        .map_err(|error| Failure::new(format_args!("{}: {error}", report.display())))
}
