//! The texts that `scripts/isa.sh` has a GPU's compiler judge: the MLP's kernels for networks of usual shapes, on a device as
//! hardware is.

use std::collections::BTreeMap;

use ddim_wgpu::gpu::{Kernel, ShaderTarget, required_limits, wgsl};
use ddim_wgpu::network::{Model, random_model};
use naga::valid::Capabilities;
use serde_json::{Value, json};

use super::Failure;

/// A folder's name ends in it, what its texts need, and the texts by their names.
pub(crate) type Group = (&'static str, Capabilities, BTreeMap<String, String>);

/// The limits of GPUs, that matter here, where wgpu's defaults are lower: 32 KiB of workgroup memory and 1,024 invocations. No features:
/// 64-bit integers would make the noise cheaper.
fn hardware() -> ShaderTarget {
    let mut target = ShaderTarget::new(required_limits());
    target.limits.max_compute_workgroup_storage_size = 32 << 10;
    target.limits.max_compute_invocations_per_workgroup = 1024;
    target.limits.max_compute_workgroup_size_x = 1024;
    target
}

pub(crate) fn groups() -> Result<Vec<Group>, Failure> {
    let networks = [
        ("points", network(&json!([2]), 128, 3)),
        ("images", network(&json!([1, 28, 28]), 512, 4)),
        ("wide", network(&json!([1, 28, 28]), 1024, 4)),
        ("digits", Model::bundled("digits")?),
    ];
    let texts = |kernel: Kernel, target: &ShaderTarget| {
        let mut texts = BTreeMap::new();
        for (name, model) in &networks {
            // A row of squares of such a layer does not fit 32 KiB.
            if kernel == Kernel::MlpStepMatrix && *name == "wide" {
                continue;
            }
            let composed = wgsl(model, kernel, target)?.into_iter();
            let composed = composed.filter(|(found, _)| *found == kernel);
            // One row a dispatch; and several, which are for small networks.
            let names =
                ["", ".multi-step"].map(|several| format!("{}.{name}{several}", kernel.name()));
            let most = if *name == "points" { 2 } else { 1 };
            texts.extend(
                names
                    .into_iter()
                    .zip(composed.map(|(_, text)| text))
                    .take(most),
            );
        }
        Ok::<_, Failure>(texts)
    };
    let plain = hardware();
    let mut half = plain.clone();
    half.half = true;
    // As RDNA3's units are, whose subgroups have 32 or 64 invocations.
    let mut matrix = half.clone();
    (matrix.matrix, matrix.most_lanes) = (16, 64);
    let float16 = Capabilities::SHADER_FLOAT16;
    let units = float16 | Capabilities::SUBGROUP | Capabilities::COOPERATIVE_MATRIX;
    Ok(vec![
        ("", Capabilities::empty(), texts(Kernel::MlpStep, &plain)?),
        ("-half", float16, texts(Kernel::MlpStep, &half)?),
        ("-matrix", units, texts(Kernel::MlpStepMatrix, &matrix)?),
    ])
}

/// The networks of `ddim bench`: their weights do not matter here.
fn network(shape: &Value, hidden: usize, blocks: usize) -> Model {
    let config = json!({
        "architecture": "residual-mlp", "sample_shape": shape, "hidden_size": hidden, "num_blocks": blocks,
        "activation": "silu", "input_embedding": null, "num_classes": null,
        "time_embedding": {
            "size": 64, "hidden_size": 128, "flip_sin_to_cos": false, "downscale_freq_shift": 1, "max_period": 10000,
        },
    });
    let scheduler = json!({
        "num_train_timesteps": 1000, "beta_schedule": "linear", "beta_start": 1e-4, "beta_end": 0.02,
        "prediction_type": "sample",
    });
    random_model(&config, &scheduler)
}
