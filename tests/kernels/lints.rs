//! Forms of WGSL that a compiler is known to get wrong are in no text.

use ddim_wgpu::gpu::ShaderTarget;

use super::shaders::{texts, texts_for};

/// The first variable that is declared in a loop without an initial value,
/// with the number of its line.
///
/// WGSL zeroes it in every round; Tint's SPIR-V zeroes it once a function, so that a round starts
/// with what the one before left.
fn unset_in_a_loop(text: &str) -> Option<(usize, &str)> {
    let mut loops: Vec<bool> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or("").trim();
        let head = code.split(['(', ' ', '{']).next().unwrap_or("");
        let declared = code.find("var ").is_some_and(|at| {
            let statement = code[at..].split(';').next().unwrap_or("");
            !statement.contains('=')
        });
        let starts = matches!(head, "for" | "while" | "loop" | "continuing");
        if declared && (loops.contains(&true) || starts) {
            return Some((number + 1, line));
        }
        for character in code.chars() {
            match character {
                '{' => loops.push(starts),
                '}' => drop(loops.pop()),
                _ => {}
            }
        }
    }
    None
}

#[test]
fn every_variable_in_a_loop_has_an_initial_value() {
    let plain = ShaderTarget::new(wgpu::Limits::default());
    let mut lanes = plain.clone();
    (lanes.lanes, lanes.int64) = (8, true);
    let mut matrix = plain.clone();
    (matrix.lanes, matrix.matrix, matrix.half) = (32, 16, true);
    let mut loops = 0;
    for (name, text) in [plain, lanes, matrix].iter().flat_map(texts_for) {
        assert_eq!(unset_in_a_loop(&text), None, "{name}");
        loops += text.matches("for (").count();
    }
    assert!(loops > 1000, "{loops} loops were looked at");
}

#[test]
fn a_variable_without_an_initial_value_is_caught_in_loops_only() {
    let (name, text) = texts()
        .into_iter()
        .find(|(name, text)| name.starts_with("mlp_step ") && text.contains("var acc = Block();"))
        .expect("a text of mlp_step with a wide output layer");
    let broken = text.replacen("var acc = Block();", "var acc: Block;", 1);
    assert_ne!(broken, text, "{name} sets acc in its last loop");
    let (_, line) = unset_in_a_loop(&broken).expect("the planted fault");
    assert_eq!(line.trim(), "var acc: Block;");
    let outside = "fn f() {\n    for (;;) {\n        x();\n    }\n    var a: u32;\n}";
    assert_eq!(unset_in_a_loop(outside), None);
    let nested =
        "fn f() {\n    while x {\n        if y {\n            var a: u32;\n        }\n    }\n}";
    assert_eq!(unset_in_a_loop(nested).map(|(number, _)| number), Some(4));
}

/// The first vector of a text whose component is chosen by a remainder.
///
/// FXC 10.0 takes `vector[i % 4u]` for a component that does not change in some lanes, and `i & 3u`
/// no less (docs/upstream/fxc-remainder.md); `i - i / 4u * 4u` it compiles right.
fn component_by_remainder(text: &str) -> Option<&str> {
    text.lines().find(|line| {
        let code = line.split("//").next().unwrap_or("");
        let mut depth = 0;
        let masked = code.contains("& 3u]");
        masked
            || code.chars().any(|character| {
                match character {
                    '[' => depth += 1,
                    ']' => depth -= 1,
                    _ => {}
                }
                depth > 0 && character == '%'
            })
    })
}

#[test]
fn no_component_is_chosen_by_a_remainder() {
    for (name, text) in texts() {
        assert_eq!(component_by_remainder(&text), None, "{name}");
    }
    let planted = "let a = b[f / 4u]\n    [f % 4u];";
    assert!(component_by_remainder(planted).is_some());
    assert!(component_by_remainder("let a = b[f / 4u][f & 3u];").is_some());
    assert_eq!(
        component_by_remainder("let a = b[f / 4u]; let c = f % 4u;"),
        None
    );
}
