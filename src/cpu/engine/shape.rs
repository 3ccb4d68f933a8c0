//! How a batch is cut into tiles.

use super::pool::threads;

/// Multiply-adds, of all samples in all rows of a call, from which on it is worth waking other
/// threads for them: a fraction of a millisecond's.
const SHARED_FROM: usize = 8 << 20;

/// What a tile is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// So many samples, with vectors over the values of each.
    Few(usize),
    /// Vectors over samples, so many side by side.
    Vectors(usize),
}

impl Shape {
    /// Of tiles for `count` samples, where vectors have `lanes` and a sample takes `work`
    /// multiply-adds in all rows of the call.
    ///
    /// Batches that one thread does by itself ask for no pool.
    pub fn of(count: usize, lanes: usize, work: usize) -> Self {
        // From there on the lanes of a tile are full enough.
        let most = lanes * 3 / 4;
        let alone = count <= 2 || count.saturating_mul(work) < SHARED_FROM;
        if alone && count <= lanes {
            return if count <= most {
                Self::Few(count)
            } else {
                Self::Vectors(1)
            };
        }
        // One by itself takes as long as two, which wait for the same weights.
        let each = count.div_ceil(threads()).max(2);
        if each <= most {
            Self::Few(each)
        } else {
            Self::of_many(count, lanes)
        }
    }

    /// Of tiles with vectors over samples: wide tiles compute faster, but a small batch must be cut
    /// fine enough for all threads.
    fn of_many(count: usize, lanes: usize) -> Self {
        // AVX2 has registers for two vectors. The times are relative, per vector of a tile, as
        // measured with AVX-512.
        let widths: &[(usize, usize)] = match lanes {
            8 => &[(2, 20), (1, 30)],
            _ => &[(4, 20), (2, 21), (1, 30)],
        };
        let threads = threads();
        let time = |&&(vectors, time): &&(usize, usize)| {
            count.div_ceil(vectors * lanes).div_ceil(threads) * vectors * time
        };
        let best = widths.iter().min_by_key(time);
        Self::Vectors(best.map_or(1, |&(vectors, _)| vectors))
    }

    /// Samples of a tile.
    pub fn samples(self, lanes: usize) -> usize {
        match self {
            Self::Few(samples) => samples,
            Self::Vectors(vectors) => vectors * lanes,
        }
    }
}
