//! The files that the weights of a model directory lie in: one, or several with an index.

use std::collections::{BTreeSet, HashMap};
use std::io::Read;
use std::path::Path;

use serde::Deserialize;

use super::directory::{self, read_json};
use super::error::{ModelError, WeightsError};
use super::limits::MAX_SHARDS;
use super::tensors::WeightsFile;

const WEIGHTS: &str = "model.safetensors";
const INDEX: &str = "model.safetensors.index.json";

#[derive(Deserialize)]
struct Index {
    weight_map: HashMap<String, String>,
}

/// Opens `model.safetensors`, or the files that `model.safetensors.index.json` names where the
/// first is not there; `model` is what errors call it.
pub(in crate::network) fn open_weights(
    directory: &Path,
    model: &str,
) -> Result<Vec<WeightsFile<impl Read + use<>>>, ModelError> {
    let names = if directory.join(WEIGHTS).exists() || !directory.join(INDEX).exists() {
        BTreeSet::from([WEIGHTS.to_owned()])
    } else {
        let text = read_json(directory.join(INDEX))?;
        shard_names(&text).map_err(|source| ModelError::Weights {
            model: model.to_owned(),
            source,
        })?
    };
    names
        .into_iter()
        .map(|name| {
            let (reader, bytes) = directory::open_weights(directory.join(name))?;
            Ok(WeightsFile { reader, bytes })
        })
        .collect()
}

/// The files that an index names, which must lie beside it.
fn shard_names(text: &str) -> Result<BTreeSet<String>, WeightsError> {
    let index: Index = serde_json::from_str(text).map_err(WeightsError::Index)?;
    let names: BTreeSet<String> = index.weight_map.into_values().collect();
    if names.len() > MAX_SHARDS {
        return Err(WeightsError::TooManyShards {
            found: names.len(),
            limit: MAX_SHARDS,
        });
    }
    let plain = |name: &String| {
        !name.starts_with('.') && name.ends_with(".safetensors") && !name.contains(['/', '\\', ':'])
    };
    match names.iter().find(|name| !plain(name)) {
        Some(name) => Err(WeightsError::ShardName { file: name.clone() }),
        None => Ok(names),
    }
}
