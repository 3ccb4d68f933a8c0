//! The front door, on the CPU engine and on a GPU driver: the same calls, the same answers.

mod running;
mod streaming;
mod trajectories;

use ddim_wgpu::diffusion::Plan;
use ddim_wgpu::network::Model;
use ddim_wgpu::{Backend, Session};

use crate::common::compute::test_device;
use crate::common::golden_models::GoldenModel;

/// The CPU engine, and the driver that the tests run on.
fn backends() -> [Backend; 2] {
    let on = test_device();
    let gpu = Backend::from_wgpu(on.device.clone(), on.queue.clone());
    [
        Backend::cpu().expect("the CPU engine"),
        gpu.expect("a device that computes"),
    ]
}

/// A small network of images with classes.
fn model() -> Model {
    GoldenModel::read("images")
        .files
        .load()
        .expect("a golden model")
}

fn plan(model: &Model, steps: usize, eta: f64) -> Plan {
    let builder = Plan::ddim(model.scheduler()).steps(steps).eta(eta);
    builder.build().expect("a plan")
}

fn session(backend: &Backend, steps: usize, eta: f64) -> Session {
    let model = model();
    let plan = plan(&model, steps, eta);
    Session::new(backend, &model, &plan).expect("a session")
}
