//! Kernels that draw pictures.

use bytemuck::Pod;
use ddim_wgpu::Batch;
use ddim_wgpu::cpu;
use ddim_wgpu::diffusion::Plan;
use ddim_wgpu::gpu::{
    DiffusionSampler, ExternalNetwork, ImageFormat, ImageSource, ImageTexture, Kernel,
};
use ddim_wgpu::wgpu::COPY_BYTES_PER_ROW_ALIGNMENT;

use crate::Failure;
use crate::networks::{host_noise, scheduler};
use crate::recording::{Expected, Measure, Recording};

/// Images side by side in a picture, and images in all.
const COLUMNS: usize = 3;
const IMAGES: usize = 7;
/// A unit in the last place of a half float: drivers may round to the nearest or towards zero.
const HALF_PICTURE: f64 = 1e-3;

pub(crate) fn to_rgba8(to: &mut Recording) -> Result<(), Failure> {
    let kind = (Kernel::ToRgba8, ImageFormat::Rgba8);
    pictures(to, kind, Measure::Bits, &cpu::to_rgba8)
}

pub(crate) fn to_rgba16f(to: &mut Recording) -> Result<(), Failure> {
    let measure = Measure::Near {
        bound: HALF_PICTURE,
        gain: 1.0,
    };
    let kind = (Kernel::ToRgba16F, ImageFormat::Rgba16F);
    pictures(to, kind, measure, &cpu::to_rgba16f)
}

/// Draws an image by the CPU: channels, image, pixels.
type Twin<'a, T> = &'a dyn Fn(usize, &[f32], &mut [T]);

/// Draws images of two shapes, and what `twin` makes of each.
fn pictures<T: Pod + Default>(
    to: &mut Recording,
    (kernel, format): (Kernel, ImageFormat),
    measure: Measure,
    twin: Twin<'_, T>,
) -> Result<(), Failure> {
    for shape in [[1, 5, 5], [3, 2, 4]] {
        let plan = Plan::ddim(scheduler()).steps(1).build()?;
        let network = ExternalNetwork::new(shape.to_vec());
        let sampler = DiffusionSampler::new(&to.device, &network, &plan)?;
        let images = host_noise(3, IMAGES, shape.iter().product());
        let run = sampler.prepare(&to.device, &to.queue, &Batch::new(IMAGES))?;
        to.queue
            .write_buffer(run.state(), 0, bytemuck::cast_slice(&images));
        let (shard, columns) = (&run.shards()[0], COLUMNS as u32);
        let picture = ImageTexture::with_format(
            &to.device,
            shard,
            &shape,
            columns,
            ImageSource::State,
            format,
        )?;
        to.submit(|encoder| picture.encode(encoder));
        picture.read_blocking(&to.device, &to.queue)?;

        let pixels = side_by_side(shape, &images, twin);
        let line = COLUMNS * shape[2] * 4 * size_of::<T>();
        let expected = Expected::Lines {
            form: if size_of::<T>() == 1 { "u8" } else { "f16" },
            bytes: bytemuck::cast_slice(&pixels),
            line,
            stride: line.next_multiple_of(COPY_BYTES_PER_ROW_ALIGNMENT as usize),
        };
        let check = kernel.name();
        to.expect(
            check,
            &format!("{IMAGES} images of {shape:?}"),
            &expected,
            measure,
        )?;
    }
    Ok(())
}

/// Images in rows of [`COLUMNS`]. Places without an image are transparent.
fn side_by_side<T: Pod + Default>(
    [channels, height, width]: [usize; 3],
    images: &[f32],
    twin: Twin<'_, T>,
) -> Vec<T> {
    let lines = IMAGES.div_ceil(COLUMNS) * height;
    let mut whole = vec![T::default(); lines * COLUMNS * width * 4];
    for (i, image) in images.chunks_exact(channels * height * width).enumerate() {
        let mut pixels = vec![T::default(); 4 * width * height];
        twin(channels, image, &mut pixels);
        for (y, row) in pixels.chunks_exact(4 * width).enumerate() {
            let line = (i / COLUMNS * height + y) * COLUMNS + i % COLUMNS;
            whole[line * row.len()..][..row.len()].copy_from_slice(row);
        }
    }
    whole
}
