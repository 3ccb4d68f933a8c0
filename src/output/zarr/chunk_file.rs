//! A chunk on its way to its place.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::codec::Encoder;
use super::document;
use super::error::ZarrError;
use super::layout::Layout;
use crate::output::temporary::Temporary;

/// A chunk that is being written, under another name until it is whole. Dropped before that, it
/// leaves what was there.
#[derive(Debug)]
pub struct ChunkFile {
    encoder: Encoder<File>,
    temporary: Temporary,
    path: PathBuf,
}

impl ChunkFile {
    /// Starts the chunk that will appear at `path` in the array's directory.
    pub fn create(directory: &Path, path: PathBuf, layout: &Layout) -> Result<Self, ZarrError> {
        let start = || {
            let (temporary, file) = Temporary::beside(&directory.join(document::NAME))?;
            Ok((Encoder::new(layout, file)?, temporary))
        };
        match start() {
            Ok((encoder, temporary)) => Ok(Self {
                encoder,
                temporary,
                path,
            }),
            Err(source) => Err(ZarrError::writing(&path, source)),
        }
    }

    /// Adds values of the chunk's samples, no more than it still lacks.
    pub fn push(&mut self, values: &[f32]) -> Result<(), ZarrError> {
        let pushed = self.encoder.push(values);
        pushed.map_err(|source| ZarrError::writing(&self.path, source))
    }

    /// Puts the chunk in its place, where it lasts.
    pub fn finish(self) -> Result<(), ZarrError> {
        let Self {
            encoder,
            temporary,
            path,
        } = self;
        let place = || {
            let file = encoder.finish()?;
            file.sync_all()?;
            let parent = path.parent().unwrap_or(Path::new(""));
            fs::create_dir_all(parent)?;
            temporary.persist(file, &path)?;
            sync_directory(parent)
        };
        place().map_err(|source| ZarrError::writing(&path, source))
    }
}

/// Makes a name in a directory last, where directories can be synced.
fn sync_directory(directory: &Path) -> std::io::Result<()> {
    if cfg!(unix) {
        File::open(directory)?.sync_all()?;
    }
    Ok(())
}
