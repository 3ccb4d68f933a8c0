//! Frame after frame on a host's device: rows that fit a budget, drawn from the state buffer,
//! changed and dropped midway.

use std::time::Duration;

use ddim_wgpu::diffusion::Plan;
use ddim_wgpu::gpu::{
    Budget, Clock, DiffusionSampler, ImageTexture, Run, SamplerOptions, optional_features,
};
use ddim_wgpu::{Batch, ClassChoice};

use super::{bits, model, sample};
use crate::common::host::Host;

/// What a host does in a frame.
impl Host {
    fn encoder(&self) -> wgpu::CommandEncoder {
        self.device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor::default())
    }

    fn submit(&self, encoder: wgpu::CommandEncoder) {
        self.queue.submit([encoder.finish()]);
    }

    fn rows(&self, sampler: &DiffusionSampler, run: &Run, rows: std::ops::Range<usize>) {
        let mut encoder = self.encoder();
        sampler.encode(&mut encoder, run, rows);
        self.submit(encoder);
    }

    fn read(&self, run: &Run) -> Vec<f32> {
        run.read_blocking(&self.device, &self.queue)
            .expect("samples")
    }

    fn wait(&self) {
        self.device
            .poll(wgpu::PollType::wait_indefinitely())
            .expect("a poll");
    }

    fn heard_nothing(&self) {
        self.wait();
        self.assert_heard_nothing();
    }
}

const STAMPS: wgpu::Features = wgpu::Features::TIMESTAMP_QUERY;

/// A host whose device has what a clock takes, where the adapter has it.
fn host_with(clock: Clock) -> Host {
    Host::new(|adapter| match clock {
        Clock::Device => adapter.features() & STAMPS,
        Clock::Host => wgpu::Features::empty(),
    })
}

/// With the device's clock and with the host's: the same bits as at once, a few rows a frame.
#[test]
fn frames_of_a_budget_add_up_to_the_run() {
    let mlp = model("points");
    let plan = Plan::ddim(mlp.scheduler())
        .steps(40)
        .eta(0.5)
        .build()
        .expect("a plan");
    let batch = Batch::new(100).seed(3);
    for clock in [Clock::Device, Clock::Host] {
        let host = host_with(clock);
        let (device, queue) = (&host.device, &host.queue);
        let sampler = DiffusionSampler::new(device, &mlp, &plan).expect("a sampler");
        let run = sampler.prepare(device, queue, &batch).expect("a run");
        let target = Duration::from_millis(2);
        let budget = Budget::with_clock(device, queue, target, clock);
        if clock == Clock::Device && !device.features().contains(STAMPS) {
            let error = budget.expect_err("a device without timestamps");
            assert!(error.to_string().contains("TIMESTAMP_QUERY"), "{error}");
            continue;
        }
        let mut budget = budget.expect("a budget");
        assert_eq!(budget.clock(), clock);
        // An encoder that is never submitted holds nothing up.
        for _ in 0..10 {
            budget.encode(&mut host.encoder(), &sampler, &run, 0..1);
        }
        let (mut next, mut frames) = (0, 0);
        while next < plan.len() {
            let mut encoder = host.encoder();
            let rows = budget.rows(next..plan.len());
            assert_eq!(rows.start, next);
            budget.encode(&mut encoder, &sampler, &run, rows.clone());
            next = rows.end;
            host.submit(encoder);
            host.device.poll(wgpu::PollType::Poll).expect("a poll");
            frames += 1;
            assert!(frames < 1_000_000, "the budget never gave the last rows");
        }
        assert!(frames > 2, "one row at first, more once they are measured");
        host.wait();
        let _ = budget.rows(0..1);
        assert_eq!(budget.row_time().is_some(), clock == Clock::Device);
        assert_eq!(
            bits(&host.read(&run)),
            bits(&sample(&mlp, &plan, &batch, &SamplerOptions::default()))
        );
        host.heard_nothing();
    }
    let host = Host::plain();
    let (device, queue) = (&host.device, &host.queue);
    let refused = Budget::with_clock(device, queue, Duration::ZERO, Clock::Device);
    assert!(refused.is_err(), "the device was asked for no timestamps");
    host.heard_nothing();
}

/// By either clock: each row with a copy of its state behind it, and the rows are measured.
#[test]
fn a_trajectory_is_copied_row_by_row() {
    let mlp = model("points");
    let plan = Plan::ddim(mlp.scheduler()).steps(12).eta(0.5).build();
    let (plan, batch) = (plan.expect("a plan"), Batch::new(50).seed(3));
    let bytes = (batch.count * mlp.dims() * 4) as u64;
    for clock in [Clock::Device, Clock::Host] {
        let host = host_with(clock);
        let (device, queue) = (&host.device, &host.queue);
        if clock == Clock::Device && !device.features().contains(STAMPS) {
            continue;
        }
        // More rows to a dispatch, which the copies divide.
        let mut options = SamplerOptions::default();
        options.rows_per_dispatch = std::num::NonZeroUsize::new(4);
        let sampler = DiffusionSampler::with_options(device, &mlp, &plan, &options);
        let sampler = sampler.expect("a sampler");
        let run = sampler.prepare(device, queue, &batch).expect("a run");
        let budget = Budget::with_clock(device, queue, Duration::from_millis(2), clock);
        let mut budget = budget.expect("a budget");
        let kept = device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: bytes * plan.len() as u64,
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        let mut next = 0;
        while next < plan.len() {
            let mut encoder = host.encoder();
            let rows = next..plan.len().min(next + 5);
            next = rows.end;
            budget.encode_each(&mut encoder, &sampler, &run, rows, |encoder, row| {
                let at = row as u64 * bytes;
                encoder.copy_buffer_to_buffer(run.state(), 0, &kept, at, Some(bytes));
            });
            host.submit(encoder);
            host.wait();
        }
        let _ = budget.rows(0..1);
        assert_eq!(budget.row_time().is_some(), clock == Clock::Device);
        kept.map_async(wgpu::MapMode::Read, .., |mapped| mapped.expect("a buffer"));
        host.wait();
        let view = kept.get_mapped_range(..).expect("a mapped buffer");
        let states: Vec<f32> = bytemuck::pod_collect_to_vec(&view[..]);
        for (row, state) in states.chunks_exact(bytes as usize / 4).enumerate() {
            host.rows(&sampler, &run, 0..row + 1);
            assert_eq!(bits(state), bits(&host.read(&run)), "{clock:?}, row {row}");
        }
        host.heard_nothing();
    }
}

/// What a host may hand to its threads and share between them.
#[test]
fn everything_of_a_frame_loop_is_send_and_sync() {
    fn both<T: Send + Sync>() {}
    both::<DiffusionSampler>();
    both::<Run>();
    both::<Budget>();
    both::<ImageTexture>();
}

/// A device that nobody polls looks busy: after three frames there is no fourth.
#[test]
fn a_device_that_is_behind_is_given_no_more() {
    let host = Host::plain();
    let mlp = model("points");
    let plan = Plan::ddim(mlp.scheduler())
        .steps(40)
        .build()
        .expect("a plan");
    let sampler = DiffusionSampler::new(&host.device, &mlp, &plan).expect("a sampler");
    let run = sampler
        .prepare(&host.device, &host.queue, &Batch::new(10))
        .expect("a run");
    let mut budget =
        Budget::new(&host.device, &host.queue, Duration::from_millis(2)).expect("a budget");
    let mut waiting = Vec::new();
    let mut given = Vec::new();
    for _ in 0..5 {
        let mut encoder = host.encoder();
        let rows = budget.rows(0..40);
        given.push(rows.len());
        budget.encode(&mut encoder, &sampler, &run, rows);
        waiting.push(encoder);
    }
    assert_eq!(given, [1, 1, 1, 0, 0]);
    for encoder in waiting {
        host.submit(encoder);
    }
    host.wait();
    assert_eq!(budget.rows(0..40).start, 0);
    assert!(!budget.rows(0..40).is_empty(), "it has caught up");
    assert_eq!(budget.rows(40..40), 40..40, "nothing is left");
    host.heard_nothing();
}

/// Seed, class, guidance, η and steps, changed between rows: from there on as if it had always been
/// so, in the buffers there are.
#[test]
fn a_change_in_mid_run_takes_effect_with_the_next_row() {
    let host = Host::plain();
    let (device, queue) = (&host.device, &host.queue);
    let mlp = model("images");
    let plan = |eta: f64| {
        Plan::ddim(mlp.scheduler())
            .steps(6)
            .eta(eta)
            .build()
            .expect("a plan")
    };
    let first = Batch::new(12).seed(1).class(ClassChoice::Cyclic);
    let second = Batch::new(12)
        .seed(2)
        .class(ClassChoice::One(1))
        .guidance(1.5);
    let mut sampler = DiffusionSampler::new(device, &mlp, &plan(0.0)).expect("a sampler");
    let mut run = sampler.prepare(device, queue, &first).expect("a run");
    let (state, x0) = (run.state().clone(), run.x0().clone());
    host.rows(&sampler, &run, 0..3);
    let midway = host.read(&run);
    run.set_batch(queue, &second).expect("a batch");
    sampler.set_plan(queue, &plan(1.0)).expect("a plan");
    host.rows(&sampler, &run, 3..6);
    let found = host.read(&run);
    assert!(run.state() == &state && run.x0() == &x0, "the same buffers");

    let other = DiffusionSampler::new(device, &mlp, &plan(1.0)).expect("a sampler");
    let expected = other.prepare(device, queue, &second).expect("a run");
    queue.write_buffer(expected.state(), 0, bytemuck::cast_slice(&midway));
    host.rows(&other, &expected, 3..6);
    assert_eq!(bits(&found), bits(&host.read(&expected)));
    assert_ne!(bits(&found), bits(&midway));
    host.heard_nothing();
}

#[test]
fn whatever_is_dropped_first_the_rest_goes_on() {
    let mlp = model("points");
    let plan = Plan::ddim(mlp.scheduler())
        .steps(4)
        .build()
        .expect("a plan");
    let batch = Batch::new(50).seed(8);
    let expected = bits(&sample(&mlp, &plan, &batch, &SamplerOptions::default()));

    // Everything of the sampler while the device is still at work.
    let host = Host::new(optional_features);
    let sampler = DiffusionSampler::new(&host.device, &mlp, &plan).expect("a sampler");
    let run = sampler
        .prepare(&host.device, &host.queue, &batch)
        .expect("a run");
    let mut budget =
        Budget::new(&host.device, &host.queue, Duration::from_millis(2)).expect("a budget");
    let mut encoder = host.encoder();
    budget.encode(&mut encoder, &sampler, &run, 0..4);
    let state = run.state().clone();
    host.submit(encoder);
    drop((budget, sampler, run));
    assert_eq!(state.size(), 4 * 2 * 50);
    host.heard_nothing();

    // A recorded encoder outlives what it was recorded with.
    let sampler = DiffusionSampler::new(&host.device, &mlp, &plan).expect("a sampler");
    let run = sampler
        .prepare(&host.device, &host.queue, &batch)
        .expect("a run");
    let mut encoder = host.encoder();
    sampler.encode(&mut encoder, &run, 0..4);
    drop(sampler);
    host.submit(encoder);
    assert_eq!(bits(&host.read(&run)), expected);
    host.heard_nothing();

    // The host's own handles before the run: it holds what it needs.
    let Host { device, queue, .. } = host;
    drop((device, queue));
    drop(run);
}
