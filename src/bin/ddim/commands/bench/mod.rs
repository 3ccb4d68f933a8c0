//! `ddim bench`: how fast a device samples, beside how fast it could.

mod case;
mod compare;
mod engine;
mod network;
mod policies;
mod predicted;
mod report;
mod start;

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::builder::PossibleValuesParser;
use ddim_wgpu::gpu::{Kernel, Precision};

use crate::cli::{DeviceArgument, parse_seconds};
use crate::exit::Failure;
use crate::process;
use crate::terminal::{note, progress_note};
use case::Case;
use engine::{Engine, Opened};
use network::Network;
use report::Report;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Networks: `points` (2→128→3×128→2), `images` (784→4×512→784), `diffusion-ql` and `cep` (two
    /// policies, asked for one action with `--count 1`), `update` (the update alone, 784 values a
    /// sample), or the name or directory of a model
    #[arg(long, value_name = "MODEL", value_delimiter = ',', default_values = ["points", "images"])]
    model: Vec<String>,
    /// Samples in a batch
    #[arg(long, value_name = "N", value_delimiter = ',', default_values_t = [1000])]
    count: Vec<usize>,
    /// Steps of a run
    #[arg(long, value_name = "S", value_delimiter = ',', default_values_t = [50])]
    steps: Vec<usize>,
    /// η: 0 without noise, 1 with all of it
    #[arg(long, value_name = "E", value_delimiter = ',', default_values_t = [0.0])]
    eta: Vec<f64>,
    /// Kernels for the network, in place of the device's own choice; `mlp_step_matrix` and
    /// `program_step_matrix` open the device with its matrix units, which are tried first
    #[arg(long, value_name = "KERNEL", value_delimiter = ',', value_parser = kernel_names())]
    kernel: Vec<String>,
    /// How weights and activations are stored
    #[arg(long, value_name = "P", value_delimiter = ',', default_values = ["single"], value_parser = ["single", "half"])]
    precision: Vec<String>,
    /// Rows of a plan that one dispatch takes
    #[arg(long, value_name = "K", value_delimiter = ',', default_values_t = [1])]
    rows_per_dispatch: Vec<usize>,
    /// Most repetitions of a case, all of which are reported; there are fewer where they would take
    /// longer than --seconds
    #[arg(long, value_name = "R", default_value_t = 10, value_parser = clap::value_parser!(u32).range(3..))]
    repetitions: u32,
    /// Seconds for a case, but for the first three repetitions
    #[arg(long, value_name = "T", default_value = "20", value_parser = parse_seconds)]
    seconds: Duration,
    #[command(flatten)]
    device: DeviceArgument,
    /// Open the device without any optional feature, as an app might: no subgroups, no 64-bit
    /// integers, no timestamps
    #[arg(long)]
    plain: bool,
    /// Measure only what the device can do at most
    #[arg(long, visible_alias = "ceilings")]
    peaks: bool,
    /// Print one JSON object
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
    /// Print Markdown tables
    #[arg(long)]
    markdown: bool,
    /// Show each case beside the same one of an earlier report, a file that --json has printed
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    compare: Option<PathBuf>,
}

fn kernel_names() -> PossibleValuesParser {
    let kernels = [
        Kernel::MlpStep,
        Kernel::MlpStepSerial,
        Kernel::MlpStepMatrix,
        Kernel::ProgramStep,
        Kernel::ProgramStepSerial,
        Kernel::ProgramStepMatrix,
    ];
    PossibleValuesParser::new(kernels.map(Kernel::name))
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let earlier = arguments.compare.as_deref().map(Report::read).transpose()?;
    // Before any work, so that nobody waits for a mistake.
    let networks: Vec<Network> = arguments
        .model
        .iter()
        .map(|name| Network::find(name))
        .collect::<Result<_, _>>()?;
    let cases = if arguments.peaks {
        Vec::new()
    } else {
        cases(arguments, &networks)?
    };
    let on_units = |kernel: &Option<Kernel>| kernel.is_some_and(Kernel::takes_matrix_units);
    let opened = if arguments.plain {
        Opened::Plain
    } else if kernels(arguments).iter().any(on_units) {
        Opened::WithMatrixUnits
    } else {
        Opened::WithFeatures
    };
    let engine = Engine::choose(&arguments.device, opened)?;
    note(format_args!("device: {}", engine.description()));
    let repetitions = arguments.repetitions as usize;
    if arguments.peaks && engine.is_cpu() {
        return Err(Failure::usage(
            "--peaks (or --ceilings) are a GPU's, measured by kernels: of the native engine none are known",
        ));
    }
    let mut report = engine.report(repetitions)?;
    for (i, case) in cases.iter().enumerate() {
        progress_note(format_args!("{} of {}: {case}", i + 1, cases.len()));
        let measured = engine.measure(case, repetitions, arguments.seconds.as_secs_f64())?;
        if let Some(predicted) = predicted::line(case, &measured, &report.peaks) {
            note(predicted);
        }
        report.add(case, measured);
    }
    if !cases.is_empty() {
        report.start_seconds = Some(start::measure(&arguments.device.device)?);
    }
    let mut stdout = process::stdout()?;
    if arguments.json {
        writeln!(stdout, "{}", serde_json::to_string_pretty(&report)?)?;
    } else if let Some(earlier) = earlier {
        // The earlier one is anybody's file.
        let comparison = compare::Comparison::new(&earlier, &report).to_string();
        write!(stdout, "{}", crate::terminal::printable(&comparison))?;
    } else if arguments.markdown {
        write!(stdout, "{}", report.markdown())?;
    } else {
        write!(stdout, "{report}")?;
    }
    Ok(())
}

/// The kernels that were asked for; none is the device's own choice.
fn kernels(arguments: &Arguments) -> Vec<Option<Kernel>> {
    if arguments.kernel.is_empty() {
        return vec![None];
    }
    let named = |name: &String| Kernel::ALL.into_iter().find(|kernel| kernel.name() == name);
    arguments.kernel.iter().map(named).collect()
}

/// Every combination of what was asked for.
fn cases<'a>(arguments: &Arguments, networks: &'a [Network]) -> Result<Vec<Case<'a>>, Failure> {
    let kernels = kernels(arguments);
    let mut cases = Vec::new();
    for network in networks {
        for &steps in &arguments.steps {
            for &eta in &arguments.eta {
                for &count in &arguments.count {
                    for &kernel in &kernels {
                        for &rows in &arguments.rows_per_dispatch {
                            for precision in &arguments.precision {
                                let mut case = Case::new(network, count, steps, eta)?;
                                (case.kernel, case.rows_per_dispatch) = (kernel, rows);
                                if precision == "half" {
                                    case.precision = Precision::Half;
                                }
                                cases.push(case);
                            }
                        }
                    }
                }
            }
        }
    }
    Ok(cases)
}
