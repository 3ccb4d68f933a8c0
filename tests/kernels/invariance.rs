//! A sample depends on its seed, its global index, its class and the plan, and on nothing else:
//! bit for bit on one device.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;

use ddim_wgpu::diffusion::Plan;
use ddim_wgpu::gpu::{DiffusionSampler, Kernel, RunShard, SamplerError, SamplerOptions};
use ddim_wgpu::network::Model;
use ddim_wgpu::{Batch, ClassChoice};

use super::{bits, model, sample, submit};
use crate::common::compute::{TestDevice, test_device};

fn stochastic(mlp: &Model) -> Plan {
    Plan::ddim(mlp.scheduler())
        .steps(4)
        .eta(1.0)
        .build()
        .expect("a plan")
}

fn batch(mlp: &Model, count: usize) -> Batch {
    let batch = Batch::new(count).seed(99);
    if mlp.num_classes().is_some() {
        batch.class(ClassChoice::Cyclic).guidance(1.5)
    } else {
        batch
    }
}

fn with(kernel: Kernel) -> SamplerOptions {
    let mut options = SamplerOptions::default();
    options.mlp_kernel = Some(kernel);
    options
}

const MODELS: [&str; 2] = ["points", "images"];
const KERNELS: [Kernel; 3] = [Kernel::MlpStep, Kernel::MlpStepSerial, Kernel::MlpStepSplit];

/// A target that nothing meets makes every row a number of slices.
#[test]
fn slices_of_a_row_do_not_matter() {
    let TestDevice { device, queue, .. } = test_device();
    for mlp in MODELS.map(model) {
        let plan = stochastic(&mlp);
        let whole = sample(&mlp, &plan, &batch(&mlp, 300), &SamplerOptions::default());
        let mut options = SamplerOptions::default();
        options.submission_target = std::time::Duration::from_nanos(1);
        options.shard_samples = NonZeroUsize::new(170);
        let sampler =
            DiffusionSampler::with_options(device, &mlp, &plan, &options).expect("a sampler");
        let noise: Vec<f32> = (0..300 * mlp.dims()).map(|i| (i as f32).sin()).collect();
        for batch in [batch(&mlp, 300), batch(&mlp, 300).initial(noise)] {
            let expected = if batch.initial.is_some() {
                sample(&mlp, &plan, &batch, &SamplerOptions::default())
            } else {
                whole.clone()
            };
            let run = sampler.prepare(device, queue, &batch).expect("a run");
            let go_on = |_| ControlFlow::Continue(());
            let done = sampler.submit_blocking(device, queue, &run, 0..plan.len(), go_on);
            assert!(done.expect("a run that ends"));
            let found = run.read_blocking(device, queue).expect("samples");
            assert_eq!(bits(&found), bits(&expected));
        }
    }
}

/// Between the slices of a row too a run can be stopped, and nobody goes on with what is half done.
#[test]
fn a_run_that_is_stopped_within_a_row_is_poisoned() {
    let TestDevice { device, queue, .. } = test_device();
    let mlp = model("images");
    let plan = stochastic(&mlp);
    let mut options = SamplerOptions::default();
    options.submission_target = std::time::Duration::from_nanos(1);
    let sampler = DiffusionSampler::with_options(device, &mlp, &plan, &options).expect("a sampler");
    let run = sampler
        .prepare(device, queue, &batch(&mlp, 300))
        .expect("a run");
    let mut told = Vec::new();
    let stopped = sampler.submit_blocking(device, queue, &run, 0..plan.len(), |row| {
        told.push(row);
        if told.len() > 6 && told[told.len() - 2] == row {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    assert!(!stopped.expect("a run that ends"), "{told:?}");
    let row = told[told.len() - 1];
    let go_on = |_| ControlFlow::Continue(());
    let refused = sampler.submit_blocking(device, queue, &run, row + 1..plan.len(), go_on);
    assert!(matches!(refused, Err(SamplerError::Poisoned)));
    let again = sampler.submit_blocking(device, queue, &run, 0..plan.len(), go_on);
    assert!(again.expect("a run that ends"));
    let whole = sample(&mlp, &plan, &batch(&mlp, 300), &SamplerOptions::default());
    let found = run.read_blocking(device, queue).expect("samples");
    assert_eq!(bits(&found), bits(&whole));
}

#[test]
fn batch_size_and_offset_do_not_matter() {
    for kernel in KERNELS {
        for mlp in MODELS.map(model) {
            let plan = stochastic(&mlp);
            let whole = sample(&mlp, &plan, &batch(&mlp, 150), &with(kernel));
            for (offset, count) in [(0, 1), (149, 1), (3, 64), (37, 65)] {
                let part = sample(
                    &mlp,
                    &plan,
                    &batch(&mlp, count).sample_offset(offset),
                    &with(kernel),
                );
                let dims = mlp.dims();
                let expected = &whole[offset as usize * dims..][..count * dims];
                assert_eq!(
                    bits(&part),
                    bits(expected),
                    "{} {count} from {offset}",
                    kernel.name()
                );
            }
        }
    }
}

#[test]
fn parts_do_not_matter() {
    let TestDevice { device, queue, .. } = test_device();
    for kernel in KERNELS {
        let mlp = model("points");
        let plan = stochastic(&mlp);
        let whole = sample(&mlp, &plan, &batch(&mlp, 150), &with(kernel));
        let mut options = with(kernel);
        options.shard_samples = NonZeroUsize::new(47);
        assert_eq!(
            bits(&sample(&mlp, &plan, &batch(&mlp, 150), &options)),
            bits(&whole)
        );

        let sampler =
            DiffusionSampler::with_options(device, &mlp, &plan, &options).expect("a sampler");
        let run = sampler
            .prepare(device, queue, &batch(&mlp, 150))
            .expect("a run");
        let ranges: Vec<_> = run.shards().iter().map(RunShard::samples).collect();
        assert_eq!(ranges, [0..47, 47..94, 94..141, 141..150]);
    }
}

#[test]
fn ranges_of_rows_do_not_matter_and_row_0_starts_anew() {
    let TestDevice { device, queue, .. } = test_device();
    for kernel in KERNELS {
        let mlp = model("images");
        let plan = stochastic(&mlp);
        let sampler =
            DiffusionSampler::with_options(device, &mlp, &plan, &with(kernel)).expect("a sampler");
        let run = sampler
            .prepare(device, queue, &batch(&mlp, 33))
            .expect("a run");
        submit(&sampler, &run, 0..4);
        let at_once = run.read_blocking(device, queue).expect("samples");
        for rows in [0..1, 1..3, 3..4] {
            submit(&sampler, &run, rows);
        }
        assert_eq!(
            bits(&run.read_blocking(device, queue).expect("samples")),
            bits(&at_once)
        );
    }
}

#[test]
fn a_change_of_seed_class_or_plan_is_a_run_of_its_own() {
    let TestDevice { device, queue, .. } = test_device();
    let mlp = model("images");
    let plan = stochastic(&mlp);
    let other = Plan::ddim(mlp.scheduler())
        .steps(3)
        .eta(0.0)
        .build()
        .expect("a plan");
    let mut sampler = DiffusionSampler::new(device, &mlp, &plan).expect("a sampler");
    let mut run = sampler
        .prepare(device, queue, &batch(&mlp, 20))
        .expect("a run");
    submit(&sampler, &run, 0..4);
    let changed = batch(&mlp, 20)
        .seed(7)
        .class(ClassChoice::One(1))
        .guidance(0.5);
    run.set_batch(queue, &changed)
        .expect("a batch of the same size");
    sampler
        .set_plan(queue, &other)
        .expect("room for a shorter plan");
    submit(&sampler, &run, 0..3);
    let expected = sample(&mlp, &other, &changed, &SamplerOptions::default());
    assert_eq!(
        bits(&run.read_blocking(device, queue).expect("samples")),
        bits(&expected)
    );
    assert!(
        run.set_batch(queue, &batch(&mlp, 21)).is_err(),
        "another size needs other buffers"
    );
    let longer = Plan::ddim(mlp.scheduler())
        .steps(5)
        .build()
        .expect("a plan");
    assert!(
        sampler.set_plan(queue, &longer).is_err(),
        "no room for five rows"
    );
}
