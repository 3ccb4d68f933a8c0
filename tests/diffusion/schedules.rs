use ddim_wgpu::diffusion::{ContinuousSchedule, NoiseLevel, NoiseSchedule, ScheduleError};

use super::{assert_close, ddpm_schedule};

fn alpha_bars(schedule: &NoiseSchedule, timesteps: [usize; 3]) -> [f64; 3] {
    timesteps.map(|t| schedule.level(t).alpha_bar())
}

#[test]
fn published_levels() {
    let linear = alpha_bars(&ddpm_schedule(), [0, 499, 999]);
    let scaled = NoiseSchedule::scaled_linear(0.00085, 0.012, 1000).unwrap();
    let scaled = alpha_bars(&scaled, [0, 500, 999]);
    let vp = NoiseSchedule::linear_beta(0.1, 20.0, 1.0, 1000).unwrap();
    for (found, expected) in [
        (linear[0], 0.9999),
        (linear[1], 0.0785872),
        (linear[2], 4.03583e-5),
        (vp.level(999).alpha_bar(), 4.31857e-5),
        (scaled[0], 0.99915),
        (scaled[1], 0.276333),
        (scaled[2], 0.00466010),
    ] {
        // The figures are given with six digits.
        assert!(
            (found / expected - 1.0).abs() < 2e-6,
            "found {found}, published {expected}"
        );
    }
}

#[test]
fn levels_are_the_product_of_one_minus_beta() {
    let betas: Vec<f64> = (0..200).map(|i| 0.001 + 0.0004 * f64::from(i)).collect();
    let schedule = NoiseSchedule::from_betas(&betas).unwrap();
    let mut product = 1.0;
    for (t, beta) in betas.iter().enumerate() {
        product *= 1.0 - beta;
        assert_close(schedule.level(t).alpha_bar() / product, 1.0, 1e-13, t);
        assert_close(schedule.beta(t) / beta, 1.0, 1e-12, t);
        assert_eq!(schedule.rate(t), *beta);
    }
    let again: Vec<f64> = schedule
        .levels()
        .iter()
        .map(|level| level.alpha_bar())
        .collect();
    let again = NoiseSchedule::from_alpha_bars(&again).unwrap();
    for (t, beta) in betas.iter().enumerate() {
        assert_close(again.beta(t) / beta, 1.0, 1e-11, t);
    }
}

/// `f` itself is another schedule: the cap at 0.999 and the product make the last levels.
#[test]
fn cosine_is_the_product_and_not_the_cosine() {
    let schedule = NoiseSchedule::cosine(1000).unwrap();
    let f = |u: f64| {
        ((u + 0.008) / 1.008 * std::f64::consts::FRAC_PI_2)
            .cos()
            .powi(2)
    };
    for t in [0, 1, 500, 998] {
        let expected = f((t + 1) as f64 / 1000.0) / f(0.0);
        assert_close(schedule.level(t).alpha_bar() / expected, 1.0, 1e-11, t);
    }
    assert_close(schedule.beta(999), 0.999, 1e-12, "the last beta");
    assert!(f(1.0) < 1e-30 && schedule.level(999).alpha_bar() > 1e-9);
}

#[test]
fn sigmoid_is_symmetric_about_the_middle() {
    let schedule = NoiseSchedule::sigmoid(1e-4, 0.02, 1000).unwrap();
    for t in 0..500 {
        assert_close(schedule.beta(t) + schedule.beta(999 - t), 0.0201, 1e-14, t);
    }
    assert_close(
        schedule.level(999).alpha_bar() / 3.968181990533212e-5,
        1.0,
        1e-10,
        "diffusers in float64",
    );
}

/// `1 − ᾱ` by subtraction would have no digit left here.
#[test]
fn noise_near_clean_data_keeps_its_digits() {
    let beta = 1e-17;
    let schedule = NoiseSchedule::from_betas(&[beta, 2e-17]).unwrap();
    assert_eq!(schedule.level(0).alpha_bar(), 1.0);
    assert_close(
        schedule.level(0).one_minus_alpha_bar() / beta,
        1.0,
        1e-15,
        "1 − ᾱ",
    );
    assert_close(
        schedule.level(1).one_minus_alpha_bar() / 3e-17,
        1.0,
        1e-15,
        "1 − ᾱ",
    );
    assert_close(
        schedule.level(1).one_minus_ratio(schedule.level(0)) / 2e-17,
        1.0,
        1e-15,
        "β",
    );
    assert_close(
        schedule.level(0).noise_to_signal() / beta.sqrt(),
        1.0,
        1e-15,
        "φ",
    );
}

#[test]
fn the_ends_of_the_scale() {
    let (clean, noise) = (NoiseLevel::CLEAN, NoiseLevel::PURE_NOISE);
    assert_eq!((clean.alpha_bar(), clean.one_minus_alpha_bar()), (1.0, 0.0));
    assert_eq!((noise.alpha_bar(), noise.one_minus_alpha_bar()), (0.0, 1.0));
    assert_eq!(
        (clean.noise_to_signal(), noise.noise_to_signal()),
        (0.0, f64::INFINITY)
    );
    assert_eq!(
        (clean.half_log_snr(), noise.half_log_snr()),
        (f64::INFINITY, f64::NEG_INFINITY)
    );
    assert_eq!(
        (noise.ratio(clean), noise.ratio(noise), clean.ratio(clean)),
        (0.0, 1.0, 1.0)
    );
    assert_eq!(NoiseLevel::from_alpha_bar(1.0), Ok(clean));
    assert_eq!(NoiseLevel::from_alpha_bar(0.0), Ok(noise));
    assert!(
        NoiseLevel::from_alpha_bar(1.5).is_err() && NoiseLevel::from_alpha_bar(f64::NAN).is_err()
    );
    assert!(NoiseLevel::from_ln(1e-9).is_err() && NoiseLevel::from_ln(f64::NAN).is_err());
    // Half of the signal: the SNR is 1.
    let half = NoiseLevel::from_alpha_bar(0.5).unwrap();
    assert_close(half.half_log_snr(), 0.0, 1e-15, "λ");
    assert_close(half.noise_to_signal(), 1.0, 1e-15, "φ");
}

/// They differ by `½Σβ²` in the logarithm, to leading order: close enough to be swapped by mistake.
#[test]
fn the_exponential_of_the_sum_is_not_the_product() {
    let betas = vec![0.01; 100];
    let product = NoiseSchedule::from_betas(&betas).unwrap();
    let sum = NoiseSchedule::exponential_of_sum(&betas, 1.0).unwrap();
    let difference = sum.level(99).ln_alpha_bar() - product.level(99).ln_alpha_bar();
    assert_close(difference, 0.005, 4e-5, "½Σβ²");
    let halves = NoiseSchedule::exponential_of_sum(&[0.02; 100], 0.5).unwrap();
    assert_close(
        halves.level(99).ln_alpha_bar(),
        sum.level(99).ln_alpha_bar(),
        1e-14,
        "β·Δt",
    );
}

#[test]
fn a_constant_rate_is_an_exponential() {
    let schedule = NoiseSchedule::constant_beta(3.0, 2.0, 10).unwrap();
    for k in 0..10 {
        let time = 2.0 * (k + 1) as f64 / 10.0;
        assert_close(schedule.level(k).ln_alpha_bar(), -3.0 * time, 1e-14, k);
        assert_close(schedule.rate(k), 3.0 * 0.2, 1e-15, k);
    }
    let continuous = ContinuousSchedule::constant(3.0, 2.0).unwrap();
    assert_close(
        continuous.level(0.5).unwrap().alpha_bar(),
        (-1.5f64).exp(),
        1e-15,
        "ᾱ(½)",
    );
    assert_eq!(continuous.level(0.0), Ok(NoiseLevel::CLEAN));
}

#[test]
fn zero_terminal_snr_keeps_the_first_level_and_empties_the_last() {
    let schedule = ddpm_schedule();
    let rescaled = schedule.rescale_zero_terminal_snr().unwrap();
    assert!(rescaled.has_zero_terminal_snr() && !schedule.has_zero_terminal_snr());
    assert_eq!(rescaled.level(999), NoiseLevel::PURE_NOISE);
    let root = |t: usize| schedule.level(t).sqrt_alpha_bar();
    for t in 0..999 {
        let expected = ((root(t) - root(999)) * root(0) / (root(0) - root(999))).powi(2);
        assert_close(rescaled.level(t).alpha_bar(), expected, 1e-14, t);
    }
    assert_close(
        rescaled.level(0).one_minus_alpha_bar() / 1e-4,
        1.0,
        1e-12,
        "1 − ᾱ_0",
    );
    assert_eq!(rescaled.rescale_zero_terminal_snr(), Ok(rescaled));
    let single = NoiseSchedule::from_betas(&[0.5]).unwrap();
    assert!(single.rescale_zero_terminal_snr().is_err());
}

#[test]
fn what_is_no_schedule_is_refused() {
    use ScheduleError::*;
    for bad in [1.0, 1.5, 0.0, -0.1, f64::NAN, f64::INFINITY] {
        let result = NoiseSchedule::from_betas(&[0.1, bad]);
        assert!(
            matches!(result, Err(BetaOutOfRange { index: 1, .. })),
            "{bad}: {result:?}"
        );
        assert!(
            NoiseSchedule::linear(1e-4, bad, 10).is_err(),
            "linear, {bad}"
        );
        assert!(
            NoiseSchedule::scaled_linear(bad, 0.01, 10).is_err(),
            "scaled linear, {bad}"
        );
    }
    // Its ends are never quite reached, so 0 and 1 are legal there.
    for bad in [1.1, -0.1, f64::NAN, f64::INFINITY] {
        assert!(
            NoiseSchedule::sigmoid(1e-4, bad, 1000).is_err(),
            "sigmoid, {bad}"
        );
    }
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(
            NoiseSchedule::constant_beta(bad, 1.0, 10).is_err(),
            "constant, {bad}"
        );
        assert!(
            NoiseSchedule::linear_beta(0.1, 20.0, bad, 10).is_err(),
            "end time, {bad}"
        );
        assert!(
            NoiseSchedule::exponential_of_sum(&[0.1, bad], 1.0).is_err(),
            "sum, {bad}"
        );
    }
    assert_eq!(NoiseSchedule::cosine(0), Err(Empty));
    assert_eq!(NoiseSchedule::from_betas(&[]), Err(Empty));
    assert!(matches!(
        NoiseSchedule::linear(1e-4, 0.02, usize::MAX),
        Err(TooManyLevels { .. })
    ));
    let flat = NoiseSchedule::from_alpha_bars(&[0.9, 0.5, 0.5]);
    assert!(matches!(flat, Err(NotDecreasing { index: 2, .. })));
    assert!(matches!(
        NoiseSchedule::from_alpha_bars(&[0.9, 0.0, 0.0]),
        Err(NotDecreasing { index: 2, .. })
    ));
    assert!(matches!(
        NoiseSchedule::from_alpha_bars(&[1.1]),
        Err(AlphaBarOutOfRange { .. })
    ));
    assert!(NoiseSchedule::from_alpha_bars(&[0.9, f64::NAN]).is_err());
    assert!(NoiseSchedule::from_alpha_bars(&[1.0, 0.5, 0.0]).is_ok());
}

#[test]
fn errors_name_the_value_and_the_limit() {
    let error = NoiseSchedule::from_betas(&[0.1, 1.5]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "beta[1] is 1.5: every beta must be above 0 and below 1"
    );
    let error = NoiseSchedule::from_alpha_bars(&[0.5, 0.75]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "alpha_bar[1] is 0.75, not below alpha_bar[0] = 0.5: it must fall at every level"
    );
}
