//! Networks of layers to verify with: every operation and function, conditions, classes.

use serde_json::{Value, json};

use super::cases::Network;
use crate::batch::{Batch, ClassChoice};
use crate::network::{Function, random_layers};

/// Samples of consecutive global indices that share a row of the conditions: so many that a run far
/// up the indices needs but three rows.
pub const SAMPLES_PER_CONDITION: u64 = 1 << 31;

/// A network of every function, one after another in layers of unequal widths; and one of all
/// other operations, of odd widths, with a class and a condition in what normalises and gates.
pub fn networks() -> Vec<Network> {
    vec![functions(), operations()]
}

/// The networks for kernels that round what goes into a layer, of no more than four layers one after
/// another: all other operations as in [`networks`], every function side by side, and several
/// squares of matrix units.
pub fn shallow() -> Vec<Network> {
    vec![operations(), side_by_side(), several_squares()]
}

fn side_by_side() -> Network {
    let mut ops = vec![
        json!({"op": "sinusoid", "out": "s", "in": "t", "size": 16}),
        json!({"op": "linear", "out": "e", "in": "s", "weight": "e.weight", "bias": "e.bias"}),
    ];
    let mut shapes = vec![
        ("e.weight".to_owned(), vec![9, 16]),
        ("e.bias".to_owned(), vec![9]),
        ("out.weight".to_owned(), vec![5, 10]),
    ];
    let mut sum = None;
    for (i, function) in Function::ALL.into_iter().enumerate() {
        let slope = matches!(function, Function::LeakyRelu { .. }).then_some(0.2);
        let width = 18 + 7 * i % 13;
        let [into, back] = ["in", "back"].map(|name| format!("{i}.{name}"));
        ops.push(json!({"op": "linear", "out": format!("h{i}"), "in": ["x", "e", "state"], "weight": into}));
        ops.push(json!({
            "op": "act", "out": format!("a{i}"), "in": format!("h{i}"), "function": function.name(),
            "slope": slope,
        }));
        ops.push(
            json!({"op": "linear", "out": format!("b{i}"), "in": format!("a{i}"), "weight": back}),
        );
        shapes.push((into, vec![width, 5 + 9 + 3]));
        shapes.push((back, vec![10, width]));
        let branch = format!("b{i}");
        sum = Some(match sum {
            None => branch,
            Some(before) => {
                let after = format!("s{i}");
                ops.push(json!({"op": "add", "out": after, "in": [before, [branch, 0.5]]}));
                after
            }
        });
    }
    ops.push(json!({"op": "linear", "out": "out", "in": sum, "weight": "out.weight"}));
    let config = json!({
        "architecture": "layers", "sample_shape": [5],
        "inputs": {"state": 3}, "unconditional": {"state": 0.25}, "ops": ops,
    });
    Network {
        name: "every function side by side",
        model: random_layers(&config, &scheduler(), &shapes),
    }
}

/// A network whose layers take several squares of matrix units each way, and inputs that are laid
/// out in more than one part; of sums of two products, and of a register that both read.
fn several_squares() -> Network {
    let config = json!({
        "architecture": "layers", "sample_shape": [3],
        "inputs": {"state": 3}, "unconditional": {"state": 0.25},
        "ops": [
            {"op": "sinusoid", "out": "s", "in": "t", "size": 12},
            {"op": "linear", "out": "e", "in": "s", "weight": "e.weight"},
            {"op": "linear", "out": "h", "in": ["x", "e", "state"], "weight": "in.weight", "bias": "in.bias"},
            {"op": "act", "out": "a", "in": "h", "function": "gelu"},
            {"op": "linear", "out": "m", "in": ["a", "x"], "weight": "m.weight", "bias": "m.bias"},
            {"op": "act", "out": "b", "in": "m", "function": "silu"},
            {"op": "linear", "out": "out", "in": ["b", "x"], "weight": "out.weight"},
        ],
    });
    let shapes: [(&str, &[usize]); 6] = [
        ("e.weight", &[5, 12]),
        ("in.weight", &[100, 3 + 5 + 3]),
        ("in.bias", &[100]),
        ("m.weight", &[36, 100 + 3]),
        ("m.bias", &[36]),
        ("out.weight", &[3, 36 + 3]),
    ];
    let shapes = shapes.map(|(name, shape)| (name.to_owned(), shape.to_vec()));
    Network {
        name: "several squares",
        model: random_layers(&config, &scheduler(), &shapes),
    }
}

/// A batch with what a network of these needs beside its noise.
pub fn conditioned(network: &Network, batch: Batch, guidance: f32) -> Batch {
    let width = network.model.inputs()[0].width;
    let values: Vec<f32> = (0..3 * width).map(|i| (1.7 * i as f32).sin()).collect();
    let each = usize::try_from(SAMPLES_PER_CONDITION).ok();
    let each = each.and_then(std::num::NonZeroUsize::new);
    let batch = batch
        .condition("state", values)
        .samples_per_condition(each.expect("2³¹ fits a usize"))
        .guidance(guidance);
    match network.model.num_classes() {
        Some(_) => batch.class(ClassChoice::Cyclic),
        None => batch,
    }
}

fn functions() -> Network {
    let mut ops = vec![
        json!({"op": "sinusoid", "out": "s", "in": "t", "size": 16}),
        json!({"op": "linear", "out": "e", "in": "s", "weight": "e.weight", "bias": "e.bias"}),
        json!({"op": "linear", "out": "h0", "in": ["x", "e", "state"], "weight": "in.weight", "bias": "in.bias"}),
    ];
    let mut shapes = vec![
        ("e.weight".to_owned(), vec![9, 16]),
        ("e.bias".to_owned(), vec![9]),
        ("in.weight".to_owned(), vec![21, 5 + 9 + 3]),
        ("in.bias".to_owned(), vec![21]),
    ];
    let mut width = 21;
    for (i, function) in Function::ALL.into_iter().enumerate() {
        let slope = matches!(function, Function::LeakyRelu { .. }).then_some(0.2);
        let next = 18 + 7 * i % 13;
        ops.push(json!({
            "op": "act", "out": format!("a{i}"), "in": format!("h{i}"), "function": function.name(),
            "slope": slope,
        }));
        ops.push(json!({
            "op": "linear", "out": format!("h{}", i + 1), "in": format!("a{i}"),
            "weight": format!("{i}.weight"), "bias": format!("{i}.bias"),
        }));
        shapes.push((format!("{i}.weight"), vec![next, width]));
        shapes.push((format!("{i}.bias"), vec![next]));
        width = next;
    }
    ops.push(json!({"op": "linear", "out": "out", "in": format!("h{}", Function::ALL.len()), "weight": "out.weight"}));
    shapes.push(("out.weight".to_owned(), vec![10, width]));
    let config = json!({
        "architecture": "layers", "sample_shape": [5], "outputs": "first",
        "inputs": {"state": 3}, "unconditional": {"state": 0.25}, "ops": ops,
    });
    Network {
        name: "every function",
        model: random_layers(&config, &scheduler(), &shapes),
    }
}

fn operations() -> Network {
    let config = json!({
        "architecture": "layers", "sample_shape": [7], "num_classes": 4,
        "inputs": {"state": 3}, "unconditional": {"state": "free"},
        "ops": [
            {"op": "sinusoid", "out": "s", "in": "t", "size": 12, "shift": 1, "order": "cos_sin"},
            {"op": "embedding", "out": "c", "in": "class", "weight": "classes"},
            {"op": "linear", "out": "e", "in": "s", "weight": "e.weight", "bias": "e.bias"},
            {"op": "add", "out": "condition", "in": ["e", ["c", 0.5]]},
            {"op": "act", "out": "gated", "in": "condition", "function": "silu"},
            {"op": "linear", "out": "gate", "in": ["gated", "state"], "weight": "gate.weight", "bias": "gate.bias"},
            {"op": "linear", "out": "shift", "in": "gated", "weight": "shift.weight", "rows": [2, 32]},
            {"op": "fourier", "out": "f", "in": "x", "weight": [0.1, 0.2, 0.3, 0.05, 0.15, 0.25, 0.02]},
            {"op": "sinusoid", "out": "w", "in": "x", "size": 5, "factor": 3.0},
            {"op": "linear", "out": "h", "in": ["f", "w", "x"], "weight": "in.weight", "bias": "in.bias"},
            {"op": "norm", "out": "n", "in": "h", "kind": "layer", "prefix": "norm"},
            {"op": "affine", "out": "film", "in": "n", "scale": "gate", "scale_offset": 1, "shift": "shift"},
            {"op": "norm", "out": "g", "in": "film", "kind": "group", "groups": 3},
            {"op": "norm", "out": "r", "in": ["g", "c"], "kind": "rms", "eps": 1e-3},
            {"op": "norm", "out": "b", "in": "r", "kind": "batch", "prefix": "batch"},
            {"op": "linear", "out": "m", "in": "b", "weight": "m.weight"},
            {"op": "add", "out": "res", "in": ["m", "film"]},
            {"op": "mul", "out": "p", "in": ["res", "film"]},
            {"op": "add", "out": "skip", "in": ["p", ["h", 0.5], ["shift", -0.25]]},
            {"op": "linear", "out": "out", "in": ["skip", "x"], "weight": "out.weight", "bias": "out.bias"},
        ],
    });
    let shapes: [(&str, &[usize]); 18] = [
        ("classes", &[5, 12]),
        ("free", &[3]),
        ("e.weight", &[12, 12]),
        ("e.bias", &[12]),
        ("gate.weight", &[30, 15]),
        ("gate.bias", &[30]),
        ("shift.weight", &[33, 12]),
        ("in.weight", &[30, 14 + 28 + 7]),
        ("in.bias", &[30]),
        ("norm.weight", &[30]),
        ("norm.bias", &[30]),
        ("batch.running_mean", &[42]),
        ("batch.running_var", &[42]),
        ("batch.weight", &[42]),
        ("batch.bias", &[42]),
        ("m.weight", &[30, 42]),
        ("out.weight", &[7, 37]),
        ("out.bias", &[7]),
    ];
    let shapes = shapes.map(|(name, shape)| (name.to_owned(), shape.to_vec()));
    Network {
        name: "every operation",
        model: random_layers(&config, &scheduler(), &shapes),
    }
}

/// For a network that predicts the data, so that a run forgets its errors as it goes.
fn scheduler() -> Value {
    json!({
        "_class_name": "DDIMScheduler", "num_train_timesteps": 1000, "beta_schedule": "linear",
        "beta_start": 1e-4, "beta_end": 0.02, "clip_sample": false, "set_alpha_to_one": true,
        "prediction_type": "sample", "timestep_spacing": "trailing",
    })
}
