//! Pipelines and their layouts.

use wgpu::{
    BindGroupLayout, BindGroupLayoutDescriptor, BindGroupLayoutEntry, BindingType,
    BufferBindingType, ComputePipeline, ComputePipelineDescriptor, Device, PipelineCache,
    PipelineLayoutDescriptor, ShaderModuleDescriptor, ShaderSource, ShaderStages,
};

use crate::gpu::device::error::SamplerError;
use crate::gpu::device::error_scope::checked;
use crate::gpu::shader::composed::Composed;
use crate::gpu::shader::kernel::Kernel;
use crate::gpu::shader::step_table::STEP_BYTES;
use crate::gpu::shader::uniforms::RunUniform;
use crate::noise::NORMAL_TABLE;

/// The bindings every kernel has (group 0) and the network's own (group 1).
#[derive(Clone, Debug)]
pub struct Layouts {
    pub run: BindGroupLayout,
    pub network: BindGroupLayout,
}

impl Layouts {
    /// `read_only` storage buffers in group 1, and after them a writable one if `scratch`.
    /// With `many` rows to a dispatch, binding 1 is of two sizes: one row, or several; with `ring`
    /// there is a ring of earlier estimates.
    pub fn new(device: &Device, read_only: u32, [scratch, many, ring]: [bool; 3]) -> Self {
        let uniform = |binding, dynamic, size: usize| {
            buffer_entry(
                binding,
                BufferBindingType::Uniform,
                dynamic,
                std::num::NonZeroU64::new(size as u64),
            )
        };
        // None leaves the check to each dispatch.
        let step = if many { 0 } else { STEP_BYTES };
        let storage = |binding, read_only| {
            buffer_entry(
                binding,
                BufferBindingType::Storage { read_only },
                false,
                None,
            )
        };
        let of_run = [
            uniform(0, false, size_of::<RunUniform>()),
            uniform(1, true, step),
            storage(2, false),
            storage(3, false),
            uniform(4, false, size_of_val(&NORMAL_TABLE)),
            storage(5, false),
        ];
        let run = device.create_bind_group_layout(&BindGroupLayoutDescriptor {
            label: Some("ddim.run"),
            entries: &of_run[..of_run.len() - usize::from(!ring)],
        });
        let entries: Vec<_> = (0..read_only + u32::from(scratch))
            .map(|binding| storage(binding, binding < read_only))
            .collect();
        let network = device.create_bind_group_layout(&BindGroupLayoutDescriptor {
            label: Some("ddim.network"),
            entries: &entries,
        });
        Self { run, network }
    }
}

pub fn buffer_entry(
    binding: u32,
    ty: BufferBindingType,
    has_dynamic_offset: bool,
    min_binding_size: Option<std::num::NonZeroU64>,
) -> BindGroupLayoutEntry {
    BindGroupLayoutEntry {
        binding,
        visibility: ShaderStages::COMPUTE,
        ty: BindingType::Buffer {
            ty,
            has_dynamic_offset,
            min_binding_size,
        },
        count: None,
    }
}

/// Compiles a kernel of a run.
pub async fn build(
    device: &Device,
    layouts: &Layouts,
    kernel: Kernel,
    wgsl: &Composed,
    cache: Option<&PipelineCache>,
) -> Result<ComputePipeline, SamplerError> {
    let groups = [Some(&layouts.run), Some(&layouts.network)];
    let groups = if matches!(kernel, Kernel::InitNoise | Kernel::ThresholdStep) {
        &groups[..1]
    } else {
        &groups
    };
    compile(device, groups, kernel, wgsl, cache).await
}

/// Compiles any kernel. Of a text that the device refuses, the message names
/// files and lines of its parts.
pub async fn compile(
    device: &Device,
    groups: &[Option<&BindGroupLayout>],
    kernel: Kernel,
    wgsl: &Composed,
    cache: Option<&PipelineCache>,
) -> Result<ComputePipeline, SamplerError> {
    let compiled = checked(device, kernel.label(), || {
        let module = device.create_shader_module(ShaderModuleDescriptor {
            label: Some(kernel.label()),
            source: ShaderSource::Wgsl(wgsl.text().into()),
        });
        let layout = device.create_pipeline_layout(&PipelineLayoutDescriptor {
            label: Some(kernel.label()),
            bind_group_layouts: groups,
            immediate_size: 0,
        });
        device.create_compute_pipeline(&ComputePipelineDescriptor {
            label: Some(kernel.label()),
            layout: Some(&layout),
            module: &module,
            entry_point: Some(kernel.name()),
            compilation_options: wgpu::PipelineCompilationOptions {
                // The kernels write all that they read of it. FXC unrolls the
                // zeroing, which takes it minutes.
                zero_initialize_workgroup_memory: false,
                ..Default::default()
            },
            cache,
        })
    })
    .await;
    compiled.map_err(|error| match error {
        SamplerError::Refused { what, message } => SamplerError::Refused {
            what,
            message: wgsl.locate(&message),
        },
        other => other,
    })
}
