//! Kernels of runs whose network is the caller's: what is around it.

use std::slice;

use crate::batch::{Batch, Inpaint};
use crate::cpu::{self, SampleStep, StepMemory};
use crate::diffusion::{Clipping, Plan, PlanBuilder, SamplerKind, StageCoefficients};
use crate::gpu::{DiffusionSampler, ExternalNetwork, Kernel, SamplerError};
use crate::verify::harness::cases;
use crate::verify::harness::compare::Comparison;
use crate::verify::harness::stepwise::{OFFSET, SEED, host_noise};
use crate::verify::harness::verifier::Verifier;

pub async fn init_noise(
    on: &Verifier<'_>,
    comparison: &mut Comparison,
) -> Result<(), SamplerError> {
    for dims in [1, 2, 3, 4, 5, 17] {
        let plan = cases::single_row();
        let network = ExternalNetwork::new(vec![dims]);
        let options = on.options.sampler(Kernel::MlpStep);
        let sampler = on.sampler(&network, &plan, &options).await?;
        for count in [1, 63, 65, 4099] {
            let batch = Batch::new(count).seed(SEED).sample_offset(OFFSET);
            let run = on.prepare(&sampler, &batch).await?;
            on.submit(|encoder| sampler.encode_external(encoder, &run, 0..0, |_, _, _| {}))
                .await?;
            let found = on.read(&run).await?;
            let mut expected = vec![f32::NAN; count * dims];
            cpu::init_noise(SEED, OFFSET, 0, dims, &mut expected);
            comparison.same_bits(&format!("{count} of {dims} values"), &found, &expected);
        }
    }
    Ok(())
}

pub async fn threshold_step(
    on: &Verifier<'_>,
    comparison: &mut Comparison,
) -> Result<(), SamplerError> {
    for dims in [1, 3, 4, 257] {
        for state_limit in [None, Some(0.75)] {
            threshold_row(on, comparison, dims, state_limit).await?;
        }
    }
    Ok(())
}

/// A row that is not the last, or one that is and has its state clipped.
async fn threshold_row(
    on: &Verifier<'_>,
    comparison: &mut Comparison,
    dims: usize,
    state_limit: Option<f64>,
) -> Result<(), SamplerError> {
    const QUANTILES: [(f64, f64); 5] =
        [(0.0, 5.0), (0.5, 5.0), (0.9, 1e3), (0.995, 1.5), (1.0, 1e6)];
    let plan = |ratio, max| {
        let clipping = Clipping::DynamicThreshold { ratio, max };
        let builder = Plan::ddim(cases::scheduler()).clipping(clipping);
        let builder = match state_limit {
            Some(limit) => builder.timesteps([600]).clip_final(limit),
            None => builder.timesteps([600, 300]),
        };
        builder.build().expect("a plan")
    };
    let network = ExternalNetwork::new(vec![dims]);
    let options = on.options.sampler(Kernel::MlpStep);
    let mut sampler = on.sampler(&network, &plan(0.5, 1.0), &options).await?;
    let run = on.prepare(&sampler, &Batch::new(3)).await?;
    for (ratio, max) in QUANTILES {
        let plan = plan(ratio, max);
        sampler.set_plan(on.link.queue, &plan)?;
        // A sample within range, one far out, and one of equal values.
        let mut x0 = host_noise(2, 3, dims);
        x0[..dims].iter_mut().for_each(|v| *v *= 0.1);
        x0[dims..2 * dims].iter_mut().for_each(|v| *v *= 20.0);
        x0[2 * dims..].fill(-1.25);
        let mut state = host_noise(1, 3, dims);
        for (buffer, values) in [(run.x0(), &x0), (run.state(), &state)] {
            on.link.write(buffer, values)?;
        }
        on.submit(|encoder| sampler.encode_threshold(encoder, &run, 0))
            .await?;
        let found = on.read(&run).await?;
        let found_x0 = on.read_x0(&run).await?;

        let scale = plan.stages()[0].x0_scale as f32;
        let limit = state_limit.map(|limit| limit as f32);
        let samples = state.chunks_exact_mut(dims);
        for (state, x0) in samples.zip(x0.chunks_exact_mut(dims)) {
            cpu::threshold_step((ratio, max), scale, limit, state, x0);
        }
        let clipped = limit.map_or("", |_| ", clipped");
        let case = format!("{dims} values, ratio {ratio}{clipped}");
        comparison.near(&format!("{case}, x0"), &found_x0, &x0, 1.0);
        comparison.near(&format!("{case}, state"), &found, &state, 1.0);
    }
    Ok(())
}

pub async fn mask_step(on: &Verifier<'_>, comparison: &mut Comparison) -> Result<(), SamplerError> {
    let plan = Plan::ddim(cases::scheduler()).steps(3);
    let plan = plan.build().expect("a plan");
    for dims in [1, 3, 4, 5, 16] {
        let network = ExternalNetwork::new(vec![dims]);
        let options = on.options.sampler(Kernel::MlpStep);
        let sampler = on.sampler(&network, &plan, &options).await?;
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
                .inpaint(Inpaint::new(data.clone(), mask.clone()));
            let run = on.prepare(&sampler, &batch).await?;
            // What is before the first row, and so without one.
            on.submit(|encoder| sampler.encode_external(encoder, &run, 0..0, |_, _, _| {}))
                .await?;
            let found = on.read(&run).await?;
            let start = plan.known(0);
            let scales = [start.x0_scale as f32, start.noise_scale as f32];
            for (i, x) in state.chunks_exact_mut(dims).enumerate() {
                let own = i * dims..(i + 1) * dims;
                let noise = (SEED, OFFSET + i as u64);
                cpu::mask_step(scales, noise, &data[own.clone()], &mask[own], x);
            }
            let case = format!("{count} of {dims} values");
            comparison.near(&case, &found, &state, 1.0);
            // After the last row what is kept is the data.
            on.submit(|encoder| sampler.encode_external(encoder, &run, 2..3, |_, _, _| {}))
                .await?;
            let found = on.read(&run).await?;
            let kept = |values: &[f32]| -> Vec<f32> { values.iter().step_by(3).copied().collect() };
            comparison.near(&format!("{case}, kept"), &kept(&found), &kept(&data), 1.0);
        }
    }
    Ok(())
}

pub async fn update_step(
    on: &Verifier<'_>,
    comparison: &mut Comparison,
) -> Result<(), SamplerError> {
    let plans = [
        (
            "clipped",
            Plan::ddim(cases::scheduler())
                .eta(0.5)
                .clipping(Clipping::Range(1.0)),
        ),
        (
            "re-derived",
            Plan::ddim(cases::scheduler())
                .eta(1.0)
                .clipping(Clipping::Range(1.0))
                .rederive_epsilon(true),
        ),
        (
            "with memory",
            Plan::sampler(cases::scheduler(), SamplerKind::DpmSolverPlusPlus2M),
        ),
        (
            "with a ring of x0",
            Plan::sampler(cases::scheduler(), SamplerKind::UniPc3).clipping(Clipping::Range(1.0)),
        ),
        (
            "with a ring of epsilon",
            Plan::sampler(cases::scheduler(), SamplerKind::Lms),
        ),
    ];
    let build =
        |(kind, builder): (_, PlanBuilder)| (kind, builder.steps(4).build().expect("a plan"));
    let plans = plans.map(build);
    // Kernels that clip more than x̂₀ are others.
    let clips = build((
        "clipped in all",
        Plan::ddim(cases::scheduler())
            .eta(1.0)
            .clipping(Clipping::Range(1.0))
            .rederive_epsilon(true)
            .clip_noise(0.8)
            .clip_epsilon(0.9)
            .clip_final(0.5),
    ));
    for dims in [1, 2, 3, 4, 5, 16] {
        let network = ExternalNetwork::new(vec![dims]);
        let mut options = on.options.sampler(Kernel::MlpStep);
        options.history = true;
        for plans in [&plans[..], slice::from_ref(&clips)] {
            let mut sampler = on.sampler(&network, &plans[0].1, &options).await?;
            for (kind, plan) in plans {
                sampler.set_plan(on.link.queue, plan)?;
                for count in [1, 65, 4099] {
                    update_rows(on, comparison, (&sampler, plan), kind, count, dims).await?;
                }
            }
        }
    }
    Ok(())
}

/// Each row by itself, from a state, an output, an x̂₀ of the row before and a ring of earlier
/// estimates that the host has made.
async fn update_rows(
    on: &Verifier<'_>,
    comparison: &mut Comparison,
    (sampler, plan): (&DiffusionSampler, &Plan),
    kind: &str,
    count: usize,
    dims: usize,
) -> Result<(), SamplerError> {
    let [start, out, previous] = [7, 8, 9].map(|seed| host_noise(seed, count, dims));
    let slots = StageCoefficients::SLOTS * dims;
    let earlier = host_noise(10, count, slots);
    let batch = Batch::new(count)
        .seed(SEED)
        .sample_offset(OFFSET)
        .initial(start.clone());
    let run = on.prepare(sampler, &batch).await?;
    for row in 1..plan.len() {
        let (mut x, mut x0, mut ring) = (start.clone(), previous.clone(), earlier.clone());
        let buffers = [(run.state(), &x), (run.x0(), &x0)];
        let optional = [(run.out(), &out), (run.ring(), &ring)];
        let optional = optional
            .into_iter()
            .filter_map(|(b, values)| Some((b?, values)));
        for (buffer, values) in buffers.into_iter().chain(optional) {
            on.link.write(buffer, values)?;
        }
        let rows = row..row + 1;
        on.submit(|encoder| sampler.encode_external(encoder, &run, rows, |_, _, _| {}))
            .await?;
        let found = on.read(&run).await?;
        let found_x0 = on.read_x0(&run).await?;
        let samples = x.chunks_exact_mut(dims).zip(x0.chunks_exact_mut(dims));
        for (i, ((x, x0), out)) in samples.zip(out.chunks_exact(dims)).enumerate() {
            let at = SampleStep {
                row,
                class: None,
                guidance: 1.0,
                seed: SEED,
                sample: OFFSET + i as u64,
            };
            let ring = &mut ring[i * slots..(i + 1) * slots];
            let memory = StepMemory { x0, ring };
            cpu::update_step(&cpu::RoundedStep::new(plan, row), at, x, out, memory);
        }
        let gain = plan.stages()[row].x0_from_out.abs();
        let case = format!("{kind}, row {row}, {count} of {dims} values");
        comparison.near(&format!("{case}, state"), &found, &x, gain);
        comparison.near(&format!("{case}, x0"), &found_x0, &x0, gain);
    }
    Ok(())
}
