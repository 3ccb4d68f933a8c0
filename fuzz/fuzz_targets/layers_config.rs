//! `config.json` of the `layers` architecture with weights of its own: refused, or
//! a program that computes.
#![no_main]

use ddim_wgpu::network::{LayersConfig, MAX_DIMS, MAX_OPS, MAX_REGISTER_VALUES, Model};
use libfuzzer_sys::fuzz_target;

/// The tensors that the seeds name.
static WEIGHTS: &[u8] = include_bytes!("../seeds/layers.model.safetensors");
const SCHEDULER: &str = r#"{"num_train_timesteps": 20, "clip_sample": false}"#;

fuzz_target!(|text: &str| {
    if let Ok(config) = LayersConfig::from_json(text) {
        assert!((1..=MAX_DIMS).contains(&config.dims()));
        assert!(config.ops.len() <= MAX_OPS);
    }
    if let Ok(model) = Model::from_parts("fuzzed", text, SCHEDULER, WEIGHTS) {
        let program = model.program();
        let values: usize = program.registers.iter().map(|register| register.width).sum();
        // A register for the result and what operations keep beside theirs come after the check.
        assert!(values <= 3 * MAX_REGISTER_VALUES);
    }
});
