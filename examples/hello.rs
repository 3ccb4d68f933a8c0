//! The shortest program: 60 digits as a picture, on a GPU if there is one, else on the CPU.
//!
//! ```text
//! cargo run --release --example hello
//! ```

use ddim_wgpu::diffusion::Plan;
use ddim_wgpu::network::Model;
use ddim_wgpu::{Backend, Batch, ClassChoice, Error, Session};

fn main() -> Result<(), Error> {
    let backend = Backend::auto()?;
    let model = Model::bundled("digits")?;
    let plan = Plan::ddim(model.scheduler()).steps(50).build()?;
    let session = Session::new(&backend, &model, &plan)?;
    let batch = Batch::new(60).seed(42).class(ClassChoice::Cyclic);
    session.sample(&batch)?.write_png("digits.png")?;
    Ok(())
}
