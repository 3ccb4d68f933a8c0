//! The fastest forms that were found, as text to keep: by adapter, driver and shape of the network.

use serde::{Deserialize, Serialize};
use wgpu::{AdapterInfo, Device};

use super::choice::StepChoice;
use crate::gpu::{Kernel, Precision};
use crate::network::{Model, Stage};

/// What the text is, so that a later form of it is told apart.
const VERSION: u32 = 1;

/// The fastest forms that were found, of any number of devices and networks.
///
/// An entry is of one adapter, driver with its version, shape of network, precision and version of this
/// crate, whose kernels it has measured; a lookup finds nothing where any of them differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TuningCache {
    version: u32,
    entries: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    on: Key,
    kernel: String,
    tile_samples: std::num::NonZeroUsize,
    rows_per_dispatch: std::num::NonZeroUsize,
    /// Samples of the batch that was measured, for people.
    samples: usize,
    /// The median of a run, for people.
    seconds: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    adapter: String,
    driver: String,
    backend: String,
    network: String,
    precision: String,
    ddim_wgpu: String,
}

/// Why a text is no cache.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CacheError {
    /// It is no JSON, or not of this form.
    #[error("no tuning cache: {0}")]
    Json(#[from] serde_json::Error),
    /// It is of another version of the format.
    #[error("a tuning cache of format {found}, not {VERSION}")]
    Version {
        /// The version that it names.
        found: u32,
    },
}

impl Default for TuningCache {
    fn default() -> Self {
        Self {
            version: VERSION,
            entries: Vec::new(),
        }
    }
}

impl TuningCache {
    /// Reads what [`TuningCache::to_json`] has made.
    ///
    /// # Errors
    /// [`CacheError`].
    pub fn from_json(text: &str) -> Result<Self, CacheError> {
        let cache: Self = serde_json::from_str(text)?;
        match cache.version {
            VERSION => Ok(cache),
            found => Err(CacheError::Version { found }),
        }
    }

    /// The whole cache as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("names and numbers are JSON")
    }

    /// The form that was found for such a model on this device.
    #[must_use]
    pub fn find(&self, device: &Device, model: &Model, precision: Precision) -> Option<StepChoice> {
        self.look_up(&Key::new(&device.adapter_info(), model, precision))
    }

    /// Keeps the form `choice`, in place of an earlier one: found with a batch of `samples`, whose run took
    /// `seconds`.
    pub fn keep(
        &mut self,
        device: &Device,
        (model, precision): (&Model, Precision),
        choice: StepChoice,
        (samples, seconds): (usize, f64),
    ) {
        let key = Key::new(&device.adapter_info(), model, precision);
        self.entries.retain(|entry| entry.on != key);
        self.entries.push(Entry {
            on: key,
            kernel: choice.kernel.name().to_owned(),
            tile_samples: choice.tile_samples,
            rows_per_dispatch: choice.rows_per_dispatch,
            samples,
            seconds,
        });
    }

    fn look_up(&self, key: &Key) -> Option<StepChoice> {
        let entry = self.entries.iter().find(|entry| entry.on == *key)?;
        let mut kernels = Kernel::ALL.into_iter();
        Some(StepChoice {
            kernel: kernels.find(|kernel| kernel.name() == entry.kernel)?,
            tile_samples: entry.tile_samples,
            rows_per_dispatch: entry.rows_per_dispatch,
        })
    }
}

impl Key {
    fn new(adapter: &AdapterInfo, model: &Model, precision: Precision) -> Self {
        Self {
            adapter: format!(
                "{} ({:04x}:{:04x})",
                adapter.name, adapter.vendor, adapter.device
            ),
            driver: format!("{} {}", adapter.driver, adapter.driver_info),
            backend: adapter.backend.to_string(),
            network: shape(model),
            precision: match precision {
                Precision::Single => "single",
                Precision::Half => "half",
            }
            .to_owned(),
            ddim_wgpu: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

/// What of a network decides how fast its forms are: not its numbers.
fn shape(model: &Model) -> String {
    let classes = model
        .num_classes()
        .map_or(String::new(), |n| format!(", {n} classes"));
    let (kind, widest) = match model.mlp() {
        Some(mlp) => ("residual MLP", mlp.config().hidden_size.max(model.dims())),
        None => ("layers", model.program().widest_linear(Stage::State)),
    };
    let multiply_adds = model.multiply_adds();
    format!(
        "{kind} of {:?} values, {multiply_adds} multiply-adds, {widest} wide{classes}",
        model.sample_shape()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::num::NonZeroUsize;

    fn key(adapter: &str) -> Key {
        let text = |text: &str| text.to_owned();
        Key {
            adapter: text(adapter),
            driver: text("d 1"),
            backend: text("vulkan"),
            network: text("n"),
            precision: text("single"),
            ddim_wgpu: text("0"),
        }
    }

    #[test]
    fn what_is_kept_is_found_again_and_only_by_its_key() {
        let mut cache = TuningCache::default();
        cache.entries.push(Entry {
            on: key("a"),
            kernel: "mlp_step_split".to_owned(),
            tile_samples: NonZeroUsize::new(4).expect("not 0"),
            rows_per_dispatch: NonZeroUsize::MIN,
            samples: 1,
            seconds: 0.5,
        });
        let read = TuningCache::from_json(&cache.to_json()).expect("its own text");
        assert_eq!(read, cache);
        let found = read.look_up(&key("a")).expect("an entry");
        assert_eq!(
            (found.kernel, found.tile_samples.get()),
            (Kernel::MlpStepSplit, 4)
        );
        assert_eq!(read.look_up(&key("b")), None);
    }

    #[test]
    fn what_is_no_cache_is_refused() {
        for text in [
            "",
            "{}",
            r#"{"version":1,"entries":[{}]}"#,
            r#"{"version":1,"entries":[],"x":0}"#,
        ] {
            assert!(
                matches!(TuningCache::from_json(text), Err(CacheError::Json(_))),
                "{text}"
            );
        }
        let later = TuningCache::from_json(r#"{"version":2,"entries":[]}"#);
        assert!(matches!(later, Err(CacheError::Version { found: 2 })));
    }
}
