//! Files that claim to be larger than they are, or that are: refused in memory that is in
//! proportion to a model, not to the claim.
#![cfg(target_os = "linux")]

use std::fs::{self, File};
use std::io::Write;
use std::process::{Command, Stdio};

use super::{Outcome, Scratch, model, run};

/// What a command that starts no threads may take in all, in KiB, its code included: less than the
/// smallest of the files below.
const FOR_READING: u32 = 90_000;
/// What one may that samples: each thread has a stack and an arena of addresses.
const FOR_SAMPLING: u32 = 1_000_000;

/// The command with `memory` KiB of addresses.
fn limited(memory: u32, arguments: &[&str]) -> Outcome {
    let script = format!("ulimit -v {memory}; exec \"$0\" \"$@\"");
    run(Command::new("bash")
        .stdin(Stdio::null())
        .args(["-c", &script, env!("CARGO_BIN_EXE_ddim")])
        .args(arguments))
}

#[track_caller]
fn assert_refused(outcome: &Outcome, message: &str) {
    outcome.fails(4, message);
    assert_eq!(outcome.stderr.lines().count(), 1, "{}", outcome.stderr);
}

/// A copy of the model `images`, with one file replaced by `length` bytes that begin with `start`.
fn with_file(name: &str, start: &[u8], length: u64) -> Scratch {
    let scratch = Scratch::new();
    for name in ["config.json", "scheduler_config.json", "model.safetensors"] {
        fs::copy(format!("{}/{name}", model("images")), scratch.file(name)).unwrap();
    }
    let mut file = File::create(scratch.file(name)).unwrap();
    file.write_all(start).unwrap();
    // Sparse: it takes no room on the disk.
    file.set_len(length).unwrap();
    scratch
}

#[test]
fn a_sound_model_loads_in_this_memory() {
    let outcome = limited(FOR_READING, &["info", "--model", &model("images")]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
}

#[test]
fn files_of_models_that_are_far_too_large() {
    let hundred_megabytes = 100_000_000_u64;
    let header = with_file(
        "model.safetensors",
        &hundred_megabytes.to_le_bytes(),
        hundred_megabytes + 8,
    );
    let terabyte = with_file("model.safetensors", &8_u64.to_le_bytes(), 1 << 40);
    let config = with_file("config.json", b"{", hundred_megabytes);
    let scheduler = with_file("scheduler_config.json", b"{", 1 << 36);
    for (scratch, message) in [
        (&header, "the header claims 100000000 bytes"),
        (&terabyte, "not a safetensors header"),
        (&config, "config.json is longer than"),
        (&scheduler, "scheduler_config.json is longer than"),
    ] {
        let outcome = limited(
            FOR_READING,
            &["info", "--model", scratch.0.to_str().unwrap()],
        );
        assert_refused(&outcome, message);
    }
}

#[test]
fn arrays_that_claim_more_than_there_is() {
    let scratch = Scratch::new();
    let path = scratch.file("huge.npy");
    let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (1073741824, 1, 1, 1), }\n";
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((text.len() as u16).to_le_bytes());
    bytes.extend(text.as_bytes());
    fs::write(&path, bytes).unwrap();
    let output = scratch.file("out.npy");
    let model = model("images");
    let fixed = ["sample", "--quiet", "--device", "cpu", "--model", &model];
    let outcome = limited(
        FOR_SAMPLING,
        &[&fixed[..], &["--init", &path, "--output", &output]].concat(),
    );
    assert_refused(
        &outcome,
        "4294967296 bytes by its header, but 0 in the file",
    );
}

/// One PNG chunk.
pub(super) fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let checked = [kind.as_slice(), data].concat();
    let mut sum = u32::MAX;
    for byte in &checked {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = (sum >> 1) ^ (0xEDB8_8320 & (sum & 1).wrapping_neg());
        }
    }
    [
        &(data.len() as u32).to_be_bytes()[..],
        &checked,
        &(!sum).to_be_bytes(),
    ]
    .concat()
}

#[test]
fn pictures_that_claim_more_than_may_be() {
    let scratch = Scratch::new();
    let output = scratch.file("out.npy");
    let model = model("images");
    // Bits a channel, and colour type: 8-bit grey, 16-bit RGBA.
    for (side, format, message) in [
        (60_000_u32, [8, 0], "limit"),
        (1 << 31, [8, 0], ""),
        (16_000, [16, 6], "limit"),
    ] {
        let size = side.to_be_bytes();
        let header = [&size[..], &size, &format, &[0; 3]].concat();
        let picture = [
            b"\x89PNG\r\n\x1a\n".as_slice(),
            &chunk(b"IHDR", &header),
            &chunk(b"IDAT", &[0x78, 0x9c, 3, 0, 0, 0, 0, 1]),
            &chunk(b"IEND", b""),
        ]
        .concat();
        let path = scratch.file("huge.png");
        fs::write(&path, picture).unwrap();
        let fixed = ["encode", "--quiet", "--device", "cpu", "--model", &model];
        let outcome = limited(
            FOR_SAMPLING,
            &[&fixed[..], &["--input", &path, "--output", &output]].concat(),
        );
        assert_refused(&outcome, message);
    }
}
