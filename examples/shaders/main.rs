//! Every kernel's WGSL as it is compiled, and what naga makes of it for each backend, as
//! files for other compilers.
//!
//! ```text
//! cargo run --example shaders -- DIRECTORY
//! cargo run --example shaders -- --check FILE     whether one text is valid with no optional capability
//! cargo run --example shaders -- --measured DIRECTORY     the SPIR-V of a few networks, for scripts/isa.sh
//! ```
//!
//! Writes
//! `DIRECTORY/{wgsl,spirv-1.3,spirv-1.6,hlsl-5.1,hlsl-6.0,msl,glsl}/<kernel>.<network>.<extension>`,
//! and to standard output a line for each file: path, entry point. The translators are given the
//! options that wgpu-hal 30 gives them for a device without optional features and a pipeline whose
//! workgroup memory is not zeroed (`vulkan/adapter.rs`, `dx12/device.rs`, `metal/device.rs`,
//! `gles/device.rs`). The texts for devices with subgroups of 8 and 64-bit integers are in folders
//! of their own (`wgsl-features` …), but for the backends that have neither, and so are the MLP's
//! for devices that store weights as f16 (`wgsl-half` …; `hlsl-6.2`, as DX12 has f16 only from
//! there on). Those for matrix units are in `…-matrix-16` (f16, as NVIDIA's are) and `…-matrix-8`
//! (f32, as Apple's are). `scripts/shaders.sh` runs it and the compilers.

mod measured;
mod translate;

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use ddim_wgpu::diffusion::PredictionType;
use ddim_wgpu::gpu::{ExternalNetwork, Kernel, ShaderTarget, WgslNetwork, required_limits, wgsl};
use ddim_wgpu::network::{GaussianMixture, Model};
use naga::back::hlsl;
use naga::valid::Capabilities;

use translate::{Shader, spirv_with, spirv_without};

type Failure = Box<dyn Error>;
/// The texts of a sampler, by their kernels.
type ComposedTexts = Vec<(Kernel, String)>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let directory = match &arguments[..] {
        [directory] => directory,
        [check, path] if check == "--check" => {
            return Shader::new(&fs::read_to_string(path)?, Capabilities::empty()).map(|_| ());
        }
        [measured, directory] if measured == "--measured" => return write_measured(directory),
        _ => return Err("usage: shaders DIRECTORY | --check FILE | --measured DIRECTORY".into()),
    };
    let plain = ShaderTarget::new(required_limits());
    write_all(directory, "", &texts(&plain)?, Capabilities::empty())?;
    let mut half = plain.clone();
    half.half = true;
    let mut stored = texts(&half)?;
    stored.retain(|name, _| name.starts_with("mlp_step") || name.starts_with("program_step"));
    write_all(directory, "-half", &stored, Capabilities::SHADER_FLOAT16)?;
    let mut featured = plain;
    (featured.lanes, featured.int64, featured.software) = (8, true, true);
    let capabilities = Capabilities::SHADER_INT64 | Capabilities::SUBGROUP;
    write_all(directory, "-features", &texts(&featured)?, capabilities)?;
    // As NVIDIA's matrix units are, and as Apple's are.
    for (suffix, size, half) in [("-matrix-16", 16, true), ("-matrix-8", 8, false)] {
        let mut target = ShaderTarget::new(required_limits());
        target.limits.max_compute_workgroup_storage_size = 32 << 10;
        (target.most_lanes, target.matrix, target.half) = (32, size, half);
        let mut texts = texts(&target)?;
        texts.retain(|name, _| {
            name.starts_with("mlp_step_matrix") || name.starts_with("program_step_matrix")
        });
        let mut capabilities = Capabilities::SUBGROUP | Capabilities::COOPERATIVE_MATRIX;
        capabilities.set(Capabilities::SHADER_FLOAT16, half);
        write_all(directory, suffix, &texts, capabilities)?;
    }
    Ok(())
}

/// Writes the texts for [`measured`] and their SPIR-V into `DIRECTORY`, `DIRECTORY-half` and `DIRECTORY-matrix`.
fn write_measured(directory: &str) -> Result<(), Failure> {
    for (suffix, capabilities, texts) in measured::groups()? {
        let folder = format!("{directory}{suffix}");
        fs::create_dir_all(&folder)?;
        for (name, text) in texts {
            let shader =
                Shader::new(&text, capabilities).map_err(|error| format!("{name}: {error}"))?;
            let words = shader.spirv(&spirv_with())?;
            let path = Path::new(&folder).join(name);
            fs::write(path.with_added_extension("wgsl"), &text)?;
            fs::write(
                path.with_added_extension("spv"),
                bytemuck::cast_slice::<u32, u8>(&words),
            )?;
        }
    }
    Ok(())
}

/// Writes texts and their translations into folders whose names end in `suffix`.
fn write_all(
    directory: &str,
    suffix: &str,
    texts: &BTreeMap<String, String>,
    capabilities: Capabilities,
) -> Result<(), Failure> {
    let plain = capabilities.is_empty();
    // Only Vulkan and Metal have them.
    let matrix = capabilities.contains(Capabilities::COOPERATIVE_MATRIX);
    let (dxc, dxc_model) = if capabilities.contains(Capabilities::SHADER_FLOAT16) {
        ("hlsl-6.2", hlsl::ShaderModel::V6_2)
    } else {
        ("hlsl-6.0", hlsl::ShaderModel::V6_0)
    };
    for (name, text) in texts {
        let write = |folder: &str, extension: &str, bytes: &[u8], entry: &str| {
            let path = Path::new(directory).join(format!("{folder}{suffix}"));
            fs::create_dir_all(&path)?;
            let path = path.join(format!("{name}.{extension}"));
            fs::write(&path, bytes)?;
            writeln!(io::stdout(), "{}\t{entry}", path.display())
        };
        let shader = Shader::new(text, capabilities).map_err(|error| format!("{name}: {error}"))?;
        let entry = shader.entry().to_owned();
        write("wgsl", "wgsl", text.as_bytes(), &entry)?;
        for (folder, options) in [("spirv-1.3", spirv_without()), ("spirv-1.6", spirv_with())] {
            let words = shader.spirv(&options)?;
            write(folder, "spv", bytemuck::cast_slice(&words), &entry)?;
        }
        if plain {
            let (text, entry) = shader.hlsl(hlsl::ShaderModel::V5_1)?;
            write("hlsl-5.1", "hlsl", text.as_bytes(), &entry)?;
            write("glsl", "comp", shader.glsl()?.as_bytes(), "main")?;
        }
        if !matrix {
            let (text, entry) = shader.hlsl(dxc_model)?;
            write(dxc, "hlsl", text.as_bytes(), &entry)?;
        }
        let version = if plain { (2, 0) } else { (2, 4) };
        let (text, entry) = shader.msl(version)?;
        write("msl", "metal", text.as_bytes(), &entry)?;
    }
    Ok(())
}

/// Networks of layers whose kernels are written: gates, one condition, norms. The text is one for all
/// of them, but for constants and the operations that it has.
const PROGRAMS: [&str; 3] = [
    "cep-qgpo-scorenet",
    "diffusion-ql-mlp",
    "vibevoice-diffusion-head",
];

/// Every kernel for every kind of network: the models in the repository, and
/// shapes they do not have.
fn texts(target: &ShaderTarget) -> Result<BTreeMap<String, String>, Failure> {
    let mut texts = BTreeMap::new();
    let mut composed_so_far = BTreeMap::new();
    let mut add = |network: &str, composed: ComposedTexts| {
        for (kernel, text) in composed {
            let first = format!("{}.{network}", kernel.name());
            let earlier = composed_so_far.entry(first.clone()).or_insert(0);
            // One row a dispatch, then several; the update with noise, then without; each layer of a row.
            let name = match (kernel, *earlier) {
                (_, 0) => first,
                (Kernel::UpdateStep, _) => format!("{first}.without-noise"),
                (Kernel::MlpStepSplit, layer) => format!("{first}.layer-{layer}"),
                _ => format!("{first}.multi-step"),
            };
            *earlier += 1;
            texts.insert(name, text);
        }
    };
    let possible = |kernel: &Kernel| target.matrix > 0 || !kernel.takes_matrix_units();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["models", "tests/data/models"] {
        let entries = fs::read_dir(root.join(folder))?;
        let mut paths: Vec<PathBuf> = entries
            .map(|entry| Ok(entry?.path()))
            .collect::<io::Result<_>>()?;
        paths.retain(|path| path.join("config.json").exists());
        paths.sort();
        for path in paths {
            let model = Model::load(&path)?;
            for kernel in Kernel::ALL
                .into_iter()
                .filter(|kernel| kernel.twin() == "mlp_step")
                .filter(possible)
            {
                add(model.name(), wgsl(&model, kernel, target)?);
            }
        }
    }
    for name in PROGRAMS {
        let model = Model::load(root.join("tests/data/networks").join(name))?;
        for kernel in Kernel::ALL
            .into_iter()
            .filter(|kernel| kernel.twin() == "program_step")
            .filter(possible)
        {
            add(name, wgsl(&model, kernel, target)?);
        }
    }
    for dims in [1, 2, 3, 4, 784] {
        let external = ExternalNetwork::new(vec![dims]);
        add(
            &format!("{dims}"),
            wgsl(&external, Kernel::MlpStep, target)?,
        );
        let mixture = GaussianMixture::gaussian(vec![0.0; dims], 1.0)?;
        let network = WgslNetwork::gaussian_mixture(&mixture, PredictionType::VPrediction);
        add(
            &format!("mixture-{dims}"),
            wgsl(&network, Kernel::MlpStep, target)?,
        );
    }
    for (network, composed) in other_variants(target)? {
        add(network, composed);
    }
    let grid = include_str!("../../shaders/present/grid.wgsl");
    for (kernel, text) in [
        (
            "to_rgba8",
            include_str!("../../shaders/present/to_rgba8.wgsl"),
        ),
        (
            "to_rgba16f",
            include_str!("../../shaders/present/to_rgba16f.wgsl"),
        ),
    ] {
        texts.insert(format!("{kernel}.images"), format!("{grid}\n{text}"));
    }
    for kernel in Kernel::ALL.into_iter().filter(possible) {
        let of_kernel = |name: &&String| name.split('.').next() == Some(kernel.name());
        if texts.keys().find(of_kernel).is_none() {
            return Err(format!("no text of {}", kernel.name()).into());
        }
    }
    Ok(texts)
}

/// Texts for plans that look far back and clip more than x̂₀, in which every snippet of the update
/// has its other variant.
fn other_variants(target: &ShaderTarget) -> Result<Vec<(&'static str, ComposedTexts)>, Failure> {
    // The kernel for matrix units has the same update.
    if target.matrix > 0 {
        return Ok(Vec::new());
    }
    let mut target = target.clone();
    (target.ring, target.clips) = (true, true);
    let external = |dims| wgsl(&ExternalNetwork::new(vec![dims]), Kernel::MlpStep, &target);
    let mixture = GaussianMixture::gaussian(vec![0.0; 3], 1.0)?;
    let mixture = WgslNetwork::gaussian_mixture(&mixture, PredictionType::VPrediction);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let points = Model::load(root.join("tests/data/models/points"))?;
    let name = "points-ring-clips";
    // Workgroups of one sample, whose layers' inputs are divided.
    let mut alone = target.clone();
    alone.tile_samples = 1;
    let cep = Model::load(root.join("tests/data/networks/cep-qgpo-scorenet"))?;
    Ok(vec![
        ("3-ring-clips", external(3)?),
        ("4-ring-clips", external(4)?),
        (
            "mixture-3-ring-clips",
            wgsl(&mixture, Kernel::MlpStep, &target)?,
        ),
        (name, wgsl(&points, Kernel::MlpStep, &target)?),
        (name, wgsl(&points, Kernel::MlpStepSerial, &target)?),
        ("points-alone", wgsl(&points, Kernel::MlpStep, &alone)?),
        ("cep-alone", wgsl(&cep, Kernel::ProgramStep, &alone)?),
    ])
}
