//! Features and limits to open a device with.

use wgpu::{Adapter, Features, Limits};

/// Features a device must have for the sampler: none.
#[must_use]
pub const fn required_features() -> Features {
    Features::empty()
}

/// Limits a device must have for the sampler to take every model that fits them: wgpu's defaults.
#[must_use]
pub fn required_limits() -> Limits {
    Limits::default()
}

/// Features of the adapter that are worth requesting. Subgroups and 64-bit integers make kernels
/// faster and never change what they compute; timestamps measure how fast, which
/// [`Budget`](crate::gpu::Budget) relies on.
#[must_use]
pub fn optional_features(adapter: &Adapter) -> Features {
    let faster = Features::SUBGROUP | Features::SHADER_INT64 | Features::SHADER_F16;
    let timed = Features::TIMESTAMP_QUERY | Features::TIMESTAMP_QUERY_INSIDE_ENCODERS;
    adapter.features() & (faster | timed)
}
