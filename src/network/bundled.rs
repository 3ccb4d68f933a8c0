//! Models compiled into the library (feature `bundled`), so that the first picture needs no
//! download.

/// The files of a model directory.
pub(super) struct Bundled {
    name: &'static str,
    pub(super) config: &'static str,
    pub(super) scheduler: &'static str,
    pub(super) weights: &'static [u8],
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

/// The files of the model called `name`, if it is compiled in.
pub(super) fn find(name: &str) -> Option<&'static Bundled> {
    BUNDLED.iter().find(|model| model.name == name)
}

/// The names [`Model::bundled`](super::Model::bundled) knows.
pub fn names() -> Vec<&'static str> {
    BUNDLED.iter().map(|model| model.name).collect()
}

/// The model card, the directory's README.md, of a model compiled into the library.
pub fn card(name: &str) -> Option<&'static str> {
    find(name).map(|model| model.card)
}
