//! The forward process against its moments, against the reverse process it must be consistent with,
//! and as rows on both devices.

use ddim_wgpu::Batch;
use ddim_wgpu::cpu::{self, SampleStep};
use ddim_wgpu::diffusion::{Forward, NoiseLevel, Plan, PlanError};
use ddim_wgpu::gpu::{DiffusionSampler, ExternalNetwork};
use ddim_wgpu::noise::{INITIAL_DRAW, fill_normals};

use crate::common::compute::{TestDevice, test_device};

use super::{assert_close, ddpm_schedule};

const LEVELS: [usize; 5] = [0, 1, 300, 700, 999];

fn pairs() -> impl Iterator<Item = (NoiseLevel, NoiseLevel)> {
    let schedule = ddpm_schedule();
    let level = move |t: &usize| schedule.level(*t);
    let levels: Vec<NoiseLevel> = LEVELS.iter().map(level).collect();
    (0..levels.len())
        .flat_map(move |i| (i + 1..LEVELS.len()).map(move |j| (i, j)))
        .map(move |(i, j)| (levels[i], levels[j]))
}

/// `x_p ~ N(√p·x_0, 1−p)` and the transition give `x_a ~ N(√a·x_0, 1−a)`, whatever `η`.
#[test]
fn every_transition_keeps_the_marginals() {
    for (from, to) in pairs() {
        for eta in [0.0, 0.3, 1.0] {
            let step = Forward::non_markov(from, to, eta).unwrap();
            let mean = step.x0_scale + step.x_scale * from.sqrt_alpha_bar();
            assert_close(mean, to.sqrt_alpha_bar(), 1e-12, eta);
            let variance =
                step.x_scale.powi(2) * from.one_minus_alpha_bar() + step.noise_scale.powi(2);
            assert_close(variance, to.one_minus_alpha_bar(), 1e-12, eta);
        }
    }
}

/// The joint of `x_p` and `x_a` given `x_0` is one, whether reached by the forward transition or by
/// DDIM's reverse step with the exact `ε`: the covariance is the same.
#[test]
fn the_joint_is_that_of_the_reverse_step() {
    for eta in [0.0, 0.3, 1.0] {
        let plan = Plan::ddim(ddpm_schedule())
            .timesteps([999, 700, 300, 1, 0])
            .eta(eta)
            .build()
            .unwrap();
        for row in &plan.stages()[..4] {
            let (a, p) = (row.level, row.next_level);
            let step = Forward::non_markov(p, a, eta).unwrap();
            let forward = step.x_scale * p.one_minus_alpha_bar();
            let reverse = row.eps_scale * a.sqrt_one_minus_alpha_bar();
            assert_close(forward, reverse, 1e-12, eta);
            // Bayes' rule for the variance of x_a given x_p.
            let variance =
                a.one_minus_alpha_bar() * row.noise_scale.powi(2) / p.one_minus_alpha_bar();
            assert_close(step.noise_scale.powi(2), variance, 1e-12, eta);
        }
    }
}

#[test]
fn eta_one_is_the_markov_chain() {
    for (from, to) in pairs() {
        let (step, markov) = (
            Forward::non_markov(from, to, 1.0).unwrap(),
            Forward::markov(from, to).unwrap(),
        );
        assert_close(step.x0_scale, 0.0, 1e-12, "of the data");
        assert_close(step.x_scale, markov.x_scale, 1e-12, "of the state");
        assert_close(step.noise_scale, markov.noise_scale, 1e-12, "noise");
    }
    let schedule = ddpm_schedule();
    let step = Forward::markov(schedule.level(499), schedule.level(500)).unwrap();
    assert_close(step.noise_scale.powi(2), schedule.beta(500), 1e-12, "β");
}

#[test]
fn data_go_to_any_level_by_the_marginal() {
    let level = ddpm_schedule().level(500);
    let marginal = Forward::marginal(level);
    assert_eq!(
        Forward::non_markov(NoiseLevel::CLEAN, level, 0.7),
        Ok(marginal)
    );
    let markov = Forward::markov(NoiseLevel::CLEAN, level).unwrap();
    assert_close(markov.x_scale, marginal.x0_scale, 1e-15, "signal");
    assert_close(markov.noise_scale, marginal.noise_scale, 1e-15, "noise");
    // Draw 0 is the noise, and what x held does not matter.
    let (data, mut x, mut z) = ([0.5_f32, -1.0, 0.25], [f32::NAN; 3], [0.0; 3]);
    marginal.noise(7, 11, &data, &mut x);
    fill_normals(7, 11, INITIAL_DRAW, &mut z);
    for i in 0..3 {
        let expected =
            f64::from(data[i]) * marginal.x0_scale + f64::from(z[i]) * marginal.noise_scale;
        assert_close(x[i].into(), expected, 1e-6, i);
    }
}

#[test]
fn a_forward_step_does_not_go_back() {
    let schedule = ddpm_schedule();
    let (a, b) = (schedule.level(10), schedule.level(20));
    for (from, to) in [(b, a), (a, a)] {
        let expected = PlanError::NotForward {
            from: from.alpha_bar(),
            to: to.alpha_bar(),
        };
        assert_eq!(Forward::markov(from, to), Err(expected.clone()));
        assert_eq!(Forward::non_markov(from, to, 0.5), Err(expected));
    }
    for eta in [-0.1, f64::NAN, 1e6] {
        assert!(Forward::non_markov(a, b, eta).is_err(), "{eta}");
    }
    assert!(Plan::forward(&schedule, &[], 1.0).is_err());
    assert!(Plan::forward(&schedule, &[5, 5], 1.0).is_err());
    assert!(Plan::forward(&schedule, &[1000], 1.0).is_err());
}

/// As rows of a plan, on the CPU and on the GPU: the two agree, and after every row mean and
/// variance are those of the level.
#[test]
fn rows_of_the_forward_process_have_its_moments() {
    const COUNT: usize = 2000;
    const DIMS: usize = 5;
    const DATA: f32 = 0.8;
    let TestDevice { device, queue, .. } = test_device();
    let schedule = ddpm_schedule();
    for eta in [0.0, 0.5, 1.0] {
        let plan = Plan::forward(&schedule, &[100, 300, 999], eta).unwrap();
        let batch = Batch::new(COUNT).seed(5);
        let network = ExternalNetwork::new(vec![DIMS]);
        let sampler = DiffusionSampler::new(device, &network, &plan).unwrap();
        let run = sampler.prepare(device, queue, &batch).unwrap();
        let out = vec![DATA; COUNT * DIMS];
        queue.write_buffer(run.out().unwrap(), 0, bytemuck::cast_slice(&out));
        let mut states = vec![0.0; COUNT * DIMS];
        let mut x0 = states.clone();
        for (row, step) in plan.stages().iter().enumerate() {
            let mut encoder =
                device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
            sampler.encode_external(&mut encoder, &run, row..row + 1, |_, _, _| {});
            queue.submit([encoder.finish()]);
            let found = run.read_blocking(device, queue).unwrap();

            let samples = states.chunks_exact_mut(DIMS).zip(x0.chunks_exact_mut(DIMS));
            for (sample, (x, x0)) in samples.enumerate() {
                let at = SampleStep {
                    row,
                    class: None,
                    guidance: 1.0,
                    seed: 5,
                    sample: sample as u64,
                };
                cpu::update_step(&cpu::RoundedStep::new(&plan, row), at, x, &[DATA; DIMS], x0);
            }
            for (i, (found, expected)) in found.iter().zip(&states).enumerate() {
                assert_close((*found).into(), (*expected).into(), 2e-6, i);
            }
            let number = states.len() as f64;
            let mean = states.iter().map(|&x| f64::from(x)).sum::<f64>() / number;
            let variance = states
                .iter()
                .map(|&x| (f64::from(x) - mean).powi(2))
                .sum::<f64>()
                / number;
            let level = step.next_level;
            let expected = level.sqrt_alpha_bar() * f64::from(DATA);
            let spread = level.one_minus_alpha_bar();
            // Five standard errors of 10,000 numbers.
            assert_close(mean, expected, 0.05 * spread.sqrt(), row);
            assert_close(variance, spread, 0.07 * spread, row);
        }
    }
}
