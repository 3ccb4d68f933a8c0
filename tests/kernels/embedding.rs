//! In a host's hands: the caller's own device with default limits, drawing from the sampler's buffers, two samplers side by side.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ddim_wgpu::Batch;
use ddim_wgpu::cpu;
use ddim_wgpu::diffusion::Plan;
use ddim_wgpu::gpu::{
    ExternalNetwork, Kernel, Picture, PictureFormat, Sampler, SamplerError, SamplerOptions, Shown,
    WgslNetwork, headless, required_limits,
};

use half::f16;

use super::{bits, model, plan, sample, scheduler, submit};
use crate::common::compute::{TestDevice, test_device};

/// A device such as a host would make, with an error handler of the host's own that counts what reaches it.
fn host_device() -> (wgpu::Device, wgpu::Queue, Arc<AtomicUsize>) {
    let adapter = headless::adapters()
        .into_iter()
        .next()
        .expect("an adapter; install mesa-vulkan-drivers");
    let descriptor = wgpu::DeviceDescriptor {
        required_limits: required_limits(),
        ..Default::default()
    };
    let (device, queue) =
        pollster::block_on(adapter.request_device(&descriptor)).expect("a device");
    let errors = Arc::new(AtomicUsize::new(0));
    let counter = errors.clone();
    device.on_uncaptured_error(Arc::new(move |_| {
        counter.fetch_add(1, Ordering::Relaxed);
    }));
    (device, queue, errors)
}

#[test]
fn a_host_with_default_limits_and_no_features_gets_the_same_samples() {
    let (device, queue, errors) = host_device();
    assert_eq!(device.features(), wgpu::Features::empty());
    let mlp = model("points");
    let plan = Plan::ddim(mlp.schedule()).steps(5).build().expect("a plan");
    let sampler = Sampler::new(&device, &mlp, &plan).expect("a sampler");
    let run = sampler
        .prepare(&device, &queue, &Batch::new(100).seed(1))
        .expect("a run");
    let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    sampler.encode(&mut encoder, &run, 0..5);
    queue.submit([encoder.finish()]);
    let found = run.read_blocking(&device, &queue).expect("samples");
    assert_eq!(
        bits(&found),
        bits(&sample(
            &mlp,
            &plan,
            &Batch::new(100).seed(1),
            &SamplerOptions::default()
        ))
    );
    assert_eq!(errors.load(Ordering::Relaxed), 0);
}

#[test]
fn faults_are_returned_and_never_reach_the_hosts_handler() {
    let (device, queue, errors) = host_device();
    let plan = plan(&scheduler(), 2, 0.0);
    let broken = WgslNetwork::new(
        vec![2],
        "fn predict(x: Sample, at: Evaluation) -> Sample { return y; }",
    );
    let error = Sampler::new(&device, &broken, &plan).expect_err("a network that does not compile");
    assert!(
        matches!(
            &error,
            SamplerError::Refused {
                what: "ddim.predict_step",
                ..
            }
        ),
        "{error}"
    );
    assert!(
        error.to_string().contains('y'),
        "the compiler's message: {error}"
    );

    let huge = WgslNetwork::new(
        vec![2],
        "fn predict(x: Sample, at: Evaluation) -> Sample { return x; }",
    )
    .params(vec![
        0.0;
        (device.limits().max_storage_buffer_binding_size / 4)
            as usize
            + 1
    ]);
    let error = Sampler::new(&device, &huge, &plan).expect_err("parameters beyond a binding");
    assert!(
        error
            .to_string()
            .contains("max_storage_buffer_binding_size"),
        "{error}"
    );

    let fine = WgslNetwork::new(
        vec![2],
        "fn predict(x: Sample, at: Evaluation) -> Sample { return x; }",
    );
    let sampler = Sampler::new(&device, &fine, &plan).expect("a sampler");
    let error = sampler
        .prepare(&device, &queue, &Batch::new(0))
        .expect_err("an empty batch");
    assert!(matches!(error, SamplerError::Batch(_)), "{error}");
    assert_eq!(errors.load(Ordering::Relaxed), 0, "the host heard of it");
}

#[test]
fn an_awaited_read_is_driven_by_the_hosts_polls() {
    let TestDevice { device, queue, .. } = test_device();
    let mlp = model("points");
    let plan = Plan::ddim(mlp.schedule()).steps(2).build().expect("a plan");
    let sampler = Sampler::new(device, &mlp, &plan).expect("a sampler");
    let run = sampler
        .prepare(device, queue, &Batch::new(10))
        .expect("a run");
    submit(&sampler, &run, 0..2);
    let mut reading = std::pin::pin!(run.read(device, queue));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let values = loop {
        match reading.as_mut().poll(&mut context) {
            std::task::Poll::Ready(values) => break values.expect("samples"),
            std::task::Poll::Pending => {
                device.poll(wgpu::PollType::Poll).expect("a poll");
            }
        }
    };
    assert_eq!(
        bits(&values),
        bits(&run.read_blocking(device, queue).expect("samples"))
    );
}

/// Dropped before it began, while the copy is under way, and when the copy has arrived unseen: nothing stays mapped, no error comes of
/// it, and the next read has the samples.
#[test]
fn an_awaited_read_may_be_dropped_at_any_time() {
    fn movable<T: Send>(future: T) -> T {
        future
    }
    let (device, queue, errors) = host_device();
    let mlp = model("points");
    let plan = Plan::ddim(mlp.schedule()).steps(2).build().expect("a plan");
    let sampler = Sampler::new(&device, &mlp, &plan).expect("a sampler");
    let run = sampler
        .prepare(&device, &queue, &Batch::new(10))
        .expect("a run");
    let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    sampler.encode(&mut encoder, &run, 0..2);
    queue.submit([encoder.finish()]);
    let expected = bits(&run.read_blocking(&device, &queue).expect("samples"));

    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    for round in 0..30 {
        let mut reading = Box::pin(movable(run.read(&device, &queue)));
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
    let found = run.read_blocking(&device, &queue).expect("samples");
    assert_eq!(bits(&found), expected);
    assert_eq!(errors.load(Ordering::Relaxed), 0);
}

#[test]
fn two_samplers_and_their_runs_share_a_device_in_any_order() {
    let TestDevice { device, queue, .. } = test_device();
    let (first, second) = (model("points"), model("velocity"));
    let plans =
        [&first, &second].map(|mlp| Plan::ddim(mlp.schedule()).steps(3).build().expect("a plan"));
    let alone = [&first, &second].map(|mlp| {
        let plan = Plan::ddim(mlp.schedule()).steps(3).build().expect("a plan");
        sample(mlp, &plan, &Batch::new(40), &SamplerOptions::default())
    });
    let one = Sampler::new(device, &first, &plans[0]).expect("a sampler");
    let two = Sampler::new(device, &second, &plans[1]).expect("a sampler");
    let runs = [
        one.prepare(device, queue, &Batch::new(40)).expect("a run"),
        two.prepare(device, queue, &Batch::new(40)).expect("a run"),
    ];
    for row in 0..3 {
        submit(&two, &runs[1], row..row + 1);
        submit(&one, &runs[0], row..row + 1);
    }
    // A run holds what it needs: the samplers may go first.
    drop((one, two));
    for (run, alone) in runs.iter().zip(&alone) {
        assert_eq!(
            bits(&run.read_blocking(device, queue).expect("samples")),
            bits(alone)
        );
    }
}

/// An external network that returns √(1−ᾱ)·x, written by dispatches of its own, against the same network in WGSL.
#[test]
fn an_external_network_is_as_good_as_a_composed_one() {
    let TestDevice { device, queue, .. } = test_device();
    let plan = plan(&scheduler(), 6, 0.5);
    let (dims, count) = (5, 130);
    let batch = Batch::new(count).seed(21);
    let inside = WgslNetwork::new(
        vec![dims],
        "fn predict(x: Sample, at: Evaluation) -> Sample {
            var out: Sample;
            for (var i = 0u; i < DIMS; i++) { out[i] = sqrt(at.one_minus_alpha_bar) * x[i]; }
            return out;
        }",
    );
    let expected = sample(&inside, &plan, &batch, &SamplerOptions::default());

    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some("external network"),
        source: wgpu::ShaderSource::Wgsl(
            "@group(0) @binding(0) var<storage, read> x: array<f32>;
             @group(0) @binding(1) var<storage, read_write> out: array<f32>;
             @group(0) @binding(2) var<storage, read> factor: array<f32>;
             @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
                 if id.x < arrayLength(&x) { out[id.x] = factor[0] * x[id.x]; }
             }"
            .into(),
        ),
    });
    let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: None,
        layout: None,
        module: &module,
        entry_point: None,
        compilation_options: wgpu::PipelineCompilationOptions::default(),
        cache: None,
    });
    let network = ExternalNetwork::new(vec![dims]);
    let sampler = Sampler::new(device, &network, &plan).expect("a sampler");
    let run = sampler.prepare(device, queue, &batch).expect("a run");
    let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    sampler.encode_external(&mut encoder, &run, 0..plan.len(), |encoder, part, row| {
        use wgpu::util::DeviceExt;
        let factor = plan.steps()[row].level.one_minus_alpha_bar().sqrt() as f32;
        let factor = device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
            label: None,
            contents: bytemuck::bytes_of(&factor),
            usage: wgpu::BufferUsages::STORAGE,
        });
        let out = part.out().expect("an external network's buffer");
        let resources = [part.state(), out, &factor].map(wgpu::Buffer::as_entire_binding);
        let entries: Vec<_> = (0..)
            .zip(resources)
            .map(|(binding, resource)| wgpu::BindGroupEntry { binding, resource })
            .collect();
        let group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &pipeline.get_bind_group_layout(0),
            entries: &entries,
        });
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        pass.set_pipeline(&pipeline);
        pass.set_bind_group(0, &group, &[]);
        pass.dispatch_workgroups(((count * dims) as u32).div_ceil(64), 1, 1);
    });
    queue.submit([encoder.finish()]);
    let found = run.read_blocking(device, queue).expect("samples");
    let worst = found
        .iter()
        .zip(&expected)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max);
    // Two roundings of √(1−ᾱ), six steps.
    assert!(worst < 1e-5, "{worst}");
}

#[test]
#[should_panic(expected = "rows 0..4 of a plan of 3")]
fn rows_past_the_plan_are_refused() {
    let TestDevice { device, queue, .. } = test_device();
    let mlp = model("points");
    let plan = Plan::ddim(mlp.schedule()).steps(3).build().expect("a plan");
    let sampler = Sampler::new(device, &mlp, &plan).expect("a sampler");
    let run = sampler
        .prepare(device, queue, &Batch::new(1))
        .expect("a run");
    submit(&sampler, &run, 0..4);
}

/// The texture holds the twin's bytes, and is drawn from the state as it stands.
#[test]
fn to_rgba8_is_its_twin() {
    let TestDevice { device, queue, .. } = test_device();
    for shape in [vec![1, 5, 5], vec![3, 2, 4]] {
        let dims: usize = shape.iter().product();
        let network = ExternalNetwork::new(shape.clone());
        let sampler =
            Sampler::new(device, &network, &plan(&scheduler(), 1, 0.0)).expect("a sampler");
        let mut state: Vec<f32> = vec![0.0; 7 * dims];
        cpu::init_noise(3, 0, 0, dims, &mut state);
        let run = sampler
            .prepare(device, queue, &Batch::new(7))
            .expect("a run");
        queue.write_buffer(run.state(), 0, bytemuck::cast_slice(&state));
        let picture =
            Picture::new(device, &run.parts()[0], &shape, 3, Shown::State).expect("a picture");
        let (channels, height, width) = (shape[0], shape[1], shape[2]);
        let pixels = read_texture(device, queue, &picture, 4);
        let row_bytes = 3 * width * 4;
        for (i, image) in state.chunks_exact(dims).enumerate() {
            let mut expected = vec![0; 4 * width * height];
            cpu::to_rgba8(channels, image, &mut expected);
            for (y, expected) in expected.chunks_exact(4 * width).enumerate() {
                let at = (i / 3 * height + y) * row_bytes + i % 3 * width * 4;
                assert_eq!(&pixels[at..][..4 * width], expected, "image {i}, row {y}");
            }
        }
        let last = &pixels[pixels.len() - 4..];
        assert_eq!(last, [0; 4], "a place without an image is transparent");
    }
}

/// As above with half floats, to one unit in the last place: drivers may round to the nearest or towards zero.
#[test]
fn to_rgba16f_is_its_twin() {
    let TestDevice { device, queue, .. } = test_device();
    for shape in [vec![1, 5, 5], vec![3, 2, 4]] {
        let (channels, height, width) = (shape[0], shape[1], shape[2]);
        let dims: usize = shape.iter().product();
        let network = ExternalNetwork::new(shape.clone());
        let sampler =
            Sampler::new(device, &network, &plan(&scheduler(), 1, 0.0)).expect("a sampler");
        let mut x0: Vec<f32> = vec![0.0; 7 * dims];
        cpu::init_noise(3, 0, 0, dims, &mut x0);
        // Beyond [−1, 1] by far, beyond any half float, and not at all.
        x0[..4].copy_from_slice(&[1e6, -1e6, 3.0, -1.0]);
        let run = sampler
            .prepare(device, queue, &Batch::new(7))
            .expect("a run");
        queue.write_buffer(run.x0(), 0, bytemuck::cast_slice(&x0));
        let part = &run.parts()[0];
        let format = PictureFormat::Rgba16F;
        let picture =
            Picture::with_format(device, part, &shape, 3, Shown::X0, format).expect("a picture");
        assert_eq!(picture.texture().format(), wgpu::TextureFormat::Rgba16Float);
        let pixels = read_texture(device, queue, &picture, 8);
        let pixels: &[f16] = bytemuck::cast_slice(&pixels);
        let row = 3 * width * 4;
        for (i, image) in x0.chunks_exact(dims).enumerate() {
            let mut expected = vec![f16::NAN; 4 * width * height];
            cpu::to_rgba16f(channels, image, &mut expected);
            for (y, expected) in expected.chunks_exact(4 * width).enumerate() {
                let at = (i / 3 * height + y) * row + i % 3 * width * 4;
                for (found, expected) in pixels[at..].iter().zip(expected) {
                    let apart = ordered(*found).abs_diff(ordered(*expected));
                    assert!(apart <= 1, "image {i}, row {y}: {found} for {expected}");
                }
            }
        }
        let last = &pixels[pixels.len() - 4..];
        assert_eq!(
            last,
            [f16::ZERO; 4],
            "a place without an image is transparent"
        );
    }
}

/// A half float's place among all half floats.
fn ordered(value: f16) -> i32 {
    let bits = i32::from(value.to_bits());
    if bits < 0x8000 { bits } else { 0x8000 - bits }
}

/// Draws a picture and reads it back, `pixel_bytes` bytes a pixel.
fn read_texture(
    device: &wgpu::Device,
    queue: &wgpu::Queue,
    picture: &Picture,
    pixel_bytes: u32,
) -> Vec<u8> {
    let texture = picture.texture();
    let stride = (pixel_bytes * texture.width()).next_multiple_of(256);
    let buffer = device.create_buffer(&wgpu::BufferDescriptor {
        label: None,
        size: u64::from(stride * texture.height()),
        usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
        mapped_at_creation: false,
    });
    let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    picture.encode(&mut encoder);
    let layout = wgpu::TexelCopyBufferLayout {
        offset: 0,
        bytes_per_row: Some(stride),
        rows_per_image: Some(texture.height()),
    };
    encoder.copy_texture_to_buffer(
        texture.as_image_copy(),
        wgpu::TexelCopyBufferInfo {
            buffer: &buffer,
            layout,
        },
        texture.size(),
    );
    queue.submit([encoder.finish()]);
    buffer.map_async(wgpu::MapMode::Read, .., |result| result.expect("a mapping"));
    device
        .poll(wgpu::PollType::wait_indefinitely())
        .expect("a poll");
    let view = buffer.get_mapped_range(..).expect("a range");
    let rows = view
        .chunks_exact(stride as usize)
        .flat_map(|row| &row[..(pixel_bytes * texture.width()) as usize]);
    rows.copied().collect()
}

#[test]
fn a_device_that_runs_on_the_cpu_gets_the_serial_kernel() {
    let TestDevice { device, info, .. } = test_device();
    let mlp = model("points");
    let plan = Plan::ddim(mlp.schedule()).steps(2).build().expect("a plan");
    let sampler = Sampler::new(device, &mlp, &plan).expect("a sampler");
    let software = info.device_type == wgpu::DeviceType::Cpu;
    assert_eq!(
        sampler.kernel(),
        if software {
            Kernel::MlpStepSerial
        } else {
            Kernel::MlpStep
        }
    );
}
