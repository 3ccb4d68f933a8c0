//! Model directories written by PyTorch, against PyTorch in float64, on every backend.

use std::collections::BTreeSet;

use safetensors::SafeTensors;
use safetensors::tensor::TensorView;
use serde_json::{Value, json};

use crate::common::backends::{BACKENDS, TWINS};
use crate::common::golden_models::{Files, GoldenModel};
use crate::common::goldens::{must_fail, pass};

#[test]
fn outputs_and_trajectories_are_pytorchs() {
    for golden in GoldenModel::all() {
        for backend in BACKENDS {
            pass(golden.check(backend, &golden.files));
        }
    }
}

/// The goldens reach every option of the format.
#[test]
fn every_option_is_covered() {
    let all = GoldenModel::all();
    let values = |path: &str| -> BTreeSet<String> {
        let of = |golden: &GoldenModel| {
            golden
                .files
                .config
                .pointer(path)
                .unwrap_or(&Value::Null)
                .to_string()
        };
        all.iter().map(of).collect()
    };
    for (path, wanted) in [
        (
            "/activation",
            &["\"relu\"", "\"silu\"", "\"gelu\"", "\"gelu_tanh\""][..],
        ),
        (
            "/sample_shape",
            &["[1]", "[2]", "[3]", "[5]", "[7]", "[1,5,5]", "[3,2,4]"],
        ),
        ("/num_blocks", &["0", "1", "2", "3", "4"]),
        ("/hidden_size", &["1", "17", "100", "129"]),
        ("/num_classes", &["null", "1", "2", "10"]),
        ("/input_embedding/size", &["null", "5", "8"]),
        ("/time_embedding/hidden_size", &["null", "1", "40"]),
        ("/time_embedding/size", &["5", "8", "33"]),
        ("/time_embedding/flip_sin_to_cos", &["true", "false"]),
        ("/time_embedding/downscale_freq_shift", &["0", "0.5", "1"]),
        ("/time_embedding/max_period", &["300", "10000"]),
    ] {
        let found = values(path);
        for wanted in wanted {
            assert!(
                found.contains(*wanted),
                "no golden model has {path} = {wanted}: {found:?}"
            );
        }
    }
    let mut dtypes = BTreeSet::new();
    for golden in &all {
        let tensors = SafeTensors::deserialize(&golden.files.weights).expect("weights");
        dtypes.extend(
            tensors
                .tensors()
                .iter()
                .map(|(_, view)| format!("{:?}", view.dtype())),
        );
    }
    assert_eq!(
        dtypes.into_iter().collect::<Vec<_>>(),
        ["BF16", "F16", "F32"]
    );
}

/// Faults in how a model directory is read, planted in the directory. Each is seen by the
/// network's outputs alone.
#[test]
fn misread_configurations_are_noticed() {
    let cases: [(&str, &str, &str, Value); 12] = [
        (
            "images",
            "sines and cosines swapped",
            "/time_embedding/flip_sin_to_cos",
            json!(false),
        ),
        (
            "images",
            "frequency shift 1 for 0",
            "/time_embedding/downscale_freq_shift",
            json!(1),
        ),
        (
            "channels",
            "period 10000 for 500",
            "/time_embedding/max_period",
            json!(10000),
        ),
        (
            "velocity",
            "gelu_tanh for gelu",
            "/activation",
            json!("gelu_tanh"),
        ),
        (
            "denoiser",
            "gelu for gelu_tanh",
            "/activation",
            json!("gelu"),
        ),
        ("scalar", "relu for silu", "/activation", json!("relu")),
        (
            "velocity",
            "the input's scale left out",
            "/input_embedding/scale",
            json!(1.0),
        ),
        (
            "one_class",
            "the input's scale rounded",
            "/input_embedding/scale",
            json!(3.01),
        ),
        (
            "flipped_input",
            "another period for the input",
            "/time_embedding/max_period",
            json!(301),
        ),
        (
            "flipped_input",
            "sines first in the input",
            "/time_embedding/flip_sin_to_cos",
            json!(false),
        ),
        (
            "narrow",
            "frequency shift 1 for 0.5",
            "/time_embedding/downscale_freq_shift",
            json!(1),
        ),
        (
            "scalar",
            "frequency shift 0 for 1",
            "/time_embedding/downscale_freq_shift",
            json!(0),
        ),
    ];
    for (name, fault, pointer, value) in cases {
        let golden = GoldenModel::read(name);
        let mut files = golden.files.clone();
        *files.config.pointer_mut(pointer).expect("a key") = value;
        must_fail(
            &format!("{name}: {fault}"),
            golden.check_outputs(&TWINS, &files),
        );
    }
}

#[test]
fn misread_schedulers_are_noticed() {
    for (name, fault, key, value) in [
        ("images", "no clipping", "clip_sample", json!(false)),
        (
            "one_class",
            "another clipping range",
            "clip_sample_range",
            json!(1.0),
        ),
        (
            "denoiser",
            "the last step to ᾱ = 1",
            "set_alpha_to_one",
            json!(true),
        ),
        ("denoiser", "no offset", "steps_offset", json!(0)),
        ("velocity", "ε for v", "prediction_type", json!("epsilon")),
        (
            "channels",
            "leading for trailing",
            "timestep_spacing",
            json!("leading"),
        ),
        (
            "scalar",
            "linear for scaled linear",
            "beta_schedule",
            json!("linear"),
        ),
    ] {
        let golden = GoldenModel::read(name);
        let mut files = golden.files.clone();
        files.scheduler[key] = value;
        must_fail(&format!("{name}: {fault}"), golden.check(&TWINS, &files));
    }
}

/// Faults in the weights: a square matrix transposed, the rows of the class embedding
/// turned round, a bias left out.
#[test]
fn misread_weights_are_noticed() {
    type Fault = fn(&mut [u8], &[usize]);
    let transpose: Fault = |bytes, shape| {
        let (width, size) = (shape[0], bytes.len() / (shape[0] * shape[1]));
        assert_eq!(shape, [width, width]);
        let old = bytes.to_vec();
        for (place, word) in bytes.chunks_exact_mut(size).enumerate() {
            word.copy_from_slice(&old[(place % width * width + place / width) * size..][..size]);
        }
    };
    let rows_reversed: Fault = |bytes, shape| {
        let row = bytes.len() / shape[0];
        let old = bytes.to_vec();
        for (new, old) in bytes.chunks_exact_mut(row).zip(old.chunks_exact(row).rev()) {
            new.copy_from_slice(old);
        }
    };
    let zero: Fault = |bytes, _| bytes.fill(0);
    for (name, tensor, fault) in [
        ("images", "blocks.1.weight", transpose),
        ("images", "time_embedding.linear_2.weight", transpose),
        ("scalar", "conditioning.2.weight", zero),
        ("denoiser", "class_embedding.weight", rows_reversed),
        ("one_class", "proj_out.weight", rows_reversed),
        ("points", "proj_in.bias", zero),
        ("channels", "blocks.0.bias", zero),
        ("velocity", "proj_out.bias", zero),
        ("scalar", "time_embedding.linear_1.bias", zero),
    ] {
        let golden = GoldenModel::read(name);
        let mut files = golden.files.clone();
        files.weights = with_fault(&files.weights, tensor, fault);
        must_fail(
            &format!("{name}: fault in {tensor}"),
            golden.check_outputs(&TWINS, &files),
        );
    }
}

/// The same file with `fault` done to the bytes of one tensor.
fn with_fault(file: &[u8], tensor: &str, fault: fn(&mut [u8], &[usize])) -> Vec<u8> {
    let file = SafeTensors::deserialize(file).expect("weights");
    let mut tensors: Vec<_> = file
        .tensors()
        .into_iter()
        .map(|(name, view)| {
            (
                name,
                view.dtype(),
                view.shape().to_vec(),
                view.data().to_vec(),
            )
        })
        .collect();
    let (_, _, shape, bytes) = tensors
        .iter_mut()
        .find(|(name, ..)| name == tensor)
        .expect("a tensor");
    fault(bytes, shape);
    let views = tensors.iter().map(|(name, dtype, shape, bytes)| {
        (
            name,
            TensorView::new(*dtype, shape.clone(), bytes).expect("a tensor"),
        )
    });
    safetensors::serialize(views, None).expect("a file")
}

/// Guidance and classes that are not the ones asked for.
#[test]
fn other_classes_are_noticed() {
    // A model whose unconditional row is another class's: seen where no class is asked for.
    let golden = GoldenModel::read("one_class");
    let swapped = Files {
        weights: with_fault(
            &golden.files.weights,
            "class_embedding.weight",
            |bytes, shape| {
                let row = bytes.len() / shape[0];
                bytes.rotate_left(row);
            },
        ),
        ..golden.files.clone()
    };
    must_fail(
        "class and no class swapped",
        golden.check_outputs(&TWINS, &swapped),
    );
}
