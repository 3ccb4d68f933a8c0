//! The security policy lists every `unsafe` of what is shipped.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What is shipped: the library with the command, the Python package, the page's module.
const SHIPPED: [&str; 4] = ["build.rs", "src", "python/src", "web/engine/src"];

/// How often the word stands in the code of a file, comments apart.
fn count(text: &str) -> usize {
    let code = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default());
    code.flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_'))
        .filter(|word| *word == "unsafe")
        .count()
}

fn read(path: &Path, root: &Path, found: &mut BTreeMap<String, usize>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("a folder") {
            read(&entry.expect("an entry").path(), root, found);
        }
    } else if path.extension().is_some_and(|ending| ending == "rs") {
        let uses = count(&fs::read_to_string(path).expect("a text"));
        if uses > 0 {
            let name = path.strip_prefix(root).expect("below the root");
            found.insert(name.to_string_lossy().replace('\\', "/"), uses);
        }
    }
}

/// Of the policy's table: a file, and how often the word stands in it.
fn listed(policy: &str) -> BTreeMap<String, usize> {
    let rows = policy.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| `")?.split('|').map(str::trim);
        let file = cells.next()?.trim_end_matches('`');
        let uses = cells.next()?.parse().ok()?;
        Path::new(file)
            .extension()
            .is_some_and(|ending| ending == "rs")
            .then(|| (file.to_owned(), uses))
    });
    rows.collect()
}

#[test]
fn the_security_policy_lists_every_unsafe() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut found = BTreeMap::new();
    for part in SHIPPED {
        let part = root.join(part);
        assert!(part.exists(), "{}", part.display());
        read(&part, &root, &mut found);
    }
    assert!(!found.is_empty());
    let policy = fs::read_to_string(root.join(".github/SECURITY.md")).expect("the policy");
    assert_eq!(found, listed(&policy));
}

#[test]
fn the_word_is_found_in_code_alone() {
    assert_eq!(count("// unsafe\nunsafe { a() } // unsafe"), 1);
    assert_eq!(count("#![deny(unsafe_code)]"), 0);
    assert_eq!(count("#[unsafe(no_mangle)] unsafe fn a()"), 2);
    let table = "| file | uses |\n| `a/b.rs` | 2 | why |\n| `c.md` | 1 | why |";
    assert_eq!(listed(table), BTreeMap::from([("a/b.rs".to_owned(), 2)]));
}
