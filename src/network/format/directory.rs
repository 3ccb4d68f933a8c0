//! The files of a model directory on disk.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::directory_kind::DirectoryKind;
use super::error::ModelError;
use super::file_kind::FileKind;
use super::limits::MAX_JSON_BYTES;
use super::regular_file::open_regular;
use super::text::decode_text;

/// Opens a file of a model directory, and tells its length. A pipe, which would be waited for, is
/// refused, and a missing file says what the directory is instead.
pub fn open(path: &Path) -> Result<(File, u64), ModelError> {
    let failed = |source: io::Error| {
        let directory = path.parent().unwrap_or(Path::new("."));
        match DirectoryKind::of(directory) {
            Some(kind) if source.kind() == io::ErrorKind::NotFound => ModelError::Directory {
                path: directory.to_owned(),
                kind,
            },
            _ => ModelError::Io {
                path: path.to_owned(),
                source,
            },
        }
    };
    open_regular(path).map_err(failed)
}

/// A JSON file of a model directory, as text.
pub fn read_json(path: PathBuf) -> Result<String, ModelError> {
    let (file, _) = open(&path)?;
    let mut bytes = Vec::new();
    if let Err(source) = file.take(MAX_JSON_BYTES + 1).read_to_end(&mut bytes) {
        return Err(ModelError::Io { path, source });
    }
    if bytes.len() as u64 > MAX_JSON_BYTES {
        return Err(ModelError::JsonTooLarge { path });
    }
    if let Some(kind) = FileKind::of(&bytes).filter(|&kind| kind != FileKind::Json) {
        return Err(ModelError::Foreign { path, kind });
    }
    decode_text(bytes).map_err(|source| ModelError::Io { path, source })
}

/// A JSON file that a model directory may have, as text; none if there is no such file.
pub fn read_json_if_there(path: PathBuf) -> Result<Option<String>, ModelError> {
    match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        _ => read_json(path).map(Some),
    }
}

/// Opens the weights: a reader of the whole file, and its length.
pub fn open_weights(path: PathBuf) -> Result<(impl Read, u64), ModelError> {
    let (mut file, bytes) = open(&path)?;
    let mut start = Vec::new();
    if let Err(source) = file
        .by_ref()
        .take(FileKind::BYTES as u64)
        .read_to_end(&mut start)
    {
        return Err(ModelError::Io { path, source });
    }
    // A length of eight bytes and then the header: whatever the length looks
    // like, it is safetensors.
    let safetensors = start.get(8) == Some(&b'{');
    if !safetensors && let Some(kind) = FileKind::of(&start) {
        return Err(ModelError::Foreign { path, kind });
    }
    Ok((
        io::Cursor::new(start).chain(io::BufReader::new(file)),
        bytes,
    ))
}
