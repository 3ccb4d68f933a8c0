//! In a host's hands: the caller's own device with default limits, drawing from the sampler's
//! buffers, two samplers side by side.

use ddim_wgpu::Batch;
use ddim_wgpu::diffusion::Plan;
use ddim_wgpu::gpu::{
    DiffusionSampler, ExternalNetwork, Kernel, SamplerError, SamplerOptions, WgslNetwork,
};

use super::{bits, model, plan, sample, scheduler, submit};
use crate::common::compute::{TestDevice, test_device};
use crate::common::host::Host;

#[test]
fn a_host_with_default_limits_and_no_features_gets_the_same_samples() {
    let host = Host::plain();
    let (device, queue) = (&host.device, &host.queue);
    assert_eq!(device.features(), wgpu::Features::empty());
    let mlp = model("points");
    let plan = Plan::ddim(mlp.scheduler())
        .steps(5)
        .build()
        .expect("a plan");
    let sampler = DiffusionSampler::new(device, &mlp, &plan).expect("a sampler");
    let run = sampler
        .prepare(device, queue, &Batch::new(100).seed(1))
        .expect("a run");
    let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    sampler.encode(&mut encoder, &run, 0..5);
    queue.submit([encoder.finish()]);
    let found = run.read_blocking(device, queue).expect("samples");
    assert_eq!(
        bits(&found),
        bits(&sample(
            &mlp,
            &plan,
            &Batch::new(100).seed(1),
            &SamplerOptions::default()
        ))
    );
    host.assert_heard_nothing();
}

#[test]
fn faults_are_returned_and_never_reach_the_hosts_handler() {
    let host = Host::plain();
    let (device, queue) = (&host.device, &host.queue);
    let plan = plan(&scheduler(), 2, 0.0);
    let broken = WgslNetwork::new(
        vec![2],
        "fn predict(x: Sample, at: Evaluation) -> Sample { return y; }",
    );
    let error =
        DiffusionSampler::new(device, &broken, &plan).expect_err("a network that does not compile");
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
    assert!(
        error
            .to_string()
            .contains("the caller's network, line 1, column 58"),
        "the place in the caller's text: {error}"
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
    let error =
        DiffusionSampler::new(device, &huge, &plan).expect_err("parameters beyond a binding");
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
    let sampler = DiffusionSampler::new(device, &fine, &plan).expect("a sampler");
    let error = sampler
        .prepare(device, queue, &Batch::new(0))
        .expect_err("an empty batch");
    assert!(matches!(error, SamplerError::Batch(_)), "{error}");
    host.assert_heard_nothing();
}

#[test]
fn two_samplers_and_their_runs_share_a_device_in_any_order() {
    let TestDevice { device, queue, .. } = test_device();
    let (first, second) = (model("points"), model("velocity"));
    let plans = [&first, &second].map(|mlp| {
        Plan::ddim(mlp.scheduler())
            .steps(3)
            .build()
            .expect("a plan")
    });
    let alone = [&first, &second].map(|mlp| {
        let plan = Plan::ddim(mlp.scheduler())
            .steps(3)
            .build()
            .expect("a plan");
        sample(mlp, &plan, &Batch::new(40), &SamplerOptions::default())
    });
    let one = DiffusionSampler::new(device, &first, &plans[0]).expect("a sampler");
    let two = DiffusionSampler::new(device, &second, &plans[1]).expect("a sampler");
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

/// An external network that returns √(1−ᾱ)·x, written by dispatches of its own, against
/// the same network in WGSL.
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
    let sampler = DiffusionSampler::new(device, &network, &plan).expect("a sampler");
    let run = sampler.prepare(device, queue, &batch).expect("a run");
    let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    sampler.encode_external(&mut encoder, &run, 0..plan.len(), |encoder, part, row| {
        use wgpu::util::DeviceExt;
        let factor = plan.stages()[row].level.one_minus_alpha_bar().sqrt() as f32;
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
    let plan = Plan::ddim(mlp.scheduler())
        .steps(3)
        .build()
        .expect("a plan");
    let sampler = DiffusionSampler::new(device, &mlp, &plan).expect("a sampler");
    let run = sampler
        .prepare(device, queue, &Batch::new(1))
        .expect("a run");
    submit(&sampler, &run, 0..4);
}

#[test]
fn a_device_that_runs_on_the_cpu_gets_the_serial_kernel() {
    let TestDevice { device, info, .. } = test_device();
    let mlp = model("points");
    let plan = Plan::ddim(mlp.scheduler())
        .steps(2)
        .build()
        .expect("a plan");
    let sampler = DiffusionSampler::new(device, &mlp, &plan).expect("a sampler");
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
