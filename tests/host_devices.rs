//! Devices that a host may bring: with limits too small for this or that, other than the one that a
//! sampler was made on, and destroyed between two calls. Each call is done or is an error, and the
//! host's own handler hears of none.

use std::ops::ControlFlow;
use std::time::Duration;

use ddim_wgpu::diffusion::{NoiseSchedule, Plan};
use ddim_wgpu::gpu::{
    Budget, DiffusionSampler, ExternalNetwork, ImageSource, ImageTexture, Network, NoiseSource,
    Peak, READ_TIMEOUT, SamplerError, SamplerOptions, Stopwatch, WgslNetwork,
};

use ddim_wgpu::network::Model;
use ddim_wgpu::{Batch, FixedPoint, Inpaint};
use wgpu::Limits;

use crate::common::host::Host;

type Limit = (&'static str, fn(&mut Limits));

/// One limit each, below what some kernel takes, and down to nothing.
const SMALL: &[Limit] = &[
    ("no bind groups", |l| l.max_bind_groups = 0),
    ("a bind group", |l| l.max_bind_groups = 1),
    ("no bindings", |l| l.max_bindings_per_bind_group = 0),
    ("two bindings", |l| l.max_bindings_per_bind_group = 2),
    ("no dynamic offsets", |l| {
        l.max_dynamic_uniform_buffers_per_pipeline_layout = 0;
    }),
    ("no storage", |l| l.max_storage_buffers_per_shader_stage = 0),
    ("little storage", |l| {
        l.max_storage_buffers_per_shader_stage = 3;
    }),
    ("no uniforms", |l| {
        l.max_uniform_buffers_per_shader_stage = 0;
    }),
    ("no bytes of uniforms", |l| {
        l.max_uniform_buffer_binding_size = 0;
    }),
    ("little uniforms", |l| {
        l.max_uniform_buffer_binding_size = 256;
    }),
    ("no bytes of storage", |l| {
        l.max_storage_buffer_binding_size = 0;
    }),
    ("16 bytes of storage", |l| {
        l.max_storage_buffer_binding_size = 16;
    }),
    ("a KiB of storage", |l| {
        l.max_storage_buffer_binding_size = 1024;
    }),
    ("no buffers", |l| l.max_buffer_size = 0),
    ("tiny buffers", |l| l.max_buffer_size = 64),
    ("small buffers", |l| l.max_buffer_size = 5000),
    ("no workgroup memory", |l| {
        l.max_compute_workgroup_storage_size = 0;
    }),
    ("little workgroup memory", |l| {
        l.max_compute_workgroup_storage_size = 512;
    }),
    ("no invocations", |l| {
        l.max_compute_invocations_per_workgroup = 0;
    }),
    ("an invocation", |l| {
        l.max_compute_invocations_per_workgroup = 1;
    }),
    ("32 invocations", |l| {
        l.max_compute_invocations_per_workgroup = 32;
    }),
    ("no width", |l| l.max_compute_workgroup_size_x = 0),
    ("width 1", |l| l.max_compute_workgroup_size_x = 1),
    ("no workgroups", |l| {
        l.max_compute_workgroups_per_dimension = 0;
    }),
    ("a workgroup a side", |l| {
        l.max_compute_workgroups_per_dimension = 1;
    }),
    ("no textures", |l| {
        l.max_storage_textures_per_shader_stage = 0;
    }),
    ("no texels", |l| l.max_texture_dimension_2d = 0),
    ("8 texels", |l| l.max_texture_dimension_2d = 8),
];

fn plan(steps: usize) -> Plan {
    let schedule = NoiseSchedule::linear(1e-4, 0.02, 1000).expect("a schedule");
    Plan::ddim(schedule).steps(steps).build().expect("a plan")
}

fn model(folder: &str) -> Model {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/");
    Model::load(format!("{data}{folder}")).expect("a fixture")
}

fn go_on(_: usize) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// All that a host may do with a network that is recorded by the library.
fn sample(host: &Host, network: Network<'_>, plan: &Plan) -> Result<Vec<f32>, SamplerError> {
    let Host { device, queue, .. } = host;
    let mut options = SamplerOptions::default();
    // Rows are divided into slices.
    options.submission_target = Duration::from_nanos(1);
    let mut sampler = DiffusionSampler::with_options(device, network, plan, &options)?;
    let dims: usize = sampler.sample_shape().iter().product();
    let known = Inpaint::new(vec![0.5; 300 * dims], vec![0.0; 300 * dims]);
    let batch = Batch::new(300).initial(vec![0.25; 300 * dims]);
    sampler.prepare_fitting(device, queue, &batch.clone().inpaint(known))?;
    let mut run = sampler.prepare(device, queue, &batch)?;
    run.set_seed(queue, 3)?;
    run.set_batch(queue, &batch.clone().seed(4))?;
    sampler.set_plan(queue, plan)?;
    sampler.submit_blocking(device, queue, &run, 0..plan.len(), go_on)?;
    let first = run.read_blocking(device, queue)?;
    sampler.estimate_blocking(device, queue, &run, 0, &first)?;
    let few = Batch::new(2).initial(vec![0.25; 2 * dims]);
    sampler.invert_blocking(device, queue, &few, &FixedPoint::default(), go_on)?;
    Ok(first)
}

/// All that a host may do without such a network.
fn others(host: &Host, plan: &Plan) -> Result<(), SamplerError> {
    let Host { device, queue, .. } = host;
    NoiseSource::new(device, 5)?.read_blocking(device, queue, &Batch::new(100), 1)?;
    Budget::new(device, queue, Duration::from_millis(4))?;
    Stopwatch::new(device)?.time_blocking(device, queue, |_| {})?;
    Peak::CopyCached.measure_blocking(device, queue, 1, READ_TIMEOUT)?;
    let external = DiffusionSampler::new(device, &ExternalNetwork::new(vec![1, 4, 4]), plan)?;
    let run = external.prepare(device, queue, &Batch::new(9))?;
    let shard = &run.shards()[0];
    let shown = ImageTexture::new(device, shard, &[1, 4, 4], 3, ImageSource::State)?;
    shown.read_blocking(device, queue).map(drop)
}

fn wgsl() -> WgslNetwork {
    WgslNetwork::new(
        vec![2],
        "fn predict(x: Sample, at: Evaluation) -> Sample { return x; }",
    )
}

#[test]
fn limits_that_are_too_small_are_errors() {
    let wgsl = wgsl();
    let models = ["models/images", "networks/tiny-diffusion-mlp"].map(model);
    let plan = plan(2);
    let roomy = Host::plain();
    let networks = || {
        let own = models.iter().map(Network::from);
        std::iter::once(Network::from(&wgsl)).chain(own)
    };
    let right: Vec<_> = networks()
        .map(|network| sample(&roomy, network, &plan).expect("room for all"))
        .collect();
    others(&roomy, &plan).expect("room for all");
    let (mut done, mut refused) = (0, 0);
    for (name, lower) in SMALL {
        let mut limits = Limits::default();
        lower(&mut limits);
        let Some(host) = Host::limited(&limits) else {
            continue;
        };
        for (network, right) in networks().zip(&right) {
            match sample(&host, network, &plan) {
                Ok(found) => {
                    assert_eq!(found.len(), right.len(), "{name}");
                    for (found, right) in found.iter().zip(right) {
                        assert!((found - right).abs() < 1e-4, "{name}: {found} {right}");
                    }
                    done += 1;
                }
                Err(error) => {
                    assert!(!error.to_string().is_empty(), "{name}");
                    refused += 1;
                }
            }
            host.assert_heard_nothing();
        }
        let _ = others(&host, &plan);
        host.assert_heard_nothing();
    }
    assert!(done > 10 && refused > 20, "{done} done, {refused} refused");
}

/// A sampler of one device, brought to another of the same instance of wgpu.
#[test]
fn another_device_than_the_samplers_is_refused() {
    let [own, other] = Host::pair();
    let plan = plan(2);
    let sampler = DiffusionSampler::new(&own.device, &wgsl(), &plan).expect("a sampler");
    let batch = Batch::new(9).initial(vec![0.5; 18]);
    let run = sampler.prepare(&own.device, &own.queue, &batch);
    let run = run.expect("a run");
    let (device, queue) = (&other.device, &other.queue);
    let refused = |error: Option<SamplerError>, what: &str| {
        assert!(
            matches!(error, Some(SamplerError::Refused { .. })),
            "{what}: {error:?}"
        );
    };
    refused(sampler.prepare(device, queue, &batch).err(), "preparing");
    refused(run.read_blocking(device, queue).err(), "reading");
    refused(
        sampler
            .submit_blocking(device, queue, &run, 0..2, go_on)
            .err(),
        "submitting",
    );
    let images = DiffusionSampler::new(&own.device, &ExternalNetwork::new(vec![1, 2, 2]), &plan);
    let images = images
        .expect("a sampler")
        .prepare(&own.device, &own.queue, &Batch::new(2));
    let images = images.expect("a run");
    let shown = ImageTexture::new(
        device,
        &images.shards()[0],
        &[1, 2, 2],
        2,
        ImageSource::State,
    );
    refused(shown.err(), "a picture");
    for host in [&own, &other] {
        host.assert_heard_nothing();
    }
    // Its own device goes on.
    let done = sampler.submit_blocking(&own.device, &own.queue, &run, 0..2, go_on);
    assert!(done.expect("all rows"));
}

/// What is written between frames says nothing of a lost device; what is submitted next does.
#[test]
fn a_device_destroyed_between_calls_is_an_error_of_the_next_submission() {
    let host = Host::plain();
    let Host { device, queue, .. } = &host;
    let plan = plan(2);
    let mut sampler = DiffusionSampler::new(device, &wgsl(), &plan).expect("a sampler");
    let batch = Batch::new(9).initial(vec![0.5; 18]);
    let mut run = sampler.prepare(device, queue, &batch).expect("a run");
    let watch = Stopwatch::new(device).expect("a stopwatch");
    device.destroy();
    run.set_seed(queue, 2).expect("nothing is noticed");
    run.set_batch(queue, &batch).expect("nothing is noticed");
    sampler.set_plan(queue, &plan).expect("nothing is noticed");
    let lost = |error: Option<SamplerError>, what: &str| {
        assert!(
            matches!(error, Some(SamplerError::DeviceLost)),
            "{what}: {error:?}"
        );
    };
    let states = [0.5; 18];
    let estimated = sampler.estimate_blocking(device, queue, &run, 0, &states);
    lost(estimated.err(), "estimating");
    let inverted = sampler.invert_blocking(device, queue, &batch, &FixedPoint::default(), go_on);
    lost(inverted.err(), "inverting");
    let timed = watch.time_blocking(device, queue, |_| {});
    lost(timed.err(), "timing");
    let measured = Peak::CopyCached.measure_blocking(device, queue, 1, READ_TIMEOUT);
    lost(measured.err(), "measuring");
    drop((run, sampler, watch));
    host.assert_heard_nothing();
}
