//! `shaders/`, the table of kernels and the CPU twins hold the same names.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use ddim_wgpu::gpu::Kernel;

fn stems(folder: &str, extension: &str) -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = fs::read_dir(root)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path());
    entries
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .map(|path| {
            path.file_stem()
                .expect("a name")
                .to_string_lossy()
                .into_owned()
        })
        .collect()
}

/// Every file of `shaders/` by its path, with its text.
fn shaders() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in fs::read_dir(root.join("shaders")).expect("the shaders") {
        let folder = folder.expect("an entry").file_name();
        let folder = format!("shaders/{}", folder.to_string_lossy());
        for stem in stems(&folder, "wgsl") {
            let path = format!("{folder}/{stem}.wgsl");
            let text = fs::read_to_string(root.join(&path)).expect("a shader");
            files.push((path, text));
        }
    }
    files
}

#[test]
fn every_entry_point_is_registered_and_every_kernel_has_its_file() {
    let registered: BTreeSet<String> = Kernel::ALL
        .iter()
        .map(|kernel| {
            let path = kernel.path();
            assert!(
                path.ends_with(&format!("/{}.wgsl", kernel.name())),
                "{path} has another name than its entry point"
            );
            path.to_owned()
        })
        .collect();
    // What measures a device is no kernel of a run.
    let entries = shaders()
        .into_iter()
        .filter(|(path, text)| text.contains("@compute") && !path.starts_with("shaders/measure/"))
        .map(|(path, _)| path);
    assert_eq!(entries.collect::<BTreeSet<_>>(), registered);
}

#[test]
fn every_other_file_is_a_snippet() {
    let snippets = include_str!("../../src/gpu/shader/snippets.rs");
    for (path, _) in shaders() {
        if Kernel::ALL.iter().any(|kernel| kernel.path() == path) {
            continue;
        }
        let name = path.strip_prefix("shaders/").expect("a path of shaders/");
        assert!(
            snippets.contains(&format!("snippet!({name:?})")),
            "{path} is composed into nothing"
        );
    }
}

#[test]
fn every_kernel_has_a_twin_and_every_twin_a_kernel() {
    let twins: BTreeSet<String> = Kernel::ALL
        .iter()
        .map(|kernel| kernel.twin().to_owned())
        .collect();
    let mut files = stems("src/cpu/reference", "rs");
    // What is no twin of a kernel: the module itself, and what twins call.
    for other in ["mod", "denoiser", "memory"] {
        assert!(files.remove(other), "src/cpu/reference/{other}.rs is gone");
    }
    assert_eq!(files, twins);
}

#[test]
fn every_kernel_says_where_its_twin_is() {
    for kernel in Kernel::ALL {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(kernel.path());
        let text = fs::read_to_string(path).expect("a shader");
        let twin = format!("Twin: src/cpu/reference/{}.rs", kernel.twin());
        assert!(
            text.contains(&twin),
            "{} does not say {twin:?}",
            kernel.name()
        );
    }
}
