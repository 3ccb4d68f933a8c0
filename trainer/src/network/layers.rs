//! `config.json` of a network with conditions: the same residual MLP in the `layers` format, which
//! can take a vector for each sample.

use serde_json::{Value, json};

use super::config::ModelConfig;
use super::weights::{HostTensor, Weights};
use crate::data::ConditionScaling;

/// The vector's name in `config.json`, and in `ddim sample --condition condition=FILE.npy`.
pub const INPUT: &str = "condition";

/// What the names of tensors of the data's units begin with, which are never stored as f16.
pub const SCALING: &str = "condition_scaling.";

/// What the vector is multiplied by, and what is added.
const SCALE: &str = "condition_scaling.scale";
const SHIFT: &str = "condition_scaling.shift";
/// What stands for no condition: the mean.
const NONE: &str = "condition_scaling.center";

/// The tensors by which a vector in the data's units becomes what the network was trained on.
pub fn scaling(weights: &mut Weights, scaling: &ConditionScaling) {
    let ConditionScaling { center, spread } = scaling;
    let pairs = || center.iter().zip(spread);
    let mut insert = |name: &str, values: Vec<f32>| {
        let shape = vec![values.len()];
        weights
            .0
            .insert(name.to_owned(), HostTensor { shape, values });
    };
    insert(SCALE, spread.iter().map(|spread| 1.0 / spread).collect());
    insert(
        SHIFT,
        pairs().map(|(center, spread)| -center / spread).collect(),
    );
    insert(NONE, center.clone());
}

/// The configuration; `guided` where rows were trained without their condition too.
pub fn config(model: &ModelConfig, width: usize, guided: bool) -> Value {
    let mut ops = Ops(Vec::new());
    let time = &model.time_embedding;
    let order = |cosines_first| if cosines_first { "cos_sin" } else { "sin_cos" };
    ops.push(
        json!({"op": "sinusoid", "out": "time", "in": "t", "size": time.size,
        "shift": time.downscale_freq_shift, "max_period": time.max_period,
        "order": order(time.flip_sin_to_cos)}),
    );
    let mut terms = vec!["time".to_owned()];
    if time.hidden_size.is_some() {
        terms = vec![ops.mlp("time_embedding", "time")];
    }
    ops.push(json!({"op": "affine", "out": "scaled", "in": INPUT, "scale": SCALE, "shift": SHIFT}));
    terms.push(ops.mlp("condition_embedding", "scaled"));
    if model.num_classes.is_some() {
        ops.push(json!({"op": "embedding", "out": "of_class", "in": "class", "weight": "class_embedding.weight"}));
        terms.push("of_class".to_owned());
    }
    ops.push(json!({"op": "add", "out": "e", "in": terms}));
    let mut x = "x";
    if let Some(embedding) = &model.input_embedding {
        ops.push(
            json!({"op": "sinusoid", "out": "features", "in": "x", "size": embedding.size,
            "factor": embedding.scale, "shift": 1.0}),
        );
        x = "features";
    }
    let mut h = ops.layer(model, 0, "proj_in", x);
    for block in 0..model.num_blocks {
        let inner = ops.layer(model, block + 1, &format!("blocks.{block}"), &h);
        let sum = format!("h{}", block + 1);
        ops.push(json!({"op": "add", "out": sum, "in": [h, inner]}));
        h = sum;
    }
    ops.linear("out", "proj_out", &h, true);
    let mut config = json!({
        "architecture": "layers",
        "sample_shape": model.sample_shape,
        "num_classes": model.num_classes,
        "inputs": {INPUT: width},
        "ops": ops.0,
    });
    if guided {
        config["unconditional"] = json!({INPUT: NONE});
    }
    config
}

struct Ops(Vec<Value>);

impl Ops {
    fn push(&mut self, op: Value) {
        self.0.push(op);
    }

    fn linear(&mut self, out: &str, name: &str, input: &str, bias: bool) {
        let mut op =
            json!({"op": "linear", "out": out, "in": input, "weight": format!("{name}.weight")});
        if bias {
            op["bias"] = json!(format!("{name}.bias"));
        }
        self.push(op);
    }

    /// Linear, SiLU, linear; returns the register.
    fn mlp(&mut self, name: &str, input: &str) -> String {
        let part = |part: &str| format!("{name}_{part}");
        self.linear(&part("a"), &format!("{name}.linear_1"), input, true);
        self.push(json!({"op": "act", "out": part("b"), "in": part("a"), "function": "silu"}));
        self.linear(&part("c"), &format!("{name}.linear_2"), &part("b"), true);
        part("c")
    }

    /// A layer with its conditioning and its non-linearity; returns the register.
    fn layer(&mut self, model: &ModelConfig, index: usize, name: &str, input: &str) -> String {
        let part = |part: &str| format!("{part}{index}");
        self.linear(&part("product"), name, input, true);
        self.linear(&part("of_e"), &format!("conditioning.{index}"), "e", false);
        let terms = [part("product"), part("of_e")];
        self.push(json!({"op": "add", "out": part("sum"), "in": terms}));
        self.push(json!({"op": "act", "out": part("act"), "in": part("sum"), "function": model.activation}));
        part("act")
    }
}
