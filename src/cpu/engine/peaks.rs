//! What the processor can do at most with the engine's instructions and threads: the rates that bound the
//! engine, each measured by a loop that does nothing else.

use std::hint::black_box;
use std::time::{Duration, Instant};

use pulp::{Simd, WithSimd};

use super::dispatch::{dispatch, instructions};
use super::noise::fill_noise;
use super::pool::threads;

/// A rate that bounds the engine, of all its threads together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EnginePeak {
    /// Multiplications and additions in f32 of the widest vectors, a multiply-add counting as two: FLOP/s.
    MultiplyAdd,
    /// 128 KiB a thread copied to as much again, counting what is read and what is written: B/s.
    CopyCached,
    /// 48 MiB in all copied to as much again, counted likewise: B/s.
    CopyLarge,
    /// Normals made by Philox and the inverse CDF: 1/s.
    Normals,
}

impl EnginePeak {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::MultiplyAdd,
        Self::CopyCached,
        Self::CopyLarge,
        Self::Normals,
    ];

    /// Name of the rate, which a GPU's has too.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MultiplyAdd => "multiply-add",
            Self::CopyCached => "copy, cached",
            Self::CopyLarge => "copy, large",
            Self::Normals => "normals",
        }
    }

    /// The unit of what is done in a second.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::MultiplyAdd => "FLOP",
            Self::CopyCached | Self::CopyLarge => "B",
            Self::Normals => "normals",
        }
    }

    /// Measures the rate `repetitions` times, once at least, and gives the rates per second, the lowest first.
    /// Each repetition takes some 10 ms; all threads of the pool are kept busy.
    #[must_use]
    pub fn measure(self, repetitions: usize) -> Vec<f64> {
        let mut rounds = 1;
        // To warm up, too.
        while self.time(rounds).0 < SHORTEST {
            rounds *= 2;
        }
        let rate = |_| {
            let (time, work) = self.time(rounds);
            work / time.as_secs_f64()
        };
        let mut rates: Vec<f64> = (0..repetitions.max(1)).map(rate).collect();
        rates.sort_by(f64::total_cmp);
        rates
    }

    /// The time that every thread takes for so many rounds, and what is done in it.
    fn time(self, rounds: usize) -> (Duration, f64) {
        let each = |_: rayon::BroadcastContext<'_>| self.rounds(rounds);
        // A pool of one thread may be of a thread that waits, which would broadcast to nobody.
        let parts = match threads() {
            1 => vec![self.rounds(rounds)],
            _ => rayon::broadcast(each),
        };
        // All begin at about the same time.
        let longest = parts.iter().map(|(time, _)| *time).max();
        let work = parts.iter().map(|(_, work)| work).sum();
        (longest.unwrap_or_default(), work)
    }

    /// What one thread does of them.
    fn rounds(self, rounds: usize) -> (Duration, f64) {
        let arch = instructions();
        match self {
            Self::MultiplyAdd => timed(|| dispatch(arch, Products { rounds })),
            Self::CopyCached => copies(rounds, CACHED_BYTES),
            Self::CopyLarge => copies(rounds, LARGE_BYTES / threads()),
            Self::Normals => {
                let mut out = vec![0.0; NOISE_DIMS * NOISE_SAMPLES];
                timed(|| {
                    for sample in 0..rounds as u64 {
                        let out = out.as_mut_slice();
                        dispatch(arch, Normals { sample, out });
                    }
                    (rounds * out.len()) as f64
                })
            }
        }
    }
}

/// What a repetition takes at least.
const SHORTEST: Duration = Duration::from_millis(10);
/// What fits the second cache twice.
const CACHED_BYTES: usize = 128 << 10;
/// What fits no cache of one processor, in all threads together.
const LARGE_BYTES: usize = 48 << 20;
/// A tile whose noise is made.
const NOISE_DIMS: usize = 64;
const NOISE_SAMPLES: usize = 64;

/// The time that something takes, and what it says that it did.
fn timed(work: impl FnOnce() -> f64) -> (Duration, f64) {
    let start = Instant::now();
    let done = work();
    (start.elapsed(), done)
}

fn copies(rounds: usize, bytes: usize) -> (Duration, f64) {
    // Not zero, which may be pages that nobody has touched.
    let from = vec![1_u8; bytes];
    let mut to = vec![2_u8; bytes];
    timed(|| {
        for _ in 0..rounds {
            to.copy_from_slice(black_box(&from));
            black_box(&mut to);
        }
        2.0 * (rounds * bytes) as f64
    })
}

/// Sums that no product waits for: more than the latency of a multiply-add times those begun at a time, and no
/// more than there are registers without AVX-512.
const SUMS: usize = 12;
/// Multiply-adds of a sum in a round.
const DEPTH: usize = 1024;

struct Products {
    rounds: usize,
}

impl WithSimd for Products {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let factor = black_box(simd.splat_f32s(0.999));
        let term = black_box(simd.splat_f32s(1e-3));
        let mut sums = [term; SUMS];
        for _ in 0..self.rounds * DEPTH {
            for sum in &mut sums {
                *sum = simd.mul_add_e_f32s(*sum, factor, term);
            }
        }
        black_box(sums);
        2.0 * (self.rounds * DEPTH * SUMS * S::F32_LANES) as f64
    }
}

struct Normals<'a> {
    sample: u64,
    out: &'a mut [f32],
}

impl WithSimd for Normals<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let first = self.sample * NOISE_SAMPLES as u64;
        fill_noise(simd, 1, first, 0, NOISE_SAMPLES, self.out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peak_is_a_rate_for_each_repetition() {
        for peak in EnginePeak::ALL {
            let rates = peak.measure(3);
            assert_eq!(rates.len(), 3, "{}", peak.name());
            assert!(rates.is_sorted() && rates[0] > 0.0, "{}", peak.name());
        }
        assert_eq!(EnginePeak::MultiplyAdd.measure(0).len(), 1);
    }

    /// A rate does not depend on how much is done, or what is measured is something else.
    #[test]
    fn twice_the_rounds_are_twice_the_work() {
        for peak in EnginePeak::ALL {
            let (_, one) = peak.rounds(2);
            let (_, two) = peak.rounds(4);
            assert_eq!(2.0 * one, two, "{}", peak.name());
        }
    }
}
