//! Models compiled into the library (feature `bundled`), so that the first picture needs no download.

use super::mlp::{Mlp, ModelError};

/// The files of a model directory.
struct Bundled {
    name: &'static str,
    config: &'static str,
    scheduler: &'static str,
    weights: &'static [u8],
    card: &'static str,
}

#[cfg(feature = "bundled")]
const BUNDLED: &[Bundled] = &[Bundled {
    name: "digits",
    config: include_str!("../../models/digits/config.json"),
    scheduler: include_str!("../../models/digits/scheduler_config.json"),
    weights: include_bytes!("../../models/digits/model.safetensors"),
    card: include_str!("../../models/digits/README.md"),
}];
#[cfg(not(feature = "bundled"))]
const BUNDLED: &[Bundled] = &[];

/// The names [`Mlp::bundled`] knows.
pub fn names() -> Vec<&'static str> {
    BUNDLED.iter().map(|model| model.name).collect()
}

/// The model card, the directory's README.md, of a model compiled into the library.
pub fn card(name: &str) -> Option<&'static str> {
    let model = BUNDLED.iter().find(|model| model.name == name);
    model.map(|model| model.card)
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
