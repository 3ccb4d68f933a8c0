//! Reads that a host awaits.

use ddim_wgpu::Batch;
use ddim_wgpu::diffusion::Plan;
use ddim_wgpu::gpu::DiffusionSampler;

use super::{bits, model, submit};
use crate::common::compute::{TestDevice, poll_until_done, test_device};
use crate::common::host::Host;

#[test]
fn an_awaited_read_is_driven_by_the_hosts_polls() {
    let TestDevice { device, queue, .. } = test_device();
    let mlp = model("points");
    let plan = Plan::ddim(mlp.scheduler())
        .steps(2)
        .build()
        .expect("a plan");
    let sampler = DiffusionSampler::new(device, &mlp, &plan).expect("a sampler");
    let run = sampler
        .prepare(device, queue, &Batch::new(10))
        .expect("a run");
    submit(&sampler, &run, 0..2);
    let values = poll_until_done(device, run.read(device, queue)).expect("samples");
    assert_eq!(
        bits(&values),
        bits(&run.read_blocking(device, queue).expect("samples"))
    );
}

/// Dropped before it began, while the copy is under way, and when the copy has arrived unseen:
/// nothing stays mapped, no error comes of it, and the next read has the samples.
#[test]
fn an_awaited_read_may_be_dropped_at_any_time() {
    fn movable<T: Send>(future: T) -> T {
        future
    }
    let host = Host::plain();
    let (device, queue) = (&host.device, &host.queue);
    let mlp = model("points");
    let plan = Plan::ddim(mlp.scheduler())
        .steps(2)
        .build()
        .expect("a plan");
    let sampler = DiffusionSampler::new(device, &mlp, &plan).expect("a sampler");
    let run = sampler
        .prepare(device, queue, &Batch::new(10))
        .expect("a run");
    let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    sampler.encode(&mut encoder, &run, 0..2);
    queue.submit([encoder.finish()]);
    let expected = bits(&run.read_blocking(device, queue).expect("samples"));

    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    for round in 0..30 {
        let mut reading = Box::pin(movable(run.read(device, queue)));
        if round % 3 > 0 {
            assert!(reading.as_mut().poll(&mut context).is_pending());
        }
        if round % 3 == 2 {
            device
                .poll(wgpu::PollType::wait_indefinitely())
                .expect("a poll");
        }
        drop(reading);
        // The run goes on as if nobody had asked.
        let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        sampler.encode(&mut encoder, &run, 0..2);
        queue.submit([encoder.finish()]);
    }
    device
        .poll(wgpu::PollType::wait_indefinitely())
        .expect("a poll");
    let found = run.read_blocking(device, queue).expect("samples");
    assert_eq!(bits(&found), expected);
    host.assert_heard_nothing();
}
