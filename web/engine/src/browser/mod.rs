//! What JavaScript sees.

mod cpu_play;
mod device;
mod gpu_play;
mod network;
mod panics;
mod player;
mod sampler;
mod script;
mod view;

use ddim_wgpu::diffusion::SamplerKind;
use wasm_bindgen::prelude::wasm_bindgen;

/// Version of the library.
#[wasm_bindgen]
#[must_use]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// Names of the samplers, as a plan takes them.
#[wasm_bindgen(js_name = samplerNames)]
#[must_use]
pub fn sampler_names() -> Vec<String> {
    let all = SamplerKind::ALL.iter();
    all.map(|kind| kind.name().to_owned()).collect()
}

#[wasm_bindgen(start)]
fn start() {
    panics::keep_messages();
}
