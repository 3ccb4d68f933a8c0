//! What a program adds to the text of its kernel: the type of its values, and which operations and
//! functions it has.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::words::{Code, function_code};
use crate::network::{Function, Op, OpKind, Program, Stage};

/// The alias `Values` of `samples` samples, and the functions `activate` and `run_op`.
pub fn choices(program: &Program, samples: u32) -> String {
    let values = match samples {
        1 => "f32".to_owned(),
        samples => format!("vec{samples}<f32>"),
    };
    let ops = program.stage(Stage::State).iter();
    let functions = ops.clone().filter_map(|op| match &op.kind {
        OpKind::Linear { function, .. } => *function,
        OpKind::Activate { function, .. } => Some(*function),
        _ => None,
    });
    let functions: BTreeSet<(u32, String)> = functions
        .map(|function| (function_code(function), call(function)))
        .collect();
    let names: BTreeSet<&str> = ops.map(Op::name).chain(["load"]).collect();

    let mut text = format!("alias Values = {values};\n\n");
    text +=
        "fn activate(function: u32, slope: f32, v: Values) -> Values {\n    switch function {\n";
    for (code, call) in functions {
        writeln!(
            text,
            "        case {code}u: {{\n            return {call};\n        }}"
        )
        .expect("writing to a string does not fail");
    }
    text += "        default: {\n            return v;\n        }\n    }\n}\n\n";
    text += "fn run_op(op: u32, own: u32) {\n    switch program[op + OP_KIND] {\n";
    for (code, name) in Code::ALL {
        if names.contains(name) {
            let own = if matches!(code, Code::Linear) {
                ", own"
            } else {
                ""
            };
            let code = code as u32;
            writeln!(
                text,
                "        case {code}u: {{\n            op_{name}(op{own});\n        }}"
            )
            .expect("writing to a string does not fail");
        }
    }
    text + "        default: {}\n    }\n}\n"
}

/// The call of a function in `shaders/op/activate.wgsl`.
fn call(function: Function) -> String {
    match function {
        Function::LeakyRelu { .. } => "of_leaky_relu(v, slope)".to_owned(),
        function => format!("of_{}(v)", function.name()),
    }
}
