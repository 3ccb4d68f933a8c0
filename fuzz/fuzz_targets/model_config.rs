//! `config.json`: refused, or sizes whose product is within what is promised.
#![no_main]

use ddim_wgpu::network::{MAX_DIMS, MAX_PARAMETERS, MlpConfig};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(config) = MlpConfig::from_json(text) {
        assert!((1..=MAX_DIMS).contains(&config.dims()));
        assert!(config.hidden_size * config.hidden_size * config.num_blocks <= MAX_PARAMETERS);
    }
});
