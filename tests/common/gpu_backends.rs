//! The GPU sampler as a backend of the golden tests, on the test device: the MLP kernels, a network
//! in WGSL, and an external network whose output is given.

use std::num::NonZeroUsize;

use ddim_wgpu::Batch;
use ddim_wgpu::diffusion::Plan;
use ddim_wgpu::gpu::{
    DiffusionSampler, ExternalNetwork, Kernel, Network, SamplerOptions, WgslNetwork,
};
use ddim_wgpu::network::Model;

use super::backends::{Formula, RowJob, RunLoop, RunRow, SEED, Sample};
use super::compute::{TestDevice, featured_device, test_device};

/// Rows of the longest golden plan.
const MOST_ROWS: usize = 20;

/// A sampler made for the first plan, and given the others.
struct Reused {
    on: &'static TestDevice,
    sampler: Option<DiffusionSampler>,
}

impl Reused {
    fn on(on: &'static TestDevice) -> Self {
        Self { on, sampler: None }
    }

    fn with_plan(
        &mut self,
        network: Network<'_>,
        kernel: Option<Kernel>,
        plan: &Plan,
    ) -> &DiffusionSampler {
        let TestDevice { device, queue, .. } = self.on;
        if let Some(sampler) = &mut self.sampler {
            sampler.set_plan(queue, plan).expect("room for the plan");
        }
        self.sampler.get_or_insert_with(|| {
            let mut options = SamplerOptions::default();
            options.mlp_kernel = kernel;
            options.row_capacity = NonZeroUsize::new(MOST_ROWS);
            options.dynamic_threshold = true;
            DiffusionSampler::with_options(device, network, plan, &options).expect("a sampler")
        })
    }
}

pub(super) fn open_tiled_kernel(mlp: &Model) -> Sample<'_> {
    open_mlp_kernel(test_device(), Kernel::MlpStep, mlp)
}

pub(super) fn open_serial_kernel(mlp: &Model) -> Sample<'_> {
    open_mlp_kernel(test_device(), Kernel::MlpStepSerial, mlp)
}

/// On a device with subgroups and 64-bit integers, if there is one.
pub(super) fn open_featured_serial_kernel(mlp: &Model) -> Sample<'_> {
    open_mlp_kernel(featured_device(), Kernel::MlpStepSerial, mlp)
}

fn open_mlp_kernel<'a>(on: &'static TestDevice, kernel: Kernel, mlp: &'a Model) -> Sample<'a> {
    let mut sampler = Reused::on(on);
    Box::new(move |plan, batch| {
        let sampler = sampler.with_plan(mlp.into(), Some(kernel), plan);
        assert_eq!(sampler.kernel(), kernel);
        run_all(on, sampler, batch)
    })
}

pub(super) fn open_loop_kernel(formula: Formula, dims: usize) -> RunLoop {
    let output = match formula {
        Formula::Diffusers => "x[i] * at.timestep / (at.timestep + 1.0)",
        Formula::Smooth => "0.6 * x[i] + 0.01 * at.timestep * x[i] / (1.0 + x[i] * x[i])",
    };
    let source = format!(
        "fn predict(x: Sample, at: Evaluation) -> Sample {{
            var out: Sample;
            for (var i = 0u; i < DIMS; i++) {{ out[i] = {output}; }}
            return out;
        }}"
    );
    let network = WgslNetwork::new(vec![dims], source);
    let mut sampler = Reused::on(test_device());
    Box::new(move |plan, x| {
        let sampler = sampler.with_plan((&network).into(), None, plan);
        let batch = Batch::new(x.len() / dims).initial(x.to_vec());
        run_all(test_device(), sampler, &batch)
    })
}

fn run_all(on: &TestDevice, sampler: &DiffusionSampler, batch: &Batch) -> Vec<f32> {
    let TestDevice { device, queue, .. } = on;
    let run = sampler.prepare(device, queue, batch).expect("a run");
    let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    sampler.encode(&mut encoder, &run, 0..sampler.len());
    queue.submit([encoder.finish()]);
    run.read_blocking(device, queue).expect("samples")
}

/// A row alone, from a state and a network output that are written into the run's buffers.
pub(super) fn open_row_kernel(dims: usize) -> RunRow {
    let TestDevice { device, queue, .. } = test_device();
    let network = ExternalNetwork::new(vec![dims]);
    let mut sampler = Reused::on(test_device());
    Box::new(move |RowJob { plan, row, x, out }| {
        let sampler = sampler.with_plan((&network).into(), None, plan);
        // Row 0 starts a run from x_T, the others from what is in the state.
        let batch = Batch::new(x.len() / dims).seed(SEED).initial(x.to_vec());
        let run = sampler.prepare(device, queue, &batch).expect("a run");
        queue.write_buffer(run.state(), 0, bytemuck::cast_slice(x));
        queue.write_buffer(run.x0(), 0, bytemuck::cast_slice(&vec![f32::NAN; x.len()]));
        let output = run.out().expect("the buffer of the network's output");
        queue.write_buffer(output, 0, bytemuck::cast_slice(out));
        let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        sampler.encode_external(&mut encoder, &run, row..row + 1, |_, _, _| {});
        queue.submit([encoder.finish()]);
        let next = run.read_blocking(device, queue).expect("a state");
        (next, run.read_x0_blocking(device, queue).expect("x̂₀"))
    })
}
