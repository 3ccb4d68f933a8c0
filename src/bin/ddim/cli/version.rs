//! What this program is.

use std::sync::LazyLock;

/// What `--version` says, and a bug report needs: version, commit, target and features.
pub static LONG_VERSION: LazyLock<String> = LazyLock::new(|| {
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    format!(
        "{}\ncommit    {}\ntarget    {arch} {os}\nfeatures  {}\nbackends  {}",
        env!("CARGO_PKG_VERSION"),
        env!("DDIM_COMMIT"),
        features().join(", "),
        backends().join(", "),
    )
});

fn features() -> Vec<&'static str> {
    let features = [
        ("cli", cfg!(feature = "cli")),
        ("cpu-engine", cfg!(feature = "cpu-engine")),
        ("image-output", cfg!(feature = "image-output")),
        ("plot", cfg!(feature = "plot")),
        ("bundled", cfg!(feature = "bundled")),
        ("evaluate", cfg!(feature = "evaluate")),
        ("zarr", cfg!(feature = "zarr")),
    ];
    features
        .into_iter()
        .filter(|(_, on)| *on)
        .map(|(name, _)| name)
        .collect()
}

/// wgpu's backends in this build.
fn backends() -> Vec<&'static str> {
    use ddim_wgpu::wgpu::{Backends, Instance};

    let enabled = Instance::enabled_backend_features();
    [
        (Backends::VULKAN, "vulkan"),
        (Backends::METAL, "metal"),
        (Backends::DX12, "dx12"),
        (Backends::GL, "gles"),
    ]
    .into_iter()
    .filter(|(backend, _)| enabled.contains(*backend))
    .map(|(_, name)| name)
    .collect()
}
