//! What fusing a step saves: `cargo bench --bench ablation` prints a Markdown table. Under
//! `cargo test --benches` it runs once, small.
//!
//! The same steps of the same plan, in three forms: noise, network and update in dispatches of
//! their own, with everything that goes between them in memory, as a framework does it; fused
//! into one dispatch; and several steps to a dispatch. The network is the exact one of normal
//! data, a multiplication, so that what is left is what the forms differ in.
//! `WGPU_ADAPTER_NAME` chooses the adapter.

use std::error::Error;
use std::io::{self, Write};
use std::num::NonZeroUsize;

use ddim_wgpu::Batch;
use ddim_wgpu::diffusion::{NoiseSchedule, Plan, SchedulerConfig, StageCoefficients};
use ddim_wgpu::gpu::headless::{self, Choice, DeviceRequest};
use ddim_wgpu::gpu::{
    DiffusionSampler, ExternalNetwork, Peak, READ_TIMEOUT, Run, SamplerOptions, Stopwatch,
    WgslNetwork,
};
use ddim_wgpu::wgpu::util::{BufferInitDescriptor, DeviceExt};
use ddim_wgpu::wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, BufferUsages, CommandEncoder,
    CommandEncoderDescriptor, ComputePassDescriptor, ComputePipeline, ComputePipelineDescriptor,
    Device, Queue, ShaderModuleDescriptor, ShaderSource,
};

const DIMS: usize = 4;
const STEPS: usize = 24;
/// Steps to a dispatch.
const MANY: usize = 8;
const WORKGROUP: usize = 64;

const NETWORK: &str = "
fn predict(x: Sample, at: Evaluation) -> Sample {
    var out = x;
    for (var i = 0u; i < DIMS; i++) {
        out[i] *= sqrt(at.one_minus_alpha_bar);
    }
    return out;
}
";

/// The network and the update, each by itself.
const SEPARATE: &str = "
struct Step {
    x0_from_x: f32,
    x0_from_out: f32,
    eps_from_x: f32,
    eps_from_out: f32,
    x0_scale: f32,
    eps_scale: f32,
    noise_scale: f32,
    network_scale: f32,
}

@group(0) @binding(0) var<uniform> step: Step;
@group(0) @binding(1) var<storage, read_write> state: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> x0: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> noise: array<vec4<f32>>;

@compute @workgroup_size(64)
fn network(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x < arrayLength(&out) {
        out[id.x] = step.network_scale * state[id.x];
    }
}

@compute @workgroup_size(64)
fn update(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x < arrayLength(&state) {
        let x = state[id.x];
        let found = step.x0_from_x * x + step.x0_from_out * out[id.x];
        let eps = step.eps_from_x * x + step.eps_from_out * out[id.x];
        state[id.x] = step.x0_scale * found + step.eps_scale * eps + step.noise_scale * noise[id.x];
        x0[id.x] = found;
    }
}
";

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo says so when it benches.
    let whole = std::env::args().any(|argument| argument == "--bench");
    let (count, repetitions) = if whole { (1 << 20, 9) } else { (100, 1) };
    let Choice::Adapter { adapter, .. } = headless::choose(&request())? else {
        return Err("no adapter to measure".into());
    };
    let (device, queue) = headless::open(&adapter)?;
    let noisy = plan(1.0)?;
    for form in Form::ALL {
        let largest = Bench::new(&device, &queue, form, &plan(0.0)?, 100)?.error()?;
        if largest > 1e-5 {
            return Err(format!("{}: off by {largest} of what is exact", form.name()).into());
        }
    }

    let copy = Peak::CopyLarge.measure_blocking(&device, &queue, repetitions, READ_TIMEOUT)?;
    let mut stdout = io::stdout().lock();
    let name = headless::describe(&adapter.get_info());
    writeln!(
        stdout,
        "{name}; {count} samples of {DIMS} values, {STEPS} steps; a copy moves {:.1} GB/s\n",
        copy.median() / 1e9
    )?;
    writeln!(
        stdout,
        "| a step | bytes a value | predicted | measured | against fused |"
    )?;
    writeln!(stdout, "|---|--:|--:|--:|--:|")?;
    let benches: Vec<Bench<'_>> = Form::ALL
        .into_iter()
        .map(|form| Bench::new(&device, &queue, form, &noisy, count))
        .collect::<Result<_, _>>()?;
    let mut times = vec![Vec::new(); benches.len()];
    // In turns, so that what else the machine does hits them all; the first turn warms up.
    for turn in 0..=repetitions {
        for (bench, times) in benches.iter().zip(&mut times) {
            let seconds = bench.time()? / STEPS as f64;
            if turn > 0 {
                times.push(seconds);
            }
        }
    }
    for times in &mut times {
        times.sort_by(f64::total_cmp);
    }
    let median = |i: usize| times[i][times[i].len() / 2];
    for (i, form) in Form::ALL.into_iter().enumerate() {
        let predicted = form.bytes() * (count * DIMS) as f64 / copy.median();
        writeln!(
            stdout,
            "| {} | {} | {:.2} ms | {:.2} ms | {:.2} × |",
            form.name(),
            form.bytes(),
            1e3 * predicted,
            1e3 * median(i),
            median(i) / median(1)
        )?;
    }
    Ok(())
}

/// What the separate form is told of a row; the last is what the network multiplies x by, √(1 − ᾱ).
fn coefficients(row: &StageCoefficients) -> [f64; 8] {
    let network_scale = row.network_level.sqrt_one_minus_alpha_bar();
    [
        row.x0_from_x,
        row.x0_from_out,
        row.eps_from_x,
        row.eps_from_out,
        row.x0_scale,
        row.eps_scale,
        row.noise_scale,
        network_scale,
    ]
}

/// The adapter by name, else the first there is: software is worth measuring too.
fn request() -> DeviceRequest {
    match std::env::var("WGPU_ADAPTER_NAME") {
        Ok(name) if !name.is_empty() => DeviceRequest::Named(name),
        _ => DeviceRequest::Named("0".to_owned()),
    }
}

fn plan(eta: f64) -> Result<Plan, Box<dyn Error>> {
    let config: SchedulerConfig = NoiseSchedule::linear(1e-4, 0.02, 1000)?.into();
    Ok(Plan::ddim(&config).steps(STEPS).eta(eta).build()?)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Separate,
    Fused,
    Many,
}

impl Form {
    const ALL: [Self; 3] = [Self::Separate, Self::Fused, Self::Many];

    fn name(self) -> &'static str {
        match self {
            Self::Separate => "noise, network and update: three dispatches",
            Self::Fused => "fused: one dispatch",
            Self::Many => "fused, eight steps to a dispatch",
        }
    }

    /// What goes through memory for each value, beyond the caches.
    fn bytes(self) -> f64 {
        match self {
            // The noise is written; the state read and the output written; state, output and noise
            // read, state and x̂₀ written.
            Self::Separate => 4.0 + 8.0 + 20.0,
            // The state is read, state and x̂₀ are written.
            Self::Fused => 12.0,
            // A value that has just been written is still in a cache.
            Self::Many => 12.0 / MANY as f64,
        }
    }
}

/// A form with its buffers.
struct Bench<'a> {
    device: &'a Device,
    queue: &'a Queue,
    sampler: DiffusionSampler,
    run: Run,
    count: usize,
    plan: Plan,
    separate: Option<Separate>,
}

/// The pipelines of the separate form, and what they are bound to at each step.
struct Separate {
    network: ComputePipeline,
    update: ComputePipeline,
    groups: Vec<[BindGroup; 2]>,
    noise: Run,
}

impl<'a> Bench<'a> {
    fn new(
        device: &'a Device,
        queue: &'a Queue,
        form: Form,
        plan: &Plan,
        count: usize,
    ) -> Result<Self, Box<dyn Error>> {
        let batch = Batch::new(count).seed(7);
        let mut options = SamplerOptions::default();
        let sampler = if form == Form::Separate {
            DiffusionSampler::with_options(
                device,
                &ExternalNetwork::new(vec![DIMS]),
                plan,
                &options,
            )?
        } else {
            options.rows_per_dispatch =
                NonZeroUsize::new(if form == Form::Many { MANY } else { 1 });
            DiffusionSampler::with_options(
                device,
                &WgslNetwork::new(vec![DIMS], NETWORK),
                plan,
                &options,
            )?
        };
        let run = sampler.prepare(device, queue, &batch)?;
        let separate = match form {
            Form::Separate => Some(Separate::new(
                device,
                plan,
                &run,
                sampler.prepare(device, queue, &batch)?,
            )),
            _ => None,
        };
        Ok(Self {
            device,
            queue,
            sampler,
            run,
            count,
            plan: plan.clone(),
            separate,
        })
    }

    fn record(&self, encoder: &mut CommandEncoder) {
        let rows = 0..self.plan.len();
        let Some(separate) = &self.separate else {
            return self.sampler.encode(encoder, &self.run, rows);
        };
        let groups = self.count.div_ceil(WORKGROUP) as u32;
        self.sampler
            .encode_external(encoder, &self.run, 0..0, |_, _, _| {});
        for row in rows {
            self.sampler
                .encode_external(encoder, &separate.noise, 0..0, |_, _, _| {});
            let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor::default());
            let [network, update] = &separate.groups[row];
            for (pipeline, group) in [(&separate.network, network), (&separate.update, update)] {
                pass.set_pipeline(pipeline);
                pass.set_bind_group(0, group, &[]);
                pass.dispatch_workgroups(groups, 1, 1);
            }
        }
    }

    fn time(&self) -> Result<f64, Box<dyn Error>> {
        let stopwatch = Stopwatch::new(self.device)?;
        let timed =
            stopwatch.time_blocking(self.device, self.queue, |encoder| self.record(encoder))?;
        Ok(timed.seconds())
    }

    /// How far the samples of the plan, which adds no noise, are from the rows applied on
    /// the host, over the largest.
    fn error(&self) -> Result<f32, Box<dyn Error>> {
        let mut encoder = self
            .device
            .create_command_encoder(&CommandEncoderDescriptor::default());
        self.record(&mut encoder);
        self.queue.submit([encoder.finish()]);
        let found = self.run.read_blocking(self.device, self.queue)?;
        let mut expected = vec![0.0; found.len()];
        ddim_wgpu::cpu::init_noise(7, 0, 0, DIMS, &mut expected);
        for row in self.plan.stages() {
            let [
                x0_from_x,
                x0_from_out,
                eps_from_x,
                eps_from_out,
                x0_scale,
                eps_scale,
                _,
                out,
            ] = coefficients(row);
            let scale = x0_scale * (x0_from_x + x0_from_out * out)
                + eps_scale * (eps_from_x + eps_from_out * out);
            expected
                .iter_mut()
                .for_each(|x| *x = (f64::from(*x) * scale) as f32);
        }
        let largest = expected.iter().fold(0.0_f32, |a, b| a.max(b.abs()));
        let errors = found
            .iter()
            .zip(&expected)
            .map(|(a, b)| (a - b).abs() / largest);
        // What is not a number is far.
        Ok(errors.fold(0.0, |a: f32, b| if b <= a { a } else { b }))
    }
}

impl Separate {
    fn new(device: &Device, plan: &Plan, run: &Run, noise: Run) -> Self {
        let module = device.create_shader_module(ShaderModuleDescriptor {
            label: Some("ablation"),
            source: ShaderSource::Wgsl(SEPARATE.into()),
        });
        let pipeline = |entry| {
            device.create_compute_pipeline(&ComputePipelineDescriptor {
                label: Some(entry),
                layout: None,
                module: &module,
                entry_point: Some(entry),
                compilation_options: Default::default(),
                cache: None,
            })
        };
        let (network, update) = (pipeline("network"), pipeline("update"));
        let out = run.out().expect("an external network's run");
        let groups = plan.stages().iter().map(|row| {
            let step = device.create_buffer_init(&BufferInitDescriptor {
                label: Some("ablation"),
                contents: bytemuck::bytes_of(&coefficients(row).map(|value| value as f32)),
                usage: BufferUsages::UNIFORM,
            });
            let buffers = [&step, run.state(), run.x0(), out, noise.state()];
            let group = |pipeline: &ComputePipeline, bindings: &[usize]| {
                let entries: Vec<_> = bindings
                    .iter()
                    .map(|&binding| BindGroupEntry {
                        binding: binding as u32,
                        resource: buffers[binding].as_entire_binding(),
                    })
                    .collect();
                device.create_bind_group(&BindGroupDescriptor {
                    label: Some("ablation"),
                    layout: &pipeline.get_bind_group_layout(0),
                    entries: &entries,
                })
            };
            [
                group(&network, &[0, 1, 3]),
                group(&update, &[0, 1, 2, 3, 4]),
            ]
        });
        Self {
            groups: groups.collect(),
            network,
            update,
            noise,
        }
    }
}
