//! `.zarr`, `--shard` and `ddim check`: the same samples from one process or many, and what is lost
//! is found and made again.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

use ddim_wgpu::output::npy::NpyArray;
use ddim_wgpu::output::zarr::ZarrArray;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Outcome, Scratch, command, ddim_line, first_device, model, run};

/// A run of 150 images in 50 chunks, unless options say otherwise.
const DEFAULTS: [(&str, &str); 3] = [("--steps", "4"), ("--eta", "1"), ("--count", "150")];

/// The command of a run into `output`.
fn sampling(output: &str, options: &str) -> Command {
    let mut command = command();
    command
        .args("sample --quiet --device cpu --class all --model".split(' '))
        .arg(model("images"))
        .args(options.split_whitespace())
        .args(["--output", output]);
    for (option, value) in DEFAULTS {
        if !options.contains(option) {
            command.args([option, value]);
        }
    }
    command
}

fn sample(output: &str, options: &str) -> Outcome {
    run(&mut sampling(output, options))
}

/// `ddim check --json`, and its exit code.
fn check(array: &str, options: &str) -> (Option<i32>, Value) {
    let outcome = ddim_line(&format!("check {array} --json {options}"));
    let report = serde_json::from_slice(&outcome.stdout).expect("JSON on standard output");
    (outcome.code, report)
}

/// The hash of an array that must be whole.
#[track_caller]
fn hash(array: &str) -> String {
    let (code, report) = check(array, "");
    assert_eq!(code, Some(0), "{report}");
    assert_eq!(
        (&report["missing"], &report["broken"]),
        (&json!([]), &json!([]))
    );
    report["hash"].as_str().expect("a hash").to_owned()
}

/// The hash that the same samples have in an `.npy` file.
fn hash_of_npy(path: &str) -> String {
    let bytes = fs::read(path).expect("a file");
    let start = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let hash = Sha256::digest(&bytes[start..]);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn chunk(array: &str, index: usize) -> PathBuf {
    Path::new(array).join(format!("c/{index}/0/0/0"))
}

/// Names in the array's directory, hidden ones included.
fn names(array: &str) -> Vec<String> {
    let entries = fs::read_dir(array).expect("a directory");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<String> = names
        .map(|name| name.into_string().expect("UTF-8"))
        .collect();
    names.sort();
    names
}

#[test]
fn an_array_in_chunks_is_the_array_in_one_file() {
    let scratch = Scratch::new();
    let (npy, zarr) = (scratch.file("a.npy"), scratch.file("a.zarr"));
    sample(&npy, "").success();
    sample(&zarr, "").success();
    assert_eq!(hash(&zarr), hash_of_npy(&npy));
    let whole = NpyArray::open(&npy).expect("readable");
    let array = ZarrArray::open(&zarr).expect("readable");
    let layout = array.layout();
    assert_eq!(
        (layout.samples(), layout.sample_shape()),
        (150, &[1, 5, 5][..])
    );
    let chunks = 0..layout.chunks();
    let values: Vec<f32> = chunks
        .flat_map(|chunk| array.read(chunk).expect("whole"))
        .collect();
    assert_eq!(values, whole.values);
    assert_eq!(names(&zarr), ["c", "zarr.json"]);
}

/// Whatever a chunk holds, and however it is stored.
#[test]
fn chunks_of_any_size_hold_the_same_samples() {
    let scratch = Scratch::new();
    let reference = scratch.file("a.zarr");
    sample(&reference, "").success();
    for (name, options) in [("b.zarr", "--chunk 7"), ("c.zarr", "--chunk 1000 --zstd")] {
        let array = scratch.file(name);
        sample(&array, options).success();
        assert_eq!(hash(&array), hash(&reference), "{options}");
    }
    let bytes = scratch.file("d.zarr");
    sample(&bytes, "--dtype u8 --zstd").success();
    let (stored, floats) = (ZarrArray::open(&bytes), ZarrArray::open(&reference));
    let (stored, floats) = (stored.expect("bytes"), floats.expect("floats"));
    for (byte, float) in stored
        .read(3)
        .expect("whole")
        .iter()
        .zip(floats.read(3).expect("whole"))
    {
        assert!((byte - float.clamp(-1.0, 1.0)).abs() <= 0.5 / 127.5 + 1e-6);
    }
}

#[test]
fn shards_are_the_run_in_any_order() {
    let scratch = Scratch::new();
    let (one, many) = (scratch.file("one.zarr"), scratch.file("many.zarr"));
    sample(&one, "").success();
    for shard in (0..16).rev() {
        sample(&many, &format!("--shard {shard}/16")).success();
        let (_, report) = check(&many, "");
        let missing = report["missing"].as_array().expect("a list").len();
        assert_eq!(missing, 50 * shard / 16, "after shard {shard}");
    }
    assert_eq!(hash(&one), hash(&many));
    // More shards than chunks: the others have nothing to do.
    let outcome = sample(&many, "--shard 99/100");
    assert_eq!(outcome.code, Some(0));
}

#[test]
fn parts_of_an_npy_are_files_of_their_own() {
    let scratch = Scratch::new();
    let npy = scratch.file("a.npy");
    sample(&npy, "").success();
    let whole = NpyArray::open(&npy).expect("readable").values;
    let mut parts = Vec::new();
    for shard in 0..4 {
        let mut command = sampling(&npy, "--shard auto/4");
        run(command.env("DDIM_SHARD", shard.to_string())).success();
        let part = scratch.file(&format!("a.part-{shard:05}.npy"));
        parts.extend(NpyArray::open(part).expect("readable").values);
    }
    assert_eq!(parts, whole);
    sample("-", "--shard 0/2").fails(2, "--shard");
    sample(&scratch.file("a.png"), "--shard 0/2").fails(2, "--shard");
}

#[test]
fn the_index_of_a_shard_is_found_and_must_be_one() {
    let scratch = Scratch::new();
    let array = scratch.file("a.zarr");
    let mut command = sampling(&array, "--shard auto/4");
    command
        .env("SLURM_ARRAY_TASK_ID", "1")
        .env("JOB_COMPLETION_INDEX", "2");
    run(&mut command).fails(
        2,
        "SLURM_ARRAY_TASK_ID says shard 1, but JOB_COMPLETION_INDEX says 2",
    );
    sample(&array, "--shard auto/4").fails(2, "AWS_BATCH_JOB_ARRAY_INDEX is set");
    sample(&array, "--shard 4/4").fails(2, "counted from 0");
    assert_eq!(scratch.entries(), [""; 0]);
}

/// A flipped bit, a file cut short, and nothing at all.
#[test]
fn what_is_broken_is_found_and_made_again() {
    let scratch = Scratch::new();
    let array = scratch.file("a.zarr");
    sample(&array, "").success();
    let whole = hash(&array);
    let flipped = OpenOptions::new()
        .read(true)
        .write(true)
        .open(chunk(&array, 3));
    let mut flipped = flipped.expect("a chunk");
    let mut byte = [0];
    flipped.seek(SeekFrom::Start(17)).expect("sought");
    flipped.read_exact(&mut byte).expect("read");
    flipped.seek(SeekFrom::Start(17)).expect("sought");
    flipped.write_all(&[byte[0] ^ 1]).expect("written");
    // On Windows what is open cannot be replaced everywhere.
    drop(flipped);
    let cut = OpenOptions::new().write(true).open(chunk(&array, 20));
    cut.expect("a chunk").set_len(50).expect("cut");
    fs::remove_dir_all(Path::new(&array).join("c/21")).expect("removed");
    fs::create_dir(Path::new(&array).join("c/50")).expect("made");

    let (code, report) = check(&array, "");
    assert_eq!(code, Some(1));
    assert_eq!(
        (&report["missing"], &report["broken"]),
        (&json!([21]), &json!([3, 20]))
    );
    assert_eq!(
        (&report["foreign"], &report["hash"]),
        (&json!(["50"]), &Value::Null)
    );
    assert_eq!(
        (&report["again"], &report["chunks"]),
        (&json!("3,20-21"), &json!(50))
    );
    assert_eq!(check(&array, "--shards 5").1["again"], json!("0,2"));
    let text = ddim_line(&format!("check {array}"));
    text.says("1 are missing and 2 broken");
    let text = String::from_utf8(text.stdout).expect("UTF-8");
    assert!(
        text.contains("--array=3,20-21 with --shard auto/50"),
        "{text}"
    );

    let untouched = |index| {
        fs::metadata(chunk(&array, index))
            .and_then(|m| m.modified())
            .ok()
    };
    let before = untouched(0);
    sample(&array, "").success();
    assert_eq!(hash(&array), whole);
    assert_eq!(untouched(0), before, "what was whole was written again");
}

#[test]
fn another_run_is_refused_and_nothing_is_touched() {
    let scratch = Scratch::new();
    let array = scratch.file("a.zarr");
    sample(&array, "").success();
    let whole = hash(&array);
    for (options, message) in [
        ("--seed 1", "seed is 0 there, 1 here"),
        ("--guidance 2", "guidance is 1.0 there, 2.0 here"),
        ("--chunk 9", "other chunks"),
        ("--dtype u8", "other chunks"),
    ] {
        sample(&array, options).fails(2, message);
    }
    assert_eq!(hash(&array), whole);
    let other = scratch.file("other.zarr");
    fs::create_dir(&other).expect("made");
    fs::write(Path::new(&other).join("notes.txt"), b"mine").expect("written");
    sample(&other, "").fails(2, "no zarr.json");
    assert_eq!(names(&other), ["notes.txt"]);
    fs::write(Path::new(&other).join("zarr.json"), b"{}").expect("written");
    sample(&other, "").fails(4, "zarr_format");
    ddim_line(&format!("check {other}")).fails(4, "zarr_format");
    ddim_line(&format!("check {}", scratch.file("nothing"))).fails(1, "nothing");
    sample(&scratch.file("a.png"), "--dtype u8").fails(2, "--dtype");
}

/// Bits agree within a class of devices only.
#[test]
fn other_devices_are_refused_unless_they_may_be_mixed() {
    let Some(device) = first_device() else { return };
    let scratch = Scratch::new();
    let array = scratch.file("a.zarr");
    sample(&array, "--shard 0/2").success();
    let on_device = |options: &str| {
        let line = sampling(&array, options);
        let words = line.get_args().map(|word| match word.to_str() {
            Some("cpu") => device.clone(),
            word => word.expect("UTF-8").to_owned(),
        });
        run(command().args(words))
    };
    on_device("--shard 1/2").fails(2, "--allow-mixed");
    on_device("--shard 1/2 --allow-mixed").success();
    assert_eq!(check(&array, "").1["device_class"], json!("mixed"));
    assert_eq!(check(&array, "").0, Some(0));
}

/// Starts the run of images in a thousand steps, and waits until a chunk is there.
#[cfg(unix)]
fn started(array: &str) -> Child {
    let child = sampling(array, "--steps 1000 --count 3000 --chunk 20")
        .spawn()
        .expect("it starts");
    let deadline = std::time::Instant::now() + Duration::from_secs(60);
    while !Path::new(array).join("c").exists() {
        assert!(std::time::Instant::now() < deadline, "no chunk appeared");
        std::thread::sleep(Duration::from_millis(2));
    }
    child
}

/// Killed ten times at moments of all kinds, and continued.
#[test]
fn a_run_that_is_killed_again_and_again_is_the_run() {
    let scratch = Scratch::new();
    let (array, reference) = (scratch.file("a.zarr"), scratch.file("b.zarr"));
    let options = "--steps 20 --count 3000 --chunk 20";
    sample(&reference, options).success();
    for milliseconds in [0, 3, 11, 17, 23, 31, 47, 61, 83, 101] {
        let mut child = sampling(&array, options).spawn().expect("it starts");
        while !Path::new(&array).join("zarr.json").exists() {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(milliseconds));
        child.kill().expect("killed");
        child.wait().expect("ended");
    }
    sample(&array, options).success();
    assert_eq!(hash(&array), hash(&reference));
    assert_eq!(names(&array), ["c", "zarr.json"], "leftovers of the killed");
}

/// What was whole stays, what was not goes.
#[cfg(unix)]
#[test]
fn a_signal_leaves_whole_chunks() {
    for (signal, code) in [("TERM", 143), ("INT", 130)] {
        let scratch = Scratch::new();
        let array = scratch.file("a.zarr");
        let mut child = started(&array);
        let id = child.id().to_string();
        let sent = Command::new("kill")
            .args([format!("-{signal}"), id])
            .status();
        assert!(sent.expect("sent").success());
        assert_eq!(child.wait().expect("ended").code(), Some(code));
        assert_eq!(names(&array), ["c", "zarr.json"]);
        assert_eq!(check(&array, "").1["broken"], json!([]));
    }
}

/// As where a job is started twice by mistake.
#[test]
fn two_processes_may_make_the_same_array() {
    let scratch = Scratch::new();
    let array = scratch.file("a.zarr");
    let both = [0, 1].map(|_| sampling(&array, "").spawn().expect("it starts"));
    for mut child in both {
        assert_eq!(child.wait().expect("ended").code(), Some(0));
    }
    let reference = scratch.file("b.zarr");
    sample(&reference, "").success();
    assert_eq!(hash(&array), hash(&reference));
}

#[test]
fn every_command_that_makes_samples_makes_arrays_and_shards() {
    let scratch = Scratch::new();
    let noise = scratch.file("noise.npy");
    let line = "noise --quiet --device cpu --count 90 --dims 25 --output";
    ddim_line(&format!("{line} {noise}")).success();
    // As states of the model's shape.
    let states = scratch.file("states.npy");
    let mut file = File::create(&states).expect("a file");
    let values = NpyArray::open(&noise).expect("readable").values;
    ddim_wgpu::output::npy::write(&mut file, &[90, 1, 5, 5], &values).expect("written");
    drop(file);
    let images = model("images");
    let conditions = scratch.file("conditions.npy");
    let mut file = File::create(&conditions).expect("a file");
    let values: Vec<f32> = (0..44).map(|i| (i as f32 * 0.37).sin()).collect();
    ddim_wgpu::output::npy::write(&mut file, &[4, 11], &values).expect("written");
    drop(file);
    let conditioned = model("../networks/diffusion-ql-mlp");
    let conditioned = format!("sample --quiet --device cpu --model {conditioned} --steps 3");
    let encode = format!("encode --quiet --device cpu --model {images} --input {states} --class 1");
    for (name, line) in [
        (
            "noise",
            "noise --quiet --device cpu --count 90 --dims 25".to_owned(),
        ),
        ("encode", format!("{encode} --steps 5")),
        (
            "fixed",
            format!("{encode} --steps 5 --convention fixed-point"),
        ),
        (
            "interpolate",
            format!("interpolate --quiet --device cpu --model {images} --count 90 --steps 3"),
        ),
        (
            "conditioned",
            format!("{conditioned} --condition condition={conditions} --samples-per-condition 25"),
        ),
        (
            "init",
            format!("sample --quiet --device cpu --model {images} --init {states} --steps 3"),
        ),
    ] {
        let (npy, zarr) = (
            scratch.file(&format!("{name}.npy")),
            scratch.file(&format!("{name}.zarr")),
        );
        ddim_line(&format!("{line} --output {npy}")).success();
        for shard in 0..3 {
            ddim_line(&format!("{line} --shard {shard}/3 --output {zarr}")).success();
        }
        assert_eq!(hash(&zarr), hash_of_npy(&npy), "{name}");
    }
}
