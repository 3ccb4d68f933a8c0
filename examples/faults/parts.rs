//! What the host does with the library, each part by itself and from the beginning.

use std::ops::ControlFlow;
use std::time::Duration;

use ddim_wgpu::diffusion::{NoiseSchedule, Plan};
use ddim_wgpu::gpu::{
    Budget, DiffusionSampler, ExternalNetwork, ImageSource, ImageTexture, NoiseSource, Run,
    SamplerOptions, Stopwatch, WgslNetwork,
};

use ddim_wgpu::network::Model;
use ddim_wgpu::{Batch, FixedPoint, Inpaint};

use crate::host::{Ended, Host, TIMEOUT};

/// Values that a part comes to: the same each time.
type Values = Result<Vec<f32>, Ended>;

/// What makes them.
pub struct Part {
    pub name: &'static str,
    pub values: fn(&Host, &Work) -> Values,
    /// It has calls that wait [`READ_TIMEOUT`](ddim_wgpu::gpu::READ_TIMEOUT) for a device that hangs.
    pub waits_long: bool,
}

const fn part(name: &'static str, values: fn(&Host, &Work) -> Values) -> Part {
    Part {
        name,
        values,
        waits_long: false,
    }
}

pub const PARTS: &[Part] = &[
    part("a residual MLP, frame by frame", frames),
    part("a network of layers, in slices", slices),
    part("changes of a run", changes),
    part("inversion and estimates", inversion),
    Part {
        waits_long: true,
        ..part("an external network and its pictures", pictures)
    },
    Part {
        waits_long: true,
        ..part("noise and time", measures)
    },
];

/// The networks.
pub struct Work {
    mlp: Model,
    layers: Model,
}

impl Work {
    /// From the test suite's fixtures.
    pub fn load(data: &str) -> Self {
        let model = |folder: &str| Model::load(format!("{data}/{folder}")).expect("a fixture");
        Self {
            mlp: model("models/images"),
            layers: model("networks/tiny-diffusion-mlp"),
        }
    }
}

fn plan(steps: usize) -> Plan {
    let schedule = NoiseSchedule::linear(1e-4, 0.02, 1000).expect("a schedule");
    Plan::ddim(schedule).steps(steps).build().expect("a plan")
}

fn options() -> SamplerOptions {
    let mut options = SamplerOptions::default();
    options.timeout = TIMEOUT;
    options
}

fn go_on(_: usize) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn wgsl() -> WgslNetwork {
    WgslNetwork::new(
        vec![2],
        "fn predict(x: Sample, at: Evaluation) -> Sample { return x; }",
    )
}

fn frames(host: &Host, work: &Work) -> Values {
    let Host { device, queue, .. } = host;
    let plan = plan(3);
    let sampler = DiffusionSampler::with_options(device, &work.mlp, &plan, &options())?;
    let known = Inpaint::new(vec![0.5; 9 * 25], vec![0.0; 9 * 25]);
    let run = sampler.prepare_fitting(device, queue, &Batch::new(9).inpaint(known))?;
    let mut budget = Budget::new(device, queue, Duration::from_millis(4))?;
    for row in 0..plan.len() {
        host.submit(|encoder| budget.encode(encoder, &sampler, &run, row..row + 1))?;
    }
    Ok(run.read_blocking(device, queue)?)
}

fn slices(host: &Host, work: &Work) -> Values {
    let Host { device, queue, .. } = host;
    let mut options = options();
    options.submission_target = Duration::from_nanos(1);
    let sampler = DiffusionSampler::with_options(device, &work.layers, &plan(3), &options)?;
    let run = sampler.prepare(device, queue, &Batch::new(150))?;
    sampler.submit_blocking(device, queue, &run, 0..3, go_on)?;
    Ok(run.read_x0_blocking(device, queue)?)
}

fn changes(host: &Host, _: &Work) -> Values {
    let Host { device, queue, .. } = host;
    let mut sampler = DiffusionSampler::with_options(device, &wgsl(), &plan(3), &options())?;
    let mut run = sampler.prepare(device, queue, &Batch::new(70))?;
    sampler.submit_blocking(device, queue, &run, 0..2, go_on)?;
    run.set_seed(queue, 7)?;
    run.set_batch(queue, &Batch::new(70).seed(8).sample_offset(3))?;
    sampler.set_plan(queue, &plan(2))?;
    drop(run.read(device, queue));
    sampler.submit_blocking(device, queue, &run, 0..2, go_on)?;
    Ok(run.read_blocking(device, queue)?)
}

fn inversion(host: &Host, work: &Work) -> Values {
    let Host { device, queue, .. } = host;
    let plan = plan(2);
    let sampler = DiffusionSampler::with_options(device, &work.mlp, &plan, &options())?;
    let batch = Batch::new(2).initial(vec![0.25; 50]);
    let settings = FixedPoint::default();
    let inverted = sampler.invert_blocking(device, queue, &batch, &settings, go_on)?;
    let mut values = inverted.expect("nothing stops it").data;
    let run = sampler.prepare(device, queue, &batch)?;
    values.extend(sampler.estimate_blocking(device, queue, &run, 1, &[0.5; 50])?);
    Ok(values)
}

fn pictures(host: &Host, _: &Work) -> Values {
    let Host { device, queue, .. } = host;
    let network = ExternalNetwork::new(vec![1, 4, 4]);
    let sampler = DiffusionSampler::with_options(device, &network, &plan(2), &options())?;
    let run: Run = sampler.prepare(device, queue, &Batch::new(9))?;
    let shard = &run.shards()[0];
    let picture = ImageTexture::new(device, shard, &[1, 4, 4], 3, ImageSource::State)?;
    host.submit(|encoder| {
        sampler.encode_external(encoder, &run, 0..2, |_, _, _| {});
        picture.encode(encoder);
    })?;
    let bytes = picture.read_blocking(device, queue)?;
    Ok(bytes.into_iter().map(f32::from).collect())
}

fn measures(host: &Host, _: &Work) -> Values {
    let Host { device, queue, .. } = host;
    let source = NoiseSource::new(device, 5)?;
    let noise = source.read_blocking(device, queue, &Batch::new(20), 1)?;
    let watch = Stopwatch::new(device)?;
    watch.time_blocking(device, queue, |_| {})?;
    Ok(noise)
}
