//! diffusers' `scheduler_config.json`.

use ddim_wgpu::diffusion::{
    Clipping, FinalLevel, NoiseSchedule, Plan, PredictionType, ScheduleError, SchedulerConfig,
    SchedulerConfigError, TimestepSpacing, Variance,
};
use serde_json::{Value, json};

use super::ddpm_schedule;

fn read(value: &Value) -> Result<(SchedulerConfig, Vec<String>), SchedulerConfigError> {
    SchedulerConfig::from_json(&value.to_string())
}

/// As `DDIMScheduler().save_pretrained` of diffusers 0.42 writes it.
fn ddim_defaults() -> Value {
    json!({
        "_class_name": "DDIMScheduler", "_diffusers_version": "0.42.0", "beta_end": 0.02, "beta_schedule": "linear",
        "beta_start": 0.0001, "clip_sample": true, "clip_sample_range": 1.0, "dynamic_thresholding_ratio": 0.995,
        "num_train_timesteps": 1000, "prediction_type": "epsilon", "rescale_betas_zero_snr": false,
        "sample_max_value": 1.0, "set_alpha_to_one": true, "steps_offset": 0, "thresholding": false,
        "timestep_spacing": "leading", "trained_betas": null
    })
}

fn with(changes: Value) -> Value {
    let mut config = ddim_defaults();
    config
        .as_object_mut()
        .unwrap()
        .extend(changes.as_object().unwrap().clone());
    config
}

#[test]
fn a_saved_file_and_an_empty_one_are_diffusers_defaults() {
    for text in [ddim_defaults().to_string(), "{}".to_owned()] {
        let (config, warnings) = SchedulerConfig::from_json(&text).unwrap();
        let expected = SchedulerConfig {
            clipping: Clipping::Range(1.0),
            ..ddpm_schedule().into()
        };
        assert_eq!(config, expected);
        assert_eq!(warnings, [""; 0]);
    }
}

#[test]
fn every_key_is_read() {
    let (config, warnings) = read(&with(json!({
        "_class_name": "DDPMScheduler", "num_train_timesteps": 400, "beta_start": 0.00085, "beta_end": 0.012,
        "beta_schedule": "scaled_linear", "clip_sample_range": 2.5, "prediction_type": "v_prediction",
        "rescale_betas_zero_snr": true, "set_alpha_to_one": false, "steps_offset": 1, "timestep_spacing": "trailing",
        "variance_type": "fixed_large"
    })))
    .unwrap();
    let schedule = NoiseSchedule::scaled_linear(0.00085, 0.012, 400).unwrap();
    let expected = SchedulerConfig {
        schedule: schedule.rescale_zero_terminal_snr().unwrap(),
        prediction: PredictionType::VPrediction,
        wrap: ddim_wgpu::diffusion::Wrap::None,
        clipping: Clipping::Range(2.5),
        spacing: TimestepSpacing::Trailing,
        level_spacing: None,
        lambda_min_clipped: None,
        steps_offset: 1,
        final_level: FinalLevel::First,
        rederive_epsilon: false,
        variance: Variance::Large,
        ending: ddim_wgpu::diffusion::Ending {
            lower_order_final: false,
            euler_at_final: false,
        },
    };
    assert_eq!(config, expected);
    assert_eq!(warnings, [""; 0]);
}

#[test]
fn beta_schedules_by_name_and_by_list() {
    let schedule = |changes| read(&with(changes)).unwrap().0.schedule;
    assert_eq!(
        schedule(json!({"beta_schedule": "squaredcos_cap_v2"})),
        NoiseSchedule::cosine(1000).unwrap()
    );
    assert_eq!(
        schedule(json!({"beta_schedule": "sigmoid"})),
        NoiseSchedule::sigmoid(1e-4, 0.02, 1000).unwrap()
    );
    let list = schedule(json!({"trained_betas": [0.1, 0.2, 0.3], "num_train_timesteps": 3}));
    assert_eq!(list, NoiseSchedule::from_betas(&[0.1, 0.2, 0.3]).unwrap());
    let error = read(&with(json!({"trained_betas": [0.1, 0.2, 0.3]}))).unwrap_err();
    assert_eq!(
        error,
        SchedulerConfigError::TrainedBetasLength {
            betas: 3,
            train_steps: 1000
        }
    );
}

#[test]
fn thresholding_replaces_clipping() {
    let clipping = |changes| read(&with(changes)).unwrap().0.clipping;
    assert_eq!(clipping(json!({"clip_sample": false})), Clipping::None);
    let threshold = Clipping::DynamicThreshold {
        ratio: 0.9,
        max: 1.5,
    };
    let keys =
        json!({"thresholding": true, "dynamic_thresholding_ratio": 0.9, "sample_max_value": 1.5});
    assert_eq!(clipping(keys), threshold);
}

#[test]
fn unknown_keys_and_relatives_only_warn() {
    let (config, warnings) = read(&with(
        json!({"skip_prk_steps": true, "_use_default_values": []}),
    ))
    .unwrap();
    assert_eq!(config, read(&ddim_defaults()).unwrap().0);
    assert_eq!(
        warnings,
        ["unknown scheduler key \"skip_prk_steps\" ignored"]
    );
    let (_, warnings) = read(&with(json!({"_class_name": "PNDMScheduler"}))).unwrap();
    assert_eq!(
        warnings,
        ["scheduler class PNDMScheduler is read as DDIMScheduler"]
    );
    assert_eq!(
        read(&with(json!({"_class_name": "DDIMInverseScheduler"})))
            .unwrap()
            .1,
        [""; 0]
    );
}

#[test]
fn bad_files_give_one_line_that_names_the_fault() {
    let cases = [
        (json!({"beta_end": 1.5}), "beta["),
        (json!({"beta_schedule": "laplace"}), "laplace"),
        (json!({"prediction_type": "noise"}), "noise"),
        (json!({"timestep_spacing": "even"}), "even"),
        (json!({"variance_type": "learned_range"}), "learned_range"),
        (json!({"num_train_timesteps": 0}), "at least one level"),
        (
            json!({"num_train_timesteps": 1_000_000_000_000_u64}),
            "1000000000000 levels",
        ),
        (json!({"num_train_timesteps": -5}), "-5"),
        (json!({"num_train_timesteps": "many"}), "many"),
        (json!({"clip_sample_range": 0.0}), "clip range"),
        (
            json!({"thresholding": true, "sample_max_value": 0.5}),
            "0.5",
        ),
        (json!({"rescale_betas_zero_snr": true}), "epsilon"),
        (
            json!({"_class_name": "FlowMatchEulerDiscreteScheduler"}),
            "FlowMatchEulerDiscreteScheduler",
        ),
        (
            json!({"trained_betas": [], "num_train_timesteps": 0}),
            "at least one level",
        ),
    ];
    for (changes, part) in cases {
        let error = read(&with(changes.clone())).unwrap_err().to_string();
        assert!(
            error.contains(part) && !error.contains('\n'),
            "{changes}: {error}"
        );
    }
    for text in [
        "",
        "[]",
        "{",
        "null",
        "{\"beta_start\": NaN}",
        "{\"beta_end\": 1e999}",
        "{\"steps_offset\":1,\"steps_offset\":2}",
    ] {
        let error = SchedulerConfig::from_json(text).unwrap_err();
        assert!(
            matches!(error, SchedulerConfigError::Json { .. }),
            "{text}: {error}"
        );
    }
    let error = read(&with(json!({"beta_start": 0.0}))).unwrap_err();
    assert!(matches!(
        error,
        SchedulerConfigError::Schedule(ScheduleError::BetaOutOfRange { index: 0, .. })
    ));
}

/// diffusers: `variance = log(β)`, then `variance ** 0.5`.
#[test]
fn the_logarithm_of_a_variance_is_no_variance() {
    for (name, variance) in [
        ("fixed_small", Variance::Small),
        ("fixed_small_log", Variance::Small),
        ("fixed_large", Variance::Large),
        ("fixed_large_log", Variance::Large),
    ] {
        let (config, _) = read(&with(json!({ "variance_type": name }))).unwrap();
        assert_eq!(config.variance, variance, "{name}");
        let plan = Plan::ddpm(config).steps(10).build().unwrap();
        let row = plan.stages()[0];
        let beta = row.level.one_minus_ratio(row.next_level);
        assert!(beta.ln().sqrt().is_nan() && row.noise_scale > 0.0, "{name}");
    }
}

/// diffusers: `√(1 − ᾱ_t)` of noise on the picture itself, here 0.32, unless
/// the grid ends at `t = 0`.
#[test]
fn the_last_step_of_ddpm_adds_no_noise() {
    let keys = json!({"variance_type": "fixed_large", "timestep_spacing": "trailing"});
    let (config, _) = read(&with(keys)).unwrap();
    let plan = Plan::ddpm(config).steps(10).build().unwrap();
    let last = plan.stages()[9];
    assert_eq!((last.timestep, last.noise_scale), (99.0, 0.0));
    assert!(last.level.one_minus_ratio(last.next_level).sqrt() > 0.3);
}
