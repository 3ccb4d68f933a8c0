//! The host's part and the CPU engine: `cargo bench --bench sampler`. Under
//! `cargo test --benches` each runs once.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ddim_wgpu::Batch;
use ddim_wgpu::cpu::CpuSampler;
use ddim_wgpu::diffusion::Plan;
use ddim_wgpu::network::Model;
use ddim_wgpu::no_progress;
use ddim_wgpu::noise::{block, fill_normals};

fn digits() -> Model {
    Model::bundled("digits").expect("the compiled-in model")
}

fn plans(criterion: &mut Criterion) {
    let model = digits();
    let mut group = criterion.benchmark_group("plan");
    for steps in [50, 1000] {
        group.throughput(Throughput::Elements(steps as u64));
        group.bench_function(BenchmarkId::from_parameter(steps), |bencher| {
            bencher.iter(|| Plan::ddim(model.scheduler()).steps(steps).eta(0.5).build());
        });
    }
}

fn noise(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("noise");
    group.throughput(Throughput::Elements(4));
    group.bench_function("Philox block", |bencher| {
        bencher.iter(|| block(black_box(7), 1, 2, 3));
    });
    let mut normals = vec![0.0; 4096];
    group.throughput(Throughput::Elements(4096));
    group.bench_function("normals", |bencher| {
        bencher.iter(|| fill_normals(black_box(7), 0, 0, &mut normals));
    });
}

fn engine(criterion: &mut Criterion) {
    let model = digits();
    let plan = Plan::ddim(model.scheduler()).steps(2).build();
    let plan = plan.expect("a plan");
    let sampler = CpuSampler::new(&model, &plan);
    let mut group = criterion.benchmark_group("CPU engine, digits, 2 steps");
    group.sample_size(10);
    for count in [1, 64] {
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
            bencher.iter(|| {
                sampler
                    .run(&Batch::new(count), no_progress)
                    .expect("samples")
            });
        });
    }
}

criterion_group!(benches, plans, noise, engine);
criterion_main!(benches);
