//! `ddim verify`: whether a device computes what it should, as a table, and as JSON for a bug
//! report.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;
use ddim_wgpu::gpu::headless::{self, Choice, DeviceRequest};
use ddim_wgpu::gpu::{Kernel, MatrixUnits, Precision};
use ddim_wgpu::verify::{self, Check, Options, Report};

use crate::cli::DeviceArgument;
use crate::driver;
use crate::exit::{Failure, Status};
use crate::process;
use crate::terminal::note;
use crate::terminal::printable;

/// What `--only` calls the noise, which is more than its kernel.
const NOISE: &str = "noise";

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    device: DeviceArgument,
    /// Write the report as JSON to this file; without a name to standard output, in place of the
    /// table
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "-")]
    json: Option<PathBuf>,
    /// Verify the device that an app gets which asks for no features and wgpu's default limits, in
    /// place of the fastest one
    #[arg(long)]
    plain: bool,
    /// Verify this kernel only, or `noise`. Without it: the noise, and the kernels that a
    /// run on the device may use
    #[arg(long, value_name = "KERNEL", value_parser = only_names())]
    only: Option<String>,
    /// Plant a fault in a kernel, to see that it is found
    #[cfg(feature = "fault-injection")]
    #[arg(long, hide = true, num_args = 3, value_names = ["KERNEL", "FROM", "TO"])]
    fault: Option<Vec<String>>,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let options = options(arguments)?;
    // Before the work, so that nobody waits for a report that has nowhere to go.
    let file = arguments.json.as_deref().map(process::create).transpose()?;
    let report = verify(arguments, options)?;
    let to_stdout = arguments
        .json
        .as_deref()
        .is_some_and(|path| path.as_os_str() == "-");
    if let Some(mut file) = file {
        writeln!(file, "{}", report.to_json()).map_err(|error| file.error(error))?;
        file.finish()?;
    }
    if !to_stdout {
        write!(process::stdout()?, "{}", printable(&report.to_string()))?;
    }
    let failed: Vec<&str> = report.failures().map(|check| check.name.as_str()).collect();
    if failed.is_empty() {
        return Ok(());
    }
    let failed = failed.join(", ");
    Err(Failure::new(
        Status::Unverified,
        format_args!("verification failed: {failed}"),
    ))
}

fn verify(arguments: &Arguments, mut options: Options) -> Result<Report, Failure> {
    let (adapter, reason) = match headless::choose(&arguments.device.device)? {
        Choice::Adapter { adapter, reason } => (adapter, reason),
        // It is not speed that is wanted here: a software driver is worth verifying too.
        Choice::NativeCpu { .. } if arguments.device.device == DeviceRequest::Auto => {
            match headless::adapters().into_iter().next() {
                Some(adapter) => (adapter, "the first there is"),
                None => return Ok(native("there is no GPU driver")),
            }
        }
        Choice::NativeCpu { reason } => return Ok(native(reason)),
    };
    let name = headless::describe(&adapter.get_info());
    note(format_args!("device: {name} — {reason}"));
    let (device, queue) = if arguments.plain {
        headless::open_plain(&adapter)?
    } else {
        for precision in [Precision::Single, Precision::Half] {
            let units = MatrixUnits::offered(&adapter, precision);
            options.matrix_units.extend(units);
        }
        headless::open_experimental(&adapter)?
    };
    let (device, queue) = driver::keep((device, queue));
    Ok(verify::device_with(device, queue, &options, announce)?)
}

fn native(reason: &str) -> Report {
    note(format_args!("device: cpu, the native engine — {reason}"));
    verify::engine()
}

/// For those who wait: most of the time goes into compiling kernels.
fn announce(check: &Check) {
    crate::terminal::progress_note(format_args!("{}: {}", check.name, check.verdict));
}

fn options(arguments: &Arguments) -> Result<Options, Failure> {
    let mut options = Options::default();
    options.only = arguments.only.as_deref().and_then(kernel);
    options.timeout = arguments.device.timeout;
    options.noise_only = arguments.only.as_deref() == Some(NOISE);
    #[cfg(feature = "fault-injection")]
    if let Some([name, from, to]) = arguments.fault.as_deref() {
        let unknown = || Failure::usage(format_args!("no kernel is called {name}"));
        let kernel = kernel(name).ok_or_else(unknown)?;
        // Once in the life of the process.
        options.fault = Some(ddim_wgpu::gpu::Fault {
            kernel: Some(kernel),
            from: from.clone().leak(),
            to: to.clone().leak(),
        });
    }
    Ok(options)
}

fn kernel(name: &str) -> Option<Kernel> {
    Kernel::ALL.into_iter().find(|one| one.name() == name)
}

fn only_names() -> PossibleValuesParser {
    PossibleValuesParser::new(Kernel::ALL.map(Kernel::name).into_iter().chain([NOISE]))
}
