//! The kernels on the preferred adapter: `cargo bench --bench kernels`. Under
//! `cargo test --benches` each runs once.
//!
//! criterion follows changes of one kernel; `ddim bench` compares devices, checks what it times
//! and prints the peaks.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ddim_wgpu::Batch;
use ddim_wgpu::diffusion::Plan;
use ddim_wgpu::gpu::{
    DiffusionSampler, ExternalNetwork, Kernel, Network, SamplerOptions, headless, wait,
};
use ddim_wgpu::network::{Model, random_model};
use ddim_wgpu::wgpu::{Device, Queue};
use serde_json::json;

/// 2→128→[128]×3→2.
fn points() -> Model {
    let config = json!({
        "architecture": "residual-mlp", "sample_shape": [2], "hidden_size": 128, "num_blocks": 3, "activation": "silu",
        "time_embedding": {"size": 64, "hidden_size": 128, "flip_sin_to_cos": false, "downscale_freq_shift": 1, "max_period": 10000},
        "input_embedding": null, "num_classes": null,
    });
    let scheduler =
        json!({"_class_name": "DDIMScheduler", "clip_sample": false, "prediction_type": "sample"});
    random_model(&config, &scheduler)
}

/// One row of a plan, submitted and waited for.
fn step(
    criterion: &mut Criterion,
    (device, queue): (&Device, &Queue),
    name: &str,
    (network, eta, count): (Network<'_>, f64, usize),
    kernel: Option<Kernel>,
) {
    let model = points();
    let plan = Plan::ddim(model.scheduler()).steps(4).eta(eta).build();
    let plan = plan.expect("a plan");
    let mut options = SamplerOptions::default();
    options.mlp_kernel = kernel;
    let sampler =
        DiffusionSampler::with_options(device, network, &plan, &options).expect("a sampler");
    let run = sampler
        .prepare(device, queue, &Batch::new(count))
        .expect("a run");
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Elements(count as u64));
    group.sample_size(10);
    group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
        bencher.iter(|| {
            let mut encoder = device.create_command_encoder(&Default::default());
            if sampler.kernel() == Kernel::UpdateStep {
                sampler.encode_external(&mut encoder, &run, 1..2, |_, _, _| {});
            } else {
                sampler.encode(&mut encoder, &run, 1..2);
            }
            wait(device, Some(queue.submit([encoder.finish()]))).expect("the device");
        });
    });
    black_box(run);
}

fn kernels(criterion: &mut Criterion) {
    let adapters = headless::adapters();
    let adapter = adapters.first().expect("a driver, be it a software one");
    let (device, queue) = headless::open(adapter).expect("a device");
    let on = (&device, &queue);
    let model = points();
    let images = ExternalNetwork::new(vec![784]);
    for count in [256, 8192] {
        for kernel in [Kernel::MlpStep, Kernel::MlpStepSerial] {
            let what = (Network::from(&model), 0.0, count);
            step(criterion, on, kernel.name(), what, Some(kernel));
        }
        let noisy = (Network::from(&model), 1.0, count);
        step(
            criterion,
            on,
            "the device's MLP kernel, with noise",
            noisy,
            None,
        );
        let update = (Network::from(&images), 0.0, count);
        step(criterion, on, "update_step", update, None);
        let noisy = (Network::from(&images), 1.0, count);
        step(criterion, on, "update_step, with noise", noisy, None);
    }
}

criterion_group!(benches, kernels);
criterion_main!(benches);
