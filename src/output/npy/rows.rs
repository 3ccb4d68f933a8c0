//! An array in a file that is read by ranges, as it is needed.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;

use super::element::Element;
use super::error::NpyError;
use super::header::{self, Header};

/// Bytes decoded at a time when values are only looked at.
const LOOK: usize = 4 << 20;

/// An array in a file, of which ranges along the first axis are read. It may have any number of
/// values.
#[derive(Debug)]
pub struct NpyRows {
    file: File,
    header: Header,
    /// Where the values begin.
    start: u64,
    /// Values in a row.
    width: usize,
}

impl NpyRows {
    /// Opens the file at `path`; none where rows do not lie one after another: in Fortran order, or
    /// without axes.
    ///
    /// # Errors
    /// [`NpyError`]: also where the file is not as long as its header says.
    pub fn open(path: impl AsRef<Path>) -> Result<Option<Self>, NpyError> {
        let mut reader = BufReader::new(File::open(path)?);
        let header = header::read(&mut reader)?;
        let start = reader.stream_position()?;
        let Some((&rows, axes)) = header.shape.split_first() else {
            return Ok(None);
        };
        let width = axes
            .iter()
            .try_fold(1_usize, |n, &length| n.checked_mul(length));
        let bytes = width.and_then(|n| n.checked_mul(rows)?.checked_mul(header.element.bytes()));
        let (Some(width), Some(bytes)) = (width, bytes) else {
            let shape = header.shape;
            return Err(NpyError::TooLarge {
                shape,
                limit: isize::MAX as usize,
            });
        };
        let file = reader.into_inner();
        let found = file.metadata()?.len().saturating_sub(start);
        if found != bytes as u64 {
            let expected = bytes as u64;
            return Err(NpyError::Length { expected, found });
        }
        Ok((!header.fortran_order).then_some(Self {
            file,
            header,
            start,
            width,
        }))
    }

    /// Length of every axis, outermost first.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        &self.header.shape
    }

    /// The type that the file has the values in.
    #[must_use]
    pub fn element(&self) -> Element {
        self.header.element
    }

    /// The values of a range of rows, as they are in the file.
    ///
    /// # Errors
    /// [`NpyError::Io`], [`NpyError::NonFinite`].
    ///
    /// # Panics
    /// If the range reaches past the array.
    pub fn read(&mut self, rows: Range<usize>) -> Result<Vec<f32>, NpyError> {
        assert!(rows.start <= rows.end && rows.end <= self.header.shape[0]);
        let element = self.header.element.bytes();
        let first = rows.start * self.width;
        let mut bytes = vec![0; rows.len() * self.width * element];
        let offset = self.start + (first * element) as u64;
        self.file.seek(SeekFrom::Start(offset))?;
        self.file.read_exact(&mut bytes)?;
        let values = self.header.element.decode(&bytes, self.header.big_endian);
        match values.iter().position(|value| !value.is_finite()) {
            Some(index) => Err(NpyError::NonFinite {
                index: first + index,
                value: values[index],
            }),
            None => Ok(values),
        }
    }

    /// The values of a range of rows as samples: as [`NpyArray::into_samples`](super::NpyArray).
    ///
    /// # Errors
    /// As [`NpyRows::read`].
    ///
    /// # Panics
    /// As [`NpyRows::read`].
    pub fn read_samples(&mut self, rows: Range<usize>) -> Result<Vec<f32>, NpyError> {
        let mut values = self.read(rows)?;
        self.header.element.bring_to_samples(&mut values);
        Ok(values)
    }

    /// Looks at a range of rows without keeping them: the smallest and the largest value.
    ///
    /// # Errors
    /// As [`NpyRows::read`].
    ///
    /// # Panics
    /// As [`NpyRows::read`].
    pub fn bounds(&mut self, rows: Range<usize>) -> Result<(f32, f32), NpyError> {
        let at_once = (LOOK / (self.width * self.header.element.bytes()).max(1)).max(1);
        let (mut low, mut high) = (f32::INFINITY, f32::NEG_INFINITY);
        for first in rows.clone().step_by(at_once) {
            let values = self.read(first..rows.end.min(first + at_once))?;
            low = values.iter().copied().fold(low, f32::min);
            high = values.iter().copied().fold(high, f32::max);
        }
        Ok((low, high))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{NpyArray, write};
    use super::*;

    #[test]
    fn ranges_are_those_of_the_whole() {
        let path = std::env::temp_dir().join(format!("ddim-rows-{}.npy", std::process::id()));
        let values: Vec<f32> = (0..60).map(|i| i as f32 - 20.0).collect();
        let mut file = File::create(&path).expect("a file");
        write(&mut file, &[10, 2, 3], &values).expect("written");
        let mut rows = NpyRows::open(&path).expect("readable").expect("in order");
        assert_eq!(rows.shape(), [10, 2, 3]);
        for range in [0..10, 3..4, 9..10, 5..5] {
            let expected = &values[range.start * 6..range.end * 6];
            assert_eq!(rows.read(range).expect("read"), expected);
        }
        assert_eq!(rows.bounds(1..3).expect("read"), (-14.0, -3.0));
        let whole = NpyArray::open(&path).expect("readable");
        assert_eq!(
            rows.read_samples(0..10).expect("read"),
            whole.into_samples()
        );
        let file = File::options().write(true).open(&path).expect("a file");
        let length = file.metadata().expect("a length").len();
        file.set_len(length - 1).expect("cut");
        let cut = NpyRows::open(&path);
        assert!(matches!(cut, Err(NpyError::Length { .. })), "{cut:?}");
        std::fs::remove_file(&path).expect("removed");
    }
}
