//! Reading the goldens of `tests/data`, and comparing with them.

use std::fmt;
use std::path::{Path, PathBuf};

use safetensors::{Dtype, SafeTensors};
use serde::de::DeserializeOwned;

/// A file or folder of `tests/data`.
pub(crate) fn path(relative: impl AsRef<Path>) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(relative)
}

/// A JSON golden.
pub(crate) fn json<T: DeserializeOwned>(relative: impl AsRef<Path>) -> T {
    let path = path(relative);
    serde_json::from_slice(&read(&path))
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The arrays of a safetensors golden.
pub(crate) struct Arrays {
    path: PathBuf,
    bytes: Vec<u8>,
}

/// One array, in C order.
#[derive(Debug, Clone)]
pub(crate) struct Array {
    pub(crate) shape: Vec<usize>,
    pub(crate) values: Vec<f64>,
}

impl Arrays {
    pub(crate) fn read(relative: impl AsRef<Path>) -> Self {
        let path = path(relative);
        let bytes = read(&path);
        Self { path, bytes }
    }

    /// The array `name`, widened to `f64`.
    pub(crate) fn get(&self, name: &str) -> Array {
        let file = SafeTensors::deserialize(&self.bytes)
            .unwrap_or_else(|e| panic!("{}: {e}", self.path.display()));
        let view = file
            .tensor(name)
            .unwrap_or_else(|e| panic!("{}: {name}: {e}", self.path.display()));
        let values = match view.dtype() {
            Dtype::F64 => words(view.data()).map(f64::from_le_bytes).collect(),
            Dtype::F32 => words(view.data())
                .map(|word| f32::from_le_bytes(word).into())
                .collect(),
            Dtype::I64 => words(view.data())
                .map(|word| i64::from_le_bytes(word) as f64)
                .collect(),
            other => panic!("{}: {name} is {other:?}", self.path.display()),
        };
        Array {
            shape: view.shape().to_vec(),
            values,
        }
    }
}

impl Array {
    /// Entry `index` along the first axis.
    pub(crate) fn row(&self, index: usize) -> &[f64] {
        let length = self.values.len() / self.shape[0];
        &self.values[index * length..][..length]
    }

    /// The values as the sampler takes them. Exact for the goldens that are inputs,
    /// which are stored as `f32`.
    pub(crate) fn to_f32(&self) -> Vec<f32> {
        to_f32(&self.values)
    }
}

pub(crate) fn to_f32(values: &[f64]) -> Vec<f32> {
    values.iter().map(|&value| value as f32).collect()
}

fn words<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = [u8; N]> {
    bytes
        .chunks_exact(N)
        .map(|word| word.try_into().expect("N bytes"))
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The first value that is not as it should be.
#[derive(Debug)]
pub(crate) struct Mismatch {
    what: String,
    index: usize,
    found: f64,
    expected: f64,
    limit: f64,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            what,
            index,
            found,
            expected,
            limit,
        } = self;
        let off = (found - expected).abs();
        write!(
            f,
            "{what}[{index}] is {found:e}, golden {expected:e}: off by {off:.2e}, limit {limit:.2e}"
        )
    }
}

/// Compares arrays; `limit` is the largest difference allowed from each golden value. What is
/// not a number never passes.
pub(crate) fn compare(
    what: impl fmt::Display,
    found: &[f64],
    expected: &[f64],
    limit: impl Fn(f64) -> f64,
) -> Result<(), Mismatch> {
    assert_eq!(found.len(), expected.len(), "{what}: number of values");
    for (index, (&found, &expected)) in found.iter().zip(expected).enumerate() {
        let limit = limit(expected);
        let close = (found - expected).abs() <= limit;
        if !close {
            return Err(Mismatch {
                what: what.to_string(),
                index,
                found,
                expected,
                limit,
            });
        }
    }
    Ok(())
}

/// The largest magnitude among values.
pub(crate) fn largest(values: &[f64]) -> f64 {
    values
        .iter()
        .fold(0.0, |largest, value| value.abs().max(largest))
}

/// Fails the test with the mismatch, if there is one.
#[track_caller]
pub(crate) fn pass(result: Result<(), Mismatch>) {
    if let Err(mismatch) = result {
        panic!("{mismatch}");
    }
}

/// Fails the test if the planted fault was not noticed.
#[track_caller]
pub(crate) fn must_fail(fault: &str, result: Result<(), Mismatch>) {
    assert!(
        result.is_err(),
        "the golden did not notice the planted fault: {fault}"
    );
}
