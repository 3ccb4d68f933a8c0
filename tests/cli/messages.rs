//! Files and directories of other kinds, named for what they are with the next step to take.

use std::fs;

use super::{Scratch, ddim, model};

const LFS: &[u8] = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";
const HTML: &[u8] = b"<!DOCTYPE html>\n<html><title>Sign in</title></html>";
const ZIP: &[u8] = b"PK\x03\x04\0\0\0\0archive/data.pkl";
const PICKLE: &[u8] = b"\x80\x02}q\0(X\x06\0\0\0weight";

/// A copy of the model `points` in which a file is another.
fn with_file(name: &str, bytes: &[u8]) -> Scratch {
    let scratch = Scratch::new();
    for file in ["config.json", "scheduler_config.json", "model.safetensors"] {
        fs::copy(format!("{}/{file}", model("points")), scratch.file(file)).unwrap();
    }
    fs::write(scratch.file(name), bytes).unwrap();
    scratch
}

fn info(scratch: &Scratch) -> super::Outcome {
    ddim(["info", "--model", scratch.0.to_str().unwrap()])
}

#[test]
fn weights_of_other_kinds() {
    for (bytes, said) in [
        (LFS, "git lfs pull"),
        (HTML, "web page"),
        (ZIP, "safetensors.torch.save_file"),
        (PICKLE, "pickle"),
        (b"\x1f\x8b\x08\0", "gunzip"),
    ] {
        let model = with_file("model.safetensors", bytes);
        info(&model).fails(4, said).says("model.safetensors");
    }
}

#[test]
fn configurations_of_other_kinds() {
    for name in ["config.json", "scheduler_config.json"] {
        for (bytes, said) in [(LFS, "git lfs pull"), (HTML, "web page")] {
            info(&with_file(name, bytes)).fails(4, said).says(name);
        }
    }
}

#[test]
fn inputs_of_other_kinds() {
    let scratch = Scratch::new();
    for (name, bytes, said) in [
        ("lfs.npy", LFS, "git lfs pull"),
        ("page.png", HTML, "web page"),
        ("arrays.npz", ZIP, "numpy.save"),
        ("object.npy", PICKLE, "pickle"),
    ] {
        let path = scratch.file(name);
        fs::write(&path, bytes).unwrap();
        let images = model("images");
        let words = [
            "encode", "--model", &images, "--output", "x.npy", "--input", &path,
        ];
        ddim(words).fails(4, said).says(name);
    }
}

#[test]
fn directories_of_other_kinds() {
    for (files, said) in [
        (&["model_index.json"][..], "diffusers pipeline"),
        (
            &["config.json", "scheduler_config.json", "pytorch_model.bin"],
            "pickled",
        ),
        (
            &[
                "config.json",
                "scheduler_config.json",
                "model-00001-of-00002.safetensors",
            ],
            "several files",
        ),
    ] {
        let scratch = Scratch::new();
        for file in files {
            let own = format!("{}/{file}", model("points"));
            if fs::copy(own, scratch.file(file)).is_err() {
                fs::write(scratch.file(file), b"{}").unwrap();
            }
        }
        info(&scratch).fails(4, said);
    }
}

/// The prefix of a wrapper is left out where all tensors have it, with a note; where some have it
/// the error says how to remove it.
#[test]
fn tensors_with_a_prefix() {
    let path = format!("{}/model.safetensors", model("points"));
    let bytes = fs::read(path).unwrap();
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header: serde_json::Value = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
    let renamed = |start: &str| {
        let tensors = header.as_object().unwrap().iter();
        let longer: serde_json::Map<String, serde_json::Value> = tensors
            .map(|(name, tensor)| {
                let prefix = if name.starts_with(start) {
                    "module."
                } else {
                    ""
                };
                (format!("{prefix}{name}"), tensor.clone())
            })
            .collect();
        let text = serde_json::to_vec(&longer).unwrap();
        let mut edited = (text.len() as u64).to_le_bytes().to_vec();
        edited.extend(text);
        edited.extend(&bytes[8 + length..]);
        with_file("model.safetensors", &edited)
    };
    let outcome = info(&renamed(""));
    outcome.says("prefix `module.`");
    outcome.success();
    info(&renamed("proj_out")).fails(4, "removeprefix('module.')");
}

/// A file's name must not steer the terminal that shows it. On Windows there are no such names.
#[cfg(unix)]
#[test]
fn control_characters_in_names_are_escaped() {
    let scratch = Scratch::new();
    let path = scratch.file("\u{1b}[2Jname.npy");
    fs::write(&path, b"nothing").unwrap();
    let images = model("images");
    let words = [
        "encode", "--model", &images, "--output", "x.npy", "--input", &path,
    ];
    let outcome = ddim(words);
    outcome.fails(4, "\\u{1b}[2Jname.npy");
    assert!(!outcome.stderr.contains('\u{1b}'), "{:?}", outcome.stderr);
}

/// Neither must what a file says.
#[test]
fn control_characters_in_files_are_escaped() {
    let text = fs::read_to_string(format!("{}/scheduler_config.json", model("points"))).unwrap();
    let text = text.replacen('{', "{\"a\\u001b]0;title\\u0007\\nwarning: b\": 1, ", 1);
    let odd = with_file("scheduler_config.json", text.as_bytes());
    let outcome = info(&odd);
    outcome.says("\\u{1b}]0;title\\u{7}");
    assert!(!outcome.stderr.contains('\u{1b}'), "{:?}", outcome.stderr);
    assert_eq!(outcome.stderr.lines().count(), 1, "{:?}", outcome.stderr);
    assert!(!outcome.text().contains('\u{1b}'));
}
