//! The header of a safetensors file, read with limits of our own.
//!
//! The `safetensors` crate accepts a header of 100 MB and keeps the last of two tensors of one
//! name. Weights come from strangers, so the header is measured before it is read, and names,
//! offsets and sizes are checked before anything is allocated for them.

use std::io::Read;

use safetensors::tensor::TensorInfo;
use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

use super::error::WeightsError;
use super::limits::{MAX_HEADER_BYTES, MAX_TENSORS};

/// Bytes of the length that precedes the header.
const LENGTH_BYTES: u64 = 8;

/// The tensors of a file in the order of their data, which they cover without gap or overlap.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) tensors: Vec<(String, TensorInfo)>,
}

impl Header {
    /// Reads the length and the header of a file of `file_bytes` bytes, and leaves `reader` at the
    /// first tensor.
    pub(super) fn read(reader: &mut impl Read, file_bytes: u64) -> Result<Self, WeightsError> {
        let mut length = [0; LENGTH_BYTES as usize];
        if file_bytes < LENGTH_BYTES {
            return Err(WeightsError::Truncated {
                needed: LENGTH_BYTES,
                found: file_bytes,
            });
        }
        reader.read_exact(&mut length)?;
        let header_bytes = u64::from_le_bytes(length);
        if header_bytes > MAX_HEADER_BYTES {
            return Err(WeightsError::HeaderTooLarge {
                found: header_bytes,
            });
        }
        let data_start = LENGTH_BYTES + header_bytes;
        if file_bytes < data_start {
            return Err(WeightsError::Truncated {
                needed: data_start,
                found: file_bytes,
            });
        }
        let mut text = vec![0; header_bytes as usize];
        reader.read_exact(&mut text)?;
        let Entries(mut tensors) = serde_json::from_slice(&text).map_err(WeightsError::Header)?;
        drop(text);
        refuse_duplicates(&tensors)?;
        tensors.sort_by_key(|(_, info)| info.data_offsets);
        let data_bytes = check_offsets(&tensors)?;
        let needed = data_start.saturating_add(data_bytes);
        if file_bytes < needed {
            return Err(WeightsError::Truncated {
                needed,
                found: file_bytes,
            });
        }
        if file_bytes > needed {
            return Err(WeightsError::TrailingBytes {
                needed,
                found: file_bytes,
            });
        }
        Ok(Self { tensors })
    }
}

fn refuse_duplicates(tensors: &[(String, TensorInfo)]) -> Result<(), WeightsError> {
    let mut names: Vec<&str> = tensors.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(WeightsError::DuplicateTensor {
            name: pair[0].to_owned(),
        }),
        None => Ok(()),
    }
}

/// Checks that the tensors, sorted, follow one another from 0, each as long as its shape says;
/// returns where they end.
fn check_offsets(tensors: &[(String, TensorInfo)]) -> Result<u64, WeightsError> {
    let mut expected = 0_usize;
    for (name, info) in tensors {
        let (start, end) = info.data_offsets;
        if start != expected || end < start {
            return Err(WeightsError::Offsets {
                name: name.clone(),
                start,
                end,
                expected,
            });
        }
        let bits = info
            .shape
            .iter()
            .try_fold(info.dtype.bitsize(), |bits, &side| bits.checked_mul(side));
        if bits != (end - start).checked_mul(8) {
            return Err(WeightsError::Length {
                name: name.clone(),
                shape: info.shape.clone(),
                bytes: end - start,
            });
        }
        expected = end;
    }
    Ok(expected as u64)
}

/// The header's object as a list, so that a name given twice can be seen.
struct Entries(Vec<(String, TensorInfo)>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntriesVisitor;

        impl<'de> Visitor<'de> for EntriesVisitor {
            type Value = Entries;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("an object of tensors")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut entries = Vec::new();
                while let Some(name) = map.next_key::<String>()? {
                    if name == "__metadata__" {
                        map.next_value::<IgnoredAny>()?;
                        continue;
                    }
                    if entries.len() == MAX_TENSORS {
                        return Err(A::Error::custom(format_args!(
                            "more than {MAX_TENSORS} tensors"
                        )));
                    }
                    entries.push((name, map.next_value()?));
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(EntriesVisitor)
    }
}
