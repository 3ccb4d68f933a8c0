//! Which files a file of Rust imports, read from its text.

use std::collections::{BTreeMap, BTreeSet};

/// The modules of a crate, by their paths.
pub(super) struct Tree {
    /// `gpu::run::record` → `gpu/run/record.rs`.
    files: BTreeMap<String, String>,
}

impl Tree {
    pub(super) fn new<'a>(files: impl IntoIterator<Item = &'a String>) -> Self {
        let files = files.into_iter();
        Self {
            files: files.map(|file| (module(file), file.clone())).collect(),
        }
    }

    /// The file that the longest beginning of a path names.
    fn file(&self, path: &[&str]) -> Option<&String> {
        (1..=path.len())
            .rev()
            .find_map(|length| self.files.get(&path[..length].join("::")))
    }
}

/// `gpu/run/record.rs` → `gpu::run::record`, and `gpu/mod.rs` → `gpu`.
fn module(file: &str) -> String {
    let path = file.trim_end_matches(".rs");
    let path = path.strip_suffix("/mod").unwrap_or(path);
    if path == "lib" {
        return String::new();
    }
    path.replace('/', "::")
}

/// The files that `text`, the text of `file`, imports; its unit tests and comments apart.
pub(super) fn imports(tree: &Tree, file: &str, text: &str) -> BTreeSet<String> {
    let own = module(file);
    let own: Vec<&str> = own.split("::").filter(|part| !part.is_empty()).collect();
    let code = code(text);
    let mut paths: Vec<Vec<String>> = Vec::new();
    let mut rest = String::new();
    let mut at = 0;
    while let Some(start) = find_word(&code, "use ", at) {
        rest.push_str(&code[at..start]);
        let end = code[start..]
            .find(';')
            .map_or(code.len(), |end| start + end);
        leaves(&code[start + 4..end], &mut Vec::new(), &mut paths);
        at = end;
    }
    rest.push_str(&code[at..]);
    paths.extend(inline(&rest));
    let resolved = paths.iter().filter_map(|path| {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        tree.file(&absolute(tree, &own, &path)?)
    });
    resolved.filter(|other| *other != file).cloned().collect()
}

/// What is compiled into the library: without comments and unit tests, and
/// without what is only for docs.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or("");
    let mut code = String::new();
    let mut skip = false;
    for line in text.lines() {
        if line.trim() == "#[cfg(doc)]" {
            skip = true;
        } else if !std::mem::take(&mut skip) {
            code.push_str(line.split("//").next().unwrap_or(""));
            code.push('\n');
        }
    }
    code
}

/// Where `word` begins a line, visibility apart, from `from` on.
fn find_word(code: &str, word: &str, from: usize) -> Option<usize> {
    let mut at = from;
    while let Some(found) = code[at..].find(word) {
        let found = at + found;
        let line = code[..found].rfind('\n').map_or(0, |newline| newline + 1);
        let before = code[line..found].trim();
        if before.is_empty() || before.starts_with("pub") && before.split_whitespace().count() == 1
        {
            return Some(found);
        }
        at = found + word.len();
    }
    None
}

/// Every path of a tree of `use`.
fn leaves(tree: &str, prefix: &mut Vec<String>, paths: &mut Vec<Vec<String>>) {
    let tree = tree.trim();
    let Some(brace) = tree.find('{') else {
        let path = tree.split(" as ").next().unwrap_or("");
        let parts = path.split("::").map(|part| part.trim().to_owned());
        paths.push(prefix.iter().cloned().chain(parts).collect());
        return;
    };
    let head = tree[..brace].trim_end_matches(':').split("::");
    let before = prefix.len();
    prefix.extend(
        head.map(|part| part.trim().to_owned())
            .filter(|part| !part.is_empty()),
    );
    let inner = tree[brace + 1..].trim_end().trim_end_matches('}');
    let inner = &tree[brace + 1..brace + 1 + inner.len().max(close(&tree[brace..]) - 1)];
    let (mut depth, mut start) = (0, 0);
    for (i, character) in inner.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                leaves(&inner[start..i], prefix, paths);
                start = i + 1;
            }
            _ => {}
        }
    }
    if !inner[start..].trim().is_empty() {
        leaves(&inner[start..], prefix, paths);
    }
    prefix.truncate(before);
}

/// Where the brace that `text` begins with is closed.
fn close(text: &str) -> usize {
    let mut depth = 0;
    for (i, character) in text.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => {
                depth -= 1;
                if depth == 0 {
                    return i;
                }
            }
            _ => {}
        }
    }
    text.len()
}

/// Paths in expressions and types that begin at the crate, at a parent or at the module itself.
fn inline(code: &str) -> Vec<Vec<String>> {
    let is_path = |character: char| character.is_alphanumeric() || "_:".contains(character);
    // A visibility names a module without importing it.
    let code = code.split("pub(in ").enumerate();
    let code: String = code
        .map(|(i, part)| {
            if i == 0 {
                part
            } else {
                part.split_once(')').map_or("", |(_, rest)| rest)
            }
        })
        .collect();
    code.split(|character| !is_path(character))
        .filter(|path| path.contains("::"))
        .map(|path| path.split("::").map(str::to_owned).collect())
        .collect()
}

/// A path from the crate's root; none if it leads to another crate.
fn absolute<'a>(tree: &Tree, own: &[&'a str], path: &[&'a str]) -> Option<Vec<&'a str>> {
    match path {
        ["crate", rest @ ..] => Some(rest.to_vec()),
        ["self", rest @ ..] => Some([own, rest].concat()),
        ["super", ..] => {
            let up = path.iter().take_while(|part| **part == "super").count();
            let parent = own.get(..own.len().checked_sub(up)?)?;
            Some([parent, &path[up..]].concat())
        }
        [first, ..] => {
            let child = [own, &[*first]].concat();
            tree.files
                .contains_key(&child.join("::"))
                .then(|| [own, path].concat())
        }
        [] => None,
    }
}

#[test]
fn imports_are_read_from_every_form() {
    let files = [
        "lib.rs",
        "a.rs",
        "b/mod.rs",
        "b/c.rs",
        "b/d/mod.rs",
        "b/d/e.rs",
        "f.rs",
        "g.rs",
    ];
    let files = files.map(str::to_owned);
    let tree = Tree::new(&files);
    let text = "
//! use crate::g;
use std::fmt;
use crate::{a, b::{self, c::Thing as Other}};
pub(crate) use super::f::{X, Y};
#[cfg(doc)]
use crate::g::Documented;
fn run() -> super::c::Value { e::go(); crate::a::b() } // crate::g::no
#[cfg(test)]
mod tests { use crate::g; }
";
    let found: Vec<String> = imports(&tree, "b/d/mod.rs", text).into_iter().collect();
    // `super::f` is `b::f`, which is an item of `b`.
    assert_eq!(found, ["a.rs", "b/c.rs", "b/d/e.rs", "b/mod.rs"]);
}
