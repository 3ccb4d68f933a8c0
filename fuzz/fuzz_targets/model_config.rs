//! `config.json` and `data_config.json`: refused, or sizes whose product is within what is promised, and
//! columns that any sample is a row of.
#![no_main]

use ddim_wgpu::network::{DataConfig, MAX_DIMS, MAX_PARAMETERS, MlpConfig};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(config) = MlpConfig::from_json(text) {
        assert!((1..=MAX_DIMS).contains(&config.dims()));
        assert!(config.hidden_size * config.hidden_size * config.num_blocks <= MAX_PARAMETERS);
    }
    if let Ok(config) = DataConfig::from_json(text) {
        let width = config.columns.iter().map(|column| column.width()).sum();
        assert_eq!(config.row(&vec![0.5; width], None).len(), config.header(false).len());
    }
});
