//! The files that the weights of a model directory lie in: one, or several with an index.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::error::WeightsError;
use super::limits::{MAX_HEADER_BYTES, MAX_SHARDS};
use super::tensors::WeightsFile;

const WEIGHTS: &str = "model.safetensors";
const INDEX: &str = "model.safetensors.index.json";

/// Why the files could not be opened.
pub(in crate::network) enum OpenError {
    /// A file could not be read.
    Io(PathBuf, io::Error),
    /// The index was refused.
    Index(WeightsError),
}

#[derive(Deserialize)]
struct Index {
    weight_map: std::collections::HashMap<String, String>,
}

/// Opens `model.safetensors`, or the files that `model.safetensors.index.json` names where the first is
/// not there.
pub(in crate::network) fn open_weights(
    directory: &Path,
) -> Result<Vec<WeightsFile<BufReader<File>>>, OpenError> {
    let open = |path: PathBuf| {
        let opened = File::open(&path).and_then(|file| {
            let bytes = file.metadata()?.len();
            let reader = BufReader::new(file);
            Ok(WeightsFile { reader, bytes })
        });
        opened.map_err(|error| OpenError::Io(path, error))
    };
    let (single, index) = (directory.join(WEIGHTS), directory.join(INDEX));
    if single.exists() || !index.exists() {
        return Ok(vec![open(single)?]);
    }
    let mut text = String::new();
    let limit = MAX_HEADER_BYTES;
    File::open(&index)
        .and_then(|file| file.take(limit + 1).read_to_string(&mut text))
        .map_err(|error| OpenError::Io(index, error))?;
    if text.len() as u64 > limit {
        let found = text.len() as u64;
        return Err(OpenError::Index(WeightsError::HeaderTooLarge { found }));
    }
    let names = shard_names(&text).map_err(OpenError::Index)?;
    names
        .into_iter()
        .map(|name| open(directory.join(name)))
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
