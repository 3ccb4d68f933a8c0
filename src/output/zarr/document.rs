//! `zarr.json`: a layout and attributes, as Zarr v3 writes them down.

use serde_json::{Map, Value, json};

use super::codec::LEVEL;
use super::layout::{Layout, MAX_CHUNKS, Stored};

/// The file's name.
pub const NAME: &str = "zarr.json";

/// Most bytes of a chunk that is read: a document is not to be trusted with the memory of the
/// machine.
const MAX_CHUNK_BYTES: usize = 1 << 30;

/// The document of a layout.
pub fn write(layout: &Layout, attributes: &Map<String, Value>) -> String {
    let shape = |first: usize| [&[first], &layout.sample_shape[..]].concat();
    let (data_type, bytes, fill) = match layout.stored {
        // What is missing is seen to be missing.
        Stored::F32 => (
            "float32",
            json!({"name": "bytes", "configuration": {"endian": "little"}}),
            json!("NaN"),
        ),
        Stored::U8 => ("uint8", json!({"name": "bytes"}), json!(0)),
    };
    let mut codecs = vec![bytes];
    if layout.compressed {
        codecs.push(json!({"name": "zstd", "configuration": {"level": LEVEL, "checksum": false}}));
    }
    codecs.push(json!({"name": "crc32c"}));
    let document = json!({
        "zarr_format": 3,
        "node_type": "array",
        "shape": shape(layout.samples),
        "data_type": data_type,
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": shape(layout.chunk_samples)}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "fill_value": fill,
        "codecs": codecs,
        "dimension_names": dimension_names(layout),
        "attributes": attributes,
    });
    let mut text = serde_json::to_string_pretty(&document).expect("strings as keys");
    text.push('\n');
    text
}

fn dimension_names(layout: &Layout) -> Vec<Option<&'static str>> {
    let of_sample = match layout.sample_shape.len() {
        1 => vec![Some("coordinate")],
        3 => vec![Some("channel"), Some("height"), Some("width")],
        axes => vec![None; axes],
    };
    [vec![Some("sample")], of_sample].concat()
}

/// Takes the text of a `zarr.json` apart, from anyone: the layout and the attributes.
///
/// # Errors
/// What of it is not as this library writes it.
pub fn read(text: &str) -> Result<(Layout, Map<String, Value>), String> {
    let document: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let is = |pointer: &str, expected: Value| {
        let found = document.pointer(pointer).unwrap_or(&Value::Null);
        (*found == expected)
            .then_some(())
            .ok_or_else(|| format!("{pointer} is {found}, not {expected}"))
    };
    is("/zarr_format", json!(3))?;
    is("/node_type", json!("array"))?;
    is("/chunk_grid/name", json!("regular"))?;
    is("/chunk_key_encoding/name", json!("default"))?;
    is("/chunk_key_encoding/configuration/separator", json!("/"))?;
    let shape = lengths(&document, "/shape")?;
    let chunk = lengths(&document, "/chunk_grid/configuration/chunk_shape")?;
    let (Some((&samples, sample_shape)), Some((&chunk_samples, chunk_shape))) =
        (shape.split_first(), chunk.split_first())
    else {
        return Err("an array without axes".to_owned());
    };
    if sample_shape != chunk_shape {
        return Err(format!(
            "chunks of {chunk_shape:?} of samples of {sample_shape:?}"
        ));
    }
    let stored = match document.pointer("/data_type").and_then(Value::as_str) {
        Some("float32") => Stored::F32,
        Some("uint8") => Stored::U8,
        other => return Err(format!("data_type {other:?}, not float32 or uint8")),
    };
    let bytes = chunk.iter().try_fold(stored.bytes(), |product, &length| {
        product.checked_mul(length).filter(|&bytes| bytes > 0)
    });
    if samples == 0 || bytes.is_none_or(|bytes| bytes > MAX_CHUNK_BYTES) {
        return Err(format!(
            "an array of {shape:?} in chunks of {chunk:?}: at least 1 value and at most {MAX_CHUNK_BYTES} bytes a chunk"
        ));
    }
    let chunks = samples.div_ceil(chunk_samples);
    if chunks > MAX_CHUNKS {
        return Err(format!("{chunks} chunks, of {MAX_CHUNKS} at most"));
    }
    let layout = Layout {
        samples,
        sample_shape: sample_shape.to_vec(),
        chunk_samples,
        stored,
        compressed: compressed(&document)?,
    };
    let attributes = document.get("attributes").and_then(Value::as_object);
    Ok((layout, attributes.cloned().unwrap_or_default()))
}

/// Whether the codecs are those with compression or those without.
fn compressed(document: &Value) -> Result<bool, String> {
    let codecs = document.get("codecs").and_then(Value::as_array);
    let names: Vec<&str> = codecs
        .into_iter()
        .flatten()
        .map(|codec| codec.get("name").and_then(Value::as_str).unwrap_or("?"))
        .collect();
    let endian = document.pointer("/codecs/0/configuration/endian");
    if endian.is_some_and(|endian| endian != "little") {
        return Err(format!("bytes in the order {endian:?}, not little"));
    }
    match names.as_slice() {
        ["bytes", "crc32c"] => Ok(false),
        ["bytes", "zstd", "crc32c"] => Ok(true),
        _ => Err(format!("codecs {names:?}, not bytes, zstd or none, crc32c")),
    }
}

fn lengths(document: &Value, pointer: &str) -> Result<Vec<usize>, String> {
    let lengths = document.pointer(pointer).and_then(Value::as_array);
    let lengths = lengths.ok_or_else(|| format!("no {pointer}"))?;
    lengths
        .iter()
        .map(|length| length.as_u64().and_then(|length| length.try_into().ok()))
        .collect::<Option<_>>()
        .ok_or_else(|| format!("{pointer} is not a list of lengths"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut attributes = Map::new();
        attributes.insert("seed".to_owned(), json!(u64::MAX));
        for layout in [
            Layout::new(70, &[2]),
            Layout::new(5, &[3, 8, 8])
                .stored(Stored::U8)
                .compressed(true),
            Layout::new(100, &[1, 2, 2]).chunk_samples(33),
        ] {
            let text = write(&layout, &attributes);
            assert_eq!(read(&text), Ok((layout, attributes.clone())), "{text}");
        }
    }

    #[test]
    fn what_is_not_ours_is_refused_with_what_it_is() {
        let text = write(&Layout::new(70, &[2]), &Map::new());
        for (ours, theirs, message) in [
            ("\"zarr_format\": 3", "\"zarr_format\": 2", "zarr_format"),
            ("float32", "float64", "float64"),
            ("\"array\"", "\"group\"", "group"),
            ("little", "big", "big"),
            ("crc32c", "sha", "sha"),
            ("\"regular\"", "\"rectilinear\"", "rectilinear"),
            ("70", "0", "at least 1"),
            ("70", "1152921504606846976", "chunks"),
            ("70", "-1", "/shape"),
            ("{", "", "trailing"),
        ] {
            let error = read(&text.replacen(ours, theirs, 1)).expect_err(theirs);
            assert!(error.contains(message), "{error}");
        }
    }
}
