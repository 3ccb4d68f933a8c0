//! Digits without a window: a device, a plan, one command buffer, a picture.
//!
//! ```sh
//! cargo run --example headless   # writes headless.png
//! ```

use std::error::Error;
use std::fs::File;

use ddim_wgpu::diffusion::Plan;
use ddim_wgpu::gpu::{DiffusionSampler, headless};
use ddim_wgpu::network::Model;
use ddim_wgpu::output::{PictureLayout, png};
use ddim_wgpu::{Batch, ClassChoice};

fn main() -> Result<(), Box<dyn Error>> {
    let adapters = headless::adapters(); // the preferred first
    let (device, queue) = headless::open(adapters.first().ok_or("there is no GPU driver")?)?;

    let model = Model::bundled("digits")?;
    let plan = Plan::ddim(model.scheduler()).steps(50).build()?;
    let sampler = DiffusionSampler::new(&device, &model, &plan)?;
    let batch = Batch::new(60).seed(1).class(ClassChoice::Cyclic);
    let run = sampler.prepare(&device, &queue, &batch)?;

    let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    sampler.encode(&mut encoder, &run, 0..plan.len());
    queue.submit([encoder.finish()]);

    let images = run.read_blocking(&device, &queue)?; // [60, 1, 28, 28]
    let picture = PictureLayout::new(60, model.sample_shape(), Some(10))?.draw(&images)?;
    png::write(&mut File::create("headless.png")?, &picture, &[])?;
    Ok(())
}
