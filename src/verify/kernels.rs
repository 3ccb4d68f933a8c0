//! Every kernel against its twin.

use half::f16;

use super::follow::{OFFSET, SEED, host_noise};
use super::networks::{self, Network};
use super::report::{Check, Measure};
use super::tally::Tally;
use super::{Options, Verifier};
use crate::cpu::{self, MixtureDenoiser, MlpDenoiser, SampleStep};
use crate::diffusion::{Clipping, Plan, PlanBuilder, PredictionType, SamplerKind};
use crate::gpu::{
    ExternalNetwork, Kernel, Picture, PictureFormat, Sampler, SamplerError, Shown, WgslNetwork,
    plant,
};
use crate::{Batch, ClassChoice, Known};

/// A row is some sums of values that f32 rounds to 6e-8 each.
const UPDATE: Measure = Measure::Relative { bound: 1e-6 };
/// A network beside it: sums of up to some thousand products, and an exponential that WGSL allows to be some units in the last
/// place off.
const NETWORK: Measure = Measure::Relative { bound: 3e-6 };

/// A unit in the last place of a half float: drivers may round to the nearest or towards zero.
const HALF: Measure = Measure::Relative { bound: 1e-3 };

/// Around a workgroup's invocations, a tile's samples, a quad.
const COUNTS: [usize; 4] = [1, 63, 65, 257];

/// Compares `kernel` with its twin. A kernel without a case here does not compile.
pub(super) fn check(on: &Verifier<'_>, kernel: Kernel) -> Result<Check, SamplerError> {
    let name = kernel.name();
    match kernel {
        Kernel::InitNoise => {
            let what = "x_T against its twin: lengths around a quad and a workgroup";
            on.check(name, what, Measure::Exact, |tally| init_noise(on, tally))
        }
        Kernel::ThresholdStep => {
            let what = "dynamic thresholding against its twin: quantiles at the ends, on a value and between two";
            on.check(name, what, UPDATE, |tally| threshold_step(on, tally))
        }
        Kernel::MaskStep => {
            let what = "inpainting against its twin: kept, made and shared values, lengths around a quad and a workgroup";
            on.check(name, what, UPDATE, |tally| mask_step(on, tally))
        }
        Kernel::UpdateStep => {
            let what =
                "the update against its twin: clipping, re-derived noise, memory, injected noise";
            on.check(name, what, UPDATE, |tally| update_step(on, tally))
        }
        Kernel::PredictStep => {
            let what = "a step with a mixture's network in WGSL against its twin";
            on.check(name, what, NETWORK, |tally| predict_step(on, tally))
        }
        Kernel::MlpStep => {
            let what = "a step with the MLP against its twin: every activation, classes, guidance, three tilings";
            let networks = [networks::narrow(), networks::wide()].concat();
            on.check(name, what, NETWORK, |tally| {
                mlp_step(on, tally, kernel, &networks)
            })
        }
        Kernel::MlpStepSerial => {
            let what = "a step with the MLP against its twin: every activation, classes, guidance";
            on.check(name, what, NETWORK, |tally| {
                mlp_step(on, tally, kernel, &networks::narrow())
            })
        }
        Kernel::ToRgba8 => {
            let what = "bytes of a picture against its twin";
            on.check(name, what, Measure::Exact, |tally| to_rgba8(on, tally))
        }
        Kernel::ToRgba16F => {
            let what = "half floats of a picture against its twin";
            on.check(name, what, HALF, |tally| to_rgba16f(on, tally))
        }
    }
}

fn init_noise(on: &Verifier<'_>, tally: &mut Tally) -> Result<(), SamplerError> {
    for dims in [1, 2, 3, 4, 5, 17] {
        let plan = single_row(Plan::ddim(networks::scheduler()));
        let network = ExternalNetwork::new(vec![dims]);
        let options = on.options.sampler(Kernel::MlpStep);
        let sampler = Sampler::with_options(on.device, &network, &plan, &options)?;
        for count in [1, 63, 65, 4099] {
            let batch = Batch::new(count).seed(SEED).sample_offset(OFFSET);
            let run = sampler.prepare(on.device, on.queue, &batch)?;
            on.submit(|encoder| sampler.encode_external(encoder, &run, 0..0, |_, _, _| {}))?;
            let found = run.read_blocking(on.device, on.queue)?;
            let mut expected = vec![f32::NAN; count * dims];
            cpu::init_noise(SEED, OFFSET, 0, dims, &mut expected);
            tally.same_bits(&format!("{count} of {dims} values"), &found, &expected);
        }
    }
    Ok(())
}

fn threshold_step(on: &Verifier<'_>, tally: &mut Tally) -> Result<(), SamplerError> {
    const QUANTILES: [(f64, f64); 5] =
        [(0.0, 5.0), (0.5, 5.0), (0.9, 1e3), (0.995, 1.5), (1.0, 1e6)];
    let plan = |ratio, max| {
        let clipping = Clipping::DynamicThreshold { ratio, max };
        let builder = Plan::ddim(networks::scheduler()).timesteps([600, 300]);
        builder.clipping(clipping).build().expect("a plan")
    };
    for dims in [1, 3, 4, 257] {
        let network = ExternalNetwork::new(vec![dims]);
        let options = on.options.sampler(Kernel::MlpStep);
        let mut sampler = Sampler::with_options(on.device, &network, &plan(0.5, 1.0), &options)?;
        let run = sampler.prepare(on.device, on.queue, &Batch::new(3))?;
        for (ratio, max) in QUANTILES {
            let plan = plan(ratio, max);
            sampler.set_plan(on.queue, &plan)?;
            // A sample within range, one far out, and one of equal values.
            let mut x0 = host_noise(2, 3, dims);
            x0[..dims].iter_mut().for_each(|v| *v *= 0.1);
            x0[dims..2 * dims].iter_mut().for_each(|v| *v *= 20.0);
            x0[2 * dims..].fill(-1.25);
            let mut state = host_noise(1, 3, dims);
            for (buffer, values) in [(run.x0(), &x0), (run.state(), &state)] {
                on.queue
                    .write_buffer(buffer, 0, bytemuck::cast_slice(values));
            }
            on.submit(|encoder| sampler.encode_threshold(encoder, &run, 0))?;
            let found = run.read_blocking(on.device, on.queue)?;
            let found_x0 = run.read_x0_blocking(on.device, on.queue)?;

            let scale = plan.steps()[0].x0_scale as f32;
            let samples = state.chunks_exact_mut(dims);
            for (state, x0) in samples.zip(x0.chunks_exact_mut(dims)) {
                cpu::threshold_step(ratio, max, scale, state, x0);
            }
            let case = format!("{dims} values, ratio {ratio}");
            tally.near(&format!("{case}, x0"), &found_x0, &x0, 1.0);
            tally.near(&format!("{case}, state"), &found, &state, 1.0);
        }
    }
    Ok(())
}

fn mask_step(on: &Verifier<'_>, tally: &mut Tally) -> Result<(), SamplerError> {
    let plan = Plan::ddim(networks::scheduler()).steps(3);
    let plan = plan.build().expect("a plan");
    for dims in [1, 3, 4, 5, 16] {
        let network = ExternalNetwork::new(vec![dims]);
        let options = on.options.sampler(Kernel::MlpStep);
        let sampler = Sampler::with_options(on.device, &network, &plan, &options)?;
        for count in [1, 65, 4099] {
            let mut state = host_noise(1, count, dims);
            let data = host_noise(2, count, dims);
            let shared = host_noise(3, count, dims)
                .into_iter()
                .map(|v| v.abs().fract());
            let one_of = |(i, share)| [0.0, 1.0, share][i % 3];
            let mask: Vec<f32> = shared.enumerate().map(one_of).collect();
            let batch = Batch::new(count)
                .seed(SEED)
                .sample_offset(OFFSET)
                .initial(state.clone())
                .known(Known::new(data.clone(), mask.clone()));
            let run = sampler.prepare(on.device, on.queue, &batch)?;
            // What is before the first row, and so without one.
            on.submit(|encoder| sampler.encode_external(encoder, &run, 0..0, |_, _, _| {}))?;
            let found = run.read_blocking(on.device, on.queue)?;
            let start = plan.known(0);
            let scales = [start.x0_scale as f32, start.noise_scale as f32];
            for (i, x) in state.chunks_exact_mut(dims).enumerate() {
                let own = i * dims..(i + 1) * dims;
                let noise = (SEED, OFFSET + i as u64);
                cpu::mask_step(scales, noise, &data[own.clone()], &mask[own], x);
            }
            let case = format!("{count} of {dims} values");
            tally.near(&case, &found, &state, 1.0);
            // After the last row what is kept is the data.
            on.submit(|encoder| sampler.encode_external(encoder, &run, 2..3, |_, _, _| {}))?;
            let found = run.read_blocking(on.device, on.queue)?;
            let kept = |values: &[f32]| -> Vec<f32> { values.iter().step_by(3).copied().collect() };
            tally.near(&format!("{case}, kept"), &kept(&found), &kept(&data), 1.0);
        }
    }
    Ok(())
}

fn update_step(on: &Verifier<'_>, tally: &mut Tally) -> Result<(), SamplerError> {
    let with_history = SamplerKind::DpmSolverPlusPlus2M;
    let plans = [
        (
            "clipped",
            Plan::ddim(networks::scheduler())
                .eta(0.5)
                .clipping(Clipping::Range(1.0)),
        ),
        (
            "re-derived",
            Plan::ddim(networks::scheduler())
                .eta(1.0)
                .clipping(Clipping::Range(1.0))
                .rederive_epsilon(true),
        ),
        (
            "with memory",
            Plan::sampler(networks::scheduler(), with_history),
        ),
    ];
    let plans = plans.map(|(kind, builder)| (kind, builder.steps(4).build().expect("a plan")));
    for dims in [1, 2, 3, 4, 5, 16] {
        let network = ExternalNetwork::new(vec![dims]);
        let options = on.options.sampler(Kernel::MlpStep);
        let mut sampler = Sampler::with_options(on.device, &network, &plans[0].1, &options)?;
        for (kind, plan) in &plans {
            sampler.set_plan(on.queue, plan)?;
            for count in [1, 65, 4099] {
                update_rows(on, tally, (&sampler, plan), kind, count, dims)?;
            }
        }
    }
    Ok(())
}

/// Each row by itself, from a state, an output and an x̂₀ of the row before that the host has made.
fn update_rows(
    on: &Verifier<'_>,
    tally: &mut Tally,
    (sampler, plan): (&Sampler, &Plan),
    kind: &str,
    count: usize,
    dims: usize,
) -> Result<(), SamplerError> {
    let [start, out, previous] = [7, 8, 9].map(|seed| host_noise(seed, count, dims));
    let batch = Batch::new(count)
        .seed(SEED)
        .sample_offset(OFFSET)
        .initial(start.clone());
    let run = sampler.prepare(on.device, on.queue, &batch)?;
    for row in 1..plan.len() {
        let (mut x, mut x0) = (start.clone(), previous.clone());
        let buffers = [(run.state(), &x), (run.x0(), &x0)];
        for (buffer, values) in buffers.into_iter().chain(run.out().map(|b| (b, &out))) {
            on.queue
                .write_buffer(buffer, 0, bytemuck::cast_slice(values));
        }
        let rows = row..row + 1;
        on.submit(|encoder| sampler.encode_external(encoder, &run, rows, |_, _, _| {}))?;
        let found = run.read_blocking(on.device, on.queue)?;
        let found_x0 = run.read_x0_blocking(on.device, on.queue)?;
        let samples = x.chunks_exact_mut(dims).zip(x0.chunks_exact_mut(dims));
        for (i, ((x, x0), out)) in samples.zip(out.chunks_exact(dims)).enumerate() {
            let at = SampleStep {
                row,
                class: None,
                guidance: 1.0,
                seed: SEED,
                sample: OFFSET + i as u64,
            };
            cpu::update_step(&cpu::Step::new(plan, row), at, x, out, x0);
        }
        let gain = plan.steps()[row].x0_from_out.abs();
        let case = format!("{kind}, row {row}, {count} of {dims} values");
        tally.near(&format!("{case}, state"), &found, &x, gain);
        tally.near(&format!("{case}, x0"), &found_x0, &x0, gain);
    }
    Ok(())
}

fn predict_step(on: &Verifier<'_>, tally: &mut Tally) -> Result<(), SamplerError> {
    let mixture = networks::mixture();
    for &prediction in PredictionType::ALL {
        let mut config = networks::scheduler();
        config.prediction = prediction;
        let plan = Plan::ddim(config)
            .steps(4)
            .eta(0.6)
            .build()
            .expect("a plan");
        let network = WgslNetwork::gaussian_mixture(&mixture, prediction);
        let options = on.options.sampler(Kernel::MlpStep);
        let sampler = Sampler::with_options(on.device, &network, &plan, &options)?;
        let twin = MixtureDenoiser::new(mixture.clone(), prediction);
        for count in COUNTS {
            let case = format!("{prediction}, {count} samples");
            let on_plan = (&sampler, &plan);
            on.follow(
                tally,
                &case,
                on_plan,
                Batch::new(count),
                None,
                |at, x, x0| {
                    cpu::predict_step(&twin, &plan, at, x, x0);
                },
            )?;
        }
    }
    Ok(())
}

fn mlp_step(
    on: &Verifier<'_>,
    tally: &mut Tally,
    kernel: Kernel,
    networks: &[Network],
) -> Result<(), SamplerError> {
    for Network { name, model } in networks {
        let plan = Plan::ddim(model.schedule()).steps(3).eta(0.7);
        let plan = plan.build().expect("a plan");
        let options = on.options.sampler(kernel);
        let sampler = Sampler::with_options(on.device, model, &plan, &options)?;
        let twin = MlpDenoiser::new(model, &plan);
        let wide = model.config().hidden_size > 1000;
        for count in COUNTS.into_iter().filter(|&count| !wide || count < 64) {
            let mut batch = Batch::new(count);
            if model.num_classes().is_some() {
                let guidance = if count == 65 { 1.0 } else { 2.5 };
                batch = batch.class(ClassChoice::Cyclic).guidance(guidance);
            }
            let case = format!("{name}, {count} samples");
            let on_plan = (&sampler, &plan);
            on.follow(
                tally,
                &case,
                on_plan,
                batch,
                model.num_classes(),
                |at, x, x0| {
                    cpu::mlp_step(&twin, &plan, at, x, x0);
                },
            )?;
        }
    }
    Ok(())
}

fn to_rgba8(on: &Verifier<'_>, tally: &mut Tally) -> Result<(), SamplerError> {
    pictures(on, PictureFormat::Rgba8, |case, shape, images, found| {
        let expected = side_by_side(shape, images, |image, pixels: &mut [u8]| {
            cpu::to_rgba8(shape[0], image, pixels);
        });
        tally.same(case, found, &expected);
    })
}

fn to_rgba16f(on: &Verifier<'_>, tally: &mut Tally) -> Result<(), SamplerError> {
    pictures(on, PictureFormat::Rgba16F, |case, shape, images, found| {
        let expected = side_by_side(shape, images, |image, pixels: &mut [f16]| {
            cpu::to_rgba16f(shape[0], image, pixels);
        });
        let singles = |halves: &[f16]| halves.iter().map(|half| half.to_f32()).collect::<Vec<_>>();
        let found: Vec<f16> = bytemuck::pod_collect_to_vec(found);
        tally.near(case, &singles(&found), &singles(&expected), 1.0);
    })
}

/// Images side by side in a picture.
const COLUMNS: usize = 3;

/// Draws seven images of two shapes; `compare` is told the case, the shape, the images and the picture's bytes.
fn pictures(
    on: &Verifier<'_>,
    format: PictureFormat,
    mut compare: impl FnMut(&str, [usize; 3], &[f32], &[u8]),
) -> Result<(), SamplerError> {
    for shape in [[1, 5, 5], [3, 2, 4]] {
        let dims = shape.iter().product();
        let plan = single_row(Plan::ddim(networks::scheduler()));
        let network = ExternalNetwork::new(shape.to_vec());
        let sampler = Sampler::new(on.device, &network, &plan)?;
        let images = host_noise(3, 7, dims);
        let run = sampler.prepare(on.device, on.queue, &Batch::new(7))?;
        on.queue
            .write_buffer(run.state(), 0, bytemuck::cast_slice(&images));
        let part = &run.parts()[0];
        let (columns, text) = (COLUMNS as u32, picture_text(on.options, format));
        let picture =
            Picture::with_text(on.device, part, &shape, columns, Shown::State, format, text)?;
        on.submit(|encoder| picture.encode(encoder))?;
        let found = picture.read_blocking(on.device, on.queue)?;
        compare(&format!("7 images of {shape:?}"), shape, &images, &found);
    }
    Ok(())
}

/// What the twin draws of seven images in rows of [`COLUMNS`]. Places without an image are transparent.
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

fn picture_text(options: &Options, format: PictureFormat) -> String {
    let kernel = format.kernel();
    match options.fault {
        Some((faulty, from, to)) if faulty == kernel => plant(kernel, kernel.picture(), (from, to)),
        _ => kernel.picture(),
    }
}

fn single_row(builder: PlanBuilder) -> Plan {
    builder.steps(1).build().expect("a plan of one row")
}
