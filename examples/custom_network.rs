//! Two networks of a caller's own, beside the exact answer.
//!
//! The data are Gaussian, with a mean and a variance along each axis, so the best possible network
//! is known in closed form: `ε(x) = √(1−ᾱ)·(x − √ᾱ·mean) / (ᾱ·variance + 1 − ᾱ)`. It is given to
//! the sampler twice, as a WGSL function that is composed into the step, and as dispatches of our
//! own between the steps. Both must come out where the host's f64 does.
//!
//! ```sh
//! cargo run --example custom_network
//! ```

#![expect(
    clippy::print_stdout,
    reason = "what it found is this example's output"
)]

use std::error::Error;

use ddim_wgpu::Batch;
use ddim_wgpu::diffusion::{NoiseLevel, NoiseSchedule, Plan, StageCoefficients};
use ddim_wgpu::gpu::{DiffusionSampler, ExternalNetwork, WgslNetwork, headless};
use ddim_wgpu::noise::{INITIAL_DRAW, normal};
use wgpu::util::{BufferInitDescriptor, DeviceExt};

const COUNT: usize = 1000;
const SEED: u64 = 7;
/// Mean and variance along x, then along y.
const GAUSSIAN: [[f32; 2]; 2] = [[0.5, 0.04], [-0.25, 0.0025]];

fn main() -> Result<(), Box<dyn Error>> {
    let adapters = headless::adapters();
    let (device, queue) = headless::open(adapters.first().ok_or("there is no GPU driver")?)?;
    let plan = Plan::ddim(NoiseSchedule::linear(1e-4, 0.02, 1000)?)
        .steps(50)
        .build()?;

    let exact = exact_samples(&plan);
    let composed = with_wgsl_function(&device, &queue, &plan)?;
    let external = with_own_dispatches(&device, &queue, &plan)?;
    for (name, samples) in [("WGSL function", composed), ("own dispatches", external)] {
        let errors = samples.iter().zip(&exact);
        let worst = errors.fold(0.0, |worst: f64, (x, exact)| {
            worst.max((f64::from(*x) - exact).abs())
        });
        println!("{name}: at most {worst:.1e} from the exact samples");
        if worst > 1e-4 {
            return Err(format!("the {name} is wrong").into());
        }
    }
    Ok(())
}

/// A network that the step kernel calls: one dispatch a step, nothing stored in between.
fn with_wgsl_function(
    device: &wgpu::Device,
    queue: &wgpu::Queue,
    plan: &Plan,
) -> Result<Vec<f32>, Box<dyn Error>> {
    let network = WgslNetwork::new(
        vec![2],
        "fn predict(x: Sample, at: Evaluation) -> Sample {
            var out: Sample;
            for (var axis = 0u; axis < DIMS; axis++) {
                let mean = params[2u * axis];
                let variance = params[2u * axis + 1u];
                let spread = at.alpha_bar * variance + at.one_minus_alpha_bar;
                out[axis] = sqrt(at.one_minus_alpha_bar) * (x[axis] - sqrt(at.alpha_bar) * mean) / spread;
            }
            return out;
        }",
    )
    .params(GAUSSIAN.as_flattened().to_vec());
    let sampler = DiffusionSampler::new(device, &network, plan)?;
    let run = sampler.prepare(device, queue, &Batch::new(COUNT).seed(SEED))?;

    let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    sampler.encode(&mut encoder, &run, 0..plan.len());
    queue.submit([encoder.finish()]);
    Ok(run.read_blocking(device, queue)?)
}

/// The same network as kernels of ours, such as another library's: before each step they read
/// the state and write `out`.
fn with_own_dispatches(
    device: &wgpu::Device,
    queue: &wgpu::Queue,
    plan: &Plan,
) -> Result<Vec<f32>, Box<dyn Error>> {
    let sampler = DiffusionSampler::new(device, &ExternalNetwork::new(vec![2]), plan)?;
    let run = sampler.prepare(device, queue, &Batch::new(COUNT).seed(SEED))?;
    let out = run.out().ok_or("a run of an external network has it")?;

    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some("gaussian"),
        source: wgpu::ShaderSource::Wgsl(
            "@group(0) @binding(0) var<storage, read> x: array<vec2f>;
            @group(0) @binding(1) var<storage, read_write> out: array<vec2f>;
            @group(0) @binding(2) var<uniform> weights: vec4f; // of x, and what is added

            @compute @workgroup_size(64)
            fn gaussian(@builtin(global_invocation_id) id: vec3u) {
                if id.x < arrayLength(&x) {
                    out[id.x] = weights.xy * x[id.x] + weights.zw;
                }
            }"
            .into(),
        ),
    });
    let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: Some("gaussian"),
        layout: None,
        module: &module,
        entry_point: None,
        compilation_options: wgpu::PipelineCompilationOptions::default(),
        cache: None,
    });
    // One bind group a step, made before anything is recorded: ε is linear in x here, with
    // other weights at every level.
    let bind_group = |step: &StageCoefficients| {
        let weights = device.create_buffer_init(&BufferInitDescriptor {
            label: Some("weights"),
            contents: bytemuck::cast_slice(&weights(step.level).map(|value| value as f32)),
            usage: wgpu::BufferUsages::UNIFORM,
        });
        let buffers = [run.state(), out, &weights];
        device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("gaussian"),
            layout: &pipeline.get_bind_group_layout(0),
            entries: &[0, 1, 2].map(|binding| wgpu::BindGroupEntry {
                binding,
                resource: buffers[binding as usize].as_entire_binding(),
            }),
        })
    };
    let groups: Vec<_> = plan.stages().iter().map(bind_group).collect();

    let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    sampler.encode_external(&mut encoder, &run, 0..plan.len(), |encoder, _, row| {
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        pass.set_pipeline(&pipeline);
        pass.set_bind_group(0, &groups[row], &[]);
        pass.dispatch_workgroups((COUNT as u32).div_ceil(64), 1, 1);
    });
    queue.submit([encoder.finish()]);
    Ok(run.read_blocking(device, queue)?)
}

/// `ε = w₀₁·x + w₂₃`, the weights for x and y.
fn weights(level: NoiseLevel) -> [f64; 4] {
    let [x, y] = GAUSSIAN.map(|[mean, variance]| {
        let spread = level.alpha_bar() * f64::from(variance) + level.one_minus_alpha_bar();
        let scale = level.sqrt_one_minus_alpha_bar() / spread;
        [scale, -scale * level.sqrt_alpha_bar() * f64::from(mean)]
    });
    [x[0], y[0], x[1], y[1]]
}

/// DDIM(0) by hand, in f64, from the same noise.
fn exact_samples(plan: &Plan) -> Vec<f64> {
    let element = |index: usize| {
        let (sample, axis) = (index / 2, index % 2);
        let mut x = f64::from(normal(SEED, sample as u64, INITIAL_DRAW, axis as u64));
        for step in plan.stages() {
            let (now, next) = (step.level, step.next_level);
            let weights = weights(now);
            let epsilon = weights[axis] * x + weights[2 + axis];
            let x0 = (x - now.sqrt_one_minus_alpha_bar() * epsilon) / now.sqrt_alpha_bar();
            x = next.sqrt_alpha_bar() * x0 + next.sqrt_one_minus_alpha_bar() * epsilon;
        }
        x
    };
    (0..2 * COUNT).map(element).collect()
}
