//! `shaders/`, the registry of kernels and the CPU twins hold the same names.

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

#[test]
fn every_shader_is_registered_and_every_kernel_has_its_file() {
    let registered: BTreeSet<String> = Kernel::ALL
        .iter()
        .map(|kernel| kernel.name().to_owned())
        .collect();
    assert_eq!(stems("shaders", "wgsl"), registered);
}

#[test]
fn every_kernel_has_a_twin_and_every_twin_a_kernel() {
    let twins: BTreeSet<String> = Kernel::ALL
        .iter()
        .map(|kernel| kernel.twin().to_owned())
        .collect();
    let mut files = stems("src/cpu/reference", "rs");
    // What is no twin: the module itself, and the networks that twins call.
    for other in ["mod", "denoiser"] {
        assert!(files.remove(other), "src/cpu/reference/{other}.rs is gone");
    }
    assert_eq!(files, twins);
}

#[test]
fn every_kernel_says_where_its_twin_is() {
    for kernel in Kernel::ALL {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("shaders/{}.wgsl", kernel.name()));
        let text = fs::read_to_string(path).expect("a shader");
        let twin = format!("Twin: src/cpu/reference/{}.rs", kernel.twin());
        assert!(
            text.contains(&twin),
            "{} does not say {twin:?}",
            kernel.name()
        );
    }
}
