//! Models compiled into the library (feature `bundled`), so that the first picture needs no download.

use super::mlp::{Mlp, ModelError};

/// The three files of a model directory.
struct Bundled {
    name: &'static str,
    config: &'static str,
    scheduler: &'static str,
    weights: &'static [u8],
}

#[cfg(feature = "bundled")]
const BUNDLED: &[Bundled] = &[Bundled {
    name: "digits",
    config: include_str!("../../models/digits/config.json"),
    scheduler: include_str!("../../models/digits/scheduler_config.json"),
    weights: include_bytes!("../../models/digits/model.safetensors"),
}];
#[cfg(not(feature = "bundled"))]
const BUNDLED: &[Bundled] = &[];

/// The names [`Mlp::bundled`] knows.
pub fn names() -> Vec<&'static str> {
    BUNDLED.iter().map(|model| model.name).collect()
}

impl Mlp {
    /// A model compiled into the library.
    ///
    /// # Errors
    /// [`ModelError::UnknownBundled`], with the names there are; with the feature `bundled` off there are none.
    pub fn bundled(name: &str) -> Result<Self, ModelError> {
        let model = BUNDLED
            .iter()
            .find(|model| model.name == name)
            .ok_or_else(|| ModelError::UnknownBundled {
                name: name.to_owned(),
            })?;
        Self::from_parts(name, model.config, model.scheduler, model.weights)
    }
}
