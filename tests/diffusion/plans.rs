//! Settings of a plan: defaults, and what excludes what.

use ddim_wgpu::diffusion::{
    Clipping, EncodeConvention, FinalLevel, NoiseSchedule, Plan, PlanBuilder, PlanError,
    PredictionType, Process, SamplerKind, SchedulerConfig, SchedulerConfigError, TimestepError,
    TimestepSpacing,
};

use super::ddpm_schedule;

#[test]
fn what_is_not_set_comes_from_the_configuration() {
    let config = SchedulerConfig {
        prediction: PredictionType::VPrediction,
        clipping: Clipping::Range(1.5),
        spacing: TimestepSpacing::Trailing,
        final_level: FinalLevel::First,
        rederive_epsilon: true,
        ..ddpm_schedule().into()
    };
    let plan = Plan::ddim(&config).build().unwrap();
    assert_eq!((plan.len(), plan.train_steps()), (50, 1000));
    assert_eq!(
        (plan.prediction(), plan.clipping()),
        (config.prediction, config.clipping)
    );
    assert_eq!(plan.stages()[0].timestep, 999.0);
    assert_eq!(plan.stages()[49].next_level, config.schedule.level(0));
    assert!(plan.rederive_epsilon() && !plan.is_stochastic());
    assert_eq!(plan.process(), Process::Sample(SamplerKind::Ddim));
    let plan = Plan::ddim(&config)
        .spacing(TimestepSpacing::Leading)
        .clipping(Clipping::None)
        .steps(10)
        .build()
        .unwrap();
    assert_eq!(plan.stages()[0].timestep, 900.0);
    assert_eq!(plan.clipping(), Clipping::None);
    // Fewer levels than the default number of steps.
    assert_eq!(
        Plan::ddim(NoiseSchedule::cosine(8).unwrap())
            .build()
            .unwrap()
            .len(),
        8
    );
}

/// diffusers' DDPM uses the clipped x̂₀ and x; DDIM uses ε as predicted unless told otherwise.
#[test]
fn epsilon_is_rederived_where_the_state_is_part_of_the_formula() {
    let config = SchedulerConfig {
        clipping: Clipping::Range(1.0),
        ..ddpm_schedule().into()
    };
    for kind in SamplerKind::ALL {
        let rederive = Plan::sampler(&config, *kind)
            .build()
            .unwrap()
            .rederive_epsilon();
        assert_eq!(rederive, *kind != SamplerKind::Ddim, "{kind}");
        assert!(
            !Plan::sampler(ddpm_schedule(), *kind)
                .rederive_epsilon(true)
                .build()
                .unwrap()
                .rederive_epsilon()
        );
    }
    assert!(
        !Plan::ddpm(&config)
            .rederive_epsilon(false)
            .build()
            .unwrap()
            .rederive_epsilon()
    );
    for kind in [SamplerKind::Heun, SamplerKind::DpmSolverPlusPlus2M] {
        let error = Plan::sampler(&config, kind)
            .rederive_epsilon(false)
            .build()
            .unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("rederive_epsilon") && text.contains(kind.name()),
            "{text}"
        );
    }
}

#[test]
fn illegal_values_are_named() {
    let build = |eta: f64| Plan::ddim(ddpm_schedule()).eta(eta).steps(10).build();
    for eta in [-0.1, f64::NAN, f64::INFINITY] {
        assert!(matches!(build(eta), Err(PlanError::Eta { .. })), "{eta}");
    }
    assert_eq!(
        build(f64::NAN).unwrap_err().to_string(),
        "eta is NaN: it must be at least 0 and finite (0 is deterministic, 1 is DDPM)"
    );
    for eta in [1.5, 1e3, 1e200] {
        assert!(
            matches!(build(eta), Err(PlanError::TooMuchNoise { index: 0, .. })),
            "{eta}"
        );
    }
    // A step of one goes to clean data, where there is no room for noise and any η adds none.
    assert!(
        !Plan::ddim(ddpm_schedule())
            .steps(1)
            .eta(1e200)
            .build()
            .unwrap()
            .is_stochastic()
    );

    let steps = |steps| {
        Plan::ddim(ddpm_schedule())
            .steps(steps)
            .build()
            .unwrap_err()
    };
    assert_eq!(steps(0), PlanError::Timesteps(TimestepError::NoSteps));
    assert!(matches!(
        steps(1001),
        PlanError::Timesteps(TimestepError::TooManySteps { .. })
    ));
    let rising = Plan::ddim(ddpm_schedule()).timesteps([1, 2]).build();
    assert!(matches!(
        rising,
        Err(PlanError::Timesteps(TimestepError::NotDecreasing { .. }))
    ));

    for range in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let result = Plan::ddim(ddpm_schedule())
            .clipping(Clipping::Range(range))
            .build();
        assert!(
            matches!(
                result,
                Err(PlanError::Config(SchedulerConfigError::ClipRange { .. }))
            ),
            "{range}"
        );
    }
    for (ratio, max) in [
        (-0.1, 1.0),
        (1.1, 1.0),
        (f64::NAN, 1.0),
        (0.9, 0.5),
        (0.9, f64::NAN),
    ] {
        let result = Plan::ddim(ddpm_schedule())
            .clipping(Clipping::DynamicThreshold { ratio, max })
            .build();
        assert!(matches!(result, Err(PlanError::Config(_))), "{ratio} {max}");
    }
}

#[test]
fn limits_are_above_zero_and_finite_in_single_precision() {
    type Set = fn(PlanBuilder, f64) -> PlanBuilder;
    let set: [(&str, Set); 3] = [
        ("clip_noise", PlanBuilder::clip_noise),
        ("clip_epsilon", PlanBuilder::clip_epsilon),
        ("clip_final", PlanBuilder::clip_final),
    ];
    for (name, set) in set {
        for limit in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-60, 1e60] {
            let error = set(Plan::ddim(ddpm_schedule()), limit).build().unwrap_err();
            assert!(
                matches!(error, PlanError::Clip { option, .. } if option == name),
                "{error}"
            );
            assert!(error.to_string().starts_with(&format!("{name} is ")));
        }
        let plan = set(Plan::ddim(ddpm_schedule()), 2.5).steps(3).build();
        assert!(plan.expect("a plan").clips().is_active());
    }
    assert!(
        !Plan::ddim(ddpm_schedule())
            .build()
            .unwrap()
            .clips()
            .is_active()
    );
}

#[test]
fn the_last_state_alone_has_a_limit() {
    let builder = || Plan::sampler(ddpm_schedule(), SamplerKind::Heun).steps(4);
    for plan in [builder(), builder().skip(2)] {
        let plan = plan.clip_final(0.5).build().unwrap();
        for row in 0..plan.len() {
            let expected = (row + 1 == plan.len()).then_some(0.5);
            assert_eq!(plan.state_limit(row), expected, "row {row}");
        }
    }
    assert_eq!(builder().build().unwrap().state_limit(6), None);
}

/// What is cut off cannot be found again; noise that is not drawn is not cut.
#[test]
fn rows_that_clip_are_not_inverted() {
    let ddim = || Plan::ddim(ddpm_schedule());
    for builder in [ddim().clip_epsilon(1.0), ddim().clip_final(1.0)] {
        let error = builder.build().unwrap().check_invertible().unwrap_err();
        assert!(error.to_string().contains("clips epsilon"), "{error}");
    }
    let quiet = ddim().clip_noise(1.0).build().unwrap();
    assert_eq!(quiet.check_invertible(), Ok(()));
}

#[test]
fn settings_that_exclude_each_other_are_both_named() {
    let ddim = || Plan::ddim(ddpm_schedule());
    let ddpm = || Plan::ddpm(ddpm_schedule());
    let encode = || Plan::encode(ddpm_schedule(), EncodeConvention::Paper);
    let cases = [
        (ddpm().eta(0.5), ["eta", "ddpm"]),
        (ddpm().steps(1).sigmas([0.0]), ["sigmas", "ddpm"]),
        (encode().eta(0.0), ["eta", "encoding"]),
        (ddim().eta(0.5).sigmas([0.0]), ["eta", "sigmas"]),
        (
            ddim().timesteps([5]).spacing(TimestepSpacing::Leading),
            ["timesteps", "spacing"],
        ),
        (ddim().timesteps([5, 4]).steps(3), ["timesteps", "steps"]),
        (encode().clip_noise(1.0), ["clip_noise", "encoding"]),
        (encode().clip_epsilon(1.0), ["clip_epsilon", "encoding"]),
        (encode().clip_final(1.0), ["clip_final", "encoding"]),
        (ddpm().clip_epsilon(1.0), ["clip_epsilon", "ddpm"]),
        (
            Plan::sampler(ddpm_schedule(), SamplerKind::Lms).clip_epsilon(1.0),
            ["clip_epsilon", "lms"],
        ),
        (
            ddim()
                .clipping(Clipping::DynamicThreshold {
                    ratio: 0.9,
                    max: 2.0,
                })
                .rederive_epsilon(true)
                .clip_epsilon(1.0),
            ["clip_epsilon", "thresholding"],
        ),
    ];
    for (builder, names) in cases {
        let error = builder.build().unwrap_err();
        assert!(matches!(error, PlanError::Conflict { .. }), "{error}");
        for name in names {
            assert!(error.to_string().contains(name), "{error}");
        }
    }
    assert_eq!(ddim().timesteps([5, 4]).steps(2).build().unwrap().len(), 2);
}

/// NaN images elsewhere (diffusers #3851, #5103), whichever levels the grid visits.
#[test]
fn epsilon_prediction_and_zero_terminal_snr_are_an_error() {
    let schedule = ddpm_schedule().rescale_zero_terminal_snr().unwrap();
    for spacing in [TimestepSpacing::Leading, TimestepSpacing::Trailing] {
        let error = Plan::ddim(&schedule).spacing(spacing).build().unwrap_err();
        assert_eq!(
            error,
            PlanError::Config(SchedulerConfigError::EpsilonWithZeroTerminalSnr)
        );
    }
    for prediction in [PredictionType::Sample, PredictionType::VPrediction] {
        let config = SchedulerConfig {
            prediction,
            ..(&schedule).into()
        };
        let plan = Plan::ddim(config)
            .spacing(TimestepSpacing::Trailing)
            .eta(1.0)
            .build()
            .unwrap();
        assert!(plan.stages()[0].level.is_pure_noise());
    }
}

/// `1/√ᾱ` is 1e43 here: finite in `f64`, infinite in the `f32` that kernels compute in.
#[test]
fn what_single_precision_cannot_hold_is_an_error() {
    let schedule = NoiseSchedule::constant_beta(1.0, 200.0, 10).unwrap();
    let error = Plan::ddim(&schedule).steps(10).build().unwrap_err();
    assert!(
        matches!(
            error,
            PlanError::Overflow {
                index: 0,
                name: "x0_from_x",
                ..
            }
        ),
        "{error}"
    );
    let config = SchedulerConfig {
        prediction: PredictionType::VPrediction,
        ..schedule.into()
    };
    assert!(Plan::ddim(config).steps(10).build().is_ok());
}

#[test]
fn samplers_have_the_names_of_the_command_line() {
    let names: Vec<&str> = SamplerKind::ALL.iter().map(|kind| kind.name()).collect();
    assert_eq!(
        names,
        [
            "ddim",
            "ddpm",
            "ddpm-large",
            "reverse-sde",
            "heun",
            "dpmpp-2m",
            "dpmpp-3m",
            "dpmpp-2m-sde",
            "dpm-2m",
            "dpm-3m",
            "unipc-2",
            "unipc-3",
            "deis-2",
            "deis-3",
            "lms",
            "plms",
            "lcm",
        ]
    );
    for kind in SamplerKind::ALL {
        assert_eq!(kind.name().parse(), Ok(*kind));
    }
    assert!("euler".parse::<SamplerKind>().is_err());
}
