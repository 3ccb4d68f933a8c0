//! `config.json` and weights of the `layers` architecture: what is wrong with them is said by name,
//! and weights are read as people have them.

use std::collections::BTreeMap;
use std::fs;

use ddim_wgpu::batch::BatchError;
use ddim_wgpu::cpu::{CpuSampler, EngineError, ProgramTwin, SampleStep};
use ddim_wgpu::diffusion::Plan;
use ddim_wgpu::network::{Function, Model, ModelError};
use ddim_wgpu::{Batch, ClassChoice, no_progress};
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde_json::{Value, json};

const SCHEDULER: &str =
    r#"{"_class_name": "DDIMScheduler", "clip_sample": false, "num_train_timesteps": 50}"#;

/// A network with a class, a condition and the sum of both with the level.
fn config() -> Value {
    json!({
        "architecture": "layers", "sample_shape": [2], "num_classes": 3, "inputs": {"state": 4},
        "unconditional": {"state": "null_state"},
        "ops": [
            {"op": "sinusoid", "out": "s", "in": "t", "size": 8},
            {"op": "linear", "out": "e", "in": "s", "weight": "time.weight"},
            {"op": "embedding", "out": "c", "in": "class", "weight": "classes.weight"},
            {"op": "linear", "out": "k", "in": "state", "weight": "state.weight", "bias": "state.bias"},
            {"op": "add", "out": "y", "in": ["e", ["c", 0.5], "k"]},
            {"op": "act", "out": "g", "in": "y", "function": "tanh"},
            {"op": "linear", "out": "a", "in": "x", "weight": "in.weight", "bias": "in.bias"},
            {"op": "norm", "out": "n", "in": "a", "kind": "group", "groups": 2, "prefix": "norm"},
            {"op": "affine", "out": "m", "in": "n", "scale": "g", "scale_offset": 1, "shift": "y"},
            {"op": "act", "out": "h", "in": "m", "function": "leaky_relu", "slope": 0.2},
            {"op": "mul", "out": "p", "in": ["h", "g"]},
            {"op": "linear", "out": "out", "in": ["p", "x"], "weight": "last.weight", "bias": "last.bias"}
        ]
    })
}

type Shapes = BTreeMap<String, Vec<usize>>;

fn shapes() -> Shapes {
    let all: [(&str, &[usize]); 11] = [
        ("time.weight", &[6, 8]),
        ("classes.weight", &[4, 6]),
        ("state.weight", &[6, 4]),
        ("state.bias", &[6]),
        ("in.weight", &[6, 2]),
        ("in.bias", &[6]),
        ("norm.weight", &[6]),
        ("norm.bias", &[6]),
        ("last.weight", &[2, 8]),
        ("last.bias", &[2]),
        ("null_state", &[4]),
    ];
    all.into_iter()
        .map(|(name, shape)| (name.to_owned(), shape.to_vec()))
        .collect()
}

/// A file of such tensors, of values that differ.
fn file(shapes: &Shapes, prefix: &str) -> Vec<u8> {
    let tensors: Vec<(String, Vec<usize>, Vec<u8>)> = shapes
        .iter()
        .enumerate()
        .map(|(index, (name, shape))| {
            let mut values = vec![0.0; shape.iter().product()];
            ddim_wgpu::noise::fill_normals(5, index as u64, 0, &mut values);
            let bytes = values
                .iter()
                .flat_map(|value| (0.4 * value).to_le_bytes())
                .collect();
            (format!("{prefix}{name}"), shape.clone(), bytes)
        })
        .collect();
    let views = tensors.iter().map(|(name, shape, bytes)| {
        (
            name,
            TensorView::new(Dtype::F32, shape.clone(), bytes).expect("bytes of the shape"),
        )
    });
    safetensors::serialize(views, None).expect("tensors in memory")
}

fn load(config: &Value, weights: &[u8]) -> Result<Model, ModelError> {
    Model::from_parts("layers", &config.to_string(), SCHEDULER, weights)
}

pub(crate) fn model() -> Model {
    load(&config(), &file(&shapes(), "")).expect("a good model")
}

/// The message of the model with its configuration changed.
fn refusal(change: impl FnOnce(&mut Value)) -> String {
    let mut config = config();
    change(&mut config);
    load(&config, &file(&shapes(), ""))
        .expect_err("the configuration is wrong")
        .to_string()
}

#[test]
fn what_is_wrong_with_a_configuration_is_named() {
    let op = |index: usize, key: &'static str, value: Value| {
        move |config: &mut Value| config["ops"][index][key] = value
    };
    for (found, parts) in [
        (
            refusal(op(5, "function", json!("swish"))),
            ["ops[5]", "swish"],
        ),
        (refusal(op(5, "op", json!("conv"))), ["ops[5]", "conv"]),
        (refusal(op(1, "wieght", json!(1))), ["ops[1]", "wieght"]),
        (
            refusal(op(5, "in", json!("z"))),
            ["ops[5]", "`z` is read before"],
        ),
        (
            refusal(op(5, "out", json!("y"))),
            ["ops[5]", "`y` is there already"],
        ),
        (
            refusal(op(5, "out", json!("x"))),
            ["ops[5]", "`x` is there already"],
        ),
        (
            refusal(op(11, "out", json!("end"))),
            ["no operation", "`out`"],
        ),
        (
            refusal(op(11, "in", json!("p"))),
            ["ops[11]", "last.weight"],
        ),
        (
            refusal(op(1, "weight", json!("none.weight"))),
            ["none.weight", "missing"],
        ),
        (refusal(op(7, "groups", json!(4))), ["ops[7]", "4 groups"]),
        (
            refusal(op(7, "kind", json!("batch"))),
            ["ops[7]", "norm.running_mean"],
        ),
        (
            refusal(op(8, "scale", json!("nowhere"))),
            ["ops[8]", "nowhere"],
        ),
        (refusal(op(0, "shift", json!(4))), ["ops[0]", "shift"]),
        (
            refusal(op(2, "in", json!(["class"]))),
            ["ops[2]", "sequence"],
        ),
        (refusal(op(3, "rows", json!([2, 9]))), ["ops[3]", "2 to 9"]),
        (
            refusal(|c| c["num_classes"] = json!(9)),
            ["ops[2]", "4 rows"],
        ),
        (
            refusal(|c| c["inputs"]["more"] = json!(1)),
            ["`more`", "never read"],
        ),
        (
            refusal(|c| c["unconditional"] = json!({"y": 0})),
            ["`y`", "inputs"],
        ),
        (
            refusal(|c| c["unconditional"] = json!({"state": "in.bias"})),
            ["state", "6 values"],
        ),
        (
            refusal(|c| c["outputs"] = json!("first")),
            ["`out`", "2 values"],
        ),
        (
            refusal(|c| c["levels"] = json!({"t": [1, 2]})),
            ["2 numbers", "50"],
        ),
        (
            refusal(|c| c["levels"] = json!({"wrap": "edm", "sigma_data": 0})),
            ["sigma_data", "positive"],
        ),
        (
            refusal(|c| c["levels"] = json!({"kind": "x"})),
            ["kind", ""],
        ),
        (
            refusal(|c| c["sample_shape"] = json!([1_u64 << 40])),
            ["sample_shape", "1048576"],
        ),
    ] {
        for part in parts {
            assert!(found.contains(part), "{found} does not say {part}");
        }
    }
}

#[test]
fn a_wide_concatenation_of_concatenations_is_refused_in_bounded_memory() {
    // Every register twice as wide as the one before: 2 · 2^60 values.
    let mut ops: Vec<Value> = Vec::new();
    for i in 0..60 {
        let last = if i == 0 {
            "x".to_owned()
        } else {
            format!("r{}", i - 1)
        };
        ops.push(
            json!({"op": "act", "out": format!("r{i}"), "in": [last, last], "function": "relu"}),
        );
    }
    ops.push(json!({"op": "act", "out": "out", "in": "r59", "function": "relu"}));
    let config = json!({"architecture": "layers", "sample_shape": [2], "ops": ops});
    let error = load(&config, &file(&Shapes::new(), ""))
        .expect_err("too wide")
        .to_string();
    assert!(error.contains("at most"), "{error}");
}

#[test]
fn a_common_prefix_is_left_out_with_a_note() {
    let plain = model();
    for prefix in ["module.", "_orig_mod.", "ema_model.model."] {
        let read = load(&config(), &file(&shapes(), prefix)).expect("a good model");
        assert_eq!(read.program(), plain.program());
        assert!(
            read.warnings().iter().any(|note| note.contains(prefix)),
            "{:?}",
            read.warnings()
        );
    }
    assert!(plain.warnings().is_empty(), "{:?}", plain.warnings());
    let mut more = shapes();
    more.insert("optimizer.step".into(), vec![1]);
    let read = load(&config(), &file(&more, "")).expect("a good model");
    assert!(
        read.warnings()
            .iter()
            .any(|note| note.contains("optimizer.step"))
    );
    let mut both = Shapes::new();
    for (name, shape) in shapes() {
        both.insert(format!("model.{name}"), shape.clone());
        both.insert(format!("ema.{name}"), shape);
    }
    let error = load(&config(), &file(&both, ""))
        .expect_err("two prefixes")
        .to_string();
    assert!(
        error.contains("model.") && error.contains("ema."),
        "{error}"
    );
}

#[test]
fn weights_in_several_files_are_read_by_their_index() {
    let directory = std::env::temp_dir().join(format!("ddim-shards-{}", std::process::id()));
    fs::create_dir_all(&directory).expect("a directory");
    let write = |name: &str, bytes: &[u8]| fs::write(directory.join(name), bytes).expect("a file");
    write("config.json", config().to_string().as_bytes());
    write("scheduler_config.json", SCHEDULER.as_bytes());
    let (first, second): (Shapes, Shapes) = shapes()
        .into_iter()
        .partition(|(name, _)| name.as_str() < "m");
    let index = |files: [&str; 2]| {
        let of = |shapes: &Shapes, file: &str| -> Vec<(String, Value)> {
            shapes
                .keys()
                .map(|name| (name.clone(), json!(file)))
                .collect()
        };
        let map: serde_json::Map<_, _> = of(&first, files[0])
            .into_iter()
            .chain(of(&second, files[1]))
            .collect();
        json!({"metadata": {}, "weight_map": map}).to_string()
    };
    write("a.safetensors", &file(&first, ""));
    write("b.safetensors", &file(&second, ""));
    write(
        "model.safetensors.index.json",
        index(["a.safetensors", "b.safetensors"]).as_bytes(),
    );
    let read = Model::load(&directory).expect("a good model");
    assert_eq!(
        read.program()
            .multiply_adds(ddim_wgpu::network::Stage::State),
        12 + 16
    );
    for outside in ["../b.safetensors", "/etc/b.safetensors", "b.bin"] {
        write(
            "model.safetensors.index.json",
            index(["a.safetensors", outside]).as_bytes(),
        );
        let error = Model::load(&directory)
            .expect_err("a file elsewhere")
            .to_string();
        assert!(error.contains(outside), "{error}");
    }
    fs::remove_dir_all(&directory).expect("the directory of this test");
}

/// Guidance over class and condition: the engine is as its twin, and the unconditional pass is that
/// of the values that the configuration names.
#[test]
fn guidance_over_a_condition() {
    let model = model();
    let plan = Plan::ddim(model.scheduler())
        .steps(5)
        .build()
        .expect("a plan");
    let sampler = CpuSampler::new(&model, &plan);
    let states = [0.3, -0.2, 0.9, 1.5, -1.0, 0.1, 0.4, -0.6];
    let batch = |guidance| {
        Batch::new(2)
            .class(ClassChoice::PerSample(vec![0, 2]))
            .condition("state", states.to_vec())
            .guidance(guidance)
    };
    let run = |batch: &Batch| sampler.run(batch, no_progress).expect("a batch").data;
    let twin = ProgramTwin::new(&model, &plan);
    let x = [0.5, -0.8];
    for guidance in [1.0, 0.0, 2.5] {
        let estimate = sampler
            .estimate(&batch(guidance), 2, &[x, x].concat())
            .expect("a batch");
        for sample in 0..2 {
            let at = SampleStep {
                row: 2,
                class: Some([0, 2][sample]),
                guidance,
                seed: 0,
                sample: sample as u64,
            };
            let mut out = [0.0; 2];
            twin.output(at, &[&states[sample * 4..][..4]], &x, &mut out);
            let step = &plan.stages()[2];
            for i in 0..2 {
                let x0 = step.x0_from_x as f32 * x[i] + step.x0_from_out as f32 * out[i];
                let found = estimate[sample * 2 + i];
                assert!(
                    (found - x0).abs() < 1e-5 * (1.0 + x0.abs()),
                    "{found}, not {x0}"
                );
            }
        }
    }
    // Guidance 0 forgets class and condition.
    let free = run(&batch(0.0));
    let other = run(&batch(0.0)
        .class(ClassChoice::One(1))
        .condition("state", vec![9.0; 8]));
    assert_eq!(free, other);
    assert_ne!(run(&batch(1.0)), run(&batch(2.0)));
}

#[test]
fn batches_that_lack_what_a_network_needs_are_refused() {
    let model = model();
    let plan = Plan::ddim(model.scheduler())
        .steps(2)
        .build()
        .expect("a plan");
    let sampler = CpuSampler::new(&model, &plan);
    let error = |batch: Batch| match sampler.run(&batch, no_progress) {
        Err(EngineError::Batch(error)) => error,
        other => panic!("{other:?}"),
    };
    let rows = |count: usize| vec![0.5_f32; 4 * count];
    let good = Batch::new(3).condition("state", rows(3));
    sampler.run(&good, no_progress).expect("a batch");
    assert!(matches!(
        error(Batch::new(3)),
        BatchError::ConditionNeeded { width: 4, .. }
    ));
    assert!(matches!(
        error(good.clone().condition("goal", rows(3))),
        BatchError::NoSuchCondition { .. }
    ));
    assert!(matches!(
        error(good.clone().condition("state", rows(2))),
        BatchError::ConditionCount { needed: 3, .. }
    ));
    assert!(matches!(
        error(good.clone().sample_offset(1)),
        BatchError::ConditionCount { needed: 4, .. }
    ));
    assert!(matches!(
        error(good.clone().condition("state", vec![0.5; 13])),
        BatchError::ConditionLength { width: 4, .. }
    ));
    let mut wrong = rows(3);
    wrong[5] = f32::NAN;
    assert!(matches!(
        error(good.clone().condition("state", wrong)),
        BatchError::ConditionValue { index: 5, .. }
    ));
    // The same network without its unconditional value and without "no class".
    let mut plain = config();
    plain
        .as_object_mut()
        .expect("an object")
        .remove("unconditional");
    let mut fewer = shapes();
    fewer.insert("classes.weight".into(), vec![3, 6]);
    let bound = load(&plain, &file(&fewer, "")).expect("a good model");
    let sampler = CpuSampler::new(&bound, &plan);
    let error = |batch: &Batch| match sampler.run(batch, no_progress) {
        Err(EngineError::Batch(error)) => error,
        other => panic!("{other:?}"),
    };
    assert!(matches!(
        error(&good),
        BatchError::ClassNeeded { num_classes: 3 }
    ));
    let classed = good.class(ClassChoice::Cyclic);
    assert!(matches!(
        error(&classed.clone().guidance(2.0)),
        BatchError::NotGuidable
    ));
    sampler.run(&classed, no_progress).expect("a batch");
}

/// A row for every `K` samples is the row repeated.
#[test]
fn samples_share_a_row_of_the_condition() {
    let model = model();
    let plan = Plan::ddim(model.scheduler())
        .steps(3)
        .eta(1.0)
        .build()
        .expect("a plan");
    let sampler = CpuSampler::new(&model, &plan);
    let rows = [[0.1, 0.2, 0.3, 0.4], [-1.0, 0.5, 0.0, 2.0]];
    let repeated: Vec<f32> = rows.iter().flat_map(|row| row.repeat(3)).collect();
    let shared = Batch::new(6)
        .condition("state", rows.concat())
        .samples_per_condition(3.try_into().expect("not 0"));
    let own = Batch::new(6).condition("state", repeated);
    let run = |batch: &Batch| sampler.run(batch, no_progress).expect("a batch").data;
    assert_eq!(run(&shared), run(&own));
    assert_eq!(run(&shared.part(4..6)), run(&own)[8..]);
}

/// Every function on the engine and in the twin, by a network of one function.
#[test]
fn functions_of_the_engine_are_those_of_the_twin() {
    for function in Function::ALL {
        let name = function.name();
        let config = json!({
            "architecture": "layers", "sample_shape": [64],
            "ops": [{"op": "act", "out": "out", "in": "x", "function": name}]
        });
        let model = load(&config, &file(&Shapes::new(), "")).expect("a good model");
        let plan = Plan::ddim(model.scheduler())
            .steps(2)
            .build()
            .expect("a plan");
        let x: Vec<f32> = (0..64).map(|i| (i as f32 - 31.5) * 0.4).collect();
        let step = &plan.stages()[0];
        let batch = Batch::new(1);
        let found = CpuSampler::new(&model, &plan)
            .estimate(&batch, 0, &x)
            .expect("a batch");
        let mut out = vec![0.0; 64];
        let at = SampleStep {
            row: 0,
            class: None,
            guidance: 1.0,
            seed: 0,
            sample: 0,
        };
        ProgramTwin::new(&model, &plan).output(at, &[], &x, &mut out);
        for i in 0..64 {
            let x0 = step.x0_from_x as f32 * x[i] + step.x0_from_out as f32 * out[i];
            let error = (found[i] - x0).abs();
            assert!(
                error < 2e-6 * (1.0 + x0.abs()),
                "{name}({}): {} for {x0}",
                x[i],
                found[i]
            );
        }
    }
}
