//! What is there of an array, and what is not.

use std::fs;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::array::{ZarrArray, is_missing};
use super::error::ZarrError;
use super::identity::{RunIdentity, hexadecimal};

/// What is there of an array, and what is not.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Coverage {
    /// Chunks of which there is nothing.
    pub missing: Vec<usize>,
    /// Chunks whose file is cut short or has another checksum.
    pub broken: Vec<usize>,
    /// Names among the chunks that belong to none.
    pub foreign: Vec<String>,
    /// Chunks of the array.
    pub chunks: usize,
    /// Samples of the array.
    pub samples: usize,
    /// Samples in whole chunks.
    pub samples_whole: usize,
    /// SHA-256 of all samples' stored bytes in order, without the chunks' checksums,
    /// in hexadecimal; none unless every chunk is whole. Of f32 it is that of an
    /// `.npy` file after its header.
    pub hash: Option<String>,
    /// The hash of the run's parameters.
    pub run_hash: Option<String>,
    /// The class of devices that the samples come from.
    pub device_class: Option<String>,
}

impl Coverage {
    /// Whether every chunk is there and whole.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.missing.is_empty() && self.broken.is_empty()
    }

    /// The chunks to make again, in order.
    #[must_use]
    pub fn to_make(&self) -> Vec<usize> {
        let mut chunks = [&self.missing[..], &self.broken].concat();
        chunks.sort_unstable();
        chunks
    }
}

/// Reads every chunk of an array, one at a time, and tells `progress` how many it has read.
///
/// # Errors
/// [`ZarrError::Io`] where a chunk that is there cannot be read.
pub fn check(array: &ZarrArray, mut progress: impl FnMut(usize)) -> Result<Coverage, ZarrError> {
    let layout = array.layout();
    let mut coverage = Coverage {
        missing: Vec::new(),
        broken: Vec::new(),
        foreign: foreign(array),
        chunks: layout.chunks(),
        samples: layout.samples(),
        samples_whole: 0,
        hash: None,
        run_hash: array.run().map(RunIdentity::hash),
        device_class: array.run().map(|run| run.device_class().to_owned()),
    };
    let mut hash = Sha256::new();
    for chunk in 0..layout.chunks() {
        match array.read_bytes(chunk) {
            Ok(bytes) => {
                coverage.samples_whole += layout.samples_of(chunk).len();
                // Of no use once a chunk is missing.
                if coverage.is_whole() {
                    hash.update(&bytes);
                }
            }
            Err(ZarrError::Chunk { .. }) => coverage.broken.push(chunk),
            Err(ZarrError::Io { source, .. }) if is_missing(&source) => {
                coverage.missing.push(chunk);
            }
            Err(error) => return Err(error),
        }
        progress(chunk + 1);
    }
    if coverage.is_whole() {
        coverage.hash = Some(hexadecimal(&hash.finalize()));
    }
    Ok(coverage)
}

/// Names beside the chunks that are no chunk's.
fn foreign(array: &ZarrArray) -> Vec<String> {
    let Ok(entries) = fs::read_dir(array.directory().join("c")) else {
        return Vec::new();
    };
    let is_chunk = |name: &str| {
        let number: Option<usize> = name.parse().ok();
        number.is_some_and(|n| n < array.layout().chunks() && n.to_string() == name)
    };
    let names = entries.flatten().map(|entry| entry.file_name());
    let mut names: Vec<String> = names
        .map(|name| name.to_string_lossy().into_owned())
        .filter(|name| !is_chunk(name))
        .collect();
    names.sort();
    names
}
