//! What naga makes of a text for each backend, with the options that wgpu-hal 30 gives it.

use std::collections::BTreeMap;

use naga::back::{glsl, hlsl, msl, spv};
use naga::proc::{BoundsCheckPolicies, BoundsCheckPolicy};
use naga::valid::{Capabilities, ModuleInfo, ValidationFlags, Validator};
use naga::{AddressSpace, Module, ResourceBinding, ShaderStage, StorageAccess};

use crate::Failure;

/// A text that is valid on a device of certain capabilities.
pub(crate) struct Shader {
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
    pub(crate) fn new(text: &str, capabilities: Capabilities) -> Result<Self, Failure> {
        let module = naga::front::wgsl::parse_str(text).map_err(|e| e.emit_to_string(text))?;
        let info = Validator::new(ValidationFlags::all(), capabilities)
            .validate(&module)
            .map_err(|error| error.emit_to_string(text))?;
        Ok(Self { module, info })
    }

    pub(crate) fn entry(&self) -> &str {
        &self.module.entry_points[0].name
    }

    /// The bindings in the order of group and number, in which backends hand
    /// out registers and slots.
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

    pub(crate) fn spirv(&self, options: &spv::Options<'_>) -> Result<Vec<u32>, Failure> {
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
    pub(crate) fn hlsl(
        &self,
        shader_model: hlsl::ShaderModel,
    ) -> Result<(String, String), Failure> {
        // A space for each group, registers counted by kind; the constants
        // of a dispatch come after.
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
    pub(crate) fn msl(&self, lang_version: (u8, u8)) -> Result<(String, String), Failure> {
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

    pub(crate) fn glsl(&self) -> Result<String, Failure> {
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
pub(crate) fn spirv_without() -> spv::Options<'static> {
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
pub(crate) fn spirv_with() -> spv::Options<'static> {
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
