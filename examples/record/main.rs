//! Every kernel's dispatches written down as wgpu was told of them, with what the kernels' twins
//! expect, to be repeated by another implementation of WebGPU.
//!
//! ```text
//! cargo run --features record --example record -- DIRECTORY
//! ```
//!
//! The device is wgpu's that computes nothing, so no driver has a part in it; the calls are
//! the library's own. It has no features and default limits, as a browser's has, so the
//! kernels for GPUs are asked for by name where a driver that runs on a CPU would get
//! others. `DIRECTORY/<recording>/trace.ron` and the files beside it are what wgpu's tracing
//! makes of one device: texts, the bytes of every buffer, bindings, dispatches, copies to
//! the host. `expected.json` has an entry for each of those copies, in their order.
//! `scripts/dawn.sh` repeats them.

mod networks;
mod pictures;
mod recording;
mod steps;
mod updates;

use std::error::Error;
use std::path::Path;

use ddim_wgpu::gpu::Kernel;

use recording::Recording;

type Failure = Box<dyn Error>;
type Record = fn(&mut Recording) -> Result<(), Failure>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [directory] = &arguments[..] else {
        return Err("usage: record DIRECTORY".into());
    };
    for kernel in Kernel::ALL {
        for &(name, record) in recordings(kernel)? {
            let mut recording = Recording::begin(&Path::new(directory).join(name))?;
            record(&mut recording)?;
            recording.end()?;
        }
    }
    Ok(())
}

/// What is recorded of a kernel.
fn recordings(kernel: Kernel) -> Result<&'static [(&'static str, Record)], Failure> {
    Ok(match kernel {
        Kernel::InitNoise => &[
            ("noise_hash", updates::noise_hash),
            ("init_noise", updates::init_noise),
        ],
        Kernel::ThresholdStep => &[("threshold_step", updates::threshold_step)],
        Kernel::MaskStep => &[("mask_step", updates::mask_step)],
        Kernel::UpdateStep => &[("update_step", updates::update_step)],
        Kernel::PredictStep => &[
            ("predict_step", steps::predict_step),
            ("predict_step.run", steps::predict_step_run),
        ],
        Kernel::MlpStep => &[
            ("mlp_step", |to| steps::mlp_step(to, Kernel::MlpStep)),
            ("mlp_step.run", |to| {
                steps::mlp_step_run(to, Kernel::MlpStep)
            }),
        ],
        Kernel::MlpStepSerial => &[
            ("mlp_step_serial", |to| {
                steps::mlp_step(to, Kernel::MlpStepSerial)
            }),
            ("mlp_step_serial.run", |to| {
                steps::mlp_step_run(to, Kernel::MlpStepSerial)
            }),
        ],
        Kernel::MlpStepSplit => &[
            ("mlp_step_split", |to| {
                steps::mlp_step(to, Kernel::MlpStepSplit)
            }),
            ("mlp_step_split.run", |to| {
                steps::mlp_step_run(to, Kernel::MlpStepSplit)
            }),
        ],
        Kernel::ProgramStep => &[("program_step", |to| {
            steps::program_step(to, Kernel::ProgramStep)
        })],
        Kernel::ProgramStepSerial => &[("program_step_serial", |to| {
            steps::program_step(to, Kernel::ProgramStepSerial)
        })],
        // WebGPU has no matrix units.
        Kernel::MlpStepMatrix | Kernel::ProgramStepMatrix => &[],
        Kernel::ToRgba8 => &[("to_rgba8", pictures::to_rgba8)],
        Kernel::ToRgba16F => &[("to_rgba16f", pictures::to_rgba16f)],
        other => return Err(format!("{} has no recording", other.name()).into()),
    })
}
