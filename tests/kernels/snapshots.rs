//! The composed WGSL of a few networks as it was reviewed: `tests/data/wgsl/`.
//!
//! A change that is meant is accepted by `DDIM_BLESS=1 cargo test --test main kernels::snapshots`,
//! and reviewed as a difference.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use ddim_wgpu::diffusion::PredictionType;
use ddim_wgpu::gpu::{ExternalNetwork, Kernel, Network, ShaderTarget, WgslNetwork, wgsl};
use ddim_wgpu::network::{GaussianMixture, Model};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/wgsl")
}

/// A few texts by their files' names: every kernel of a run once, and every
/// variant of every snippet.
fn texts() -> BTreeMap<String, String> {
    let plain = ShaderTarget::new(wgpu::Limits::default());
    let mut featured = plain.clone();
    (featured.lanes, featured.int64) = (4, true);
    let mut half = plain.clone();
    half.half = true;
    let mut ring = plain.clone();
    ring.ring = true;
    let mut clips = plain.clone();
    clips.clips = true;
    let mut matrix = half.clone();
    (matrix.most_lanes, matrix.matrix) = (32, 16);
    matrix.limits.max_compute_workgroup_storage_size = 32 << 10;

    let mut texts = BTreeMap::new();
    let mut composed_so_far = BTreeMap::new();
    let mut add = |name: &str, network: Network<'_>, kernel, target: &ShaderTarget| {
        for (composed, text) in wgsl(network, kernel, target).expect("texts") {
            let first = format!("{}.{name}", composed.name());
            let earlier = composed_so_far.entry(first.clone()).or_insert(0);
            let name = match (kernel, *earlier) {
                (_, 0) => first,
                (Kernel::UpdateStep, _) => format!("{first}.without-noise"),
                (Kernel::MlpStepSplit, layer) => format!("{first}.layer-{layer}"),
                _ => format!("{first}.multi-step"),
            };
            *earlier += 1;
            texts.insert(name, text);
        }
    };
    let points = super::model("points");
    let digits = Model::load("models/digits").expect("the bundled model");
    let mixture = GaussianMixture::gaussian(vec![0.0; 2], 1.0).expect("a Gaussian");
    let mixture = WgslNetwork::gaussian_mixture(&mixture, PredictionType::VPrediction);
    add(
        "2",
        (&ExternalNetwork::new(vec![2])).into(),
        Kernel::UpdateStep,
        &plain,
    );
    add(
        "4",
        (&ExternalNetwork::new(vec![4])).into(),
        Kernel::UpdateStep,
        &featured,
    );
    add(
        "2-ring",
        (&ExternalNetwork::new(vec![2])).into(),
        Kernel::UpdateStep,
        &ring,
    );
    add(
        "2-clips",
        (&ExternalNetwork::new(vec![2])).into(),
        Kernel::UpdateStep,
        &clips,
    );
    add("mixture", (&mixture).into(), Kernel::PredictStep, &plain);
    add(
        "mixture-clips",
        (&mixture).into(),
        Kernel::PredictStep,
        &clips,
    );
    add("digits", (&digits).into(), Kernel::MlpStep, &plain);
    add("points-half", (&points).into(), Kernel::MlpStep, &half);
    add("points", (&points).into(), Kernel::MlpStepSerial, &plain);
    add(
        "points-lanes",
        (&points).into(),
        Kernel::MlpStepSerial,
        &featured,
    );
    add("digits", (&digits).into(), Kernel::MlpStepSplit, &plain);
    add(
        "points-half",
        (&points).into(),
        Kernel::MlpStepMatrix,
        &matrix,
    );
    let folder = crate::common::goldens::path("networks");
    let gated = Model::load(folder.join("cep-qgpo-scorenet")).expect("a fixture");
    add("cep", (&gated).into(), Kernel::ProgramStep, &plain);
    let mut alone = plain.clone();
    alone.tile_samples = 1;
    add("cep-alone", (&gated).into(), Kernel::ProgramStep, &alone);
    add("cep", (&gated).into(), Kernel::ProgramStepSerial, &featured);
    add(
        "cep-half",
        (&gated).into(),
        Kernel::ProgramStepMatrix,
        &matrix,
    );
    let kept = [
        "init_noise.2",
        "init_noise.4",
        "mask_step.2",
        "mask_step.4",
        "mlp_step.digits",
        "mlp_step.points-half.multi-step",
        "mlp_step_matrix.points-half",
        "mlp_step_split.digits",
        "mlp_step_split.digits.layer-1",
        "mlp_step_split.digits.layer-5",
        "mlp_step_serial.points",
        "mlp_step_serial.points-lanes",
        "predict_step.mixture",
        "predict_step.mixture-clips.multi-step",
        "program_step.cep",
        "program_step.cep-alone",
        "program_step_matrix.cep-half",
        "program_step_serial.cep",
        "threshold_step.2",
        "threshold_step.2-clips",
        "threshold_step.2-ring",
        "update_step.2",
        "update_step.2-clips",
        "update_step.2-ring",
        "update_step.4.without-noise",
    ];
    for name in kept {
        assert!(texts.contains_key(name), "no text {name}");
    }
    texts.retain(|name, _| kept.contains(&name.as_str()));
    texts
}

#[test]
fn composed_texts_are_as_they_were_reviewed() {
    let texts = texts();
    let bless = std::env::var_os("DDIM_BLESS").is_some();
    if bless {
        fs::create_dir_all(folder()).expect("a folder");
    }
    for (name, text) in &texts {
        let path = folder().join(format!("{name}.wgsl"));
        if bless {
            fs::write(&path, text).expect("a snapshot is written");
        }
        let reviewed = fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{}: {error}; {HOW}", path.display()));
        if let Some((number, (found, reviewed))) = first_difference(text, &reviewed) {
            panic!(
                "{name}, line {}: {found:?}, reviewed as {reviewed:?}; {HOW}",
                number + 1
            );
        }
    }
    let files: BTreeSet<String> = fs::read_dir(folder())
        .expect("the snapshots")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    let expected: BTreeSet<String> = texts.keys().map(|name| format!("{name}.wgsl")).collect();
    assert_eq!(files, expected, "files of {}", folder().display());
}

const HOW: &str = "if that is meant: DDIM_BLESS=1 cargo test --test main kernels::snapshots";

/// The first line that differs, from 0, in both; none where there is none.
fn first_difference<'a>(found: &'a str, reviewed: &'a str) -> Option<(usize, (&'a str, &'a str))> {
    let length = found.lines().count().max(reviewed.lines().count());
    let pad = |text: &'a str| text.lines().chain(std::iter::repeat("")).take(length);
    pad(found)
        .zip(pad(reviewed))
        .enumerate()
        .find(|(_, (found, reviewed))| found != reviewed)
}

#[test]
fn a_difference_is_found_wherever_it_is() {
    assert_eq!(first_difference("a\nb", "a\nb"), None);
    assert_eq!(first_difference("a\nb", "a\nc"), Some((1, ("b", "c"))));
    assert_eq!(first_difference("a\nb", "a"), Some((1, ("b", ""))));
    assert_eq!(first_difference("a", "a\nb"), Some((1, ("", "b"))));
}
