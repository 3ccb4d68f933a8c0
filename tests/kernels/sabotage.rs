//! The comparisons with the twins can fail: each fault planted in a kernel's
//! text is seen in its output.

use ddim_wgpu::gpu::{Fault, Kernel, SamplerOptions, WgslNetwork};
use ddim_wgpu::{Batch, diffusion::Plan};

use super::{model, plan, sample, scheduler};

/// Largest difference between a kernel and the same kernel with `from` replaced by `to`,
/// relative to the largest value.
fn effect(
    run: impl Fn(&SamplerOptions) -> Vec<f32>,
    kernel: Kernel,
    from: &'static str,
    to: &'static str,
) -> f32 {
    let mut options = SamplerOptions::default();
    options.mlp_kernel = Some(kernel);
    let sound = run(&options);
    options.fault = Some(Fault {
        kernel: None,
        from,
        to,
    });
    let faulty = run(&options);
    let scale = sound
        .iter()
        .fold(1.0_f32, |largest, value| largest.max(value.abs()));
    sound.iter().zip(&faulty).fold(0.0, |worst, (a, b)| {
        let error = (a - b).abs() / scale;
        if error.is_nan() {
            f32::INFINITY
        } else {
            worst.max(error)
        }
    })
}

/// The bound of the twin tests is 3e-6; every fault is far beyond it.
const SEEN: f32 = 1e-4;

#[test]
fn faults_in_the_update_are_seen() {
    let network = WgslNetwork::new(
        vec![3],
        "fn predict(x: Sample, at: Evaluation) -> Sample { var out = x; out[0] = 0.3; return out; }",
    );
    let mut config = scheduler();
    config.clipping = ddim_wgpu::diffusion::Clipping::Range(1.0);
    let plan = plan(&config, 4, 0.8);
    let run = |options: &SamplerOptions| sample(&network, &plan, &Batch::new(65).seed(4), options);
    for (from, to) in [
        ("step.x0_scale * x0 +", "step.eps_scale * x0 +"),
        (
            "step.noise_scale * noise",
            "step.noise_scale * step.noise_scale * noise",
        ),
        (
            "step.x0_from_x * x + step.x0_from_out",
            "step.x0_from_x * x - step.x0_from_out",
        ),
        ("clamp(step", "abs(0.0) + clamp(0.5 * step"),
        ("step.draw, quad", "step.row, quad"),
        (
            "run.first_sample.x + local",
            "run.first_sample.x + local + 1u",
        ),
        ("0xD2511F53u", "0xD2511F55u"),
        (
            "let middle = a_high * b_low",
            "let middle = a_high * b_high",
        ),
    ] {
        let effect = effect(run, Kernel::MlpStep, from, to);
        assert!(effect > SEEN, "{from:?} → {to:?} changes only {effect}");
    }
}

#[test]
fn faults_in_the_clips_are_seen() {
    let network = WgslNetwork::new(
        vec![3],
        "fn predict(x: Sample, at: Evaluation) -> Sample { var out = x; out[0] = 0.3; return out; }",
    );
    let builder = Plan::ddim(scheduler()).steps(4).eta(0.8);
    let builder = builder.clip_noise(0.7).clip_epsilon(1.1);
    let plan = builder.clip_final(0.5).build().expect("a plan");
    let run = |options: &SamplerOptions| sample(&network, &plan, &Batch::new(65).seed(4), options);
    for (from, to) in [
        ("clipped(noise, step.noise_limit)", "noise"),
        (
            "clipped(noise, step.noise_limit)",
            "clipped(noise, step.eps_limit)",
        ),
        ("clipped(eps, step.eps_limit)", "eps"),
        ("clip_state(sample, quad, step.state_limit)", ""),
        (
            "vec4<f32>(-limit), vec4<f32>(limit)",
            "vec4<f32>(0.0), vec4<f32>(limit)",
        ),
    ] {
        let effect = effect(run, Kernel::MlpStep, from, to);
        assert!(effect > SEEN, "{from:?} → {to:?} changes only {effect}");
    }
}

#[test]
fn faults_in_the_mlp_are_seen() {
    let mlp = model("points");
    let plan = Plan::ddim(mlp.scheduler())
        .steps(3)
        .build()
        .expect("a plan");
    let run = |options: &SamplerOptions| sample(&mlp, &plan, &Batch::new(65).seed(4), options);
    let activation = (
        "(v: vec4<f32>) -> vec4<f32> {
    return ",
        "(v: vec4<f32>) -> vec4<f32> {
    return 0.9 * ",
    );
    let time = ("(CLASS_ROWS + step.row)", "(CLASS_ROWS + 0u * step.row)");
    let output = ("biases[PROJ_OUT_BIAS_AT", "0.0 * biases[PROJ_OUT_BIAS_AT");
    for (kernel, faults) in [
        (Kernel::MlpStep, &[activation, time, output][..]),
        (Kernel::MlpStepSerial, &[activation, time, output]),
        // A fault is planted in every layer's text.
        (Kernel::MlpStepSplit, &[activation, time]),
    ] {
        for &(from, to) in faults {
            let effect = effect(run, kernel, from, to);
            assert!(
                effect > SEEN,
                "{}: {from:?} → {to:?} changes only {effect}",
                kernel.name()
            );
        }
    }
}
