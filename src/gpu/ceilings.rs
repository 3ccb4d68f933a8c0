//! What a device can do at most: the rates that bound a sampler, each measured by a kernel that does nothing else.
//!
//! A kernel's speed says little by itself. Beside the rate that bounds it, it says how much is left to gain.

use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, Buffer, BufferUsages, CommandEncoder,
    ComputePassDescriptor, ComputePipeline, ComputePipelineDescriptor, Device, Queue,
    ShaderModuleDescriptor, ShaderSource,
};

use super::buffers::{empty, filled};
use super::compose::{Constants, compose};
use super::error::SamplerError;
use super::kernels::{NORMAL, NORMAL_TABLE, PHILOX, mul_wide};
use super::scope::checked;
use super::target::ShaderTarget;
use super::timing::{Stopwatch, Timed};

const WORKGROUP: u32 = 64;
/// Sums of `multiply_add` in registers, and the factor between its work on a GPU and on a driver that runs on a CPU.
const SUMS: u32 = 8;
const SOFTWARE_SHARE: u32 = 64;
/// Dispatches that follow one another in one pass.
const DEPENDENT: u32 = 1000;
/// Bytes copied: what stays in a cache, and what does not.
const CACHED: u64 = 1 << 20;
const LARGE: u64 = 256 << 20;

/// A rate that bounds a sampler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ceiling {
    /// Multiplications and additions in f32, a multiply-add counting as two: FLOP/s.
    MultiplyAdd,
    /// Memory copied within a cache, counting what is read and what is written: B/s.
    CopyCached,
    /// Memory copied beyond any cache, 256 MiB or what one binding can hold: B/s.
    CopyLarge,
    /// Normals made by Philox and the inverse CDF: 1/s.
    Normals,
    /// Dispatches that wait for one another: 1/s.
    DependentDispatch,
    /// Submissions of nothing, each waited for: 1/s.
    EmptySubmit,
}

/// A ceiling as it was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// Which.
    pub ceiling: Ceiling,
    /// What one repetition does, in the unit of the rate.
    pub work: f64,
    /// Every repetition, in order.
    pub times: Vec<Timed>,
}

impl Measured {
    /// The rates of all repetitions, the lowest first, per second.
    #[must_use]
    pub fn rates(&self) -> Vec<f64> {
        let mut rates: Vec<f64> = self.times.iter().map(|t| self.work / t.seconds()).collect();
        rates.sort_by(f64::total_cmp);
        rates
    }

    /// The median rate, per second.
    #[must_use]
    pub fn median(&self) -> f64 {
        let rates = self.rates();
        rates[rates.len() / 2]
    }
}

impl Ceiling {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::MultiplyAdd,
        Self::CopyCached,
        Self::CopyLarge,
        Self::Normals,
        Self::DependentDispatch,
        Self::EmptySubmit,
    ];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MultiplyAdd => "multiply-add",
            Self::CopyCached => "copy, cached",
            Self::CopyLarge => "copy, large",
            Self::Normals => "normals",
            Self::DependentDispatch => "dependent dispatch",
            Self::EmptySubmit => "empty submit",
        }
    }

    /// The unit of what is done in a second.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::MultiplyAdd => "FLOP",
            Self::CopyCached | Self::CopyLarge => "B",
            Self::Normals => "normals",
            Self::DependentDispatch => "dispatches",
            Self::EmptySubmit => "submits",
        }
    }

    /// Measures it: a repetition to warm up, and `repetitions` that count. Submits, polls and blocks the calling thread.
    ///
    /// # Errors
    /// [`SamplerError::OutOfMemory`], [`SamplerError::Refused`], [`SamplerError::Timeout`], [`SamplerError::DeviceLost`].
    pub fn measure_blocking(
        self,
        device: &Device,
        queue: &Queue,
        repetitions: usize,
    ) -> Result<Measured, SamplerError> {
        let stopwatch = Stopwatch::new(device)?;
        let work = self.work(device)?;
        let time = || {
            stopwatch.time_blocking(device, queue, |encoder| {
                if let Some(work) = &work {
                    work.record(encoder);
                }
            })
        };
        time()?;
        let times: Result<Vec<Timed>, SamplerError> = (0..repetitions.max(1))
            .map(|_| {
                let timed = time()?;
                // Nothing is done on the device: what is measured is the way there and back.
                let device = timed.device.filter(|_| self != Self::EmptySubmit);
                Ok(Timed { device, ..timed })
            })
            .collect();
        Ok(Measured {
            ceiling: self,
            work: work.map_or(1.0, |work| work.amount),
            times: times?,
        })
    }

    fn work(self, device: &Device) -> Result<Option<Work>, SamplerError> {
        let target = ShaderTarget::of(device);
        let share = if target.software { SOFTWARE_SHARE } else { 1 };
        let limits = &target.limits;
        let invocations = (1 << 20) / share;
        let work = match self {
            Self::MultiplyAdd => Work::new(
                device,
                "multiply_add",
                include_str!("../../shaders/ceilings/multiply_add.wgsl"),
                Size {
                    rounds: 512,
                    workgroups: [invocations / WORKGROUP, 1],
                    bytes: 16 * u64::from(invocations),
                    amount: f64::from(invocations) * 512.0 * f64::from(SUMS) * 2.0 * 4.0 * 2.0,
                    ..Size::default()
                },
            )?,
            Self::CopyCached | Self::CopyLarge => {
                let most = limits
                    .max_storage_buffer_binding_size
                    .min(limits.max_buffer_size);
                let wanted = if self == Self::CopyLarge {
                    LARGE
                } else {
                    CACHED
                };
                // A whole number of rows of a grid.
                let groups = (wanted.min(most) / 16 / u64::from(WORKGROUP)) as u32;
                let rows = groups.div_ceil(limits.max_compute_workgroups_per_dimension);
                let groups = [groups / rows, rows];
                let bytes = 16 * u64::from(WORKGROUP) * u64::from(groups[0] * groups[1]);
                // What takes microseconds is done many times over.
                let dispatches = (LARGE / 2 / u64::from(share) / bytes).max(1) as u32;
                Work::new(
                    device,
                    "copy",
                    include_str!("../../shaders/ceilings/copy.wgsl"),
                    Size {
                        workgroups: groups,
                        dispatches,
                        bytes,
                        amount: 2.0 * bytes as f64 * f64::from(dispatches),
                        ..Size::default()
                    },
                )?
            }
            Self::Normals => Work::new(
                device,
                "normals",
                include_str!("../../shaders/ceilings/normals.wgsl"),
                Size {
                    rounds: 64,
                    workgroups: [invocations / WORKGROUP, 1],
                    bytes: 16 * u64::from(invocations),
                    amount: f64::from(invocations) * 64.0 * 4.0,
                    ..Size::default()
                },
            )?,
            Self::DependentDispatch => Work::new(
                device,
                "dependent",
                include_str!("../../shaders/ceilings/dependent.wgsl"),
                Size {
                    dispatches: DEPENDENT,
                    bytes: 16 * u64::from(WORKGROUP),
                    amount: f64::from(DEPENDENT),
                    ..Size::default()
                },
            )?,
            Self::EmptySubmit => return Ok(None),
        };
        Ok(Some(work))
    }
}

/// How much a kernel does.
#[derive(Clone, Copy)]
struct Size {
    rounds: u32,
    workgroups: [u32; 2],
    dispatches: u32,
    /// Of the output, and of the input.
    bytes: u64,
    /// In the unit of the rate.
    amount: f64,
}

impl Default for Size {
    fn default() -> Self {
        Self {
            rounds: 1,
            workgroups: [1, 1],
            dispatches: 1,
            bytes: 0,
            amount: 0.0,
        }
    }
}

/// A kernel with its buffers.
struct Work {
    pipeline: ComputePipeline,
    group: BindGroup,
    size: Size,
    amount: f64,
}

impl Work {
    fn new(
        device: &Device,
        name: &'static str,
        source: &str,
        size: Size,
    ) -> Result<Self, SamplerError> {
        let int64 = ShaderTarget::of(device).int64;
        let constants = Constants::default()
            .set("ROUNDS", size.rounds)
            .set("SUMS", SUMS);
        let noise = [mul_wide(int64), PHILOX, NORMAL_TABLE, NORMAL];
        let noise = if name == "normals" { &noise[..] } else { &[] };
        let text = compose(&constants, noise.iter().copied().chain([source]));
        checked(device, "a ceiling", || {
            let module = device.create_shader_module(ShaderModuleDescriptor {
                label: Some(name),
                source: ShaderSource::Wgsl(text.into()),
            });
            let pipeline = device.create_compute_pipeline(&ComputePipelineDescriptor {
                label: Some(name),
                layout: None,
                module: &module,
                entry_point: Some(name),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                cache: None,
            });
            let input = empty(
                device,
                "ddim.input",
                size.bytes.max(256),
                BufferUsages::STORAGE,
            );
            let output = empty(device, "ddim.output", size.bytes, BufferUsages::STORAGE);
            let table = filled(
                device,
                "ddim.normal_table",
                bytemuck::cast_slice(crate::noise::NORMAL_TABLE.as_flattened()),
                BufferUsages::UNIFORM,
            );
            let mut buffers: Vec<(u32, &Buffer)> = vec![(0, &input), (1, &output)];
            if !noise.is_empty() {
                buffers.push((4, &table));
            }
            let entries: Vec<_> = buffers
                .into_iter()
                .map(|(binding, buffer)| BindGroupEntry {
                    binding,
                    resource: buffer.as_entire_binding(),
                })
                .collect();
            let group = device.create_bind_group(&BindGroupDescriptor {
                label: Some(name),
                layout: &pipeline.get_bind_group_layout(0),
                entries: &entries,
            });
            Self {
                pipeline,
                group,
                size,
                amount: size.amount,
            }
        })
    }

    fn record(&self, encoder: &mut CommandEncoder) {
        let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor::default());
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.group, &[]);
        for _ in 0..self.size.dispatches {
            pass.dispatch_workgroups(self.size.workgroups[0], self.size.workgroups[1], 1);
        }
    }
}
