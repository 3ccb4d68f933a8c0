//! WGSL text from its parts: constants, shared snippets, a kernel, and the loops that are unrolled.
//!
//! WGSL has no preprocessor and no promise that a driver unrolls a loop, yet a register tile must be unrolled to stay in
//! registers. So kernels mark such loops in comments, which this module expands:
//!
//! ```wgsl
//! //@for r in ROWS
//!     acc_${r} += h_${r} * w;
//! //@end
//! ```

use std::fmt::Write as _;

/// Named constants of a composed kernel: `const NAME: u32 = value;` in WGSL, and the bounds of unrolled loops.
#[derive(Clone, Debug, Default)]
pub struct Constants(Vec<(&'static str, u32)>);

impl Constants {
    pub fn set(mut self, name: &'static str, value: u32) -> Self {
        debug_assert!(self.get(name).is_none(), "constant {name} is set twice");
        self.0.push((name, value));
        self
    }

    pub fn replace(mut self, name: &'static str, value: u32) -> Self {
        self.0.retain(|(known, _)| *known != name);
        self.set(name, value)
    }

    pub fn get(&self, name: &str) -> Option<u32> {
        self.0
            .iter()
            .find(|(n, _)| *n == name)
            .map(|&(_, value)| value)
    }

    fn bound(&self, text: &str) -> u32 {
        text.parse()
            .ok()
            .or_else(|| self.get(text))
            .unwrap_or_else(|| panic!("no constant named {text} to unroll by"))
    }
}

/// One WGSL text: the constants, then every part in order, with its loops unrolled.
///
/// # Panics
/// On a `//@for` without its `//@end`, or over a name that is no constant: a fault in this crate's own shaders.
pub fn compose<'a>(constants: &Constants, parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = String::new();
    for (name, value) in &constants.0 {
        writeln!(text, "const {name}: u32 = {value}u;").expect("writing to a string does not fail");
    }
    for part in parts {
        text.push('\n');
        let lines: Vec<&str> = part.lines().collect();
        unroll(&lines, constants, &mut Vec::new(), &mut text);
    }
    text
}

/// Expands `lines` under the loop variables of the loops around them.
fn unroll(
    lines: &[&str],
    constants: &Constants,
    variables: &mut Vec<(String, u32)>,
    text: &mut String,
) {
    let mut at = 0;
    while at < lines.len() {
        let Some(head) = lines[at].trim_start().strip_prefix("//@for ") else {
            let mut line = lines[at].to_owned();
            for (name, value) in variables.iter() {
                line = line.replace(&format!("${{{name}}}"), &value.to_string());
            }
            text.push_str(&line);
            text.push('\n');
            at += 1;
            continue;
        };
        let (name, bound) = head
            .split_once(" in ")
            .expect("a loop reads `//@for name in BOUND`");
        let end = matching_end(&lines[at + 1..]).expect("every //@for has its //@end") + at + 1;
        for value in 0..constants.bound(bound.trim()) {
            variables.push((name.to_owned(), value));
            unroll(&lines[at + 1..end], constants, variables, text);
            variables.pop();
        }
        at = end + 1;
    }
}

fn matching_end(lines: &[&str]) -> Option<usize> {
    let mut depth = 0;
    for (i, line) in lines.iter().enumerate() {
        let line = line.trim_start();
        if line.starts_with("//@for ") {
            depth += 1;
        } else if line.starts_with("//@end") {
            if depth == 0 {
                return Some(i);
            }
            depth -= 1;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_loops_unroll_in_order() {
        let constants = Constants::default().set("N", 2);
        let text = compose(
            &constants,
            ["a\n//@for i in N\n//@for j in 2\nx_${i}_${j}\n//@end\n//@end\nb"],
        );
        assert_eq!(
            text,
            "const N: u32 = 2u;\n\na\nx_0_0\nx_0_1\nx_1_0\nx_1_1\nb\n"
        );
    }

    #[test]
    #[should_panic(expected = "no constant named M")]
    fn an_unknown_bound_is_a_fault() {
        compose(&Constants::default(), ["//@for i in M\n//@end"]);
    }
}
