//! `model.safetensors`, read for a small network: refused, or weights of the
//! right number, all finite.
#![no_main]

use std::sync::LazyLock;

use ddim_wgpu::network::{MlpConfig, MlpWeights};
use libfuzzer_sys::fuzz_target;

/// Small, so that a whole file is within the fuzzer's reach; every kind of tensor is there.
static CONFIG: LazyLock<MlpConfig> = LazyLock::new(|| {
    let text = include_str!("../seeds/safetensors.config.json");
    MlpConfig::from_json(text).expect("a valid configuration")
});

fuzz_target!(|bytes: &[u8]| {
    let Ok(weights) = MlpWeights::from_bytes(bytes, &CONFIG) else {
        return;
    };
    let linears = [&weights.proj_in, &weights.proj_out].into_iter().chain(&weights.blocks);
    for linear in linears {
        assert_eq!(linear.weight.data.len(), linear.weight.rows * linear.weight.cols);
        assert_eq!(linear.bias.len(), linear.weight.rows);
        let values = linear.weight.data.iter().chain(&linear.bias);
        assert!(values.copied().all(f32::is_finite));
    }
});
