//! Kernels that draw pictures.

use half::f16;

use crate::batch::Batch;
use crate::cpu;
use crate::gpu::{
    Composed, Drawing, ExternalNetwork, ImageFormat, ImageSource, ImageTexture, SamplerError,
    SamplerOptions,
};
use crate::verify::harness::cases;
use crate::verify::harness::compare::Comparison;
use crate::verify::harness::stepwise::host_noise;
use crate::verify::harness::verifier::{Options, Verifier};

pub async fn to_rgba8(on: &Verifier<'_>, comparison: &mut Comparison) -> Result<(), SamplerError> {
    pictures(on, ImageFormat::Rgba8, |case, shape, images, found| {
        let expected = side_by_side(shape, images, |image, pixels: &mut [u8]| {
            cpu::to_rgba8(shape[0], image, pixels);
        });
        comparison.same(case, found, &expected);
    })
    .await
}

pub async fn to_rgba16f(
    on: &Verifier<'_>,
    comparison: &mut Comparison,
) -> Result<(), SamplerError> {
    pictures(on, ImageFormat::Rgba16F, |case, shape, images, found| {
        let expected = side_by_side(shape, images, |image, pixels: &mut [f16]| {
            cpu::to_rgba16f(shape[0], image, pixels);
        });
        let singles = |halves: &[f16]| halves.iter().map(|half| half.to_f32()).collect::<Vec<_>>();
        let found: Vec<f16> = bytemuck::pod_collect_to_vec(found);
        comparison.near(case, &singles(&found), &singles(&expected), 1.0);
    })
    .await
}

/// Images side by side in a picture.
const COLUMNS: usize = 3;

/// Draws seven images of two shapes; `compare` is told the case, the shape, the images and the
/// picture's bytes.
async fn pictures(
    on: &Verifier<'_>,
    format: ImageFormat,
    mut compare: impl FnMut(&str, [usize; 3], &[f32], &[u8]),
) -> Result<(), SamplerError> {
    for shape in [[1, 5, 5], [3, 2, 4]] {
        let dims = shape.iter().product();
        let plan = cases::single_row();
        let network = ExternalNetwork::new(shape.to_vec());
        let sampler = on
            .sampler(&network, &plan, &SamplerOptions::default())
            .await?;
        let images = host_noise(3, 7, dims);
        let run = on.prepare(&sampler, &Batch::new(7)).await?;
        on.link.write(run.state(), &images)?;
        let shard = &run.shards()[0];
        let drawing = Drawing {
            columns: COLUMNS as u32,
            source: ImageSource::State,
            format,
            text: picture_text(on.options, format),
        };
        let drawn = ImageTexture::drawn(on.link.device, shard, &shape, drawing);
        let picture = drawn.await?;
        on.submit(|encoder| picture.encode(encoder)).await?;
        let found = picture.read_by(on.link).await?;
        compare(&format!("7 images of {shape:?}"), shape, &images, &found);
    }
    Ok(())
}

/// What the twin draws of seven images in rows of [`COLUMNS`]. Places without an image are
/// transparent.
fn side_by_side<T: Copy + Default>(
    [channels, height, width]: [usize; 3],
    images: &[f32],
    twin: impl Fn(&[f32], &mut [T]),
) -> Vec<T> {
    let mut whole = vec![T::default(); 3 * height * COLUMNS * width * 4];
    for (i, image) in images.chunks_exact(channels * height * width).enumerate() {
        let mut pixels = vec![T::default(); 4 * width * height];
        twin(image, &mut pixels);
        for (y, row) in pixels.chunks_exact(4 * width).enumerate() {
            let line = (i / COLUMNS * height + y) * COLUMNS + i % COLUMNS;
            whole[line * row.len()..][..row.len()].copy_from_slice(row);
        }
    }
    whole
}

fn picture_text(options: &Options, format: ImageFormat) -> Composed {
    let kernel = format.kernel();
    let text = kernel.picture();
    #[cfg(feature = "fault-injection")]
    if let Some(fault) = options.fault.filter(|fault| fault.kernel == Some(kernel)) {
        return fault.plant(kernel, text);
    }
    #[cfg(not(feature = "fault-injection"))]
    let _ = options;
    text
}
