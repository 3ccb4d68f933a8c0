//! How fast the CPU engine runs: `cargo bench --bench cpu_engine [-- --quick]`.
//!
//! Each network is first checked against the twin of its kernel, then timed: all repetitions run the same work, the best and
//! the median are printed. FLOP are those of the matrix products alone.

#[path = "../tests/common/random_model.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod random_model;

use std::time::Instant;

use ddim_wgpu::Batch;
use ddim_wgpu::cpu::{CpuSampler, MlpDenoiser, SampleStep, mlp_step, no_progress};
use ddim_wgpu::diffusion::Plan;
use ddim_wgpu::model::Mlp;
use random_model::RandomModel;

const REPETITIONS: usize = 10;
const STEPS: usize = 50;

struct Case {
    name: &'static str,
    model: RandomModel,
    count: usize,
    eta: f64,
}

fn cases() -> Vec<Case> {
    let points = |activation| RandomModel {
        hidden: 128,
        blocks: 3,
        activation,
        ..RandomModel::default()
    };
    let images = RandomModel {
        shape: vec![1, 28, 28],
        hidden: 512,
        blocks: 4,
        ..RandomModel::default()
    };
    let case = |name, model: &RandomModel, count, eta| Case {
        name,
        model: model.clone(),
        count,
        eta,
    };
    vec![
        case("points, 100,000", &points("silu"), 100_000, 0.0),
        case("points, 100,000, η = 1", &points("silu"), 100_000, 1.0),
        case("points, 100,000, relu", &points("relu"), 100_000, 0.0),
        case("points, 100,000, gelu", &points("gelu"), 100_000, 0.0),
        case("points, 1,000", &points("silu"), 1_000, 0.0),
        case("images, 256", &images, 256, 0.0),
        case("images, 256, η = 1", &images, 256, 1.0),
        case("images, 64", &images, 64, 0.0),
    ]
}

/// Multiplications and additions of one evaluation of the network.
fn flop(mlp: &Mlp) -> f64 {
    let config = mlp.config();
    let h = config.hidden_size;
    let weights = (config.input_features() + config.num_blocks * h + config.dims()) * h;
    2.0 * weights as f64
}

/// Runs three samples on the twin too, and compares.
fn check(mlp: &Mlp, plan: &Plan, name: &str) {
    let sampler = CpuSampler::new(mlp, plan);
    let batch = Batch::new(3);
    let mut expected = sampler.start(&batch).expect("a valid batch");
    let network = MlpDenoiser::new(mlp, plan);
    for row in 0..4 {
        let samples = expected.data.chunks_exact_mut(mlp.dims());
        let clean = expected.x0.chunks_exact_mut(mlp.dims());
        for (sample, (x, x0)) in samples.zip(clean).enumerate() {
            let at = SampleStep {
                row,
                class: None,
                guidance: 1.0,
                seed: 0,
                sample: sample as u64,
            };
            mlp_step(&network, plan, at, x, x0);
        }
    }
    let mut found = sampler.start(&batch).expect("a valid batch");
    let ran = sampler.advance(&batch, 0..4, &mut found, no_progress);
    ran.expect("the plan has four rows");
    let largest = expected.data.iter().fold(0.0_f32, |a, b| a.max(b.abs()));
    for (found, expected) in found.data.iter().zip(&expected.data) {
        let error = (found - expected).abs() / largest;
        assert!(error < 1e-4, "{name}: {found}, the twin gives {expected}");
    }
}

#[allow(clippy::print_stdout, reason = "the report of a benchmark")]
fn main() {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let threads = rayon::current_num_threads();
    println!("CPU engine, {threads} threads, {STEPS} steps, best (median) of the repetitions");
    for case in cases() {
        let mlp = case.model.build();
        let plan = Plan::ddim(mlp.schedule())
            .steps(STEPS)
            .eta(case.eta)
            .build();
        let plan = plan.expect("a valid plan");
        check(&mlp, &plan, case.name);
        let (count, repetitions) = if quick {
            (case.count.min(256), 2)
        } else {
            (case.count, REPETITIONS)
        };
        let sampler = CpuSampler::new(&mlp, &plan);
        let batch = Batch::new(count);
        let run = || {
            let start = Instant::now();
            sampler.run(&batch, no_progress).expect("a valid batch");
            start.elapsed().as_secs_f64()
        };
        run();
        let mut seconds: Vec<f64> = (0..repetitions).map(|_| run()).collect();
        seconds.sort_by(f64::total_cmp);
        let (best, median) = (seconds[0], seconds[repetitions / 2]);
        let work = flop(&mlp) * (count * STEPS) as f64;
        println!(
            "{:24} {best:9.4} s ({median:.4})  {:7.1} GFLOP/s ({:.1})",
            case.name,
            work / best / 1e9,
            work / median / 1e9,
        );
    }
}
