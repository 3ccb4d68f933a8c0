//! Which samples are in which chunk.

use std::ops::Range;

/// Bytes of f32 samples in a chunk, where there are enough of them: as many as a session makes at a
/// time.
const CHUNK_BYTES: usize = 16 << 20;

/// Chunks that a run has at least, where it has as many samples: for as many machines.
const MIN_CHUNKS: usize = 64;

/// Most chunks of an array: beyond that a directory is not listed in good time.
pub(super) const MAX_CHUNKS: usize = 1 << 20;

/// How a value is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Stored {
    /// As it is, f32.
    #[default]
    F32,
    /// A byte of a picture: −1 is 0 and 1 is 255, rounded to nearest and clamped; NaN is 0.
    U8,
}

impl Stored {
    /// Bytes of a value.
    #[must_use]
    pub fn bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::U8 => 1,
        }
    }
}

/// Which samples are in which chunk, and how. It depends on the run alone, not on how many
/// processes share it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    pub(super) samples: usize,
    pub(super) sample_shape: Vec<usize>,
    pub(super) chunk_samples: usize,
    pub(super) stored: Stored,
    pub(super) compressed: bool,
}

impl Layout {
    /// `samples` samples of a shape as f32, in chunks of 16 MiB, or in 64 chunks where those would
    /// be smaller.
    ///
    /// # Panics
    /// If there are no samples, or they have no values.
    #[must_use]
    pub fn new(samples: usize, sample_shape: &[usize]) -> Self {
        let dims: usize = sample_shape.iter().product();
        assert!(samples > 0 && dims > 0, "an array without values");
        let most = (CHUNK_BYTES / (4 * dims)).max(1);
        Self {
            samples,
            sample_shape: sample_shape.to_vec(),
            chunk_samples: samples.div_ceil(MIN_CHUNKS).min(most),
            stored: Stored::F32,
            compressed: false,
        }
    }

    /// Sets the samples in a chunk, at least 1.
    #[must_use]
    pub fn chunk_samples(self, samples: usize) -> Self {
        Self {
            chunk_samples: samples.clamp(1, self.samples),
            ..self
        }
    }

    /// Sets how values are stored.
    #[must_use]
    pub fn stored(self, stored: Stored) -> Self {
        Self { stored, ..self }
    }

    /// Sets whether chunks are compressed, by zstd.
    #[must_use]
    pub fn compressed(self, compressed: bool) -> Self {
        Self { compressed, ..self }
    }

    /// Samples in all.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.samples
    }

    /// `[d]` or `[channels, height, width]`.
    #[must_use]
    pub fn sample_shape(&self) -> &[usize] {
        &self.sample_shape
    }

    /// Values of a sample.
    #[must_use]
    pub fn dims(&self) -> usize {
        self.sample_shape.iter().product()
    }

    /// The number of chunks.
    #[must_use]
    pub fn chunks(&self) -> usize {
        self.samples.div_ceil(self.chunk_samples)
    }

    /// The samples of a chunk; the last may have fewer than the others.
    #[must_use]
    pub fn samples_of(&self, chunk: usize) -> Range<usize> {
        let first = chunk * self.chunk_samples;
        first..self.samples.min(first + self.chunk_samples)
    }

    /// Bytes of a chunk without its checksum and before compression; all have as many, as Zarr
    /// fills up the last.
    #[must_use]
    pub fn chunk_bytes(&self) -> usize {
        self.chunk_samples * self.dims() * self.stored.bytes()
    }

    /// The chunk's file, relative to the array's directory.
    pub(super) fn key(&self, chunk: usize) -> String {
        let zeros = "/0".repeat(self.sample_shape.len());
        format!("c/{chunk}{zeros}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_is_in_one_chunk() {
        for (samples, shape) in [
            (1, vec![2]),
            (63, vec![2]),
            (65, vec![2]),
            (4_000_000, vec![1, 28, 28]),
        ] {
            let layout = Layout::new(samples, &shape);
            let mut next = 0;
            for chunk in 0..layout.chunks() {
                let of_chunk = layout.samples_of(chunk);
                assert_eq!(of_chunk.start, next);
                assert!(!of_chunk.is_empty());
                next = of_chunk.end;
            }
            assert_eq!(next, samples);
            assert!(layout.chunk_bytes() <= CHUNK_BYTES);
        }
        assert_eq!(Layout::new(64, &[2]).chunks(), 64);
        assert_eq!(Layout::new(9, &[1, 2, 2]).key(7), "c/7/0/0/0");
    }
}
