//! The posterior, the transitions it belongs to, and schedules at times of the caller's.

use ddim_wgpu::diffusion::{
    ContinuousSchedule, Forward, NoiseLevel, NoiseSchedule, Plan, PlanError, Posterior,
    SamplerKind, SchedulerConfig,
};

use super::{assert_close, ddpm_schedule};

fn levels() -> (NoiseLevel, NoiseLevel) {
    let schedule = ddpm_schedule();
    (schedule.level(420), schedule.level(400))
}

#[test]
fn it_is_ddpms_posterior_at_eta_one() {
    let (from, to) = levels();
    let (a, p) = (from.alpha_bar(), to.alpha_bar());
    let posterior = Posterior::with_eta(from, to, 1.0).unwrap();
    let (alpha, beta) = (a / p, 1.0 - a / p);
    // DDPM, equation 7.
    assert_close(
        posterior.x0_scale,
        p.sqrt() * beta / (1.0 - a),
        1e-13,
        "of x0",
    );
    assert_close(
        posterior.x_scale,
        alpha.sqrt() * (1.0 - p) / (1.0 - a),
        1e-13,
        "of x",
    );
    assert_close(
        posterior.sigma.powi(2),
        (1.0 - p) / (1.0 - a) * beta,
        1e-13,
        "variance",
    );
}

/// A step of DDIM with the right estimate of the data.
#[test]
fn it_is_the_row_with_the_right_estimate() {
    let plan = Plan::ddim(ddpm_schedule())
        .steps(10)
        .eta(0.4)
        .build()
        .unwrap();
    let row = plan.stages()[3];
    let posterior = Posterior::with_eta(row.level, row.next_level, 0.4).unwrap();
    let (x, x0) = (0.8, -0.3);
    let epsilon = (x - row.level.sqrt_alpha_bar() * x0) / row.level.sqrt_one_minus_alpha_bar();
    let by_row = row.x0_scale * x0 + row.eps_scale * epsilon;
    let mean = posterior.x_scale * x + posterior.x0_scale * x0;
    assert_close(mean, by_row, 1e-13, "mean");
    assert_close(posterior.sigma, row.noise_scale, 1e-13, "deviation");
    let given = Posterior::with_sigma(row.level, row.next_level, row.noise_scale).unwrap();
    assert_close(given.x_scale, posterior.x_scale, 1e-12, "given sigma");
}

/// Bayes: forward transition times marginal of the one is posterior times marginal of the other.
#[test]
fn forward_and_posterior_are_of_one_joint() {
    let (from, to) = levels();
    for sigma in [0.0, 0.05, 0.1] {
        let posterior = Posterior::with_sigma(from, to, sigma).unwrap();
        let forward = Forward::with_sigma(to, from, sigma).unwrap();
        let (a, p) = (from.one_minus_alpha_bar(), to.one_minus_alpha_bar());
        // Covariance of x_n and x_{n−1} given the data, and both variances.
        assert_close(
            forward.x_scale * p,
            posterior.x_scale * a,
            1e-12,
            "covariance",
        );
        let variance = forward.x_scale.powi(2) * p + forward.noise_scale.powi(2);
        assert_close(variance, a, 1e-12, "variance of x_n");
        let variance = posterior.x_scale.powi(2) * a + sigma * sigma;
        assert_close(variance, p, 1e-12, "variance of x_(n−1)");
    }
    let by_eta = Forward::non_markov(to, from, 0.3).unwrap();
    let sigma = Posterior::with_eta(from, to, 0.3).unwrap().sigma;
    let by_sigma = Forward::with_sigma(to, from, sigma).unwrap();
    assert_close(by_sigma.x_scale, by_eta.x_scale, 1e-12, "by eta");
}

/// `KL(N(μ, σ²I) ‖ N(μ_θ, σ²I))` of the two means, for an error of the network.
#[test]
fn the_weight_is_that_of_the_kl_divergence() {
    let (from, to) = levels();
    let posterior = Posterior::with_eta(from, to, 0.6).unwrap();
    let (z, predicted) = (0.9, 0.5);
    let x0 = 0.2;
    let x = from.sqrt_alpha_bar() * x0 + from.sqrt_one_minus_alpha_bar() * z;
    let estimate = (x - from.sqrt_one_minus_alpha_bar() * predicted) / from.sqrt_alpha_bar();
    let mean = |x0: f64| posterior.x_scale * x + posterior.x0_scale * x0;
    let kl = (mean(x0) - mean(estimate)).powi(2) / (2.0 * posterior.sigma.powi(2));
    let weighed = posterior.kl_weight() * (z - predicted).powi(2);
    assert_close(weighed, kl, 1e-12, "KL");
}

#[test]
fn what_is_no_posterior_is_refused() {
    let (from, to) = levels();
    let swapped = Posterior::with_eta(to, from, 0.0);
    assert!(matches!(swapped, Err(PlanError::NotReverse { .. })));
    for sigma in [-0.1, f64::NAN, 2.0] {
        let refused = Posterior::with_sigma(from, to, sigma);
        assert!(matches!(refused, Err(PlanError::Sigma { .. })), "{sigma}");
        let refused = Forward::with_sigma(to, from, sigma);
        assert!(matches!(refused, Err(PlanError::Sigma { .. })), "{sigma}");
    }
}

#[test]
fn times_of_the_callers_own() {
    let continuous = ContinuousSchedule::linear(0.1, 20.0, 1.0).unwrap();
    let even: Vec<f64> = (1..=100).map(|k| k as f64 / 100.0).collect();
    let (own, discretised) = (
        continuous.at_times(&even).unwrap(),
        continuous.discretise(100).unwrap(),
    );
    for k in 0..100 {
        let (own, even) = (
            own.level(k).ln_alpha_bar(),
            discretised.level(k).ln_alpha_bar(),
        );
        assert_close(own, even, 1e-13, k);
    }
    // Uneven ones: every step of the reverse SDE has its own Δt.
    let times: Vec<f64> = (1..=100).map(|k| (k as f64 / 100.0).powi(2)).collect();
    let schedule = continuous.at_times(&times).unwrap();
    let plan = Plan::sampler(&schedule, SamplerKind::ReverseSde).stabilize(false);
    let plan = plan.timesteps(vec![80, 50, 20, 0]).build().unwrap();
    for (row, next) in plan
        .stages()
        .iter()
        .zip([Some(50), Some(20), Some(0), None])
    {
        let t = row.timestep as usize;
        let delta = times[t] - next.map_or(0.0, |next: usize| times[next]);
        let beta = 0.1 + 19.9 * times[t];
        let growth = row.x0_scale / row.level.sqrt_alpha_bar();
        assert_close(growth, 1.0 + 0.5 * beta * delta, 1e-12, t);
    }
    for bad in [vec![0.0, 0.5], vec![0.5, 0.5], vec![0.5, 2.0]] {
        assert!(continuous.at_times(&bad).is_err(), "{bad:?}");
    }
}

#[test]
fn schedules_that_diffusers_keys_cannot_say() {
    let read = |own: &str| {
        let text = format!("{{\"num_train_timesteps\": 100, \"ddim_wgpu\": {own}}}");
        SchedulerConfig::from_json(&text)
    };
    let schedule = |own: &str| read(own).unwrap().0.schedule;
    assert_eq!(
        schedule(r#"{"schedule": "linear_beta", "beta_min": 0.1, "beta_max": 20, "end_time": 1}"#),
        NoiseSchedule::linear_beta(0.1, 20.0, 1.0, 100).unwrap()
    );
    assert_eq!(
        schedule(r#"{"schedule": "constant_beta", "beta": 8, "end_time": 1}"#),
        NoiseSchedule::constant_beta(8.0, 1.0, 100).unwrap()
    );
    let betas: Vec<f64> = (0..100)
        .map(|i| 1e-4 + (0.02 - 1e-4) / 99.0 * i as f64)
        .collect();
    let sum = schedule(r#"{"schedule": "exponential_of_sum", "time_step": 1}"#);
    let expected = NoiseSchedule::exponential_of_sum(&betas, 1.0).unwrap();
    for k in 0..100 {
        assert_close(
            sum.level(k).ln_alpha_bar(),
            expected.level(k).ln_alpha_bar(),
            1e-12,
            k,
        );
    }
    for (own, message) in [
        (r#"{"schedule": "quadratic"}"#, "quadratic"),
        (
            r#"{"schedule": "constant_beta", "beta": 8, "end_time": 1, "x": 1}"#,
            "x",
        ),
        (
            r#"{"schedule": "constant_beta", "beta": -8, "end_time": 1}"#,
            "above 0",
        ),
        (
            r#"{"schedule": "constant_beta", "beta": 8, "end_time": 1, "times": [0.5, 1]}"#,
            "2 entries",
        ),
    ] {
        let error = read(own).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
}
