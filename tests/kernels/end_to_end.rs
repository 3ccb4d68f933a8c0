//! Gaussian data has a closed-form ε, so that DDIM(0) is one number a step, times x_T: an answer
//! that no twin has a part in.

use ddim_wgpu::Batch;
use ddim_wgpu::diffusion::{Plan, PredictionType};
use ddim_wgpu::gpu::{SamplerOptions, WgslNetwork};
use ddim_wgpu::network::GaussianMixture;
use ddim_wgpu::noise::fill_normals;

use super::{plan, sample, scheduler};

/// For data N(m, v): ε = √(1−ᾱ)·(x − √ᾱ m)/s with s = ᾱv + 1 − ᾱ. With u = x − √ᾱ m, a row
/// multiplies u by √p/√a·(1 − (1−a)/s) + √(1−p)·√(1−a)/s, which is written here from the text-book
/// update and not from the plan's rows.
fn gain(plan: &Plan, variance: f64) -> f64 {
    plan.stages().iter().fold(1.0, |gain, step| {
        let (a, p) = (step.level.alpha_bar(), step.next_level.alpha_bar());
        let spread = a * variance + 1.0 - a;
        let x0 = (1.0 - (1.0 - a) / spread) / a.sqrt();
        let eps = (1.0 - a).sqrt() / spread;
        gain * (p.sqrt() * x0 + (1.0 - p).sqrt() * eps)
    })
}

#[test]
fn gaussian_data_come_out_exactly() {
    let (mean, variance, seed, count) = ([1.5, -0.5, 0.25], 0.04, 11, 257);
    let mixture = GaussianMixture::gaussian(mean.to_vec(), variance).expect("a Gaussian");
    for prediction in [
        PredictionType::Epsilon,
        PredictionType::Sample,
        PredictionType::VPrediction,
    ] {
        for steps in [1, 7, 50, 1000] {
            let mut config = scheduler();
            config.prediction = prediction;
            let plan = plan(&config, steps, 0.0);
            let network = WgslNetwork::gaussian_mixture(&mixture, prediction);
            let found = sample(
                &network,
                &plan,
                &Batch::new(count).seed(seed),
                &SamplerOptions::default(),
            );
            let first = plan.stages()[0].level;
            let gain = gain(&plan, variance);
            for (i, found) in found.chunks_exact(3).enumerate() {
                let mut noise = [0.0; 3];
                fill_normals(seed, i as u64, 0, &mut noise);
                for (j, &found) in found.iter().enumerate() {
                    let expected =
                        mean[j] + gain * (f64::from(noise[j]) - first.sqrt_alpha_bar() * mean[j]);
                    // 1,000 rows, each of which rounds to 6e-8 what 1/√ᾱ ≤
                    // 157 may enlarge at first.
                    let error = (f64::from(found) - expected).abs();
                    assert!(
                        error < 2e-5,
                        "{prediction}, {steps} steps, sample {i}: {found}, not {expected}"
                    );
                }
            }
        }
    }
}

/// η = 1 on Gaussian data: a row is linear, so the variance of the samples is a recursion too.
#[test]
fn stochastic_samples_have_the_variance_of_the_recursion() {
    let (means, variance, count) = ([0.5, -1.0], 0.25, 20_000);
    let mixture = GaussianMixture::gaussian(means.to_vec(), variance).expect("a Gaussian");
    let network = WgslNetwork::gaussian_mixture(&mixture, PredictionType::Epsilon);
    let plan = plan(&scheduler(), 200, 1.0);
    let found = sample(
        &network,
        &plan,
        &Batch::new(count).seed(3),
        &SamplerOptions::default(),
    );
    let (mut expected, mut offset) = (1.0, -plan.stages()[0].level.sqrt_alpha_bar());
    for step in plan.stages() {
        let (a, p) = (step.level.alpha_bar(), step.next_level.alpha_bar());
        let sigma2 = (1.0 - p) / (1.0 - a) * (1.0 - a / p);
        let spread = a * variance + 1.0 - a;
        let gain = p.sqrt() * (1.0 - (1.0 - a) / spread) / a.sqrt()
            + (1.0 - p - sigma2).sqrt() * (1.0 - a).sqrt() / spread;
        expected = gain * gain * expected + sigma2;
        offset *= gain;
    }
    for (j, mean) in means.into_iter().enumerate() {
        let values = || found.iter().skip(j).step_by(2).map(|&v| f64::from(v));
        let average = values().sum::<f64>() / count as f64;
        let measured = values().map(|v| (v - average).powi(2)).sum::<f64>() / count as f64;
        // Four standard errors of 20,000 samples: 0.014 and 0.0093.
        assert!(
            (average - mean - offset * mean).abs() < 0.014,
            "mean {average}, not {mean}"
        );
        assert!(
            (measured - expected).abs() < 0.0093,
            "variance {measured}, not {expected}"
        );
    }
}
