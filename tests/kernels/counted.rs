//! What the library does on a host's device, counted: submissions, polls, and
//! the objects that it makes.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ddim_wgpu::diffusion::{Clipping, Plan, SamplerKind};
use ddim_wgpu::gpu::{
    Budget, DiffusionSampler, ExternalNetwork, ImageFormat, ImageSource, ImageTexture, NoiseSource,
    SamplerOptions, headless, optional_features,
};
use ddim_wgpu::session::BackendOptions;
use ddim_wgpu::{Backend, Batch, ClassChoice, Inpaint, Session};

use super::{bits, model, sample};

/// A host's device, alone in its instance, so that what the instance counts is of this test.
struct Host {
    instance: wgpu::Instance,
    device: wgpu::Device,
    queue: wgpu::Queue,
}

/// What there is of each kind that counts.
type Objects = [(&'static str, usize); 5];

impl Host {
    fn new() -> Self {
        let wanted = headless::adapters();
        let wanted = wanted
            .first()
            .expect("an adapter; install mesa-vulkan-drivers")
            .get_info();
        let instance =
            wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle().with_env());
        let adapters = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::all()));
        let same = |adapter: &&wgpu::Adapter| {
            let info = adapter.get_info();
            (info.name, info.backend) == (wanted.name.clone(), wanted.backend)
        };
        let adapter = adapters.iter().find(same).expect("the same adapter");
        let (device, queue) = pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor {
            required_features: optional_features(adapter),
            ..Default::default()
        }))
        .expect("a device");
        Self {
            instance,
            device,
            queue,
        }
    }

    fn encoder(&self) -> wgpu::CommandEncoder {
        self.device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor::default())
    }

    /// Submits, and says the submission's number; those of one queue are consecutive.
    fn submit(&self, encoder: wgpu::CommandEncoder) -> u64 {
        let text = format!("{:?}", self.queue.submit([encoder.finish()]));
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        digits.parse().expect("a number")
    }

    fn wait(&self) {
        self.device
            .poll(wgpu::PollType::wait_indefinitely())
            .expect("a poll");
    }

    /// Whether anybody has polled since: a callback on work that is soon done, which only a
    /// poll or a submission calls.
    fn polls(&self) -> Arc<AtomicBool> {
        let mut encoder = self.encoder();
        let buffer = self.buffer();
        encoder.clear_buffer(&buffer, 0, None);
        self.submit(encoder);
        let polled = Arc::new(AtomicBool::new(false));
        let seen = polled.clone();
        self.queue
            .on_submitted_work_done(move || seen.store(true, Ordering::Relaxed));
        polled
    }

    fn buffer(&self) -> wgpu::Buffer {
        self.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: 4,
            usage: wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        })
    }

    fn objects(&self) -> Objects {
        let hub = self.instance.generate_report().expect("wgpu's own").hub;
        [
            ("compute pipelines", hub.compute_pipelines),
            ("bind groups", hub.bind_groups),
            ("buffers", hub.buffers),
            ("textures", hub.textures),
            ("query sets", hub.query_sets),
        ]
        // Places that a freed object has left count too, so that one made in between and dropped
        // again is seen: see `fill`.
        .map(|(name, of)| (name, of.num_kept_from_user + of.num_released_from_user))
    }

    /// Objects in the places that freed ones have left, so that the next to
    /// be made takes a new one.
    fn fill(&self) -> (Vec<wgpu::Buffer>, Vec<wgpu::BindGroup>) {
        let hub = || self.instance.generate_report().expect("wgpu's own").hub;
        let layout = self
            .device
            .create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label: None,
                entries: &[],
            });
        let group = |_| {
            self.device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: None,
                layout: &layout,
                entries: &[],
            })
        };
        let buffers = 0..hub().buffers.num_released_from_user;
        let groups = 0..hub().bind_groups.num_released_from_user;
        (
            buffers.map(|_| self.buffer()).collect(),
            groups.map(group).collect(),
        )
    }
}

/// Every function of the frame loop but `submit…` and `read…` between two submissions of the host:
/// they stay neighbours, and nobody has polled meanwhile.
#[test]
fn nothing_is_submitted_or_polled_behind_the_hosts_back() {
    let host = Host::new();
    let (device, queue) = (&host.device, &host.queue);
    let start = host.submit(host.encoder());
    let before = host.submit(host.encoder());
    assert_eq!(before, start + 1, "submissions are counted one by one");
    // The watch counts as some itself: as many each time.
    host.polls();
    let between = host.submit(host.encoder());
    let polled = host.polls();

    let mlp = model("images");
    let shape = mlp.sample_shape().to_vec();
    let dims: usize = shape.iter().product();
    let plan = Plan::ddim(mlp.scheduler())
        .steps(3)
        .build()
        .expect("a plan");
    let mut sampler = DiffusionSampler::new(device, &mlp, &plan).expect("a sampler");
    let batch = Batch::new(9);
    let mut run = sampler.prepare(device, queue, &batch).expect("a run");
    let mut budget = Budget::new(device, queue, Duration::from_millis(4)).expect("a budget");
    run.set_seed(queue, 5).expect("a seed");
    run.set_batch(queue, &batch.clone().class(ClassChoice::Cyclic))
        .expect("a batch");
    sampler.set_plan(queue, &plan).expect("a plan");
    let mut encoder = host.encoder();
    let rows = budget.rows(0..3);
    budget.encode(&mut encoder, &sampler, &run, rows);
    drop(run.read(device, queue));

    let picture = ImageTexture::with_format(
        device,
        &run.shards()[0],
        &shape,
        3,
        ImageSource::X0,
        ImageFormat::Rgba16F,
    );
    picture.expect("a picture").encode(&mut encoder);
    let known = Inpaint::new(vec![0.5; 9 * dims], vec![0.0; 9 * dims]);
    let inpainting = sampler.prepare_fitting(device, queue, &batch.clone().inpaint(known));
    sampler.encode(&mut encoder, &inpainting.expect("a run"), 0..3);
    let external =
        DiffusionSampler::new(device, &ExternalNetwork::new(shape), &plan).expect("a sampler");
    let outside = external.prepare(device, queue, &batch).expect("a run");
    external.encode_external(&mut encoder, &outside, 0..3, |_, _, _| {});
    let _source = NoiseSource::new(device, dims).expect("a source");

    // The callback has had its time; it takes a poll to call it.
    std::thread::sleep(Duration::from_millis(300));
    assert!(!polled.load(Ordering::Relaxed), "somebody has polled");
    let after = host.submit(encoder);
    assert_eq!(after - between, between - before, "somebody has submitted");
    host.wait();
    assert!(polled.load(Ordering::Relaxed), "what does poll is seen");

    let _ = run.read_blocking(device, queue);
    let last = host.submit(host.encoder());
    assert!(last > after + 1, "what does submit is seen");
}

/// Seed, class, guidance, η, steps and sampler, and frames of rows and pictures: all in what `new`
/// and `prepare` have made.
#[test]
fn changes_and_frames_make_no_objects() {
    let host = Host::new();
    let (device, queue) = (&host.device, &host.queue);
    let mlp = model("images");
    let plan = |steps, eta| {
        let plan = Plan::ddim(mlp.scheduler()).steps(steps).eta(eta);
        plan.build().expect("a plan")
    };
    let heun = Plan::sampler(mlp.scheduler().clone(), SamplerKind::Heun)
        .steps(4)
        .build()
        .expect("a plan");
    let mut options = SamplerOptions::default();
    options.row_capacity = NonZeroUsize::new(12);
    let nothing = host.objects();
    let mut sampler =
        DiffusionSampler::with_options(device, &mlp, &plan(4, 0.0), &options).expect("a sampler");
    let mut run = sampler
        .prepare(device, queue, &Batch::new(9))
        .expect("a run");
    let mut budget = Budget::new(device, queue, Duration::from_millis(4)).expect("a budget");
    let picture = ImageTexture::new(
        device,
        &run.shards()[0],
        mlp.sample_shape(),
        3,
        ImageSource::State,
    )
    .expect("a picture");
    let _filled = host.fill();
    let prepared = host.objects();
    for ((name, none), (_, some)) in nothing.iter().zip(&prepared) {
        assert!(some > none || *name == "query sets", "{name} are counted");
    }

    let batches = [
        Batch::new(9).seed(2),
        Batch::new(9).class(ClassChoice::One(1)).guidance(1.5),
        Batch::new(9).sample_offset(7).class(ClassChoice::Cyclic),
    ];
    for (plan, batch) in [plan(12, 1.0), heun, plan(2, 0.5)].iter().zip(&batches) {
        sampler.set_plan(queue, plan).expect("a plan");
        run.set_batch(queue, batch).expect("a batch");
        run.set_seed(queue, 9).expect("a seed");
        let (mut next, started) = (0, Instant::now());
        while next < plan.len() {
            assert!(started.elapsed() < Duration::from_secs(60), "no more rows");
            let mut encoder = host.encoder();
            let rows = budget.rows(next..plan.len());
            next = rows.end;
            budget.encode(&mut encoder, &sampler, &run, rows);
            picture.encode(&mut encoder);
            assert_eq!(host.objects(), prepared);
            host.submit(encoder);
            host.wait();
        }
    }
    assert_eq!(host.objects(), prepared);
    // An object that is dropped at once is seen as well.
    drop(host.buffer());
    assert_ne!(host.objects(), prepared);
}

/// Pipelines and weights are the sampler's: a further run adds none, and runs take
/// turns in one command buffer.
#[test]
fn runs_share_pipelines_and_weights() {
    let host = Host::new();
    let (device, queue) = (&host.device, &host.queue);
    let mlp = model("images");
    let plan = Plan::ddim(mlp.scheduler())
        .steps(4)
        .eta(0.5)
        .build()
        .expect("a plan");
    let sampler = DiffusionSampler::new(device, &mlp, &plan).expect("a sampler");
    let batches = [
        Batch::new(9).seed(1),
        Batch::new(70).seed(2).class(ClassChoice::Cyclic),
        Batch::new(33).seed(3).sample_offset(5),
    ];
    let _filled = host.fill();
    let alone = host.objects();
    let runs = batches
        .each_ref()
        .map(|batch| sampler.prepare(device, queue, batch).expect("a run"));
    let [(name, before), ..] = alone;
    let [(_, after), _, (_, buffers), ..] = host.objects();
    assert_eq!(after, before, "{name}");
    assert!(buffers > alone[2].1, "runs have buffers");

    let mut encoder = host.encoder();
    for row in 0..plan.len() {
        for run in &runs {
            sampler.encode(&mut encoder, run, row..row + 1);
        }
    }
    host.submit(encoder);
    for (run, batch) in runs.iter().zip(&batches) {
        let found = run.read_blocking(device, queue).expect("samples");
        let expected = sample(&mlp, &plan, batch, &SamplerOptions::default());
        let largest = expected.iter().fold(0.0_f32, |a, b| a.max(b.abs()));
        let errors = found.iter().zip(&expected).map(|(a, b)| (a - b).abs());
        // The device of `sample` has no features, which may round otherwise; the runs
        // on this one agree in bits.
        assert!(errors.fold(0.0, f32::max) < 1e-5 * largest);
        let again = sampler.prepare(device, queue, batch).expect("a run");
        let mut encoder = host.encoder();
        sampler.encode(&mut encoder, &again, 0..plan.len());
        host.submit(encoder);
        let again = again.read_blocking(device, queue).expect("samples");
        assert_eq!(bits(&found), bits(&again));
    }
}

/// A session's plans, of any length, by the pipelines that it was opened with.
#[test]
fn another_plan_of_a_session_compiles_nothing() {
    let host = Host::new();
    let options = BackendOptions::default().known_answer(false);
    let backend =
        Backend::from_wgpu_with(host.device.clone(), host.queue.clone(), &options).expect("a GPU");
    let mlp = model("images");
    let plan = |steps, eta| Plan::ddim(mlp.scheduler()).steps(steps).eta(eta);
    let built = |steps, eta| plan(steps, eta).build().expect("a plan");
    let mut session = Session::new(&backend, &mlp, &built(3, 0.0)).expect("a session");
    let pipelines = || host.objects()[0].1;
    let compiled = pipelines();
    let longer = session.with_plan(&built(9, 1.0)).expect("a longer plan");
    let batch = Batch::new(5).seed(2).class(ClassChoice::Cyclic);
    let found = longer.sample(&batch).expect("samples");
    session.set_plan(&built(20, 0.5)).expect("a longer plan");
    session.sample(&batch).expect("samples");
    session.set_plan(&built(2, 0.0)).expect("a shorter plan");
    assert_eq!(pipelines(), compiled, "{}", backend.description());

    let fresh = Session::new(&backend, &mlp, &built(9, 1.0)).expect("a session");
    assert_eq!(fresh.sample(&batch).expect("samples"), found);
    assert!(pipelines() > compiled, "what does compile is seen");
    drop(fresh);

    let threshold = Clipping::DynamicThreshold {
        ratio: 0.9,
        max: 2.0,
    };
    let threshold = plan(3, 0.0).clipping(threshold).build().expect("a plan");
    let thresholding = session.with_plan(&threshold).expect("another kernel");
    assert_eq!(thresholding.plan(), &threshold);
    thresholding.sample(&batch).expect("samples");
}
