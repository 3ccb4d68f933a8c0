//! A network with a vector per sample beside the state, for the engines and in `f64`: what depends on
//! the step, on the sample, on both and on the state, each by itself and together.

use std::collections::BTreeMap;
use std::iter::zip;

use ddim_wgpu::network::Model;
use ddim_wgpu::noise::fill_normals;
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde_json::json;

/// Values of a sample.
pub(super) const DIMS: usize = 3;
/// The condition's name, and its values.
pub(super) const CONDITION: (&str, usize) = ("goal", 5);
/// Waves of the timestep; then values of its layer, of the condition's and of the hidden one.
const WAVES: usize = 16;
const TIME: usize = 12;
const GOAL: usize = 7;
const HIDDEN: usize = 24;

/// Its tensors, `[out, in]` and `[out]`.
pub(super) struct ConditionedNetwork(BTreeMap<&'static str, (Vec<usize>, Vec<f32>)>);

impl ConditionedNetwork {
    pub(super) fn new() -> Self {
        let inputs = DIMS + TIME + GOAL;
        let shapes = [
            ("time.weight", vec![TIME, WAVES]),
            ("time.bias", vec![TIME]),
            ("goal.weight", vec![GOAL, CONDITION.1]),
            ("goal.bias", vec![GOAL]),
            ("hidden.weight", vec![HIDDEN, inputs]),
            ("hidden.bias", vec![HIDDEN]),
            ("gate.weight", vec![HIDDEN, GOAL + TIME]),
            ("out.weight", vec![DIMS, HIDDEN]),
            ("out.bias", vec![DIMS]),
        ];
        let random = |(index, (name, shape)): (usize, (&'static str, Vec<usize>))| {
            let mut values = vec![0.0; shape.iter().product()];
            fill_normals(11, index as u64, 0, &mut values);
            let fan_in = shape.get(1).copied().unwrap_or(20) as f32;
            values.iter_mut().for_each(|value| *value /= fan_in.sqrt());
            (name, (shape, values))
        };
        Self(shapes.into_iter().enumerate().map(random).collect())
    }

    pub(super) fn model(&self) -> Model {
        let config = json!({
            "architecture": "layers",
            "sample_shape": [DIMS],
            "num_classes": null,
            "inputs": {CONDITION.0: CONDITION.1},
            "ops": [
                {"op": "sinusoid", "out": "waves", "in": "t", "size": WAVES},
                {"op": "linear", "out": "time", "in": "waves", "weight": "time.weight", "bias": "time.bias"},
                {"op": "act", "out": "at", "in": "time", "function": "silu"},
                {"op": "linear", "out": "towards", "in": CONDITION.0, "weight": "goal.weight", "bias": "goal.bias"},
                {"op": "act", "out": "to", "in": "towards", "function": "tanh"},
                {"op": "linear", "out": "sum", "in": ["x", "at", "to"], "weight": "hidden.weight", "bias": "hidden.bias"},
                {"op": "act", "out": "hidden", "in": "sum", "function": "silu"},
                {"op": "linear", "out": "open", "in": ["to", "at"], "weight": "gate.weight"},
                {"op": "act", "out": "gate", "in": "open", "function": "sigmoid"},
                {"op": "mul", "out": "gated", "in": ["hidden", "gate"]},
                {"op": "linear", "out": "out", "in": "gated", "weight": "out.weight", "bias": "out.bias"},
            ],
        });
        let scheduler = json!({
            "_class_name": "DDIMScheduler", "num_train_timesteps": 1000, "beta_schedule": "linear",
            "beta_start": 1e-4, "beta_end": 0.02, "clip_sample": false, "set_alpha_to_one": true,
            "prediction_type": "epsilon", "timestep_spacing": "trailing",
        });
        let views = self.0.iter().map(|(name, (shape, values))| {
            let view = TensorView::new(Dtype::F32, shape.clone(), bytemuck::cast_slice(values));
            (name, view.expect("bytes of the shape"))
        });
        let weights = safetensors::serialize(views, None).expect("a file");
        let (config, scheduler) = (config.to_string(), scheduler.to_string());
        Model::from_parts("conditioned", &config, &scheduler, &weights).expect("a valid model")
    }

    /// The output for one sample, by the definition in `docs/` of each operation.
    pub(super) fn output(&self, x: &[f64], timestep: f64, goal: &[f32]) -> Vec<f64> {
        let goal: Vec<f64> = goal.iter().copied().map(f64::from).collect();
        let silu = |v: f64| v / (1.0 + (-v).exp());
        let at = self.linear("time", &waves(timestep));
        let at: Vec<f64> = at.into_iter().map(silu).collect();
        let to = self.linear("goal", &goal);
        let to: Vec<f64> = to.into_iter().map(f64::tanh).collect();
        let hidden = self.linear("hidden", &[x, &at, &to].concat());
        let open = self.linear("gate", &[to, at].concat());
        let gated: Vec<f64> = zip(hidden, open)
            .map(|(hidden, open)| silu(hidden) / (1.0 + (-open).exp()))
            .collect();
        self.linear("out", &gated)
    }

    fn linear(&self, name: &str, input: &[f64]) -> Vec<f64> {
        let (shape, weight) = &self.0[format!("{name}.weight").as_str()];
        assert_eq!(shape[1], input.len(), "{name}");
        let bias = self.0.get(format!("{name}.bias").as_str());
        let rows = weight.chunks_exact(input.len()).enumerate();
        rows.map(|(i, row)| {
            let bias = bias.map_or(0.0, |(_, values)| f64::from(values[i]));
            zip(row, input).fold(bias, |sum, (w, x)| sum + f64::from(*w) * x)
        })
        .collect()
    }
}

/// Sines of all frequencies, then cosines.
fn waves(t: f64) -> Vec<f64> {
    let half = WAVES / 2;
    let angle = |k: usize| t * (-(1e4_f64.ln()) * k as f64 / half as f64).exp();
    let sines = (0..half).map(|k| angle(k).sin());
    sines.chain((0..half).map(|k| angle(k).cos())).collect()
}
