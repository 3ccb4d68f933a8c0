//! Plans that start at a partial noise level.

use ddim_wgpu::diffusion::{EncodeConvention, Plan, PlanError, SamplerKind};

use super::ddpm_schedule;

#[test]
fn what_is_left_is_the_end_of_the_whole_plan_with_its_draws() {
    for kind in [
        SamplerKind::Ddim,
        SamplerKind::Ddpm,
        SamplerKind::DdpmLarge,
        SamplerKind::ReverseSde,
    ] {
        let builder = || Plan::sampler(ddpm_schedule(), kind).steps(10);
        let (whole, end) = (
            builder().build().unwrap(),
            builder().skip(4).build().unwrap(),
        );
        assert_eq!(end.len(), 6);
        for (i, (end, whole)) in end.stages().iter().zip(&whole.stages()[4..]).enumerate() {
            assert_eq!((end.index, end.draw), (i, 5 + i as u32));
            let mut same = *end;
            same.index = whole.index;
            assert_eq!(&same, whole, "{kind}");
        }
    }
}

#[test]
fn sigmas_are_counted_along_the_whole_grid() {
    let sigmas = [0.3, 0.2, 0.005, 0.0];
    let plan = Plan::ddim(ddpm_schedule())
        .steps(4)
        .sigmas(sigmas)
        .skip(1)
        .build()
        .unwrap();
    let found: Vec<f64> = plan.stages().iter().map(|row| row.noise_scale).collect();
    assert_eq!(found, sigmas[1..]);
}

/// The first row left has no x̂₀ before it.
#[test]
fn a_method_with_memory_starts_without() {
    for kind in [SamplerKind::Heun, SamplerKind::DpmSolverPlusPlus2M] {
        let plan = Plan::sampler(ddpm_schedule(), kind)
            .steps(10)
            .skip(3)
            .build()
            .unwrap();
        assert_eq!(plan.stages()[0].history[0], 0.0, "{kind}");
        assert_ne!(plan.stages()[1].history[0], 0.0, "{kind}");
    }
}

/// Encoding with the same setting ends where sampling starts.
#[test]
fn encoding_ends_at_the_partial_level() {
    let decode = Plan::ddim(ddpm_schedule())
        .steps(10)
        .skip(4)
        .build()
        .unwrap();
    let encode = Plan::encode(ddpm_schedule(), EncodeConvention::Paper)
        .steps(10)
        .skip(4)
        .build()
        .unwrap();
    assert_eq!(encode.len(), 6);
    assert_eq!(encode.stages()[5].next_level, decode.stages()[0].level);
    assert!(encode.stages()[0].level.is_clean());
}

#[test]
fn a_step_must_be_left() {
    let error = Plan::ddim(ddpm_schedule())
        .steps(10)
        .skip(10)
        .build()
        .unwrap_err();
    let expected = PlanError::Skip {
        skip: 10,
        available: 10,
    };
    assert_eq!(error, expected);
}
