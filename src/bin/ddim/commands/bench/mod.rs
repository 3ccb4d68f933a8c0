//! `ddim bench`: how fast a device samples, beside how fast it could.

mod case;
mod case_row;
mod compare;
mod device_row;
mod engine;
mod machine;
mod network;
mod peak_row;
mod policies;
mod predicted;
mod printed;
mod report;
mod start;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::builder::PossibleValuesParser;
use ddim_wgpu::diffusion::SamplerKind;
use ddim_wgpu::gpu::{Kernel, Precision};

use crate::cli::{DeviceArgument, TunedArgument, parse_seconds, samplers};
use crate::exit::Failure;
use crate::terminal::{note, progress_note};
use case::{Case, Form};
use case_row::CaseRow;
use compare::Comparison;
use engine::{Engine, Opened, Repetitions};
use network::Network;
use printed::OutputFormat;
use report::Report;

#[derive(Debug, Args)]
pub struct Arguments {
    /// List of networks: `points` (2→128→3×128→2), `images` (784→4×512→784), `diffusion-ql` and `cep`
    /// (two policies, asked for one action with `--count 1`), `update` (the update alone, 784 values a
    /// sample), or the name or directory of a model
    #[arg(long, value_name = "MODEL,…", value_delimiter = ',', default_values = ["points", "images"])]
    model: Vec<String>,
    /// List of samples in a batch
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_values_t = [1000])]
    count: Vec<usize>,
    /// List of steps of a run
    #[arg(long, value_name = "S,…", value_delimiter = ',', default_values_t = [50])]
    steps: Vec<usize>,
    /// List of samplers; the same as of `ddim sample`
    #[arg(long, value_name = "SAMPLER,…", value_delimiter = ',', default_value = "ddim", value_parser = samplers())]
    sampler: Vec<SamplerKind>,
    /// List of η for DDIM: 0 without noise, 1 with all of it; other samplers have none
    #[arg(long, value_name = "E,…", value_delimiter = ',', default_values_t = [0.0])]
    eta: Vec<f64>,
    /// List of kernels for the network, in place of the device's own choice; `mlp_step_matrix` and
    /// `program_step_matrix` open the device with its matrix units, which are tried first
    #[arg(long, value_name = "KERNEL,…", value_delimiter = ',', value_parser = kernel_names())]
    kernel: Vec<String>,
    /// List of how weights and activations are stored
    #[arg(long, value_name = "P,…", value_delimiter = ',', default_values = ["single"], value_parser = ["single", "half"])]
    precision: Vec<String>,
    /// List of the rows of a plan that one dispatch takes
    #[arg(long, value_name = "K,…", value_delimiter = ',', default_values_t = [1])]
    rows_per_dispatch: Vec<usize>,
    /// Have the cost model choose the form of the step for each case's number of samples: kernel, unless it is named, tile and
    /// rows of a dispatch
    #[arg(long, conflicts_with_all = ["rows_per_dispatch", "tuned"])]
    expect_count: bool,
    /// Take the form of the step that `ddim tune` has found; of each model and precision there has to be
    /// one
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "", conflicts_with_all = ["kernel", "rows_per_dispatch"])]
    tuned: Option<PathBuf>,
    /// Most repetitions of a case, all of which are reported; from the fourth on there are fewer where
    /// they would take longer than --seconds
    #[arg(long, value_name = "R", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    repetitions: u32,
    /// Seconds for a case, but for the first three repetitions
    #[arg(long, value_name = "T", default_value = "20", value_parser = parse_seconds)]
    seconds: Duration,
    /// Count a case's first run as its first repetition, with what drivers do late, such as compiling,
    /// and on the CPU engine time single calls, however short
    #[arg(long)]
    no_warmup: bool,
    #[command(flatten)]
    device: DeviceArgument,
    /// Open the device without any optional feature, as an app might: no subgroups, no 64-bit
    /// integers, no timestamps
    #[arg(long)]
    plain: bool,
    /// Measure only what the device can do at most
    #[arg(long, visible_alias = "ceilings")]
    peaks: bool,
    /// How to print: a format's name, no file
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = OutputFormat::Text)]
    output_format: OutputFormat,
    /// The same as `-o json`
    #[arg(long, conflicts_with_all = ["markdown", "output_format"])]
    json: bool,
    /// The same as `-o md`
    #[arg(long, conflicts_with = "output_format")]
    markdown: bool,
    /// Show each case beside the same one of an earlier report, a file that --json has printed
    #[arg(long, value_name = "FILE")]
    compare: Option<PathBuf>,
    /// With --compare: end with exit code 6 where the median of a case is more than so many percent
    /// longer than the earlier one
    #[arg(long, value_name = "PERCENT", requires = "compare", value_parser = parse_percent)]
    max_slowdown: Option<f64>,
}

impl Arguments {
    fn format(&self) -> OutputFormat {
        match (self.json, self.markdown) {
            (true, _) => OutputFormat::Json,
            (_, true) => OutputFormat::Md,
            _ => self.output_format,
        }
    }

    /// Refuses what no output could say.
    fn check(&self) -> Result<(), Failure> {
        let lines = self.format().is_lines();
        if lines && (self.peaks || self.compare.is_some()) {
            return Err(Failure::usage(
                "-o jsonl and -o csv print cases alone: --peaks and --compare need text, json or md",
            ));
        }
        if self.peaks && self.max_slowdown.is_some() {
            return Err(Failure::usage(
                "--max-slowdown is of cases, and with --peaks there are none",
            ));
        }
        Ok(())
    }
}

fn parse_percent(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(percent) if (0.0..=1e6).contains(&percent) => Ok(percent),
        _ => Err("a percentage from 0 to 1000000".to_owned()),
    }
}

fn kernel_names() -> PossibleValuesParser {
    let kernels = [
        Kernel::MlpStep,
        Kernel::MlpStepSerial,
        Kernel::MlpStepSplit,
        Kernel::MlpStepMatrix,
        Kernel::ProgramStep,
        Kernel::ProgramStepSerial,
        Kernel::ProgramStepMatrix,
    ];
    PossibleValuesParser::new(kernels.map(Kernel::name))
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    arguments.check()?;
    let format = arguments.format();
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
    cases.iter().try_for_each(|case| engine.check(case))?;
    let repetitions = Repetitions {
        most: arguments.repetitions as usize,
        seconds: arguments.seconds.as_secs_f64(),
        warm: !arguments.no_warmup,
    };
    let peaks = engine.peaks(repetitions.most)?;
    let mut report = Report::new(engine.row(), peaks);
    format.begin()?;
    for (i, case) in cases.iter().enumerate() {
        progress_note(format_args!("{} of {}: {case}", i + 1, cases.len()));
        let row = CaseRow::new(case, engine.measure(case, repetitions)?, &report.peaks);
        format.case(&report, &row)?;
        report.cases.push(row);
    }
    if !cases.is_empty() && !format.is_lines() {
        report.start_seconds = Some(start::measure(&arguments.device.device)?);
    }
    let comparison = earlier.map(|earlier| Comparison::new(&earlier, &report));
    format.end(&report, comparison.as_ref())?;
    match (comparison, arguments.max_slowdown) {
        (Some(comparison), Some(percent)) => comparison.check(percent),
        _ => Ok(()),
    }
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
    let form = match (&arguments.tuned, arguments.expect_count) {
        (Some(file), _) => Form::Tuned(TunedArgument {
            tuned: Some(file.clone()),
        }),
        (None, true) => Form::Expected,
        (None, false) => Form::Named,
    };
    let mut cases = Vec::new();
    for network in networks {
        for &steps in &arguments.steps {
            for (sampler, eta) in equations(arguments) {
                for &count in &arguments.count {
                    for &kernel in &kernels {
                        for &rows in &arguments.rows_per_dispatch {
                            for precision in &arguments.precision {
                                let mut case = Case::new(network, count, steps, (sampler, eta))?;
                                (case.kernel, case.rows_per_dispatch) = (kernel, rows);
                                case.form = form.clone();
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

/// The samplers, DDIM with each of its η.
fn equations(arguments: &Arguments) -> Vec<(SamplerKind, Option<f64>)> {
    let mut equations = Vec::new();
    for &sampler in &arguments.sampler {
        if sampler == SamplerKind::Ddim {
            equations.extend(arguments.eta.iter().map(|&eta| (sampler, Some(eta))));
        } else {
            equations.push((sampler, None));
        }
    }
    equations
}
