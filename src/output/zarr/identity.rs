//! Which run an array is of.

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::output::RunParameters;

/// Parameters that do not say which samples these are: the version is a part of the device's class,
/// and a model is told by its contents, wherever it lies.
const NOT_COMPARED: [&str; 2] = ["software", "model"];

/// The class of an array whose samples come from devices of several.
pub const MIXED: &str = "mixed";

/// Which run an array is of, and which class of devices its samples come from.
#[derive(Debug, Clone, PartialEq)]
pub struct RunIdentity {
    parameters: Map<String, Value>,
    device_class: String,
}

impl RunIdentity {
    /// A run by its parameters: all that decides its samples is among them. Samples have the same
    /// bits within a class of devices.
    #[must_use]
    pub fn new(parameters: &RunParameters, device_class: &str) -> Self {
        let parameters = serde_json::from_str(&parameters.to_json());
        Self {
            parameters: parameters.expect("an object, as written"),
            device_class: device_class.to_owned(),
        }
    }

    /// The class of devices, `mixed` where there are several.
    #[must_use]
    pub fn device_class(&self) -> &str {
        &self.device_class
    }

    /// SHA-256 of the parameters that decide the samples, in hexadecimal.
    #[must_use]
    pub fn hash(&self) -> String {
        let mut compared = self.parameters.clone();
        compared.retain(|name, _| !NOT_COMPARED.contains(&name.as_str()));
        let text = Value::Object(compared).to_string();
        hexadecimal(&Sha256::digest(text.as_bytes()))
    }

    /// The same run on devices of several classes.
    pub(super) fn mixed(&self) -> Self {
        Self {
            parameters: self.parameters.clone(),
            device_class: MIXED.to_owned(),
        }
    }

    /// Attributes of the array.
    pub(super) fn attributes(&self) -> Map<String, Value> {
        let hash = Value::String(self.hash());
        let class = Value::String(self.device_class.clone());
        let run = Value::Object(self.parameters.clone());
        [("run", run), ("run_hash", hash), ("device_class", class)]
            .map(|(name, value)| (name.to_owned(), value))
            .into_iter()
            .collect()
    }

    /// What an array's attributes say; none if they do not.
    pub(super) fn of(attributes: &Map<String, Value>) -> Option<Self> {
        Some(Self {
            parameters: attributes.get("run")?.as_object()?.clone(),
            device_class: attributes.get("device_class")?.as_str()?.to_owned(),
        })
    }

    /// The first parameter in which another run differs, and how; none if it is the same run.
    pub(super) fn difference(&self, ours: &Self) -> Option<String> {
        let names = self.parameters.keys().chain(ours.parameters.keys());
        let of = |run: &Self, name: &str| run.parameters.get(name).cloned().unwrap_or_default();
        names
            .filter(|name| !NOT_COMPARED.contains(&name.as_str()))
            .find(|name| of(self, name) != of(ours, name))
            .map(|name| {
                format!(
                    "{name} is {} there, {} here",
                    of(self, name),
                    of(ours, name)
                )
            })
    }
}

/// Bytes as text.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(seed: u64, model: &str) -> RunIdentity {
        let mut run = RunParameters::new("sample");
        run.option("model", model).option("seed", seed);
        RunIdentity::new(&run, "cpu")
    }

    #[test]
    fn runs_differ_by_what_decides_their_samples() {
        let (run, moved, other) = (identity(1, "a"), identity(1, "b/a"), identity(2, "a"));
        assert_eq!((run.hash(), run.difference(&moved)), (moved.hash(), None));
        assert_ne!(run.hash(), other.hash());
        assert_eq!(
            run.difference(&other).as_deref(),
            Some("seed is 1 there, 2 here")
        );
        assert_eq!(RunIdentity::of(&run.attributes()), Some(run.clone()));
        assert_eq!(run.mixed().hash(), run.hash());
    }
}
