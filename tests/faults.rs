//! Faults of a device, each provoked: an error that says so, soon, and nothing that a
//! host's own callbacks hear of.

use std::ops::ControlFlow;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use ddim_wgpu::Batch;
use ddim_wgpu::diffusion::{NoiseSchedule, Plan};
use ddim_wgpu::gpu::{
    DiffusionSampler, ExternalNetwork, ImageSource, ImageTexture, NoiseSource, SamplerError,
    SamplerOptions, WgslNetwork, wait,
};
use ddim_wgpu::verify;

use crate::common::host::Host;

/// What a fault may take, from its beginning to the error.
const SOON: Duration = Duration::from_secs(5);

fn plan(steps: usize) -> Plan {
    let schedule = NoiseSchedule::linear(1e-4, 0.02, 1000).expect("a schedule");
    Plan::ddim(schedule).steps(steps).build().expect("a plan")
}

fn network() -> WgslNetwork {
    WgslNetwork::new(
        vec![2],
        "fn predict(x: Sample, at: Evaluation) -> Sample { return x; }",
    )
}

fn go_on(_: usize) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

#[test]
fn a_device_lost_in_mid_run_is_an_error_wherever_it_is_met() {
    let host = Host::plain();
    let Host { device, queue, .. } = &host;
    let plan = plan(4);
    let sampler = DiffusionSampler::new(device, &network(), &plan).expect("a sampler");
    let batch = Batch::new(100);
    let [run, idle] = [0, 1].map(|_| sampler.prepare(device, queue, &batch).expect("a run"));
    let images = DiffusionSampler::new(device, &ExternalNetwork::new(vec![1, 2, 2]), &plan);
    let images = images.expect("a sampler").prepare(device, queue, &batch);
    let images = images.expect("a run");
    let shown = || {
        ImageTexture::new(
            device,
            &images.shards()[0],
            &[1, 2, 2],
            10,
            ImageSource::State,
        )
    };
    let picture = shown().expect("a picture");
    let source = NoiseSource::new(device, 3).expect("a source");
    for run in [&run, &idle] {
        let done = sampler.submit_blocking(device, queue, run, 0..2, go_on);
        assert!(done.expect("two rows"));
    }

    let started = Instant::now();
    device.destroy();
    let lost = |error: Option<SamplerError>, what: &str| match error {
        Some(SamplerError::DeviceLost) => {}
        other => panic!("{what}: {other:?}"),
    };
    let rest = sampler.submit_blocking(device, queue, &run, 2..4, go_on);
    lost(rest.err(), "the rest of the run");
    // The run that failed says so; the one that nobody touched is lost with its device.
    for what in ["once", "again"] {
        let error = run.read_blocking(device, queue).err();
        assert!(
            matches!(error, Some(SamplerError::Poisoned)),
            "{what}: {error:?}"
        );
    }
    let on = sampler.submit_blocking(device, queue, &run, 3..4, go_on);
    assert!(matches!(on, Err(SamplerError::Poisoned)), "{on:?}");
    let anew = sampler.submit_blocking(device, queue, &run, 0..4, go_on);
    lost(anew.err(), "the run from its beginning");
    lost(idle.read_blocking(device, queue).err(), "reading");
    lost(idle.read_x0_blocking(device, queue).err(), "reading");
    lost(
        pollster::block_on(idle.read(device, queue)).err(),
        "awaiting",
    );
    lost(sampler.prepare(device, queue, &batch).err(), "preparing");
    lost(
        DiffusionSampler::new(device, &network(), &plan).err(),
        "compiling",
    );
    lost(NoiseSource::new(device, 3).err(), "a source of noise");
    lost(
        source.read_blocking(device, queue, &batch, 0).err(),
        "noise",
    );
    lost(shown().err(), "a picture");
    lost(
        picture.read_blocking(device, queue).err(),
        "a picture's bytes",
    );
    lost(verify::device(device, queue).err(), "verifying");
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());

    host.assert_heard_nothing();
    device.poll(wgpu::PollType::Poll).expect("a poll");
    assert_eq!(
        host.lost.load(Ordering::Relaxed),
        1,
        "the host's own callback"
    );
}

#[test]
fn a_device_lost_under_a_pending_read_ends_it() {
    let host = Host::plain();
    let Host { device, queue, .. } = &host;
    let sampler = DiffusionSampler::new(device, &network(), &plan(2)).expect("a sampler");
    let run = sampler.prepare(device, queue, &Batch::new(50_000));
    let run = run.expect("a run");
    let mut encoder = device.create_command_encoder(&Default::default());
    sampler.encode(&mut encoder, &run, 0..2);
    queue.submit([encoder.finish()]);
    let mut reading = std::pin::pin!(run.read(device, queue));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(reading.as_mut().poll(&mut context).is_pending());
    let started = Instant::now();
    device.destroy();
    // What was submitted before may still arrive; what must not happen is that it never ends.
    let result = loop {
        if let std::task::Poll::Ready(result) = reading.as_mut().poll(&mut context) {
            break result;
        }
        device.poll(wgpu::PollType::Poll).expect("a poll");
        assert!(started.elapsed() < SOON, "the read hangs");
    };
    match result {
        Ok(values) => assert_eq!(values.len(), 100_000),
        Err(error) => assert!(matches!(error, SamplerError::DeviceLost), "{error}"),
    }
    host.assert_heard_nothing();
}

/// No device does anything within a microsecond.
#[test]
fn a_device_that_does_not_answer_in_time_is_given_up() {
    let host = Host::plain();
    let Host { device, queue, .. } = &host;
    let (plan, batch) = (plan(3), Batch::new(65_537).seed(1));
    let mut options = SamplerOptions::default();
    options.timeout = Duration::from_micros(1);
    let hasty =
        DiffusionSampler::with_options(device, &network(), &plan, &options).expect("a sampler");
    let run = hasty.prepare(device, queue, &batch).expect("a run");
    let started = Instant::now();
    let error = hasty.submit_blocking(device, queue, &run, 0..3, go_on);
    assert!(
        matches!(error, Err(SamplerError::Timeout { .. })),
        "{error:?}"
    );
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
    let error = run.read_blocking(device, queue);
    assert!(matches!(error, Err(SamplerError::Poisoned)), "{error:?}");

    // The device is none the worse for it, and a start from row 0 makes a run sound again.
    wait(device, None).expect("an idle device");
    let mut encoder = device.create_command_encoder(&Default::default());
    hasty.encode(&mut encoder, &run, 0..3);
    queue.submit([encoder.finish()]);
    wait(device, None).expect("an idle device");
    let patient = DiffusionSampler::new(device, &network(), &plan).expect("a sampler");
    let other = patient.prepare(device, queue, &batch).expect("a run");
    let done = patient.submit_blocking(device, queue, &other, 0..3, go_on);
    assert!(done.expect("all rows"));
    let expected = other.read_blocking(device, queue).expect("samples");
    let found = pollster::block_on(async {
        let mut reading = std::pin::pin!(run.read(device, queue));
        std::future::poll_fn(|context| {
            device.poll(wgpu::PollType::Poll).expect("a poll");
            context.waker().wake_by_ref();
            reading.as_mut().poll(context)
        })
        .await
    });
    assert_eq!(found.expect("samples"), expected);
    host.assert_heard_nothing();
}

/// More than there is. A software driver takes memory from the machine's, which may promise any
/// amount; so it runs in a process whose memory is limited.
#[test]
fn a_batch_beyond_memory_is_an_error_and_its_beginning_fits() {
    let host = Host::plain();
    if host.device.adapter_info().device_type != wgpu::DeviceType::Cpu {
        return ask_for_more_than_there_is(&host);
    }
    // Elsewhere nothing limits the memory of a software driver.
    if !cfg!(target_os = "linux") {
        return;
    }
    let program = std::env::current_exe().expect("a path");
    // Room for a driver and its libraries, and for little else: some drivers clear all that they
    // hand out, which takes time.
    let script = "ulimit -v 2000000 && exec \"$0\" --exact faults::in_limited_memory --ignored";
    let output = std::process::Command::new("bash")
        .args(["-c", script])
        .arg(program)
        .output()
        .expect("a shell");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}"
    );
}

#[test]
#[ignore = "run by the test above, in a process of its own"]
fn in_limited_memory() {
    ask_for_more_than_there_is(&Host::plain());
}

fn ask_for_more_than_there_is(host: &Host) {
    let Host { device, queue, .. } = host;
    let dims = 1 << 16;
    let sampler = DiffusionSampler::new(device, &ExternalNetwork::new(vec![dims]), &plan(1));
    let sampler = sampler.expect("a sampler");
    // State, x0 and out, of 256 KiB each: 768 GiB in all, never written.
    let batch = Batch::new(1 << 20).seed(5);
    let started = Instant::now();
    let error = sampler.prepare(device, queue, &batch).err();
    assert!(
        matches!(error, Some(SamplerError::OutOfMemory { .. })),
        "{error:?}"
    );
    let run = sampler.prepare_fitting(device, queue, &batch);
    let run = run.expect("some of the batch");
    assert!(
        run.count() < batch.count && run.count() > 1,
        "{}",
        run.count()
    );
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());

    // The device works as before.
    drop(run);
    let source = NoiseSource::new(device, dims).expect("a source");
    let found = source.read_blocking(device, queue, &batch.part(7..9), 0);
    let mut expected = vec![0.0; 2 * dims];
    ddim_wgpu::cpu::init_noise(5, 7, 0, dims, &mut expected);
    assert_eq!(found.expect("noise"), expected);
    host.assert_heard_nothing();
}

#[test]
fn a_part_of_a_batch_is_the_same_samples() {
    use ddim_wgpu::ClassChoice;
    let values: Vec<f32> = (0..12).map(|i| i as f32).collect();
    let batch = Batch::new(4)
        .seed(9)
        .sample_offset(10)
        .class(ClassChoice::PerSample(vec![3, 1, 2, 0]))
        .guidance(2.0)
        .initial(values.clone());
    let part = batch.part(1..3);
    assert_eq!((part.count, part.seed, part.sample_offset), (2, 9, 11));
    assert_eq!(part.class, ClassChoice::PerSample(vec![1, 2]));
    assert_eq!(part.initial.as_deref(), Some(&values[3..9]));
    let cyclic = Batch::new(9).class(ClassChoice::Cyclic);
    assert_eq!(
        cyclic.part(4..9).class_of(2, Some(5)),
        cyclic.class_of(6, Some(5))
    );
}

#[test]
fn a_run_of_another_sampler_is_refused() {
    let host = Host::plain();
    let Host { device, queue, .. } = &host;
    let [own, other] = [4, 4].map(|steps| {
        DiffusionSampler::new(device, &network(), &plan(steps)).expect("a sampler of equal shape")
    });
    let batch = Batch::new(3).initial(vec![0.5; 6]);
    let run = other.prepare(device, queue, &batch).expect("a run");
    let submitted = own.submit_blocking(device, queue, &run, 0..4, go_on);
    assert!(
        matches!(submitted, Err(SamplerError::ForeignRun)),
        "{submitted:?}"
    );
    let estimated = own.estimate_blocking(device, queue, &run, 0, &[0.5; 6]);
    assert!(
        matches!(estimated, Err(SamplerError::ForeignRun)),
        "{estimated:?}"
    );
    let done = other.submit_blocking(device, queue, &run, 0..4, go_on);
    assert!(done.expect("its own run"));
}

#[test]
#[should_panic(expected = "prepared by another sampler")]
fn a_run_of_another_sampler_is_not_recorded() {
    let host = Host::plain();
    let Host { device, queue, .. } = &host;
    let samplers =
        [0, 1].map(|_| DiffusionSampler::new(device, &network(), &plan(2)).expect("a sampler"));
    let run = samplers[0].prepare(device, queue, &Batch::new(3));
    let mut encoder = device.create_command_encoder(&Default::default());
    samplers[1].encode(&mut encoder, &run.expect("a run"), 0..2);
}

#[test]
fn a_run_is_submitted_by_one_call_at_a_time() {
    let host = Host::plain();
    let Host { device, queue, .. } = &host;
    let sampler = DiffusionSampler::new(device, &network(), &plan(4)).expect("a sampler");
    let run = sampler.prepare(device, queue, &Batch::new(3));
    let run = run.expect("a run");
    let mut second = None;
    let done = sampler.submit_blocking(device, queue, &run, 0..4, |_| {
        std::thread::scope(|scope| {
            let other = scope.spawn(|| sampler.submit_blocking(device, queue, &run, 0..4, go_on));
            second = Some(other.join().expect("no panic"));
        });
        ControlFlow::Continue(())
    });
    assert!(done.expect("all rows"));
    assert!(
        matches!(second, Some(Err(SamplerError::Busy))),
        "{second:?}"
    );
    let again = sampler.submit_blocking(device, queue, &run, 0..4, go_on);
    assert!(again.expect("nobody submits it now"));
}

#[test]
fn batches_that_no_device_can_hold_are_refused_before_the_work() {
    let host = Host::plain();
    let Host { device, queue, .. } = &host;
    let sampler = DiffusionSampler::new(device, &network(), &plan(1)).expect("a sampler");
    let started = Instant::now();
    for count in [1 << 40, 1 << 56] {
        let error = sampler.prepare(device, queue, &Batch::new(count)).err();
        assert!(
            matches!(error, Some(SamplerError::OutOfMemory { .. })),
            "{error:?}"
        );
    }
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
}

/// What is recorded may never be submitted.
#[test]
fn a_failed_run_is_sound_when_its_rows_have_run_and_not_when_they_are_recorded() {
    let host = Host::plain();
    let Host { device, queue, .. } = &host;
    let mut options = SamplerOptions::default();
    options.timeout = Duration::from_micros(1);
    let sampler = DiffusionSampler::with_options(device, &network(), &plan(3), &options);
    let sampler = sampler.expect("a sampler");
    let run = sampler.prepare(device, queue, &Batch::new(65_537));
    let run = run.expect("a run");
    let failed = sampler.submit_blocking(device, queue, &run, 0..3, go_on);
    assert!(
        matches!(failed, Err(SamplerError::Timeout { .. })),
        "{failed:?}"
    );
    wait(device, None).expect("an idle device");
    let mut dropped = device.create_command_encoder(&Default::default());
    sampler.encode(&mut dropped, &run, 0..3);
    drop(dropped);
    let rest = sampler.submit_blocking(device, queue, &run, 1..3, go_on);
    assert!(matches!(rest, Err(SamplerError::Poisoned)), "{rest:?}");
}

/// The asynchronous forms, driven by somebody else's polls, give the blocking ones' samples.
#[test]
fn awaited_forms_give_the_same_samples() {
    let host = Host::plain();
    let Host { device, queue, .. } = &host;
    let (plan, batch) = (plan(4), Batch::new(70).seed(3));
    let blocking = DiffusionSampler::new(device, &network(), &plan).expect("a sampler");
    let run = blocking.prepare(device, queue, &batch).expect("a run");
    let done = blocking.submit_blocking(device, queue, &run, 0..4, go_on);
    assert!(done.expect("all rows"));
    let expected = run.read_blocking(device, queue).expect("samples");
    let network = network();
    let awaited = async {
        let sampler = DiffusionSampler::new_async(device, &network, &plan).await?;
        let run = sampler.prepare_async(device, queue, &batch).await?;
        assert!(sampler.submit(device, queue, &run, 0..4, go_on).await?);
        run.read(device, queue).await
    };
    let found = pollster::block_on(async {
        let mut awaited = std::pin::pin!(awaited);
        std::future::poll_fn(|context| {
            device.poll(wgpu::PollType::Poll).expect("a poll");
            context.waker().wake_by_ref();
            awaited.as_mut().poll(context)
        })
        .await
    });
    assert_eq!(found.expect("samples"), expected);
}
