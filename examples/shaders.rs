//! Every kernel's WGSL as it is compiled, and what naga makes of it for each backend, as files for other compilers.
//!
//! ```text
//! cargo run --example shaders -- DIRECTORY
//! cargo run --example shaders -- --check FILE     whether one text is valid with no optional capability
//! ```
//!
//! Writes `DIRECTORY/{wgsl,spirv-1.3,spirv-1.6,hlsl-5.1,hlsl-6.0,msl,glsl}/<kernel>.<network>.<extension>`, and to standard
//! output a line for each file: path, entry point. The translators are given the options that wgpu-hal 30 gives them for a device
//! without optional features and a pipeline whose workgroup memory is not zeroed (`vulkan/adapter.rs`, `dx12/device.rs`,
//! `metal/device.rs`, `gles/device.rs`). The texts for devices with subgroups of 8 and 64-bit integers are in folders of their own (`wgsl-features` …), but for the backends that have neither, and so
//! are the MLP's for devices that store weights as f16 (`wgsl-half` …; `hlsl-6.2`, as DX12 has f16 only from there on).
//! Those for matrix units are in `…-matrix-16` (f16, as NVIDIA's are) and `…-matrix-8` (f32, as Apple's are).
//! `scripts/shaders.sh` runs it and the compilers.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use ddim_wgpu::diffusion::PredictionType;
use ddim_wgpu::gpu::{ExternalNetwork, Kernel, ShaderTarget, WgslNetwork, required_limits, wgsl};
use ddim_wgpu::model::{GaussianMixture, Mlp};
use naga::back::{glsl, hlsl, msl, spv};
use naga::proc::{BoundsCheckPolicies, BoundsCheckPolicy};
use naga::valid::{Capabilities, ModuleInfo, ValidationFlags, Validator};
use naga::{AddressSpace, Module, ResourceBinding, ShaderStage, StorageAccess};

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let directory = match &arguments[..] {
        [directory] => directory,
        [check, path] if check == "--check" => {
            return Shader::new(&fs::read_to_string(path)?, Capabilities::empty()).map(|_| ());
        }
        _ => return Err("usage: shaders DIRECTORY | shaders --check FILE".into()),
    };
    let plain = ShaderTarget::new(required_limits());
    write_all(directory, "", &texts(&plain)?, Capabilities::empty())?;
    let mut half = plain.clone();
    half.half = true;
    let mut stored = texts(&half)?;
    stored.retain(|name, _| name.starts_with("mlp_step"));
    write_all(directory, "-half", &stored, Capabilities::SHADER_FLOAT16)?;
    let mut featured = plain;
    (featured.lanes, featured.int64, featured.software) = (8, true, true);
    let capabilities = Capabilities::SHADER_INT64 | Capabilities::SUBGROUP;
    write_all(directory, "-features", &texts(&featured)?, capabilities)?;
    // As NVIDIA's matrix units are, and as Apple's are.
    for (suffix, size, half) in [("-matrix-16", 16, true), ("-matrix-8", 8, false)] {
        let mut target = ShaderTarget::new(required_limits());
        target.limits.max_compute_workgroup_storage_size = 32 << 10;
        (target.lanes, target.matrix, target.half) = (32, size, half);
        let mut texts = texts(&target)?;
        texts.retain(|name, _| name.starts_with("mlp_step_matrix"));
        let mut capabilities = Capabilities::SUBGROUP | Capabilities::COOPERATIVE_MATRIX;
        capabilities.set(Capabilities::SHADER_FLOAT16, half);
        write_all(directory, suffix, &texts, capabilities)?;
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

/// Every kernel for every kind of network: the models in the repository, and shapes they do not have.
fn texts(target: &ShaderTarget) -> Result<BTreeMap<String, String>, Failure> {
    let mut texts = BTreeMap::new();
    let mut add = |network: &str, composed: Vec<(Kernel, String)>| {
        for (kernel, text) in composed {
            // One row a dispatch, then several; the update with noise, then without.
            let mut name = format!("{}.{network}", kernel.name());
            if texts.contains_key(&name) {
                let update = kernel == Kernel::UpdateStep;
                name.push_str(if update { ".quiet" } else { ".rows" });
            }
            texts.insert(name, text);
        }
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["models", "tests/data/models"] {
        let entries = fs::read_dir(root.join(folder))?;
        let mut paths: Vec<PathBuf> = entries
            .map(|entry| Ok(entry?.path()))
            .collect::<io::Result<_>>()?;
        paths.retain(|path| path.join("config.json").exists());
        paths.sort();
        for path in paths {
            let model = Mlp::load(&path)?;
            let possible = |kernel: &Kernel| target.matrix > 0 || *kernel != Kernel::MlpStepMatrix;
            for kernel in Kernel::ALL
                .into_iter()
                .filter(|kernel| kernel.twin() == "mlp_step")
                .filter(possible)
            {
                add(model.name(), wgsl(&model, kernel, target)?);
            }
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
    let grid = include_str!("../shaders/shared/grid.wgsl");
    for (kernel, text) in [
        ("to_rgba8", include_str!("../shaders/to_rgba8.wgsl")),
        ("to_rgba16f", include_str!("../shaders/to_rgba16f.wgsl")),
    ] {
        texts.insert(format!("{kernel}.images"), format!("{grid}\n{text}"));
    }
    for kernel in Kernel::ALL {
        let of_kernel = |name: &&String| name.split('.').next() == Some(kernel.name());
        let possible = target.matrix > 0 || kernel != Kernel::MlpStepMatrix;
        if possible && texts.keys().find(of_kernel).is_none() {
            return Err(format!("no text of {}", kernel.name()).into());
        }
    }
    Ok(texts)
}

/// A text that is valid on a device of certain capabilities.
struct Shader {
    module: Module,
    info: ModuleInfo,
}

/// A binding as the sampler's layouts have it.
struct Bound {
    binding: ResourceBinding,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Uniform,
    ReadOnly,
    Writable,
    Texture,
}

impl Shader {
    fn new(text: &str, capabilities: Capabilities) -> Result<Self, Failure> {
        let module = naga::front::wgsl::parse_str(text).map_err(|e| e.emit_to_string(text))?;
        let info = Validator::new(ValidationFlags::all(), capabilities)
            .validate(&module)
            .map_err(|error| error.emit_to_string(text))?;
        Ok(Self { module, info })
    }

    fn entry(&self) -> &str {
        &self.module.entry_points[0].name
    }

    /// The bindings in the order of group and number, in which backends hand out registers and slots.
    fn bindings(&self) -> Vec<Bound> {
        let mut bindings: Vec<Bound> = self
            .module
            .global_variables
            .iter()
            .filter_map(|(_, variable)| {
                let binding = variable.binding?;
                let kind = match variable.space {
                    AddressSpace::Uniform => Kind::Uniform,
                    AddressSpace::Storage { access } if access.contains(StorageAccess::STORE) => {
                        Kind::Writable
                    }
                    AddressSpace::Storage { .. } => Kind::ReadOnly,
                    _ => Kind::Texture,
                };
                Some(Bound { binding, kind })
            })
            .collect();
        bindings.sort_by_key(|bound| bound.binding);
        bindings
    }

    fn spirv(&self, options: &spv::Options<'_>) -> Result<Vec<u32>, Failure> {
        let pipeline = spv::PipelineOptions {
            shader_stage: ShaderStage::Compute,
            entry_point: self.entry().to_owned(),
        };
        Ok(spv::write_vec(
            &self.module,
            &self.info,
            options,
            Some(&pipeline),
        )?)
    }

    /// The text, and the name of its entry point.
    fn hlsl(&self, shader_model: hlsl::ShaderModel) -> Result<(String, String), Failure> {
        // A space for each group, registers counted by kind; the constants of a dispatch come after.
        let mut binding_map = hlsl::BindingMap::new();
        let mut registers = BTreeMap::new();
        let mut groups = 0;
        for Bound { binding, kind } in self.bindings() {
            let class = match kind {
                Kind::Uniform => 'b',
                Kind::ReadOnly => 't',
                Kind::Writable | Kind::Texture => 'u',
            };
            let register: &mut u32 = registers.entry((binding.group, class)).or_default();
            let target = hlsl::BindTarget {
                space: binding.group as u8,
                register: *register,
                binding_array_size: None,
                dynamic_storage_buffer_offsets_index: None,
                restrict_indexing: true,
            };
            *register += 1;
            groups = groups.max(binding.group + 1);
            binding_map.insert(binding, target);
        }
        let constants = hlsl::BindTarget {
            space: groups as u8,
            ..Default::default()
        };
        let options = hlsl::Options {
            shader_model,
            binding_map,
            fake_missing_bindings: false,
            special_constants_binding: Some(constants),
            zero_initialize_workgroup_memory: false,
            restrict_indexing: true,
            force_loop_bounding: true,
            ..Default::default()
        };
        let mut text = String::new();
        let pipeline = hlsl::PipelineOptions {
            entry_point: Some((ShaderStage::Compute, self.entry().to_owned())),
        };
        let reflected = hlsl::Writer::new(&mut text, &options, &pipeline).write(
            &self.module,
            &self.info,
            None,
        )?;
        let entry = reflected.entry_point_names[0].as_ref();
        Ok((text, entry.map_err(ToString::to_string)?.clone()))
    }

    /// The text, and the name of its entry point.
    fn msl(&self, lang_version: (u8, u8)) -> Result<(String, String), Failure> {
        let mut resources = msl::EntryPointResources::default();
        let (mut buffers, mut textures) = (0, 0);
        for Bound { binding, kind } in self.bindings() {
            let mut target = msl::BindTarget {
                mutable: matches!(kind, Kind::Writable | Kind::Texture),
                ..Default::default()
            };
            if kind == Kind::Texture {
                target.texture = Some(textures);
                textures += 1;
            } else {
                target.buffer = Some(buffers);
                buffers += 1;
            }
            resources.resources.insert(binding, target);
        }
        resources.sizes_buffer = Some(buffers);
        let options = msl::Options {
            lang_version,
            per_entry_point_map: [(self.entry().to_owned(), resources)].into(),
            fake_missing_bindings: false,
            bounds_check_policies: everywhere(BoundsCheckPolicy::Restrict),
            zero_initialize_workgroup_memory: false,
            force_loop_bounding: true,
            ..Default::default()
        };
        let pipeline = msl::PipelineOptions {
            entry_point: Some((ShaderStage::Compute, self.entry().to_owned())),
            vertex_pulling_transform: true,
            ..Default::default()
        };
        let (text, info) = msl::write_string(&self.module, &self.info, &options, &pipeline)?;
        let entry = info.entry_point_names[0].as_ref();
        Ok((text, entry.map_err(ToString::to_string)?.clone()))
    }

    fn glsl(&self) -> Result<String, Failure> {
        // Slots of each kind count from 0.
        let mut slots: BTreeMap<u8, u8> = BTreeMap::new();
        let mut binding_map = glsl::BindingMap::default();
        for Bound { binding, kind } in self.bindings() {
            let class = match kind {
                Kind::Uniform => 0,
                Kind::ReadOnly | Kind::Writable => 1,
                Kind::Texture => 2,
            };
            let slot = slots.entry(class).or_default();
            binding_map.insert(binding, *slot);
            *slot += 1;
        }
        let options = glsl::Options {
            version: glsl::Version::new_gles(310),
            binding_map,
            zero_initialize_workgroup_memory: false,
            ..Default::default()
        };
        let pipeline = glsl::PipelineOptions {
            shader_stage: ShaderStage::Compute,
            entry_point: self.entry().to_owned(),
            multiview: None,
        };
        let mut text = String::new();
        let policies = BoundsCheckPolicies::default();
        glsl::Writer::new(
            &mut text,
            &self.module,
            &self.info,
            &options,
            &pipeline,
            policies,
        )?
        .write()?;
        Ok(text)
    }
}

fn everywhere(policy: BoundsCheckPolicy) -> BoundsCheckPolicies {
    BoundsCheckPolicies {
        index: policy,
        buffer: policy,
        image_load: policy,
        binding_array: BoundsCheckPolicy::Unchecked,
    }
}

/// A driver of Vulkan 1.1 without robust access: naga writes it into the shader.
fn spirv_without() -> spv::Options<'static> {
    spv::Options {
        lang_version: (1, 3),
        flags: spv::WriterFlags::LABEL_VARYINGS | spv::WriterFlags::FORCE_POINT_SIZE,
        capabilities: Some(capabilities()),
        bounds_check_policies: everywhere(BoundsCheckPolicy::Restrict),
        zero_initialize_workgroup_memory: spv::ZeroInitializeWorkgroupMemoryMode::None,
        ..Default::default()
    }
}

/// A driver of Vulkan 1.3 with it.
fn spirv_with() -> spv::Options<'static> {
    spv::Options {
        lang_version: (1, 6),
        bounds_check_policies: BoundsCheckPolicies {
            index: BoundsCheckPolicy::Restrict,
            buffer: BoundsCheckPolicy::Unchecked,
            image_load: BoundsCheckPolicy::Unchecked,
            binding_array: BoundsCheckPolicy::Unchecked,
        },
        ..spirv_without()
    }
}

/// What wgpu-hal allows a device, of what is used here.
fn capabilities() -> naga::FastHashSet<spv::Capability> {
    use spv::Capability;
    [
        Capability::Shader,
        Capability::Matrix,
        Capability::Sampled1D,
        Capability::Image1D,
        Capability::ImageQuery,
        Capability::DerivativeControl,
        Capability::StorageImageExtendedFormats,
        // Of a text that was validated with the features.
        Capability::Int64,
        Capability::Float16,
        Capability::StorageBuffer16BitAccess,
        Capability::UniformAndStorageBuffer16BitAccess,
        Capability::GroupNonUniform,
        Capability::GroupNonUniformArithmetic,
        Capability::GroupNonUniformBallot,
        Capability::GroupNonUniformShuffle,
        Capability::CooperativeMatrixKHR,
        Capability::VulkanMemoryModel,
    ]
    .into_iter()
    .collect()
}
