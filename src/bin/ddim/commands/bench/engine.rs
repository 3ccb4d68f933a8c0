//! Running cases on a device, and timing them.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use ddim_wgpu::cpu::{CpuRunner, CpuSampler, EnginePeak, threads};
use ddim_wgpu::gpu::headless::{self, Choice};
use ddim_wgpu::gpu::{
    Cost, DiffusionSampler, ExternalNetwork, MatrixUnits, Network, Peak, Precision, READ_TIMEOUT,
    Run, SamplerOptions, Stopwatch, Timed,
};
use ddim_wgpu::network::Model;
use ddim_wgpu::verify::matrix_units_within;
use ddim_wgpu::wgpu::{AdapterInfo, CommandEncoder, CommandEncoderDescriptor, Device, Queue};

use super::case::{Case, Form};
use super::device_row::DeviceRow;
use super::network::Kind;
use super::peak_row::PeakRow;
use crate::cli::DeviceArgument;
use crate::driver;
use crate::exit::Failure;
use crate::terminal::progress_note;

/// A submission that would take longer is split, lest a driver's watchdog end it.
const LONGEST_SUBMISSION: Duration = Duration::from_secs(1);
/// What a repetition on the CPU engine takes at least; shorter calls are repeated within it. Long
/// beside the clock's resolution, and short beside the turns that a busy machine gives.
const SHORTEST: Duration = Duration::from_millis(1);
/// Repetitions that there are at least, if so many are asked for, however long they take.
const FEWEST: usize = 3;

/// How often a case is run.
#[derive(Clone, Copy)]
pub struct Repetitions {
    pub most: usize,
    /// For a case; from the fourth repetition on there are fewer where they would take longer.
    pub seconds: f64,
    /// Whether a first run is not counted.
    pub warm: bool,
}

pub enum Engine {
    Gpu {
        device: Device,
        queue: Queue,
        info: Box<AdapterInfo>,
        /// Matrix units that were asked for and have been tried.
        units: Vec<MatrixUnits>,
        /// How long it may take to answer.
        timeout: Duration,
    },
    Cpu,
}

/// With which features a device is opened.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Opened {
    Plain,
    WithFeatures,
    WithMatrixUnits,
}

/// What was measured of a case.
pub struct Measurement {
    /// The kernel, or `engine` on the CPU.
    pub kernel: String,
    /// Rows of the plan that a dispatch takes.
    pub rows_per_dispatch: usize,
    /// The rate of the arithmetic it is made of.
    pub multiply_add: Peak,
    /// Of the largest value, from the kernels' twins.
    pub error: f32,
    /// Every repetition, in order.
    pub times: Vec<Timed>,
    /// Seconds of the host for recording a step.
    pub record: Option<f64>,
    /// What a row costs a GPU.
    pub cost: Option<Cost>,
}

impl Engine {
    pub fn choose(argument: &DeviceArgument, opened: Opened) -> Result<Self, Failure> {
        Ok(match headless::choose(&argument.device)? {
            Choice::Adapter { adapter, .. } => {
                let (device, queue) = match opened {
                    Opened::Plain => headless::open_plain(&adapter),
                    Opened::WithFeatures => headless::open(&adapter),
                    Opened::WithMatrixUnits => headless::open_experimental(&adapter),
                }?;
                let (device, queue) = driver::keep((device, queue)).clone();
                let mut units = Vec::new();
                let timeout = argument.timeout.unwrap_or(READ_TIMEOUT);
                if opened == Opened::WithMatrixUnits {
                    for precision in [Precision::Single, Precision::Half] {
                        let on = (&device, &queue);
                        units.extend(matrix_units_within(timeout, &adapter, on, precision)?);
                    }
                }
                let info = Box::new(adapter.get_info());
                Self::Gpu {
                    device,
                    queue,
                    info,
                    units,
                    timeout,
                }
            }
            Choice::NativeCpu { .. } => Self::Cpu,
        })
    }

    pub fn description(&self) -> String {
        match self {
            Self::Gpu { info, .. } => headless::describe(info),
            Self::Cpu => "cpu, the native engine".to_owned(),
        }
    }

    /// Refuses a case that is none for this device, before anything is measured.
    pub fn check(&self, case: &Case<'_>) -> Result<(), Failure> {
        match self {
            Self::Gpu { .. } => Ok(()),
            Self::Cpu => engine_network(case).map(|_| ()),
        }
    }

    /// What a report says of the device.
    pub fn row(&self) -> DeviceRow {
        match self {
            Self::Gpu { info, .. } => DeviceRow::of(info, threads()),
            Self::Cpu => DeviceRow::native(threads()),
        }
    }

    /// What the device can do at most.
    pub fn peaks(&self, repetitions: usize) -> Result<Vec<PeakRow>, Failure> {
        let measuring = |name: &str| progress_note(format_args!("peak: {name}"));
        let Self::Gpu {
            device,
            queue,
            units,
            timeout,
            ..
        } = self
        else {
            let peaks = EnginePeak::ALL.into_iter().map(|peak| {
                measuring(peak.name());
                PeakRow::of_engine(peak, repetitions)
            });
            return Ok(peaks.collect());
        };
        let of_units = units.iter().map(|&units| Peak::Matrix(units));
        let peaks = Peak::ALL.into_iter().chain(of_units).map(|peak| {
            measuring(peak.name());
            let measured = peak.measure_blocking(device, queue, repetitions, *timeout)?;
            Ok(PeakRow::new(&measured))
        });
        peaks.collect()
    }

    /// Runs a case until it is warm, checks it, and times it.
    pub fn measure(
        &self,
        case: &Case<'_>,
        repetitions: Repetitions,
    ) -> Result<Measurement, Failure> {
        match self {
            Self::Gpu {
                device,
                queue,
                units,
                timeout,
                ..
            } => {
                let on = OnGpu::new((device, queue), units, case, *timeout)?;
                on.measure(case, repetitions)
            }
            Self::Cpu => on_cpu(case, repetitions),
        }
    }
}

impl Repetitions {
    /// Repeats until there are enough, or time is up. `first` is what the first one took, which has been made
    /// already and counts unless it was to warm up.
    fn times(
        self,
        first: Timed,
        mut run: impl FnMut() -> Result<Timed, Failure>,
    ) -> Result<Vec<Timed>, Failure> {
        let start = Instant::now();
        let mut times = Vec::from_iter((!self.warm).then_some(first));
        while times.len() < FEWEST.min(self.most)
            || times.len() < self.most && start.elapsed().as_secs_f64() < self.seconds
        {
            times.push(run()?);
        }
        Ok(times)
    }
}

/// The network, if the native engine can run the case.
fn engine_network<'a>(case: &'a Case<'_>) -> Result<&'a Model, Failure> {
    let Kind::Mlp(mlp) = &case.network.kind else {
        return Err(Failure::usage(
            "the native engine has no update by itself: `--model update` is for GPUs",
        ));
    };
    if let Some(kernel) = case.kernel {
        let name = kernel.name();
        return Err(Failure::usage(format_args!(
            "--kernel {name} is for GPUs: the native engine has none"
        )));
    }
    if case.precision == Precision::Half {
        return Err(Failure::usage(
            "--precision half is for GPUs: the native engine has none",
        ));
    }
    Ok(mlp)
}

fn on_cpu(case: &Case<'_>, repetitions: Repetitions) -> Result<Measurement, Failure> {
    let mlp = engine_network(case)?;
    let sampler = CpuSampler::new(mlp, &case.plan);
    let mut runner = CpuRunner::new(&sampler);
    let mut samples = vec![0.0; case.batch.count * case.network.dims()];
    let mut timed = |samples: &mut [f32], calls: u32| {
        let start = Instant::now();
        for _ in 0..calls {
            runner.run_into(&case.batch, samples)?;
        }
        Ok(Timed {
            wall: start.elapsed() / calls,
            device: None,
        })
    };
    let first = timed(&mut samples, 1)?;
    let error = case.check(&samples)?;
    let calls = if repetitions.warm {
        calls_at_once(timed(&mut samples, 1)?)
    } else {
        1
    };
    let times = repetitions.times(first, || timed(&mut samples, calls))?;
    Ok(Measurement {
        kernel: "engine".to_owned(),
        rows_per_dispatch: 1,
        multiply_add: Peak::MultiplyAdd,
        error,
        times,
        record: None,
        cost: None,
    })
}

/// How many calls a repetition has, so that what is timed is long beside the clock's noise.
fn calls_at_once(one: Timed) -> u32 {
    let one = one.seconds().max(1e-9);
    (SHORTEST.as_secs_f64() / one).clamp(1.0, 1e6) as u32
}

struct OnGpu<'a> {
    device: &'a Device,
    queue: &'a Queue,
    sampler: DiffusionSampler,
    run: Run,
    external: bool,
    units: Option<MatrixUnits>,
    timeout: Duration,
}

impl<'a> OnGpu<'a> {
    fn new(
        (device, queue): (&'a Device, &'a Queue),
        units: &[MatrixUnits],
        case: &Case<'_>,
        timeout: Duration,
    ) -> Result<Self, Failure> {
        let mut options = SamplerOptions::default();
        options.timeout = timeout;
        let fitting = |units: &&MatrixUnits| units.precision() == case.precision;
        options.matrix_units = units.iter().find(fitting).copied();
        options.mlp_kernel = case.kernel;
        options.rows_per_dispatch = NonZeroUsize::new(case.rows_per_dispatch);
        options.precision = case.precision;
        match (&case.form, &case.network.kind) {
            (Form::Named, _) => {}
            (Form::Expected, _) => {
                options.rows_per_dispatch = None;
                options.expected_samples = NonZeroUsize::new(case.batch.count);
            }
            (Form::Tuned(tuned), Kind::Mlp(model)) => tuned.apply(device, model, &mut options)?,
            (Form::Tuned(_), Kind::Update { .. }) => {
                return Err(Failure::usage("--tuned: the update alone has one form"));
            }
        }
        let external;
        let network: Network<'_> = match &case.network.kind {
            Kind::Mlp(mlp) => (&**mlp).into(),
            Kind::Update { dims } => {
                external = ExternalNetwork::new(vec![*dims]);
                (&external).into()
            }
        };
        let sampler = DiffusionSampler::with_options(device, network, &case.plan, &options)?;
        let run = sampler.prepare(device, queue, &case.batch)?;
        Ok(Self {
            device,
            queue,
            sampler,
            run,
            external: matches!(case.network.kind, Kind::Update { .. }),
            units: options.matrix_units,
            timeout,
        })
    }

    fn record(&self, encoder: &mut CommandEncoder) {
        let rows = 0..self.sampler.len();
        if self.external {
            self.sampler
                .encode_external(encoder, &self.run, rows, |_, _, _| {});
        } else {
            self.sampler.encode(encoder, &self.run, rows);
        }
    }

    /// The whole run in submissions of bounded time.
    fn run_split(&self) -> Result<Duration, Failure> {
        let start = Instant::now();
        let rows = 0..self.sampler.len();
        let go_on = |_| ControlFlow::Continue(());
        self.sampler
            .submit_blocking(self.device, self.queue, &self.run, rows, go_on)?;
        Ok(start.elapsed())
    }

    fn measure(&self, case: &Case<'_>, repetitions: Repetitions) -> Result<Measurement, Failure> {
        let stopwatch = Stopwatch::new(self.device)?.timeout(self.timeout);
        let at_once =
            || stopwatch.time_blocking(self.device, self.queue, |encoder| self.record(encoder));
        // The first run pays for what drivers do late, such as compiling. One that may be too long for a
        // driver's watchdog is none to find that out by.
        let split = || {
            let wall = self.run_split()?;
            Ok::<_, Failure>(Timed { wall, device: None })
        };
        let (first, long) = if self.external {
            (at_once()?, false)
        } else {
            let first = split()?;
            let typical = if repetitions.warm { split()? } else { first };
            (first, typical.wall > LONGEST_SUBMISSION)
        };
        let samples = self.run.read_blocking(self.device, self.queue)?;
        let error = case.check(&samples)?;
        let times = repetitions.times(first, || if long { split() } else { Ok(at_once()?) })?;
        Ok(Measurement {
            kernel: self.sampler.kernel().name().to_owned(),
            rows_per_dispatch: self.sampler.rows_per_dispatch(),
            multiply_add: match self.units {
                Some(units) if self.sampler.kernel().takes_matrix_units() => Peak::Matrix(units),
                _ => Peak::MultiplyAdd,
            },
            error,
            times,
            record: Some(self.time_of_recording()),
            cost: self.sampler.cost(case.batch.count),
        })
    }

    /// Seconds of the host for a step: the least of a few, for it is short.
    fn time_of_recording(&self) -> f64 {
        let time = |_| {
            let mut encoder = self
                .device
                .create_command_encoder(&CommandEncoderDescriptor::default());
            let start = Instant::now();
            self.record(&mut encoder);
            let finished = encoder.finish();
            let seconds = start.elapsed().as_secs_f64();
            drop(finished);
            seconds / self.sampler.len() as f64
        };
        (0..5).map(time).fold(f64::INFINITY, f64::min)
    }
}
