//! The samplers beside DDIM, each against its own paper's form of the step.

use ddim_wgpu::diffusion::{
    FinalLevel, NoiseSchedule, Plan, PredictionType, SamplerKind, SchedulerConfig,
    StageCoefficients, TimestepSpacing, Variance,
};

use super::executor::{run, run_quietly};
use super::gaussian::Gaussian;
use super::{assert_close, ddpm_schedule};

const DATA: Gaussian = Gaussian {
    mean: 0.4,
    deviation: 0.3,
};

/// `x` divided by the scale of its signal, in which the probability-flow ODE is `dy/dφ = ε`.
fn y_and_phi(x: f64, row: &StageCoefficients) -> (f64, f64) {
    (x / row.level.sqrt_alpha_bar(), row.level.noise_to_signal())
}

#[test]
fn heun_is_heuns_method_in_phi() {
    let plan = Plan::sampler(ddpm_schedule(), SamplerKind::Heun)
        .steps(6)
        .stabilize(false)
        .build()
        .unwrap();
    assert_eq!(plan.len(), 11);
    let states = run_quietly(&plan, 1.3, DATA.network());
    let mut x = 1.3;
    for pair in plan.stages().chunks_exact(2) {
        let (predictor, corrector) = (&pair[0], &pair[1]);
        assert_eq!(predictor.next_level, corrector.level);
        assert_eq!(corrector.next_level, corrector.level);
        assert_eq!(
            corrector.level,
            ddpm_schedule().level_at(corrector.timestep)
        );
        let (y, phi) = y_and_phi(x, predictor);
        let next_phi = corrector.level.noise_to_signal();
        let next_signal = corrector.level.sqrt_alpha_bar();
        let slope = DATA.epsilon(predictor.level, x);
        let euler = y + (next_phi - phi) * slope;
        let slope_there = DATA.epsilon(corrector.level, next_signal * euler);
        x = next_signal * (y + (next_phi - phi) * 0.5 * (slope + slope_there));
        assert_close(
            states[predictor.index],
            next_signal * euler,
            1e-12,
            "predictor",
        );
        assert_close(states[corrector.index], x, 1e-12, "corrector");
    }
    assert_eq!(plan.stages()[10].index, 10);
}

#[test]
fn dpm_solver_2m_is_algorithm_two() {
    let config = SchedulerConfig {
        final_level: FinalLevel::First,
        ..ddpm_schedule().into()
    };
    let plan = Plan::sampler(config, SamplerKind::DpmSolverPlusPlus2M)
        .steps(8)
        .stabilize(false)
        .spacing(TimestepSpacing::Trailing);
    let plan = plan.build().unwrap();
    assert!(plan.uses_history() && plan.stages()[0].history[0] == 0.0);
    let states = run_quietly(&plan, -0.8, DATA.network());
    let mut x = -0.8;
    let mut memory: Option<(f64, f64)> = None; // λ and x̂₀ of the step before
    for row in plan.stages() {
        let (signal, noise) = (
            row.level.sqrt_alpha_bar(),
            row.level.sqrt_one_minus_alpha_bar(),
        );
        let (next_signal, next_noise) = (
            row.next_level.sqrt_alpha_bar(),
            row.next_level.sqrt_one_minus_alpha_bar(),
        );
        let (lambda, next_lambda) = ((signal / noise).ln(), (next_signal / next_noise).ln());
        let x0 = (x - noise * DATA.epsilon(row.level, x)) / signal;
        let h = next_lambda - lambda;
        let estimate = match memory {
            None => x0,
            Some((previous_lambda, previous_x0)) => {
                let r = (lambda - previous_lambda) / h;
                (1.0 + 0.5 / r) * x0 - 0.5 / r * previous_x0
            }
        };
        x = next_noise / noise * x - next_signal * ((-h).exp() - 1.0) * estimate;
        memory = Some((lambda, x0));
        assert_close(states[row.index], x, 1e-11, row.index);
    }
}

#[test]
fn reverse_sde_is_euler_maruyama() {
    let schedule = NoiseSchedule::linear_beta(0.1, 20.0, 1.0, 1000).unwrap();
    let plan = Plan::sampler(schedule, SamplerKind::ReverseSde)
        .steps(10)
        .stabilize(false)
        .build()
        .unwrap();
    let z = |row: &StageCoefficients| 0.5 - 0.1 * row.index as f64;
    let states = run(&plan, 0.9, DATA.network(), z);
    let mut x = 0.9;
    for row in plan.stages() {
        // Level k is at time (k + 1)/1000; the last step ends at 0.
        let time = (row.timestep + 1.0) / 1000.0;
        let delta = match plan.stages().get(row.index + 1) {
            Some(next) => (row.timestep - next.timestep) / 1000.0,
            None => time,
        };
        let beta = 0.1 + 19.9 * time;
        let score = -DATA.epsilon(row.level, x) / row.level.sqrt_one_minus_alpha_bar();
        x += (0.5 * beta * x + beta * score) * delta;
        if row.index + 1 < plan.len() {
            x += (beta * delta).sqrt() * z(row);
        }
        assert_close(states[row.index], x, 1e-12, row.index);
    }
    assert_eq!(plan.stages().last().unwrap().noise_scale, 0.0);
}

#[test]
fn reverse_sde_is_euler_maruyama_where_it_is_stable() {
    // Of 100 steps all but the last two, where β·Δ is more than the noise that is left.
    for (steps, stable) in [(10, 3), (100, 98)] {
        assert_eq!(euler_maruyama_rows(steps), stable, "{steps} steps");
    }
}

/// Checks every row of a plan of `steps` steps, and counts those of Euler–Maruyama.
fn euler_maruyama_rows(steps: usize) -> usize {
    let schedule = NoiseSchedule::linear_beta(0.1, 20.0, 1.0, 1000).unwrap();
    let plan = Plan::sampler(&schedule, SamplerKind::ReverseSde)
        .steps(steps)
        .build()
        .unwrap();
    let ddpm = Plan::ddpm(schedule).steps(steps).build().unwrap();
    let z = |row: &StageCoefficients| 0.5 - 0.001 * row.index as f64;
    let states = run(&plan, 0.9, DATA.network(), z);
    let (mut x, mut euler_maruyama) = (0.9, 0);
    for row in plan.stages() {
        // Level k is at time (k + 1)/1000; the last step ends at 0.
        let time = (row.timestep + 1.0) / 1000.0;
        let delta = match plan.stages().get(row.index + 1) {
            Some(next) => (row.timestep - next.timestep) / 1000.0,
            None => time,
        };
        let beta = 0.1 + 19.9 * time;
        let score = -DATA.epsilon(row.level, x) / row.level.sqrt_one_minus_alpha_bar();
        let noise = row.level.one_minus_alpha_bar();
        if beta * delta <= 1.0 && beta * delta <= (1.0 + 0.5 * beta * delta) * noise {
            euler_maruyama += 1;
            x += (0.5 * beta * x + beta * score) * delta;
            if row.index + 1 < plan.len() {
                x += (beta * delta).sqrt() * z(row);
            }
        } else {
            // Too long for Euler–Maruyama: exact for an x̂₀ that stays.
            let exact = ddpm.stages()[row.index];
            let x0 = (x - noise.sqrt() * DATA.epsilon(row.level, x)) / row.level.sqrt_alpha_bar();
            let eps = DATA.epsilon(row.level, x);
            x = exact.x0_scale * x0 + exact.eps_scale * eps + exact.noise_scale * z(row);
        }
        assert_close(states[row.index], x, 1e-12, row.index);
    }
    assert_eq!(plan.stages().last().unwrap().noise_scale, 0.0);
    euler_maruyama
}

/// `σ̂` changes the noise and not the mean, so it is no DDIM(η).
#[test]
fn large_variance_changes_nothing_but_the_noise() {
    let small = Plan::ddpm(ddpm_schedule()).steps(10).build().unwrap();
    let large = Plan::sampler(ddpm_schedule(), SamplerKind::DdpmLarge)
        .steps(10)
        .build()
        .unwrap();
    for (row, small) in large.stages().iter().zip(small.stages()).take(9) {
        assert_eq!(
            (row.x0_scale, row.eps_scale),
            (small.x0_scale, small.eps_scale)
        );
        let beta = 1.0 - row.level.alpha_bar() / row.next_level.alpha_bar();
        assert_close(row.noise_scale.powi(2), beta, 1e-13, "σ̂²");
        assert!(row.noise_scale > small.noise_scale);
    }
    assert_eq!(large.stages()[9].noise_scale, 0.0);
    let by_config = Plan::ddpm(ddpm_schedule())
        .steps(10)
        .variance(Variance::Large)
        .build()
        .unwrap();
    assert_eq!(by_config.stages(), large.stages());
}

/// A clean start of the second-order methods from `ᾱ = 0`, where `φ` is infinite.
#[test]
fn pure_noise_is_left_by_an_euler_step() {
    let config = SchedulerConfig {
        prediction: PredictionType::VPrediction,
        spacing: TimestepSpacing::Trailing,
        ..ddpm_schedule().rescale_zero_terminal_snr().unwrap().into()
    };
    for kind in SamplerKind::ALL {
        let plan = Plan::sampler(&config, *kind).steps(5).build().unwrap();
        assert!(plan.stages()[0].level.is_pure_noise());
        assert_eq!(plan.stages()[0].history[0], 0.0);
        let network = |row: &StageCoefficients, x: f64| {
            DATA.output(PredictionType::VPrediction, row.level, x)
        };
        let end = *run(&plan, 0.7, network, |_| 0.0).last().unwrap();
        assert!(end.is_finite(), "{kind}: {end}");
    }
}

/// Clipping acts on every `x̂₀`; because `ε̂` is re-derived, the corrector still sees the state
/// that the predictor made.
#[test]
fn second_order_methods_clip_and_stay_consistent() {
    use ddim_wgpu::diffusion::Clipping;
    for kind in [SamplerKind::Heun, SamplerKind::DpmSolverPlusPlus2M] {
        let plan = Plan::sampler(ddpm_schedule(), kind)
            .steps(10)
            .clipping(Clipping::Range(0.1))
            .build()
            .unwrap();
        assert!(plan.rederive_epsilon());
        let states = run_quietly(&plan, 2.0, DATA.network());
        assert_close(*states.last().unwrap(), 0.1, 1e-12, kind);
    }
    // Everywhere clipped to the same value, the data are that value: the flow is a straight line
    // in φ, exact at any order.
    let plan = Plan::sampler(ddpm_schedule(), SamplerKind::Heun)
        .steps(10)
        .clipping(Clipping::Range(1e-9))
        .build()
        .unwrap();
    let states = run_quietly(&plan, 2.0, DATA.network());
    for row in &plan.stages()[..18] {
        let ratio = row.next_level.sqrt_one_minus_alpha_bar()
            / plan.stages()[0].level.sqrt_one_minus_alpha_bar();
        assert_close(states[row.index], 2.0 * ratio, 1e-7, row.index);
    }
}
