//! Kernels that draw pictures, against their twins.

use ddim_wgpu::Batch;
use ddim_wgpu::cpu;
use ddim_wgpu::gpu::{DiffusionSampler, ExternalNetwork, ImageFormat, ImageSource, ImageTexture};
use half::f16;

use super::{plan, scheduler};
use crate::common::compute::{TestDevice, test_device};

/// The texture holds the twin's bytes, and is drawn from the state as it stands.
#[test]
fn to_rgba8_is_its_twin() {
    let TestDevice { device, queue, .. } = test_device();
    for shape in [vec![1, 5, 5], vec![3, 2, 4]] {
        let dims: usize = shape.iter().product();
        let network = ExternalNetwork::new(shape.clone());
        let sampler = DiffusionSampler::new(device, &network, &plan(&scheduler(), 1, 0.0))
            .expect("a sampler");
        let mut state: Vec<f32> = vec![0.0; 7 * dims];
        cpu::init_noise(3, 0, 0, dims, &mut state);
        let run = sampler
            .prepare(device, queue, &Batch::new(7))
            .expect("a run");
        queue.write_buffer(run.state(), 0, bytemuck::cast_slice(&state));
        let picture = ImageTexture::new(device, &run.shards()[0], &shape, 3, ImageSource::State)
            .expect("a picture");
        let (channels, height, width) = (shape[0], shape[1], shape[2]);
        let pixels = read_texture(device, queue, &picture, 4);
        let row_bytes = 3 * width * 4;
        for (i, image) in state.chunks_exact(dims).enumerate() {
            let mut expected = vec![0; 4 * width * height];
            cpu::to_rgba8(channels, image, &mut expected);
            for (y, expected) in expected.chunks_exact(4 * width).enumerate() {
                let at = (i / 3 * height + y) * row_bytes + i % 3 * width * 4;
                assert_eq!(&pixels[at..][..4 * width], expected, "image {i}, row {y}");
            }
        }
        let last = &pixels[pixels.len() - 4..];
        assert_eq!(last, [0; 4], "a place without an image is transparent");
    }
}

/// As above with half floats, to one unit in the last place: drivers may round to the
/// nearest or towards zero.
#[test]
fn to_rgba16f_is_its_twin() {
    let TestDevice { device, queue, .. } = test_device();
    for shape in [vec![1, 5, 5], vec![3, 2, 4]] {
        let (channels, height, width) = (shape[0], shape[1], shape[2]);
        let dims: usize = shape.iter().product();
        let network = ExternalNetwork::new(shape.clone());
        let sampler = DiffusionSampler::new(device, &network, &plan(&scheduler(), 1, 0.0))
            .expect("a sampler");
        let mut x0: Vec<f32> = vec![0.0; 7 * dims];
        cpu::init_noise(3, 0, 0, dims, &mut x0);
        // Beyond [−1, 1] by far, beyond any half float, and not at all.
        x0[..4].copy_from_slice(&[1e6, -1e6, 3.0, -1.0]);
        let run = sampler
            .prepare(device, queue, &Batch::new(7))
            .expect("a run");
        queue.write_buffer(run.x0(), 0, bytemuck::cast_slice(&x0));
        let part = &run.shards()[0];
        let format = ImageFormat::Rgba16F;
        let picture = ImageTexture::with_format(device, part, &shape, 3, ImageSource::X0, format)
            .expect("a picture");
        assert_eq!(picture.texture().format(), wgpu::TextureFormat::Rgba16Float);
        let pixels = read_texture(device, queue, &picture, 8);
        let pixels: &[f16] = bytemuck::cast_slice(&pixels);
        let row = 3 * width * 4;
        for (i, image) in x0.chunks_exact(dims).enumerate() {
            let mut expected = vec![f16::NAN; 4 * width * height];
            cpu::to_rgba16f(channels, image, &mut expected);
            for (y, expected) in expected.chunks_exact(4 * width).enumerate() {
                let at = (i / 3 * height + y) * row + i % 3 * width * 4;
                for (found, expected) in pixels[at..].iter().zip(expected) {
                    let apart = ordered(*found).abs_diff(ordered(*expected));
                    assert!(apart <= 1, "image {i}, row {y}: {found} for {expected}");
                }
            }
        }
        let last = &pixels[pixels.len() - 4..];
        assert_eq!(
            last,
            [f16::ZERO; 4],
            "a place without an image is transparent"
        );
    }
}

/// A half float's place among all half floats.
fn ordered(value: f16) -> i32 {
    let bits = i32::from(value.to_bits());
    if bits < 0x8000 { bits } else { 0x8000 - bits }
}

/// Draws a picture and reads it back, `pixel_bytes` bytes a pixel.
fn read_texture(
    device: &wgpu::Device,
    queue: &wgpu::Queue,
    picture: &ImageTexture,
    pixel_bytes: u32,
) -> Vec<u8> {
    let texture = picture.texture();
    let stride = (pixel_bytes * texture.width()).next_multiple_of(256);
    let buffer = device.create_buffer(&wgpu::BufferDescriptor {
        label: None,
        size: u64::from(stride * texture.height()),
        usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
        mapped_at_creation: false,
    });
    let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    picture.encode(&mut encoder);
    let layout = wgpu::TexelCopyBufferLayout {
        offset: 0,
        bytes_per_row: Some(stride),
        rows_per_image: Some(texture.height()),
    };
    encoder.copy_texture_to_buffer(
        texture.as_image_copy(),
        wgpu::TexelCopyBufferInfo {
            buffer: &buffer,
            layout,
        },
        texture.size(),
    );
    queue.submit([encoder.finish()]);
    buffer.map_async(wgpu::MapMode::Read, .., |result| result.expect("a mapping"));
    device
        .poll(wgpu::PollType::wait_indefinitely())
        .expect("a poll");
    let view = buffer.get_mapped_range(..).expect("a range");
    let rows = view
        .chunks_exact(stride as usize)
        .flat_map(|row| &row[..(pixel_bytes * texture.width()) as usize]);
    rows.copied().collect()
}
