//! Samples on screen while they form: the sampler in an egui app, on the app's own
//! device, a few rows a frame.
//!
//! ```sh
//! cargo run --example live                          # models of this repository; drop a model directory on the window for another
//! cargo run --example live -- --model models/dino   # start with this one
//! ```
//!
//! What to copy from: `session.rs` holds a sampler and its run, and records rows into egui's
//! encoder; `canvas.rs` draws from the state buffer or the picture's texture. Nothing is read back.
//!
//! `--report` prints one JSON object about the frames when the window closes, which
//! `scripts/live.sh` checks.

mod app;
mod canvas;
mod catalogue;
mod controls;
#[cfg(test)]
mod dropping;
mod icon;
mod keys;
mod loading;
mod playback;
mod plot;
mod report;
mod session;

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

use ddim_wgpu::gpu::{optional_features, required_limits};
use eframe::egui_wgpu::{WgpuConfiguration, WgpuSetup, WgpuSetupCreateNew};
use eframe::{egui, wgpu};

/// What the command line asks for.
#[derive(Default)]
struct Arguments {
    /// A model directory to start with.
    model: Option<PathBuf>,
    report: bool,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = Arguments::default();
    let mut given = std::env::args().skip(1);
    while let Some(argument) = given.next() {
        match argument.as_str() {
            "--model" => arguments.model = Some(given.next().ok_or("--model DIRECTORY")?.into()),
            "--report" => arguments.report = true,
            _ => {
                return Err(
                    format!("unknown argument {argument}: [--model DIRECTORY] [--report]").into(),
                );
            }
        }
    }

    // The app's device. The sampler needs nothing beyond the defaults; with timestamps
    // it knows what a row takes.
    let mut setup = WgpuSetupCreateNew::without_display_handle();
    setup.device_descriptor = Arc::new(|adapter| wgpu::DeviceDescriptor {
        label: Some("live"),
        required_features: optional_features(adapter),
        required_limits: required_limits(),
        ..Default::default()
    });
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_inner_size([1120.0, 760.0])
            .with_min_inner_size([820.0, 560.0]),
        wgpu_options: WgpuConfiguration {
            wgpu_setup: WgpuSetup::CreateNew(setup),
            ..Default::default()
        },
        ..Default::default()
    };
    eframe::run_native(
        "ddim-wgpu live",
        options,
        Box::new(|creation| {
            let gpu = creation.wgpu_render_state.clone();
            let gpu = gpu.ok_or("egui runs without wgpu")?;
            Ok(Box::new(app::Live::new(&creation.egui_ctx, gpu, arguments)))
        }),
    )?;
    Ok(())
}
