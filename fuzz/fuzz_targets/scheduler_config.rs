//! `scheduler_config.json`: refused, or plans of finite numbers, or one error.
#![no_main]

use ddim_wgpu::diffusion::{Plan, SamplerKind, SchedulerConfig};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok((config, _)) = SchedulerConfig::from_json(text) else {
        return;
    };
    for &kind in SamplerKind::ALL {
        let Ok(plan) = Plan::sampler(&config, kind).steps(5).build() else {
            continue;
        };
        for row in plan.stages() {
            let coefficients = [row.x0_scale, row.eps_scale, row.noise_scale, row.x0_from_out];
            assert!(coefficients.iter().all(|&value| (value as f32).is_finite()), "{row:?}");
        }
    }
});
