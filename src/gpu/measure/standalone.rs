//! A kernel by itself, with its buffers: no part of a run.

use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, Buffer, CommandEncoder, ComputePassDescriptor,
    ComputePipeline, ComputePipelineDescriptor, Device, PipelineCompilationOptions,
    ShaderModuleDescriptor, ShaderSource,
};

/// A compiled kernel whose buffers, all in group 0, are bound.
pub struct Standalone {
    pipeline: ComputePipeline,
    group: BindGroup,
}

impl Standalone {
    /// Compiles `text`, whose entry point is `entry`, and binds the buffers to their numbers.
    /// Errors go to the error scope around the call.
    pub fn new(
        device: &Device,
        entry: &'static str,
        text: String,
        buffers: &[(u32, &Buffer)],
    ) -> Self {
        let module = device.create_shader_module(ShaderModuleDescriptor {
            label: Some(entry),
            source: ShaderSource::Wgsl(text.into()),
        });
        let pipeline = device.create_compute_pipeline(&ComputePipelineDescriptor {
            label: Some(entry),
            layout: None,
            module: &module,
            entry_point: Some(entry),
            compilation_options: PipelineCompilationOptions::default(),
            cache: None,
        });
        let entries: Vec<_> = buffers
            .iter()
            .map(|&(binding, buffer)| BindGroupEntry {
                binding,
                resource: buffer.as_entire_binding(),
            })
            .collect();
        let group = device.create_bind_group(&BindGroupDescriptor {
            label: Some(entry),
            layout: &pipeline.get_bind_group_layout(0),
            entries: &entries,
        });
        Self { pipeline, group }
    }

    /// Records `dispatches` of it, in one pass: each waits for the one before.
    pub fn record(&self, encoder: &mut CommandEncoder, workgroups: [u32; 2], dispatches: u32) {
        let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor::default());
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.group, &[]);
        for _ in 0..dispatches {
            pass.dispatch_workgroups(workgroups[0], workgroups[1], 1);
        }
    }
}
