//! What a file is that is not what it should be.

use std::fmt;

/// Kinds of files that are taken for others, told by their first bytes. Its `Display` says what it
/// is and the next step to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileKind {
    /// What git checks out where git-lfs is not installed.
    GitLfsPointer,
    /// A zip archive: `torch.save`, `numpy.savez`.
    Zip,
    /// A Python pickle: older `torch.save`, `pickle.dump`.
    Pickle,
    /// A web page, such as that of a login in place of a download.
    WebPage,
    /// Compressed by gzip.
    Gzip,
    /// An HDF5 file: Keras, h5py.
    Hdf5,
    /// NumPy's `.npy`.
    Npy,
    /// A picture.
    Picture,
    /// JSON, or another text in braces.
    Json,
}

/// First bytes and what they say.
const MAGICS: [(&[u8], FileKind); 13] = [
    (
        b"version https://git-lfs.github.com/spec/",
        FileKind::GitLfsPointer,
    ),
    (b"PK\x03\x04", FileKind::Zip),
    (b"\x80\x02", FileKind::Pickle),
    (b"\x80\x03", FileKind::Pickle),
    (b"\x80\x04", FileKind::Pickle),
    (b"\x80\x05", FileKind::Pickle),
    (b"\x1f\x8b", FileKind::Gzip),
    (b"\x89HDF\r\n\x1a\n", FileKind::Hdf5),
    (b"\x93NUMPY", FileKind::Npy),
    (b"\x89PNG\r\n\x1a\n", FileKind::Picture),
    (b"\xff\xd8\xff", FileKind::Picture),
    (b"GIF8", FileKind::Picture),
    (b"{", FileKind::Json),
];

/// Beginnings of web pages, in lower case.
const WEB_PAGES: [&[u8]; 3] = [b"<!doctype html", b"<html", b"<?xml"];

impl FileKind {
    /// Bytes from the start of a file that are enough to tell.
    pub const BYTES: usize = 64;

    /// The kind of a file that begins with `start`; none if it is of no kind known here.
    ///
    /// A safetensors file begins with a length that may look like anything: ask only of a file that
    /// was refused, or that does not have the `{` at its ninth byte.
    #[must_use]
    pub fn of(start: &[u8]) -> Option<Self> {
        let of_magic = MAGICS.iter().find(|(magic, _)| start.starts_with(magic));
        if let Some(&(_, kind)) = of_magic {
            return Some(kind);
        }
        let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
        let text = text.trim_ascii_start().to_ascii_lowercase();
        WEB_PAGES
            .iter()
            .any(|page| text.starts_with(page))
            .then_some(Self::WebPage)
    }
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::GitLfsPointer => {
                "a git-lfs pointer and not the file itself: install git-lfs and run `git lfs pull`"
            }
            Self::Zip => {
                "a zip archive, as torch.save and numpy.savez write: save weights with \
                 safetensors.torch.save_file and arrays with numpy.save"
            }
            Self::Pickle => {
                "a Python pickle, which can run code and is not read: load it in Python with \
                 torch.load(…, weights_only=True) and save it with safetensors.torch.save_file"
            }
            Self::WebPage => {
                "a web page and not the file itself: download the raw file, logged in if it needs that"
            }
            Self::Gzip => "compressed by gzip: decompress it with gunzip",
            Self::Hdf5 => "an HDF5 file: save weights with safetensors and arrays with numpy.save",
            Self::Npy => "a NumPy array (.npy)",
            Self::Picture => "a picture",
            Self::Json => "JSON or another text",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_by_their_first_bytes() {
        let cases: [(&[u8], Option<FileKind>); 9] = [
            (
                b"version https://git-lfs.github.com/spec/v1\noid sha256:0",
                Some(FileKind::GitLfsPointer),
            ),
            (b"PK\x03\x04\x00\x00", Some(FileKind::Zip)),
            (b"\x80\x02\x8a\nl\xfc\x9c", Some(FileKind::Pickle)),
            (b"\n <!DOCTYPE HTML>", Some(FileKind::WebPage)),
            (b"\xef\xbb\xbf<html lang=en>", Some(FileKind::WebPage)),
            (b"\x1f\x8b\x08", Some(FileKind::Gzip)),
            (b"{\"a\": 1}", Some(FileKind::Json)),
            (b"\x40\x01\0\0\0\0\0\0{\"a\"", None),
            (b"", None),
        ];
        for (start, expected) in cases {
            assert_eq!(FileKind::of(start), expected, "{start:?}");
        }
    }
}
