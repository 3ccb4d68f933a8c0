//! The residual MLP as a program.

use super::build::{Builder, Layer, WaveShape};
use super::fuse::fuse;
use super::op::{Lookup, Stage};
use super::program::Program;
use super::value::Value;
use crate::network::format::{Function, Levels, Linear, Matrix, MlpConfig, MlpWeights};
use crate::network::sinusoid::Sinusoid;

/// The program of a residual MLP.
// Long because it follows the network from its input to its output, a layer after the other.
pub fn lower(config: &MlpConfig, weights: &MlpWeights) -> Program {
    let mut builder = Builder::default();
    let mut given = |name: &str, width, stage| {
        name.clone_into(&mut builder.name);
        let register = builder.register(width, stage, stage == Stage::State);
        (register, Value(vec![builder.whole(register)]))
    };
    let (_, mut x) = given("x", config.dims(), Stage::State);
    let (time, t) = given("t", 1, Stage::Step);
    let function: Function = config.activation.into();

    builder.name = "time".into();
    let of_time = Sinusoid::of_time(&config.time_embedding);
    let mut e = builder.waves(&t, &shape(&of_time, 1.0));
    if let Some([first, second]) = &weights.time_mlp {
        let hidden = linear(&mut builder, "time_embedding.linear_1", first, &e);
        let hidden = builder.activate(&hidden, Function::Silu);
        e = linear(&mut builder, "time_embedding.linear_2", second, &hidden);
    }
    if let Some(classes) = &weights.class_embedding {
        let weight = builder.weight("class_embedding.weight", classes);
        let class = builder.lookup(weight, Lookup::Class);
        e = builder.add(&[(e, 1.0), (class, 1.0)]);
    }
    if let Some(embedding) = &config.input_embedding {
        builder.name = "features".into();
        let sinusoid = Sinusoid::of_input(embedding, &config.time_embedding);
        x = builder.waves(&x, &shape(&sinusoid, embedding.scale));
    }
    let layer = |builder: &mut Builder, index: usize, name: &str, own: &Linear, h: &Value| {
        name.clone_into(&mut builder.name);
        let product = linear(builder, name, own, h);
        let matrix = &weights.conditioning[index];
        let weight = builder.weight(&format!("conditioning.{index}.weight"), matrix);
        let conditioning = Layer {
            weight,
            rows: 0..matrix.rows,
            bias: None,
        };
        let condition = builder.linear(&e, &conditioning);
        let sum = builder.add(&[(product, 1.0), (condition, 1.0)]);
        builder.activate(&sum, function)
    };
    let mut h = layer(&mut builder, 0, "proj_in", &weights.proj_in, &x);
    for (i, block) in weights.blocks.iter().enumerate() {
        let inner = layer(&mut builder, i + 1, &format!("blocks.{i}"), block, &h);
        h = builder.add(&[(h, 1.0), (inner, 1.0)]);
    }
    builder.name = "out".into();
    let out = linear(&mut builder, "proj_out", &weights.proj_out, &h);
    let result = builder.result(&out);
    fuse(Program {
        dims: config.dims(),
        num_classes: config.num_classes,
        inputs: Vec::new(),
        unconditional: Some(Vec::new()),
        levels: Levels::default(),
        time,
        input_scale: None,
        registers: builder.registers,
        weights: builder.weights,
        ops: builder.ops,
        result,
    })
}

fn shape(sinusoid: &Sinusoid, factor: f64) -> WaveShape {
    WaveShape {
        rates: sinusoid
            .frequencies()
            .iter()
            .map(|rate| rate * factor)
            .collect(),
        cosines_first: sinusoid.cosines_first(),
        padded: sinusoid.size() % 2 == 1,
    }
}

fn linear(builder: &mut Builder, name: &str, layer: &Linear, input: &Value) -> Value {
    let bias = Matrix {
        rows: layer.bias.len(),
        cols: 1,
        data: layer.bias.clone(),
    };
    let layer = Layer {
        weight: builder.weight(&format!("{name}.weight"), &layer.weight),
        rows: 0..layer.weight.rows,
        bias: Some((builder.weight(&format!("{name}.bias"), &bias), 0)),
    };
    builder.linear(input, &layer)
}
