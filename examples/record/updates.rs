//! Kernels without a network: noise, the update, and what is dispatched after it.

use ddim_wgpu::cpu::{self, SampleStep};
use ddim_wgpu::diffusion::{Clipping, Plan, PlanBuilder, SamplerKind};
use ddim_wgpu::gpu::{DiffusionSampler, ExternalNetwork, NoiseSource};
use ddim_wgpu::noise::fingerprint;
use ddim_wgpu::{Batch, Inpaint};

use crate::Failure;
use crate::networks::{OFFSET, SEED, host_noise, scheduler};
use crate::recording::{Expected, Measure, Recording};

/// A row is some sums of values that f32 rounds to 6e-8 each.
const UPDATE: f64 = 1e-6;

/// The noise whose hash is published.
pub(crate) fn noise_hash(to: &mut Recording) -> Result<(), Failure> {
    use fingerprint::{DIMS, DRAW, FIRST_SAMPLE, SAMPLES, SEED};
    let source = NoiseSource::new(&to.device, DIMS)?;
    let batch = Batch::new(SAMPLES).seed(SEED).sample_offset(FIRST_SAMPLE);
    source.read_blocking(&to.device, &to.queue, &batch, DRAW)?;
    let mut expected = vec![f32::NAN; SAMPLES * DIMS];
    cpu::init_noise(SEED, FIRST_SAMPLE, DRAW, DIMS, &mut expected);
    let expected = Expected::F32(&expected);
    to.expect("noise hash", "2^20 normals", &expected, Measure::Hash)
}

pub(crate) fn init_noise(to: &mut Recording) -> Result<(), Failure> {
    let plan = Plan::ddim(scheduler()).steps(1).build()?;
    for dims in [1, 2, 3, 4, 5, 17] {
        let network = ExternalNetwork::new(vec![dims]);
        let sampler = DiffusionSampler::new(&to.device, &network, &plan)?;
        for count in [1, 63, 65, 4099] {
            let batch = Batch::new(count).seed(SEED).sample_offset(OFFSET);
            let run = sampler.prepare(&to.device, &to.queue, &batch)?;
            to.submit(|encoder| sampler.encode_external(encoder, &run, 0..0, |_, _, _| {}));
            let mut expected = vec![f32::NAN; count * dims];
            cpu::init_noise(SEED, OFFSET, 0, dims, &mut expected);
            let case = format!("{count} of {dims} values");
            to.state(&run, ("init_noise", &case), &expected, Measure::Bits)?;
        }
    }
    Ok(())
}

/// Clipping, re-derived noise, memory, injected noise, and rows without it or with more clips (which
/// have texts of their own).
pub(crate) fn update_step(to: &mut Recording) -> Result<(), Failure> {
    let clipped = |eta| {
        let builder = Plan::ddim(scheduler()).eta(eta);
        builder.clipping(Clipping::Range(1.0))
    };
    let clipped_in_all = clipped(1.0).clip_noise(0.8).clip_epsilon(0.9);
    let clipped_in_all = clipped_in_all.clip_final(0.5);
    let plans = [
        ("clipped", clipped(0.5)),
        ("without noise", clipped(0.0)),
        ("re-derived", clipped(1.0).rederive_epsilon(true)),
        ("clipped in all", clipped_in_all),
        (
            "with memory",
            Plan::sampler(scheduler(), SamplerKind::DpmSolverPlusPlus2M),
        ),
    ];
    for (name, builder) in plans {
        let plan = builder.steps(4).build()?;
        for dims in [1, 2, 3, 4, 5, 16] {
            for count in [1, 65] {
                let case = format!("{name}, {count} of {dims} values");
                update_rows(to, ("update_step", &case), &plan, [count, dims])?;
            }
        }
    }
    Ok(())
}

/// Quantiles at the ends, on a value and between two; the twin of the update thresholds too.
pub(crate) fn threshold_step(to: &mut Recording) -> Result<(), Failure> {
    for (ratio, max) in [(0.0, 5.0), (0.5, 5.0), (0.9, 1e3), (0.995, 1.5), (1.0, 1e6)] {
        let clipping = Clipping::DynamicThreshold { ratio, max };
        let plan = |builder: PlanBuilder| builder.clipping(clipping).build();
        let plan = plan(Plan::ddim(scheduler()).timesteps([600, 300]))?;
        for dims in [1, 3, 4, 257] {
            let case = format!("{dims} values, ratio {ratio}");
            update_rows(to, ("threshold_step", &case), &plan, [3, dims])?;
        }
    }
    Ok(())
}

/// Each row of a plan from a state, an x̂₀ and a network's output that no kernel has made.
fn update_rows(
    to: &mut Recording,
    (check, case): (&str, &str),
    plan: &Plan,
    [count, dims]: [usize; 2],
) -> Result<(), Failure> {
    let network = ExternalNetwork::new(vec![dims]);
    let sampler = DiffusionSampler::new(&to.device, &network, plan)?;
    let mut state = host_noise(SEED ^ 1, count, dims);
    let batch = Batch::new(count).seed(SEED).sample_offset(OFFSET);
    let run = sampler.prepare(&to.device, &to.queue, &batch.initial(state.clone()))?;
    // No row may look at what the first has not written.
    let mut x0 = vec![f32::NAN; count * dims];
    for (row, step) in plan.stages().iter().enumerate() {
        let out = host_noise(SEED ^ (2 + row as u64), count, dims);
        let buffers = [
            (run.state(), &state),
            (run.x0(), &x0),
            (run.out().expect("an external network's"), &out),
        ];
        for (buffer, values) in buffers {
            to.queue
                .write_buffer(buffer, 0, bytemuck::cast_slice(values));
        }
        to.submit(|encoder| sampler.encode_external(encoder, &run, row..row + 1, |_, _, _| {}));
        for (i, x) in state.chunks_exact_mut(dims).enumerate() {
            let own = i * dims..(i + 1) * dims;
            let at = SampleStep {
                row,
                class: None,
                guidance: 1.0,
                seed: SEED,
                sample: OFFSET + i as u64,
            };
            let step = cpu::RoundedStep::new(plan, row);
            cpu::update_step(&step, at, x, &out[own.clone()], &mut x0[own]);
        }
        // 1/√ᾱ is 157 at the noisy end: the row multiplies its rounding by it.
        let gain = step.x0_from_out.abs().max(step.x0_from_x.abs());
        let measure = |gain| Measure::Near {
            bound: UPDATE,
            gain,
        };
        let names = ["state", "x0"].map(|what| format!("{case}, row {row}, {what}"));
        let state_gain = gain * step.x0_scale.abs();
        to.state(&run, (check, &names[0]), &state, measure(state_gain))?;
        to.x0(&run, (check, &names[1]), &x0, measure(gain))?;
    }
    Ok(())
}

/// Kept, made and shared values, before the first row and after the last.
pub(crate) fn mask_step(to: &mut Recording) -> Result<(), Failure> {
    let plan = Plan::ddim(scheduler()).steps(3).build()?;
    let measure = Measure::Near {
        bound: UPDATE,
        gain: 1.0,
    };
    for dims in [1, 3, 4, 5, 16] {
        let network = ExternalNetwork::new(vec![dims]);
        let sampler = DiffusionSampler::new(&to.device, &network, &plan)?;
        for count in [1, 65, 4099] {
            let mut state = host_noise(1, count, dims);
            let data = host_noise(2, count, dims);
            let shared = host_noise(3, count, dims).into_iter();
            let shared = shared.map(|value| value.abs().fract());
            let one_of = |(i, share)| [0.0, 1.0, share][i % 3];
            let mask: Vec<f32> = shared.enumerate().map(one_of).collect();
            let batch = Batch::new(count)
                .seed(SEED)
                .sample_offset(OFFSET)
                .initial(state.clone())
                .inpaint(Inpaint::new(data.clone(), mask.clone()));
            let run = sampler.prepare(&to.device, &to.queue, &batch)?;
            to.submit(|encoder| sampler.encode_external(encoder, &run, 0..0, |_, _, _| {}));
            let start = plan.known(0);
            let scales = [start.x0_scale as f32, start.noise_scale as f32];
            for (i, x) in state.chunks_exact_mut(dims).enumerate() {
                let own = i * dims..(i + 1) * dims;
                let noise = (SEED, OFFSET + i as u64);
                cpu::mask_step(scales, noise, &data[own.clone()], &mask[own], x);
            }
            let case = format!("{count} of {dims} values");
            to.state(&run, ("mask_step", &case), &state, measure)?;
        }
    }
    Ok(())
}
