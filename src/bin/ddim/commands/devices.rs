//! `ddim devices`: what `--device` can name.

use std::io::Write;

use clap::Args;
use ddim_wgpu::cpu::threads;
use ddim_wgpu::gpu::headless;
use ddim_wgpu::wgpu::{Adapter, DeviceType, Features};
use serde_json::{Value, json};

use crate::exit::Failure;
use crate::process;
use crate::terminal::printable;

/// What makes a difference to kernels.
const FEATURES: [(&str, Features); 5] = [
    ("f16", Features::SHADER_F16),
    ("int64", Features::SHADER_INT64),
    ("subgroups", Features::SUBGROUP),
    (
        "cooperative matrices",
        Features::EXPERIMENTAL_COOPERATIVE_MATRIX,
    ),
    ("timestamps", Features::TIMESTAMP_QUERY),
];

#[derive(Debug, Args)]
pub struct Arguments {
    /// Print a JSON list
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let adapters = headless::adapters();
    let mut stdout = process::stdout()?;
    if arguments.json {
        let mut devices: Vec<Value> = adapters
            .iter()
            .enumerate()
            .map(|(index, adapter)| describe(index, adapter))
            .collect();
        devices.push(json!({
            "index": null,
            "name": "cpu",
            "backend": "native",
            "type": "cpu",
            "hardware_gpu": false,
            "threads": threads(),
        }));
        writeln!(stdout, "{}", serde_json::to_string_pretty(&devices)?)?;
        return Ok(());
    }
    for (index, adapter) in adapters.iter().enumerate() {
        let info = adapter.get_info();
        let limits = adapter.limits();
        writeln!(
            stdout,
            "{index:>3}  {}",
            printable(&headless::describe(&info))
        )?;
        writeln!(
            stdout,
            "     driver {} {}",
            printable(&info.driver),
            printable(&info.driver_info)
        )?;
        writeln!(
            stdout,
            "     workgroup memory {} KiB, largest binding {} MiB, {} invocations a workgroup",
            limits.max_compute_workgroup_storage_size >> 10,
            limits.max_storage_buffer_binding_size >> 20,
            limits.max_compute_invocations_per_workgroup
        )?;
        writeln!(stdout, "     features {}", features(adapter).join(", "))?;
    }
    writeln!(stdout, "cpu  native engine, {} threads", threads())?;
    Ok(())
}

fn describe(index: usize, adapter: &Adapter) -> Value {
    let info = adapter.get_info();
    let limits = adapter.limits();
    json!({
        "index": index,
        "name": info.name,
        "backend": info.backend.to_str(),
        "type": kind(info.device_type),
        "hardware_gpu": headless::is_hardware(&info),
        "driver": info.driver,
        "driver_info": info.driver_info,
        "features": features(adapter),
        "limits": {
            "max_compute_workgroup_storage_size": limits.max_compute_workgroup_storage_size,
            "max_compute_invocations_per_workgroup": limits.max_compute_invocations_per_workgroup,
            "max_compute_workgroups_per_dimension": limits.max_compute_workgroups_per_dimension,
            "max_storage_buffer_binding_size": limits.max_storage_buffer_binding_size,
            "max_uniform_buffer_binding_size": limits.max_uniform_buffer_binding_size,
            "max_buffer_size": limits.max_buffer_size,
        },
    })
}

fn features(adapter: &Adapter) -> Vec<&'static str> {
    let has = adapter.features();
    FEATURES
        .iter()
        .filter(|(_, feature)| has.contains(*feature))
        .map(|(name, _)| *name)
        .collect()
}

fn kind(device_type: DeviceType) -> &'static str {
    match device_type {
        DeviceType::DiscreteGpu => "discrete GPU",
        DeviceType::IntegratedGpu => "integrated GPU",
        DeviceType::VirtualGpu => "virtual GPU",
        DeviceType::Cpu => "software",
        DeviceType::Other => "other",
    }
}
