//! Rows against formulas written another way.

use ddim_wgpu::diffusion::{
    NoiseSchedule, Plan, PlanError, PredictionType, SamplerKind, SchedulerConfig, TimestepSpacing,
};

use super::{assert_close, ddpm_schedule};

/// Schedules and grids that differ in everything a row depends on.
fn configs() -> Vec<SchedulerConfig> {
    let schedules = [
        ddpm_schedule(),
        NoiseSchedule::cosine(50).unwrap(),
        NoiseSchedule::scaled_linear(0.00085, 0.012, 1000).unwrap(),
        NoiseSchedule::linear_beta(0.1, 20.0, 1.0, 300).unwrap(),
        NoiseSchedule::from_betas(&[0.3, 1e-9, 0.7, 1e-3, 0.2, 0.05, 0.9]).unwrap(),
    ];
    let mut configs = Vec::new();
    for schedule in schedules {
        for spacing in [TimestepSpacing::Leading, TimestepSpacing::Trailing] {
            for prediction in PredictionType::ALL {
                let config = SchedulerConfig::from(&schedule);
                configs.push(SchedulerConfig {
                    spacing,
                    prediction: *prediction,
                    ..config
                });
            }
        }
    }
    configs
}

/// Posterior mean and variance of DDPM (Ho et al. 2020, equation 7), in `x̂₀` and `x` as
/// they are usually written.
#[test]
fn eta_one_is_the_posterior_of_ddpm() {
    for config in configs() {
        let plan = Plan::ddim(&config).steps(7).eta(1.0).build().unwrap();
        for row in plan.stages() {
            let (a, p) = (row.level.alpha_bar(), row.next_level.alpha_bar());
            let (noise_a, noise_p) = (
                row.level.one_minus_alpha_bar(),
                row.next_level.one_minus_alpha_bar(),
            );
            let (alpha, beta) = (a / p, row.level.one_minus_ratio(row.next_level));
            // x = √a·x̂₀ + √(1−a)·ε̂, so the share of x is that of ε̂ over √(1−a), and
            // what is left belongs to x̂₀.
            let of_x = row.eps_scale / noise_a.sqrt();
            let of_x0 = row.x0_scale - of_x * a.sqrt();
            assert_close(of_x, alpha.sqrt() * noise_p / noise_a, 1e-12, "share of x");
            assert_close(of_x0, p.sqrt() * beta / noise_a, 1e-12, "share of x̂₀");
            assert_close(
                row.noise_scale.powi(2),
                noise_p / noise_a * beta,
                1e-12,
                "variance",
            );
        }
    }
}

#[test]
fn ddpm_is_ddim_with_eta_one_row_for_row() {
    for config in configs() {
        let ddpm = Plan::ddpm(&config).steps(7).build().unwrap();
        let ddim = Plan::ddim(&config).steps(7).eta(1.0).build().unwrap();
        assert_eq!(ddpm.stages(), ddim.stages());
        assert!(ddpm.is_stochastic() && !ddpm.uses_history());
    }
}

/// DDIM, equation 12 as printed, with the subtraction the rows avoid.
#[test]
fn ddim_is_equation_twelve() {
    for config in configs() {
        for eta in [0.0, 0.2, 0.5, 1.0] {
            let plan = Plan::ddim(&config).steps(5).eta(eta).build().unwrap();
            for row in plan.stages() {
                let (a, p) = (row.level.alpha_bar(), row.next_level.alpha_bar());
                let sigma = eta * ((1.0 - p) / (1.0 - a)).sqrt() * (1.0 - a / p).max(0.0).sqrt();
                assert_close(row.noise_scale, sigma, 1e-7, "σ");
                assert_close(row.x0_scale, p.sqrt(), 1e-15, "A");
                assert_close(row.eps_scale.powi(2), 1.0 - p - sigma * sigma, 1e-12, "B²");
                assert_eq!(row.history[0], 0.0);
            }
        }
    }
}

/// What is not signal is noise: whatever `η`, the step keeps the marginal of the level it
/// goes to (DDIM, lemma 1).
#[test]
fn every_eta_keeps_the_variance_of_the_next_level() {
    for config in configs() {
        for eta in [0.0, 0.3, 1.0] {
            for row in Plan::ddim(&config)
                .steps(6)
                .eta(eta)
                .build()
                .unwrap()
                .stages()
            {
                let variance = row.eps_scale.powi(2) + row.noise_scale.powi(2);
                assert_close(
                    variance,
                    row.next_level.one_minus_alpha_bar(),
                    1e-14,
                    "B² + σ²",
                );
            }
        }
    }
}

/// With `x = √a·x_0 + √(1−a)·ε`, every kind of output gives `x_0` and `ε` back.
#[test]
fn the_linear_maps_undo_the_noising() {
    let (x0, eps) = (0.37, -1.21);
    for config in configs() {
        for row in Plan::ddim(&config).steps(7).build().unwrap().stages() {
            let (signal, noise) = (
                row.level.sqrt_alpha_bar(),
                row.level.sqrt_one_minus_alpha_bar(),
            );
            let x = signal * x0 + noise * eps;
            let out = match config.prediction {
                PredictionType::Epsilon => eps,
                PredictionType::Sample => x0,
                PredictionType::VPrediction => signal * eps - noise * x0,
            };
            // Dividing by √a or √(1−a) multiplies the rounding of x.
            let tolerance = 1e-15 * (4.0 + 4.0 / signal.min(noise));
            assert_close(
                row.x0_from_x * x + row.x0_from_out * out,
                x0,
                tolerance,
                "x̂₀",
            );
            assert_close(
                row.eps_from_x * x + row.eps_from_out * out,
                eps,
                tolerance,
                "ε̂",
            );
            assert_close(
                row.rederive_from_x() * x + row.rederive_from_x0() * x0,
                eps,
                tolerance,
                "ε̂ from x̂₀",
            );
        }
    }
}

#[test]
fn the_next_level_is_the_next_entry_of_the_grid() {
    let list = [999, 998, 500, 7, 2];
    let plan = Plan::ddim(ddpm_schedule()).timesteps(list).build().unwrap();
    for (i, row) in plan.stages().iter().enumerate() {
        assert_eq!((row.index, row.timestep), (i, list[i] as f64));
        let next = list
            .get(i + 1)
            .map_or(1.0, |&t| ddpm_schedule().level(t).alpha_bar());
        assert_eq!(row.next_level.alpha_bar(), next);
    }
}

#[test]
fn a_run_to_clean_data_ends_on_the_estimate_itself() {
    for kind in SamplerKind::ALL {
        for config in configs() {
            let plan = Plan::sampler(&config, *kind).steps(3).build().unwrap();
            let last = plan.stages().last().unwrap();
            assert_eq!((last.noise_scale, last.history[0]), (0.0, 0.0), "{kind}");
            if *kind != SamplerKind::ReverseSde {
                assert_eq!((last.x0_scale, last.eps_scale), (1.0, 0.0), "{kind}");
            }
        }
    }
}

#[test]
fn sigmas_of_the_callers_own() {
    let eta = Plan::ddim(ddpm_schedule())
        .steps(6)
        .eta(0.7)
        .build()
        .unwrap();
    let sigmas: Vec<f64> = eta.stages().iter().map(|row| row.noise_scale).collect();
    let plan = Plan::ddim(ddpm_schedule())
        .steps(6)
        .sigmas(sigmas.clone())
        .build()
        .unwrap();
    for (row, expected) in plan.stages().iter().zip(eta.stages()) {
        assert_eq!(row.noise_scale, expected.noise_scale);
        assert_close(row.eps_scale, expected.eps_scale, 1e-12, "B");
    }

    let with = |index: usize, sigma: f64| {
        let mut sigmas = sigmas.clone();
        sigmas[index] = sigma;
        Plan::ddim(ddpm_schedule()).steps(6).sigmas(sigmas).build()
    };
    // As much noise as the level can hold: nothing of ε̂ is left.
    let limit = plan.stages()[2].next_level.sqrt_one_minus_alpha_bar();
    assert_eq!(with(2, limit).unwrap().stages()[2].eps_scale, 0.0);
    assert!(matches!(
        with(2, limit * 1.001),
        Err(PlanError::TooMuchNoise { index: 2, .. })
    ));
    assert!(matches!(
        with(5, 1e-3),
        Err(PlanError::TooMuchNoise {
            index: 5,
            limit: 0.0,
            ..
        })
    ));
    for bad in [-0.1, f64::NAN, f64::INFINITY] {
        assert!(
            matches!(with(1, bad), Err(PlanError::Sigma { index: 1, .. })),
            "{bad}"
        );
    }
    let short = Plan::ddim(ddpm_schedule())
        .steps(6)
        .sigmas([0.0; 5])
        .build();
    assert_eq!(
        short,
        Err(PlanError::SigmaCount {
            sigmas: 5,
            steps: 6
        })
    );
}
