//! An array in a directory.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::chunk_file::ChunkFile;
use super::codec;
use super::document;
use super::error::ZarrError;
use super::identity::{MIXED, RunIdentity};
use super::layout::{Layout, MAX_CHUNKS};
use crate::network::open_regular;
use crate::output::temporary::Temporary;

/// Longest document that is read.
const MAX_DOCUMENT: u64 = 1 << 20;

/// What is where a chunk should be.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChunkState {
    /// A file of the right length with the right checksum.
    Whole,
    /// Nothing.
    Missing,
    /// A file that is not a whole chunk, and why.
    Broken(String),
}

/// An array in a directory, which other processes may write too.
#[derive(Debug, Clone)]
pub struct ZarrArray {
    directory: PathBuf,
    layout: Layout,
    run: Option<RunIdentity>,
}

impl ZarrArray {
    /// Makes an array, or joins the run that has begun to fill it. Where samples of another class
    /// of devices are there, and `allow_mixed`, the array is `mixed` from then on.
    ///
    /// # Errors
    /// [`ZarrError`]: [`TooManyChunks`](ZarrError::TooManyChunks), [`OtherRun`](ZarrError::OtherRun) and [`OtherClass`](ZarrError::OtherClass)
    /// where the array there is another.
    pub fn create(
        directory: impl AsRef<Path>,
        layout: &Layout,
        run: &RunIdentity,
        allow_mixed: bool,
    ) -> Result<Self, ZarrError> {
        let (chunks, limit) = (layout.chunks(), MAX_CHUNKS);
        if chunks > limit {
            return Err(ZarrError::TooManyChunks { chunks, limit });
        }
        let directory = directory.as_ref();
        match fs::create_dir(directory) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && directory.is_dir() => {}
            made => made.map_err(|source| ZarrError::writing(directory, source))?,
        }
        let path = directory.join(document::NAME);
        if !path.exists() {
            refuse_files(directory)?;
            let text = document::write(layout, &run.attributes());
            place(&path, text.as_bytes(), false)
                .map_err(|source| ZarrError::writing(&path, source))?;
        }
        // Whoever was first, this is what everyone reads.
        let there = Self::open(directory)?;
        there.join(layout, run, allow_mixed)
    }

    /// Opens an array that is there.
    ///
    /// # Errors
    /// [`ZarrError::Io`], and [`ZarrError::Foreign`] for an array that this library does not write.
    pub fn open(directory: impl AsRef<Path>) -> Result<Self, ZarrError> {
        let directory = directory.as_ref();
        let path = directory.join(document::NAME);
        let mut text = String::new();
        open_regular(&path)
            .and_then(|(file, _)| file.take(MAX_DOCUMENT).read_to_string(&mut text))
            .map_err(|source| ZarrError::reading(&path, source))?;
        match document::read(&text) {
            Ok((layout, attributes)) => Ok(Self {
                directory: directory.to_owned(),
                layout,
                run: RunIdentity::of(&attributes),
            }),
            Err(problem) => Err(ZarrError::Foreign { path, problem }),
        }
    }

    /// This, if it is of the same run and class.
    fn join(
        self,
        layout: &Layout,
        ours: &RunIdentity,
        allow_mixed: bool,
    ) -> Result<Self, ZarrError> {
        let path = self.directory.clone();
        let Some(there) = &self.run else {
            let problem = "its attributes name no run".to_owned();
            return Err(ZarrError::Foreign { path, problem });
        };
        let difference = there.difference(ours);
        let difference = difference.or_else(|| {
            (self.layout != *layout).then(|| "other chunks or types of values".to_owned())
        });
        if let Some(difference) = difference {
            return Err(ZarrError::OtherRun { path, difference });
        }
        let (found, ours) = (there.device_class(), ours.device_class());
        if found == ours || found == MIXED {
            return Ok(self);
        }
        if !allow_mixed {
            let (found, ours) = (found.to_owned(), ours.to_owned());
            return Err(ZarrError::OtherClass { path, found, ours });
        }
        // All who do so at once write the same bytes.
        let mixed = there.mixed();
        let text = document::write(&self.layout, &mixed.attributes());
        let path = self.directory.join(document::NAME);
        place(&path, text.as_bytes(), true).map_err(|source| ZarrError::writing(&path, source))?;
        Ok(Self {
            run: Some(mixed),
            ..self
        })
    }

    /// Which samples are in which chunk.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The run; none where its attributes name none.
    #[must_use]
    pub fn run(&self) -> Option<&RunIdentity> {
        self.run.as_ref()
    }

    /// The directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    fn path(&self, chunk: usize) -> PathBuf {
        self.directory.join(self.layout.key(chunk))
    }

    /// Whether a chunk is there and whole; reads it for that.
    ///
    /// # Errors
    /// [`ZarrError::Io`] where it cannot be read.
    pub fn state(&self, chunk: usize) -> Result<ChunkState, ZarrError> {
        match self.read_bytes(chunk) {
            Ok(_) => Ok(ChunkState::Whole),
            Err(ZarrError::Io { source, .. }) if is_missing(&source) => Ok(ChunkState::Missing),
            Err(ZarrError::Chunk { problem, .. }) => Ok(ChunkState::Broken(problem)),
            Err(error) => Err(error),
        }
    }

    /// The values of a chunk's samples, `[samples, D]`; those stored as bytes in [−1, 1].
    ///
    /// # Errors
    /// [`ZarrError`]: also where the chunk is missing or broken.
    pub fn read(&self, chunk: usize) -> Result<Vec<f32>, ZarrError> {
        let bytes = self.read_bytes(chunk)?;
        Ok(codec::values(self.layout.stored, &bytes))
    }

    /// A chunk's samples as they are stored.
    pub(super) fn read_bytes(&self, chunk: usize) -> Result<Vec<u8>, ZarrError> {
        let path = self.path(chunk);
        // What does not compress may grow a little; nothing longer is read.
        let most = self.layout.chunk_bytes() as u64 * 2 + 1024;
        let mut bytes = Vec::new();
        open_regular(&path)
            .and_then(|(file, _)| file.take(most).read_to_end(&mut bytes))
            .map_err(|source| ZarrError::reading(&path, source))?;
        codec::decode(&self.layout, chunk, bytes)
            .map_err(|problem| ZarrError::Chunk { path, problem })
    }

    /// Starts to write a chunk, which appears when it is [finished](ChunkFile::finish).
    ///
    /// # Errors
    /// [`ZarrError::Io`].
    pub(super) fn start(&self, chunk: usize) -> Result<ChunkFile, ZarrError> {
        ChunkFile::create(&self.directory, self.path(chunk), &self.layout)
    }
}

/// Refuses a directory that holds anything but hidden files.
fn refuse_files(directory: &Path) -> Result<(), ZarrError> {
    let entries =
        fs::read_dir(directory).map_err(|source| ZarrError::reading(directory, source))?;
    let hidden = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().starts_with('.');
    // The document may have come in between.
    let ours = |entry: &fs::DirEntry| hidden(entry) || entry.file_name() == document::NAME;
    if entries.flatten().all(|entry| ours(&entry)) || directory.join(document::NAME).exists() {
        return Ok(());
    }
    let path = directory.to_owned();
    Err(ZarrError::NotEmpty { path })
}

/// Gives a file its name at once: over one that is there, or only where there is none.
fn place(path: &Path, bytes: &[u8], replace: bool) -> io::Result<()> {
    let (temporary, mut file) = Temporary::beside(path)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    if !replace {
        match fs::hard_link(temporary.path(), path) {
            Ok(()) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
            // A file system without links: two that begin at once may then take each other's place,
            // and both find out when they read the document again.
            Err(_) => {}
        }
    }
    temporary.persist(file, path)
}

pub(super) fn is_missing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}
