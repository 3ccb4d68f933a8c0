//! A reader who knows a term finds the item: every term of the glossary of `docs/mathematics.md` is
//! in the documentation of the item that it names, or an alias by which rustdoc's search finds it.

use std::fs;
use std::path::{Path, PathBuf};

/// The terms with the last part of their items' paths.
fn glossary() -> Vec<(String, String)> {
    let text = fs::read_to_string("docs/mathematics.md").expect("the page");
    let (_, glossary) = text.split_once("## Glossary").expect("a glossary");
    let rows = glossary.lines().filter(|line| line.starts_with("| "));
    let cells = rows.skip(1).map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").collect();
        let item = cells[1].trim().trim_matches('`');
        let name = item.rsplit("::").next().expect("a name");
        (cells[0].trim().to_owned(), name.to_owned())
    });
    cells.collect()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// The documentation and attributes in front of every public item of that name.
fn documentation(texts: &[String], name: &str) -> Vec<String> {
    let is_item = |line: &str| {
        let kinds = ["fn", "struct", "enum", "const fn", "trait"];
        let declared = kinds.iter().any(|kind| {
            let rest = line.strip_prefix(&format!("pub {kind} {name}"));
            rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        });
        // Enumerations of names are made by a macro.
        declared || (line.starts_with('"') && line.contains(&format!("\" {name}, expected")))
    };
    let in_front = |lines: &[&str], item: usize| {
        let before = lines[..item].iter().rev();
        let own = before.take_while(|line| {
            let line = line.trim_start();
            line.starts_with("///") || line.starts_with('#') || line.starts_with(')')
        });
        own.copied().collect::<Vec<_>>().join("\n")
    };
    let of_text = |text: &String| {
        let lines: Vec<&str> = text.lines().collect();
        let items = (0..lines.len()).filter(|&i| is_item(lines[i].trim_start()));
        items.map(|i| in_front(&lines, i)).collect::<Vec<_>>()
    };
    texts.iter().flat_map(of_text).collect()
}

#[test]
fn every_term_is_found_at_its_item() {
    let mut files = Vec::new();
    sources(Path::new("src"), &mut files);
    let texts: Vec<String> = files
        .iter()
        .map(|file| fs::read_to_string(file).expect("a source"))
        .collect();
    let glossary = glossary();
    assert!(glossary.len() > 25, "{} terms", glossary.len());
    let mut missing = Vec::new();
    for (term, item) in &glossary {
        let documentation = documentation(&texts, item);
        let named = |text: &String| text.to_lowercase().contains(&term.to_lowercase());
        let is_the_name = term.to_lowercase() == item.to_lowercase();
        if !(is_the_name || documentation.iter().any(named)) {
            missing.push(format!(
                "{term:?} is not said of {item} ({} items)",
                documentation.len()
            ));
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
