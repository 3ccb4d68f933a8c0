//! `config.json` and model directories: what is refused and by which error, what is left
//! out, what a sinusoid is.

use ddim_wgpu::network::{
    Activation, ConfigError, MAX_JSON_BYTES, MlpConfig, Model, ModelError, Sinusoid,
};
use serde_json::{Value, json};

use crate::common::assert_refused;
use crate::common::random_model::{ModelFiles, RandomModel};

fn files() -> ModelFiles {
    let model = RandomModel {
        classes: Some(3),
        ..RandomModel::default()
    };
    model.files()
}

fn config_refusal(pointer: &str, value: Value) -> ConfigError {
    let mut config = files().config;
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
    config.pointer_mut(parent).expect("an object")[key] = value;
    MlpConfig::from_json(&config.to_string()).expect_err("the configuration is wrong")
}

#[test]
fn configurations_that_are_wrong_are_refused() {
    assert_refused!(
        config_refusal("/architecture", json!("unet")),
        ConfigError::UnknownArchitecture { .. }
    );
    assert_refused!(
        config_refusal("/activation", json!("swish")),
        ConfigError::UnknownActivation { .. }
    );
    for shape in [json!([]), json!([2, 2]), json!([1, 1, 1, 1])] {
        assert_refused!(
            config_refusal("/sample_shape", shape),
            ConfigError::SampleShape { .. }
        );
    }
    for (pointer, value) in [
        ("/sample_shape", json!([0])),
        ("/sample_shape", json!([1_u64 << 63, 2, 2])),
        ("/sample_shape", json!([1 << 21])),
        ("/hidden_size", json!(0)),
        ("/hidden_size", json!(1_u64 << 60)),
        ("/num_blocks", json!(1_000_000)),
        ("/time_embedding/size", json!(1)),
        ("/time_embedding/hidden_size", json!(0)),
        ("/input_embedding", json!({"size": 3, "scale": 1.0})),
        ("/num_classes", json!(0)),
        ("/num_classes", json!(1_u64 << 40)),
    ] {
        assert_refused!(
            config_refusal(pointer, value),
            ConfigError::OutOfRange { .. }
        );
    }
    for (pointer, value) in [
        ("/time_embedding/max_period", json!(0.0)),
        ("/time_embedding/max_period", json!(-1.0)),
        ("/time_embedding/downscale_freq_shift", json!(8.0)),
    ] {
        assert_refused!(config_refusal(pointer, value), ConfigError::Number { .. });
    }
    for (pointer, value) in [
        ("/hiden_size", json!(3)),
        ("/time_embedding/period", json!(3)),
        ("/hidden_size", json!(-1)),
        ("/hidden_size", json!(1.5)),
        ("/hidden_size", json!("512")),
        ("/hidden_size", json!(null)),
        ("/input_embedding", json!({"size": 8})),
    ] {
        assert_refused!(config_refusal(pointer, value), ConfigError::Json(_));
    }
    assert!(
        config_refusal("/hiden_size", json!(3))
            .to_string()
            .contains("hiden_size")
    );
    for text in [
        "",
        "null",
        "{}",
        "[[[[",
        "{\"architecture\": \"residual-mlp\", \"architecture\": \"residual-mlp\"}",
    ] {
        assert_refused!(
            MlpConfig::from_json(text).expect_err(text),
            ConfigError::Json(_)
        );
    }
}

/// Sizes that are each allowed, but not together.
#[test]
fn a_network_too_large_in_all_is_refused() {
    let mut config = files().config;
    config["hidden_size"] = json!(1 << 14);
    config["num_blocks"] = json!(256);
    match MlpConfig::from_json(&config.to_string()) {
        Err(ConfigError::OutOfRange { key, .. }) => assert_eq!(key, "the number of weights"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn keys_left_out_have_the_defaults_of_diffusers() {
    let text = r#"{"architecture": "residual-mlp", "sample_shape": [2], "hidden_size": 8, "num_blocks": 0,
        "activation": "gelu", "time_embedding": {"size": 4}}"#;
    let config = MlpConfig::from_json(text).expect("a valid configuration");
    assert_eq!(config.activation, Activation::Gelu);
    assert_eq!((config.input_embedding, config.num_classes), (None, None));
    let time = &config.time_embedding;
    assert_eq!((time.hidden_size, time.flip_sin_to_cos), (None, false));
    assert_eq!(
        (time.downscale_freq_shift, time.max_period),
        (1.0, 10_000.0)
    );
}

/// `get_timestep_embedding(torch.tensor([3.0]), 7, …)` by hand.
#[test]
fn sinusoids_are_diffusers() {
    let text = |more: &str| {
        format!(
            r#"{{"architecture": "residual-mlp", "sample_shape": [2], "hidden_size": 8, "num_blocks": 0,
            "activation": "relu", "time_embedding": {{"size": 7{more}}}, "input_embedding": {{"size": 5, "scale": 2}}}}"#
        )
    };
    let config = |more| MlpConfig::from_json(&text(more)).expect("a valid configuration");
    let of_time = |more| {
        let mut out = [9.0; 7];
        Sinusoid::of_time(&config(more).time_embedding).write(3.0, &mut out);
        out
    };
    let close = |found: &[f64], expected: &[f64]| {
        let worst = std::iter::zip(found, expected)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f64::max);
        assert!(
            found.len() == expected.len() && worst < 1e-14,
            "{found:?}, not {expected:?}"
        );
    };
    // Half of 7 is 3; shift 1: frequencies 1, 10⁻², 10⁻⁴. An odd size ends with a zero.
    let [a, b, c] = [3.0_f64, 3e-2, 3e-4];
    close(
        &of_time(""),
        &[a.sin(), b.sin(), c.sin(), a.cos(), b.cos(), c.cos(), 0.0],
    );
    let flipped = of_time(r#", "flip_sin_to_cos": true"#);
    close(
        &flipped,
        &[a.cos(), b.cos(), c.cos(), a.sin(), b.sin(), c.sin(), 0.0],
    );
    // Shift 0 and period 8: frequencies 1, 1/2, 1/4.
    let other = of_time(r#", "downscale_freq_shift": 0, "max_period": 8"#);
    let [b, c] = [1.5_f64, 0.75];
    close(
        &other,
        &[a.sin(), b.sin(), c.sin(), a.cos(), b.cos(), c.cos(), 0.0],
    );
    // A coordinate has the time's order and period, but shift 1: frequencies 1, 1/8.
    let config = config(r#", "flip_sin_to_cos": true, "downscale_freq_shift": 0, "max_period": 8"#);
    let input = config.input_embedding.as_ref().expect("an input embedding");
    let mut out = [9.0; 5];
    Sinusoid::of_input(input, &config.time_embedding).write(3.0, &mut out);
    close(
        &out,
        &[a.cos(), 0.375_f64.cos(), a.sin(), 0.375_f64.sin(), 0.0],
    );
}

#[test]
fn directories_that_are_wrong_are_refused() {
    let directory = std::env::temp_dir().join(format!("ddim-wgpu-model-{}", std::process::id()));
    let write = |name: &str, bytes: &[u8]| {
        std::fs::create_dir_all(&directory).expect("a directory");
        std::fs::write(directory.join(name), bytes).expect("a file");
    };
    assert_refused!(
        Model::load(&directory).expect_err("no directory"),
        ModelError::Io { .. }
    );
    let files = files();
    write("config.json", files.config.to_string().as_bytes());
    write(
        "scheduler_config.json",
        files.scheduler.to_string().as_bytes(),
    );
    match Model::load(&directory).expect_err("no weights") {
        ModelError::Io { path, .. } => assert!(path.ends_with("model.safetensors")),
        other => panic!("{other:?}"),
    }
    write("model.safetensors", &files.weights());
    let mlp = Model::load(&directory).expect("a good model");
    assert_eq!(
        Some(mlp.name()),
        directory.file_name().and_then(|name| name.to_str())
    );
    assert_eq!(mlp.mlp(), files.build().mlp());

    write("model.safetensors", &files.weights()[..100]);
    assert_refused!(
        Model::load(&directory).expect_err("truncated"),
        ModelError::Weights { .. }
    );
    write("scheduler_config.json", b"{\"beta_start\": 2}");
    assert_refused!(
        Model::load(&directory).expect_err("β of 2"),
        ModelError::Scheduler { .. }
    );
    write("config.json", b"\xff\xfe");
    assert_refused!(
        Model::load(&directory).expect_err("not UTF-8"),
        ModelError::Io { .. }
    );
    write("config.json", &vec![b' '; MAX_JSON_BYTES as usize + 1]);
    assert_refused!(
        Model::load(&directory).expect_err("too long"),
        ModelError::JsonTooLarge { .. }
    );
    write("config.json", b"{}");
    assert_refused!(
        Model::load(&directory).expect_err("empty"),
        ModelError::Config { .. }
    );
    std::fs::remove_dir_all(&directory).expect("the directory of this test");
}

#[test]
fn models_that_are_not_compiled_in_are_refused_by_name() {
    let error = Model::bundled("cats").expect_err("there are no cats");
    assert!(
        matches!(&error, ModelError::UnknownBundled { name, .. } if name == "cats"),
        "{error:?}"
    );
    for name in ddim_wgpu::network::bundled_names() {
        assert_eq!(
            Model::bundled(name).expect("a compiled-in model").name(),
            name
        );
        assert!(error.to_string().contains(name), "{error}");
    }
}
