//! Two published policies with random weights: networks that are asked for one action at a time.

use ddim_wgpu::network::{Model, random_layers};
use serde_json::{Value, json};

/// Values of an action and of an observation, those of D4RL's hopper.
const ACTION: usize = 3;
const OBSERVATION: usize = 11;

/// A network whose layers are being listed, with its tensors.
#[derive(Default)]
struct Layers {
    ops: Vec<Value>,
    tensors: Vec<(String, Vec<usize>)>,
}

impl Layers {
    fn op(&mut self, op: Value) -> &mut Self {
        self.ops.push(op);
        self
    }

    /// `out = weight·input + bias`, from `width` values to `outputs`.
    fn linear(&mut self, out: &str, input: Value, [width, outputs]: [usize; 2]) -> &mut Self {
        let (weight, bias) = (format!("{out}.weight"), format!("{out}.bias"));
        self.tensors.push((weight.clone(), vec![outputs, width]));
        self.tensors.push((bias.clone(), vec![outputs]));
        self.op(json!({"op": "linear", "out": out, "in": input, "weight": weight, "bias": bias}))
    }

    fn act(&mut self, out: &str, input: &str, function: &str) -> &mut Self {
        self.op(json!({"op": "act", "out": out, "in": input, "function": function}))
    }

    fn model(&self, levels: &Value) -> Model {
        let config = json!({
            "architecture": "layers", "sample_shape": [ACTION], "num_classes": null,
            "inputs": {"condition": OBSERVATION}, "levels": levels, "ops": self.ops,
        });
        // T = 100, as published. Data prediction: a run forgets its errors as it goes.
        let scheduler = json!({
            "_class_name": "DDIMScheduler", "num_train_timesteps": 100, "beta_schedule": "linear",
            "beta_start": 1e-3, "beta_end": 0.2, "clip_sample": true, "set_alpha_to_one": true,
            "prediction_type": "sample", "timestep_spacing": "trailing",
        });
        random_layers(&config, &scheduler, &self.tensors)
    }
}

/// The network of Diffusion-QL (Wang et al. 2023): 132,608 multiply-adds a step.
pub fn diffusion_ql() -> Model {
    let (size, hidden) = (16, 256);
    let mut layers = Layers::default();
    layers
        .op(json!({"op": "sinusoid", "out": "s", "in": "t", "size": size, "shift": 1}))
        .linear("e0", json!("s"), [size, 2 * size])
        .act("e1", "e0", "mish")
        .linear("e", json!("e1"), [2 * size, size])
        .linear(
            "a0",
            json!(["x", "e", "condition"]),
            [ACTION + size + OBSERVATION, hidden],
        )
        .act("h0", "a0", "mish")
        .linear("a1", json!("h0"), [hidden, hidden])
        .act("h1", "a1", "mish")
        .linear("a2", json!("h1"), [hidden, hidden])
        .act("h2", "a2", "mish")
        .linear("out", json!("h2"), [hidden, ACTION]);
    layers.model(&json!({"t": "index"}))
}

/// The score network of CEP, as QGPO has it (Lu et al. 2023): a U of residual blocks, each told
/// what time and observation were mixed to.
pub fn cep() -> Model {
    let (size, told) = (32, 128);
    let mut layers = Layers::default();
    layers.tensors.push(("rates".to_owned(), vec![size / 2]));
    layers
        .op(json!({"op": "fourier", "out": "f", "in": "t", "weight": "rates"}))
        .linear("te", json!("f"), [size, size])
        .linear("c0", json!("condition"), [OBSERVATION, size])
        .act("c", "c0", "silu")
        .linear("k0", json!(["c", "te"]), [2 * size, told])
        .act("k1", "k0", "silu")
        .linear("k2", json!("k1"), [told, told])
        .act("k", "k2", "silu");
    block(&mut layers, "d1", json!("x"), [ACTION, 512], told);
    block(&mut layers, "d2", json!("d1"), [512, 256], told);
    block(&mut layers, "d3", json!("d2"), [256, 128], told);
    block(&mut layers, "m", json!("d3"), [128, 128], told);
    block(&mut layers, "u3", json!(["d3", "m"]), [256, 256], told);
    block(&mut layers, "u2", json!(["d2", "u3"]), [512, 512], told);
    layers.linear("out", json!(["d1", "u2"]), [1024, ACTION]);
    layers.model(&json!({"t": "fraction"}))
}

/// `out = s(W₂·(s(W₁·in) + V·k)) + R·in`, without `R` where the widths are equal.
fn block(layers: &mut Layers, out: &str, input: Value, [width, hidden]: [usize; 2], told: usize) {
    let of = |part: &str| format!("{out}_{part}");
    layers
        .linear(&of("dense1"), input.clone(), [width, hidden])
        .act(&of("h1"), &of("dense1"), "silu")
        .linear(&of("told"), json!("k"), [told, hidden])
        .op(json!({"op": "add", "out": of("h2"), "in": [of("h1"), of("told")]}))
        .linear(&of("dense2"), json!(of("h2")), [hidden, hidden])
        .act(&of("h3"), &of("dense2"), "silu");
    let skip = if width == hidden {
        input
    } else {
        layers.linear(&of("skip"), input, [width, hidden]);
        json!(of("skip"))
    };
    layers.op(json!({"op": "add", "out": out, "in": [of("h3"), skip]}));
}
