//! A device of the tests' own, and one way to run a kernel on it and look at everything it wrote.

use std::sync::OnceLock;

use ddim_wgpu::gpu::optional_features;
use wgpu::util::{BufferInitDescriptor, DeviceExt};

/// What an output holds before the kernel runs, and its tail still after: a NaN
/// that no kernel computes.
pub(crate) const SENTINEL: u32 = 0x7FC0_DEAD;

/// Words beyond an output's end that the kernel must leave alone.
const TAIL: usize = 64;

/// The adapter under test: `WGPU_BACKEND` and `WGPU_ADAPTER_NAME` choose it, else hardware before
/// software and Vulkan before GL.
pub(crate) struct TestDevice {
    pub(crate) device: wgpu::Device,
    pub(crate) queue: wgpu::Queue,
    pub(crate) info: wgpu::AdapterInfo,
}

/// The device all tests of this process share.
///
/// # Panics
/// If there is no adapter: a GPU test that cannot run fails, and says what to install.
pub(crate) fn test_device() -> &'static TestDevice {
    static DEVICE: OnceLock<TestDevice> = OnceLock::new();
    DEVICE.get_or_init(|| TestDevice::open(|_| wgpu::Features::empty()))
}

/// The same adapter's device with every feature that the kernels have a use for.
///
/// # Panics
/// As [`test_device`].
pub(crate) fn featured_device() -> &'static TestDevice {
    static DEVICE: OnceLock<TestDevice> = OnceLock::new();
    DEVICE.get_or_init(|| TestDevice::open(optional_features))
}

impl TestDevice {
    fn open(features: fn(&wgpu::Adapter) -> wgpu::Features) -> Self {
        pollster::block_on(Self::request(features)).unwrap_or_else(|| {
            panic!(
                "no GPU adapter, so the kernels cannot be tested: install a Vulkan driver \
                 (software, on Debian and Ubuntu: mesa-vulkan-drivers; on Fedora: mesa-vulkan-drivers; \
                 on Arch: vulkan-swrast), or check WGPU_BACKEND and WGPU_ADAPTER_NAME"
            )
        })
    }

    async fn request(features: fn(&wgpu::Adapter) -> wgpu::Features) -> Option<Self> {
        let instance =
            wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle_from_env());
        let backends = wgpu::Backends::from_env().unwrap_or(wgpu::Backends::all());
        let name = std::env::var("WGPU_ADAPTER_NAME")
            .unwrap_or_default()
            .to_lowercase();
        let mut adapters = instance.enumerate_adapters(backends).await;
        adapters.retain(|adapter| adapter.get_info().name.to_lowercase().contains(&name));
        let adapter = adapters.into_iter().min_by_key(|adapter| {
            let info = adapter.get_info();
            (
                info.device_type == wgpu::DeviceType::Cpu,
                info.backend == wgpu::Backend::Gl,
            )
        })?;
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("ddim tests"),
            required_features: features(&adapter),
            ..Default::default()
        };
        let (device, queue) = adapter
            .request_device(&descriptor)
            .await
            .expect("an adapter gives a device with the default limits");
        Some(Self {
            device,
            queue,
            info: adapter.get_info(),
        })
    }

    /// Runs the entry point `main` of `source` once and returns the words of its output.
    ///
    /// Group 0 holds: binding 0 `input` (read-only storage), binding 1 the output
    /// (read-write storage) of `output_len` words, all [`SENTINEL`] before; and `uniforms`,
    /// each with its binding number.
    ///
    /// # Panics
    /// If the kernel writes beyond its output, or the device reports an error.
    pub(crate) fn run(
        &self,
        source: &str,
        input: &[u32],
        uniforms: &[(u32, &[u8])],
        output_len: usize,
        workgroups: u32,
    ) -> Vec<u32> {
        use wgpu::{BindingResource, BindingType, BufferBindingType, BufferUsages};
        let device = &self.device;
        let buffer = |contents: &[u8], usage| {
            device.create_buffer_init(&BufferInitDescriptor {
                label: None,
                contents,
                usage,
            })
        };
        let input = buffer(bytemuck::cast_slice(input), BufferUsages::STORAGE);
        // The binding ends where the output ends, the buffer does not: WGSL's arrayLength sees the
        // former, and a driver that ignores it writes into the tail.
        let filled = vec![SENTINEL; output_len + TAIL];
        let filled: &[u8] = bytemuck::cast_slice(&filled);
        let output = buffer(filled, BufferUsages::STORAGE | BufferUsages::COPY_SRC);
        let uniforms: Vec<_> = uniforms
            .iter()
            .map(|&(binding, bytes)| (binding, buffer(bytes, BufferUsages::UNIFORM)))
            .collect();

        let storage = |read_only| BufferBindingType::Storage { read_only };
        let mut bound = vec![
            (0, storage(true), input.as_entire_binding()),
            (
                1,
                storage(false),
                BindingResource::Buffer(wgpu::BufferBinding {
                    buffer: &output,
                    offset: 0,
                    size: std::num::NonZeroU64::new(4 * output_len as u64),
                }),
            ),
        ];
        for (binding, buffer) in &uniforms {
            bound.push((
                *binding,
                BufferBindingType::Uniform,
                buffer.as_entire_binding(),
            ));
        }
        let entries: Vec<_> = bound
            .iter()
            .map(|&(binding, ty, _)| wgpu::BindGroupLayoutEntry {
                binding,
                visibility: wgpu::ShaderStages::COMPUTE,
                ty: BindingType::Buffer {
                    ty,
                    has_dynamic_offset: false,
                    min_binding_size: None,
                },
                count: None,
            })
            .collect();
        let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: None,
            entries: &entries,
        });
        let entries: Vec<_> = bound
            .into_iter()
            .map(|(binding, _, resource)| wgpu::BindGroupEntry { binding, resource })
            .collect();
        let group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &layout,
            entries: &entries,
        });
        let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            bind_group_layouts: &[Some(&layout)],
            ..Default::default()
        });
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: None,
            source: wgpu::ShaderSource::Wgsl(source.into()),
        });
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: None,
            layout: Some(&pipeline_layout),
            module: &module,
            entry_point: Some("main"),
            compilation_options: Default::default(),
            cache: None,
        });

        let staging = device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: output.size(),
            usage: BufferUsages::MAP_READ | BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let mut encoder = device.create_command_encoder(&Default::default());
        {
            let mut pass = encoder.begin_compute_pass(&Default::default());
            pass.set_pipeline(&pipeline);
            pass.set_bind_group(0, &group, &[]);
            pass.dispatch_workgroups(workgroups, 1, 1);
        }
        encoder.copy_buffer_to_buffer(&output, 0, &staging, 0, output.size());
        let submission = self.queue.submit([encoder.finish()]);
        staging.slice(..).map_async(wgpu::MapMode::Read, |result| {
            result.expect("the map succeeds");
        });
        let wait = wgpu::PollType::Wait {
            submission_index: Some(submission),
            timeout: None,
        };
        device.poll(wait).expect("the device finishes");
        let view = staging
            .slice(..)
            .get_mapped_range()
            .expect("the buffer is mapped");
        let mut words: Vec<u32> = bytemuck::cast_slice(&view).to_vec();
        let tail = words.split_off(output_len);
        assert!(
            tail.iter().all(|&word| word == SENTINEL),
            "the kernel wrote beyond its output"
        );
        words
    }
}

/// Awaits as a host does that polls its device every frame.
pub fn poll_until_done<T>(device: &wgpu::Device, future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        match future.as_mut().poll(&mut context) {
            std::task::Poll::Ready(value) => return value,
            std::task::Poll::Pending => {
                device.poll(wgpu::PollType::Poll).expect("a poll");
            }
        }
    }
}
