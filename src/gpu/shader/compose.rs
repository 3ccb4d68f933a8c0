//! WGSL text from its parts: constants, shared snippets, a kernel; with loops unrolled and
//! one variant of each taken.
//!
//! WGSL has no preprocessor and no promise that a driver unrolls a loop, yet a register tile must
//! be unrolled to stay in registers; and a binding has one type, yet arrays are read by quads where
//! their length allows it. So the files mark both in comments, which this module expands:
//!
//! ```wgsl
//! //@for r in ROWS
//!     acc_${r} += h_${r} * w;
//! //@end
//! //@if HALF
//! alias Stored = vec4<f16>;
//! //@else
//! alias Stored = vec4<f32>;
//! //@end
//! ```
//!
//! `${r.even}` and `${r.odd}` are the two numbers of the pair that `r` is in: 4 and 5 where it is either.

use super::composed::{Composed, Snippet, Source};
use super::constants::Constants;

/// One WGSL text: directives (`enable …;`), the constants, then every part in order, expanded.
///
/// # Panics
/// On a `//@for` or `//@if` without its `//@end`, or over a name that nothing defines: a fault in
/// this crate's own shaders.
pub fn compose<'a>(
    directives: &str,
    constants: &Constants,
    parts: impl IntoIterator<Item = Snippet<'a>>,
) -> Composed {
    let mut composed = Composed::default();
    for (source, text) in [
        ("the kernel's directives", directives),
        ("the kernel's constants", &constants.declarations()),
    ] {
        for (number, line) in text.lines().enumerate() {
            composed.push(Source::Text(source), number, line);
        }
    }
    for part in parts {
        composed.push(part.source, 0, "");
        let lines: Vec<(usize, &str)> = part.text.lines().enumerate().collect();
        let mut expansion = Expansion {
            source: part.source,
            constants,
            variables: Vec::new(),
            composed: &mut composed,
        };
        expansion.expand(&lines);
    }
    composed
}

/// The expansion of one part.
struct Expansion<'a> {
    source: Source,
    constants: &'a Constants,
    /// Of the loops around the present line.
    variables: Vec<(String, u32)>,
    composed: &'a mut Composed,
}

impl Expansion<'_> {
    fn expand(&mut self, lines: &[(usize, &str)]) {
        let mut rest = lines;
        while let Some((&(number, line), after)) = rest.split_first() {
            let directive = line.trim_start();
            if let Some(head) = directive.strip_prefix("//@for ") {
                let block = Block::of(after, head);
                self.repeat(head, block.body);
                rest = block.rest;
            } else if let Some(name) = directive.strip_prefix("//@if ") {
                let block = Block::of(after, name);
                self.expand(if self.constants.is_on(name.trim()) {
                    block.body
                } else {
                    block.otherwise
                });
                rest = block.rest;
            } else {
                let line = self.substituted(line);
                self.composed.push(self.source, number, &line);
                rest = after;
            }
        }
    }

    fn repeat(&mut self, head: &str, body: &[(usize, &str)]) {
        let (name, bound) = head
            .split_once(" in ")
            .expect("a loop reads `//@for name in BOUND`");
        for value in 0..self.constants.bound(bound.trim()) {
            self.variables.push((name.to_owned(), value));
            self.expand(body);
            self.variables.pop();
        }
    }

    fn substituted(&self, line: &str) -> String {
        let mut line = line.to_owned();
        for (name, value) in &self.variables {
            // Beside a row its pair: the even and the odd one of the two.
            for (form, value) in [("", *value), (".even", value & !1), (".odd", value | 1)] {
                line = line.replace(&format!("${{{name}{form}}}"), &value.to_string());
            }
        }
        line
    }
}

/// The lines of a `//@for` or `//@if`, and those after its `//@end`.
struct Block<'a> {
    body: &'a [(usize, &'a str)],
    /// After `//@else`.
    otherwise: &'a [(usize, &'a str)],
    rest: &'a [(usize, &'a str)],
}

impl<'a> Block<'a> {
    /// The block that begins with `lines`; `head` is for a complaint.
    fn of(lines: &'a [(usize, &'a str)], head: &str) -> Self {
        let mut depth = 0;
        let mut middle = None;
        for (at, (_, line)) in lines.iter().enumerate() {
            let line = line.trim();
            if line.starts_with("//@for ") || line.starts_with("//@if ") {
                depth += 1;
            } else if line == "//@else" && depth == 0 {
                middle = Some(at);
            } else if line == "//@end" {
                if depth == 0 {
                    let middle_at = middle.unwrap_or(at);
                    return Self {
                        body: &lines[..middle_at],
                        otherwise: middle.map_or(&[], |middle| &lines[middle + 1..at]),
                        rest: &lines[at + 1..],
                    };
                }
                depth -= 1;
            }
        }
        panic!("no //@end for {head:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(constants: &Constants, text: &str) -> String {
        let source = Source::Text("a test");
        let composed = compose("", constants, [Snippet { source, text }]);
        composed.text().to_owned()
    }

    #[test]
    fn nested_loops_unroll_in_order() {
        let constants = Constants::default().set("N", 2);
        assert_eq!(
            expanded(
                &constants,
                "a\n//@for i in N\n//@for j in 2\nx_${i}_${j}\n//@end\n//@end\nb"
            ),
            "const N: u32 = 2u;\n\na\nx_0_0\nx_0_1\nx_1_0\nx_1_1\nb\n"
        );
    }

    #[test]
    fn a_number_knows_its_pair() {
        assert_eq!(
            expanded(
                &Constants::default(),
                "//@for r in 4\n${r}${r.even}${r.odd}\n//@end"
            ),
            "\n001\n101\n223\n323\n"
        );
    }

    #[test]
    fn one_variant_is_taken_inside_loops_and_around_them() {
        let text = "//@if A\n//@if B\nab\n//@else\na\n//@end\n//@else\n//@for i in 2\n//@if B\nb${i}\n//@end\n//@end\n//@end\nz";
        for (a, b, taken) in [
            (true, true, "ab\nz\n"),
            (true, false, "a\nz\n"),
            (false, true, "b0\nb1\nz\n"),
            (false, false, "z\n"),
        ] {
            let constants = Constants::default().switch("A", a).switch("B", b);
            assert_eq!(expanded(&constants, text), format!("\n{taken}"));
        }
    }

    #[test]
    fn a_number_decides_as_a_switch_does() {
        for (value, taken) in [(0, "off"), (1, "on"), (8, "on")] {
            let constants = Constants::default().set("N", value);
            let text = expanded(&constants, "//@if N\non\n//@else\noff\n//@end");
            assert!(text.ends_with(&format!("\n{taken}\n")), "{value}: {text}");
        }
    }

    #[test]
    fn every_line_knows_where_it_comes_from() {
        let source = Source::File("shaders/a.wgsl");
        let text = "first\n//@for i in 2\nx_${i}\n//@end\nlast";
        let composed = compose(
            "enable f16;\n",
            &Constants::default().set("N", 1),
            [Snippet { source, text }],
        );
        let places: Vec<String> = (1..=composed.text().lines().count())
            .map(|line| composed.place(line).to_string())
            .collect();
        assert_eq!(
            places,
            [
                "the kernel's directives, line 1",
                "the kernel's constants, line 1",
                "shaders/a.wgsl:1",
                "shaders/a.wgsl:1",
                "shaders/a.wgsl:3",
                "shaders/a.wgsl:3",
                "shaders/a.wgsl:5",
            ]
        );
    }

    #[test]
    #[should_panic(expected = "no constant named M")]
    fn an_unknown_bound_is_a_fault() {
        expanded(&Constants::default(), "//@for i in M\n//@end");
    }

    #[test]
    #[should_panic(expected = "no switch or constant named M")]
    fn an_unknown_condition_is_a_fault() {
        expanded(&Constants::default(), "//@if M\n//@end");
    }

    #[test]
    #[should_panic(expected = "no //@end")]
    fn a_block_without_an_end_is_a_fault() {
        expanded(&Constants::default(), "//@for i in 2\n//@if A\n//@end");
    }
}
