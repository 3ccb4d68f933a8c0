//! The noise of a tile: the bits of [`fill_normals`](crate::noise::fill_normals), for many samples at a time.
//!
//! One sample at a time, the noise of images took a quarter of the time of their network.

use pulp::Simd;

use crate::noise::{
    KEY_INCREMENTS, MULTIPLIERS, NORMAL_SEGMENTS, NORMAL_TABLE, NORMAL_UNIT, PHILOX_ROUNDS,
};

/// The table of normals, long enough for any index of nine bits: looked up without a check.
static TABLE: [[u32; 2]; 512] = {
    let mut table = [[0; 2]; 512];
    let mut segment = 0;
    while segment < NORMAL_SEGMENTS {
        table[segment] = NORMAL_TABLE[segment];
        segment += 1;
    }
    table
};

/// Writes the normals of draw `draw` into `[dims, width]`, a lane for each sample from `first_sample` on.
#[inline(always)]
pub(super) fn fill_noise<S: Simd>(
    simd: S,
    seed: u64,
    first_sample: u64,
    draw: u32,
    width: usize,
    out: &mut [f32],
) {
    let lanes = S::F32_LANES;
    for first in (0..width).step_by(lanes) {
        // The last lanes may be past the last sample of all.
        let sample = |lane: usize| first_sample.wrapping_add((first + lane) as u64);
        let low = words::<S>(simd, |lane| sample(lane) as u32);
        let high = words::<S>(simd, |lane| (sample(lane) >> 32) as u32);
        for (quad, rows) in out.chunks_mut(4 * width).enumerate() {
            let quad = simd.splat_u32s(quad as u32);
            let block = philox(simd, [quad, low, high, simd.splat_u32s(draw)], seed);
            for (row, words) in rows.chunks_exact_mut(width).zip(block) {
                let words: &[u32] = bytemuck::cast_slice(std::slice::from_ref(&words));
                for (z, &word) in row[first..first + lanes].iter_mut().zip(words) {
                    *z = normal(word);
                }
            }
        }
    }
}

/// A vector of one word for each lane.
#[inline(always)]
fn words<S: Simd>(simd: S, word: impl Fn(usize) -> u32) -> S::u32s {
    let mut vector = simd.splat_u32s(0);
    let words = bytemuck::cast_slice_mut(std::slice::from_mut(&mut vector));
    for (lane, out) in words.iter_mut().enumerate() {
        *out = word(lane);
    }
    vector
}

/// [`philox4x32_10`](crate::noise::philox4x32_10) in every lane.
#[inline(always)]
fn philox<S: Simd>(simd: S, mut counter: [S::u32s; 4], seed: u64) -> [S::u32s; 4] {
    let mut key = [seed as u32, (seed >> 32) as u32];
    let multipliers = MULTIPLIERS.map(|word| simd.splat_u32s(word));
    for _ in 0..PHILOX_ROUNDS {
        let (low0, high0) = simd.widening_mul_u32s(multipliers[0], counter[0]);
        let (low1, high1) = simd.widening_mul_u32s(multipliers[1], counter[2]);
        let mix = |high, word, key| {
            let mixed = simd.xor_u32s(high, word);
            simd.xor_u32s(mixed, simd.splat_u32s(key))
        };
        counter = [
            mix(high1, counter[1], key[0]),
            low1,
            mix(high0, counter[3], key[1]),
            low0,
        ];
        for (key, increment) in key.iter_mut().zip(KEY_INCREMENTS) {
            *key = key.wrapping_add(increment);
        }
    }
    counter
}

/// [`normal_from_word`](crate::noise::normal_from_word) without a branch: see there for what it does.
#[inline(always)]
fn normal(word: u32) -> f32 {
    let position = word >> 1;
    let shift = position.leading_zeros().min(27);
    let normalized = position << shift;
    let segment = (normalized >> 27).wrapping_add(432 - 16 * shift);
    let t = (normalized >> 11) & 0xFFFF;
    let [c0, slopes] = TABLE[(segment & 511) as usize];
    let linear = (slopes >> 16).wrapping_mul(t);
    let quadratic = (slopes & 0xFFFF).wrapping_mul(t.wrapping_mul(t) >> 16);
    let magnitude = c0.wrapping_add(quadratic >> 13).wrapping_sub(linear >> 7) >> 9;
    let sign = (word & 1) << 31;
    f32::from_bits((magnitude as i32 as f32 * NORMAL_UNIT).to_bits() | sign)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise::fill_normals;

    struct Fill<'a> {
        first_sample: u64,
        width: usize,
        out: &'a mut [f32],
    }

    impl pulp::WithSimd for Fill<'_> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            fill_noise(simd, SEED, self.first_sample, 3, self.width, self.out);
        }
    }

    const SEED: u64 = 0x0123_4567_89AB_CDEF;

    #[test]
    fn tiles_have_the_bits_of_single_samples() {
        // A multiple of every vector's lanes.
        let width = 64;
        for dims in [1, 3, 4, 5, 784] {
            for first_sample in [0, 5, (1 << 32) - 20] {
                let mut tile = vec![f32::NAN; dims * width];
                let out = &mut tile;
                pulp::Arch::new().dispatch(Fill {
                    first_sample,
                    width,
                    out,
                });
                let mut sample = vec![0.0; dims];
                for lane in 0..width {
                    fill_normals(SEED, first_sample + lane as u64, 3, &mut sample);
                    for (element, z) in sample.iter().enumerate() {
                        assert_eq!(tile[element * width + lane].to_bits(), z.to_bits());
                    }
                }
            }
        }
    }

    /// Every segment of the table, and the words at its ends.
    #[test]
    fn every_segment_gives_the_same_normal() {
        let steps = (0..u32::MAX).step_by(9973);
        let octaves = (0..32)
            .flat_map(|bit| (0..64).map(move |i| (1_u32 << bit).wrapping_add(i).wrapping_sub(32)));
        for word in steps.chain(octaves) {
            let expected = crate::noise::normal_from_word(word);
            assert_eq!(normal(word).to_bits(), expected.to_bits(), "{word:#x}");
        }
    }
}
