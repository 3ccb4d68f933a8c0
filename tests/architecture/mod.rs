//! The rooms of `src/` and the order they depend on each other in.
//!
//! A room is a folder. It imports only rooms before it in [`ROOMS`], and no file of the library
//! imports another that leads back to it. So the code can be read from the first room to the last,
//! and a part can be understood, tested or taken out without what comes after it.

mod imports;
mod unsafe_code;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use imports::{Tree, imports};

/// The rooms, each depending only on those before it. `cpu` and `gpu` also never import each other.
const ROOMS: [&str; 23] = [
    "noise",
    "diffusion",
    "network",
    "batch",
    "inversion",
    "clock",
    "progress",
    "threading",
    "cpu",
    "gpu/cost",
    "gpu/device",
    "gpu/shader",
    "gpu/mlp",
    "gpu/layers",
    "gpu/program",
    "gpu/run",
    "gpu/sampler",
    "gpu",
    "session",
    "output",
    "metrics",
    "verify",
    "",
];

/// Rooms that share a place in the order and know nothing of each other.
const STRANGERS: [(&str, &str); 2] = [("cpu", "gpu"), ("output", "metrics")];

/// The room of a file: the longest name in [`ROOMS`] that its path begins with.
fn room(file: &str) -> usize {
    let within = |room: &str| {
        let rest = file.strip_prefix(room);
        rest.is_some_and(|rest| room.is_empty() || rest.starts_with(['/', '.']))
    };
    let rooms = ROOMS.iter().enumerate().filter(|(_, room)| within(room));
    let longest = rooms.max_by_key(|(_, room)| room.len());
    longest
        .map(|(index, _)| index)
        .expect("the last room holds all")
}

/// Imports against the order of the rooms, as `file imports file`.
fn against_the_order(edges: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (file, imported) in edges {
        for other in imported {
            let stranger = STRANGERS.iter().any(|&(a, b)| {
                let (from, to) = (top(file), top(other));
                (from, to) == (a, b) || (from, to) == (b, a)
            });
            // What ends a room's list of files, its door, is in the room.
            if room(other) > room(file) || stranger {
                wrong.push(format!("{file} imports {other}"));
            }
        }
    }
    wrong
}

fn top(file: &str) -> &str {
    file.split(['/', '.']).next().unwrap_or_default()
}

/// A circle of imports, if there is one: each file imports the next, the last the first.
fn circle(edges: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    fn follow<'a>(
        file: &'a str,
        edges: &'a BTreeMap<String, BTreeSet<String>>,
        path: &mut Vec<&'a str>,
        done: &mut BTreeSet<&'a str>,
    ) -> Option<Vec<String>> {
        if let Some(at) = path.iter().position(|&earlier| earlier == file) {
            return Some(path[at..].iter().map(ToString::to_string).collect());
        }
        if !done.insert(file) {
            return None;
        }
        path.push(file);
        let imported = edges.get(file).into_iter().flatten();
        let found = imported
            .into_iter()
            .find_map(|other| follow(other, edges, path, done));
        path.pop();
        found
    }
    let mut done = BTreeSet::new();
    edges
        .keys()
        .find_map(|file| follow(file, edges, &mut Vec::new(), &mut done))
}

/// Every file of the library, by its path in `src/`, with its text.
fn library() -> BTreeMap<String, String> {
    fn read(folder: &Path, root: &Path, files: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path: PathBuf = entry.expect("an entry").path();
            let name = path.strip_prefix(root).expect("below the root");
            let name = name.to_string_lossy().replace('\\', "/");
            if path.is_dir() && name != "bin" {
                read(&path, root, files);
            } else if let Some(name) = name.strip_suffix(".rs") {
                let text = fs::read_to_string(&path).expect("a text");
                files.insert(format!("{name}.rs"), text);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = BTreeMap::new();
    read(&root, &root, &mut files);
    files
}

/// Which files each file imports.
fn edges(files: &BTreeMap<String, String>) -> BTreeMap<String, BTreeSet<String>> {
    let tree = Tree::new(files.keys());
    let imported = |(file, text): (&String, &String)| (file.clone(), imports(&tree, file, text));
    files.iter().map(imported).collect()
}

#[test]
fn every_room_imports_only_rooms_before_it() {
    let files = library();
    assert!(files.len() > 100, "{} files were read", files.len());
    let edges = edges(&files);
    assert!(edges.values().map(BTreeSet::len).sum::<usize>() > 400);
    let wrong = against_the_order(&edges);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_file_leads_back_to_itself() {
    let circle = circle(&edges(&library()));
    assert!(
        circle.is_none(),
        "{}",
        circle.unwrap_or_default().join(" → ")
    );
}

/// Each import that there is, turned round, is found: by the order of rooms, or as a circle.
#[test]
fn an_import_that_is_turned_round_is_found() {
    let edges = edges(&library());
    let mut turned = 0;
    for (file, imported) in &edges {
        for other in imported {
            let mut edges = edges.clone();
            edges.entry(other.clone()).or_default().insert(file.clone());
            assert!(
                circle(&edges).is_some() || !against_the_order(&edges).is_empty(),
                "nobody noticed that {other} imports {file}"
            );
            turned += 1;
        }
    }
    assert!(turned > 400, "{turned} imports");
}
