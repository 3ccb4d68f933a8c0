//! The noise of a tile: the bits of [`fill_normals`](crate::noise::fill_normals), for many samples
//! at a time.
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

/// Writes the normals of draw `draw` into `[dims, width]`, a lane for each sample from
/// `first_sample` on.
#[inline(always)]
pub fn fill_noise<S: Simd>(
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
                let row = S::as_mut_simd_f32s(row).0;
                row[first / lanes] = normals(simd, words);
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
    let multipliers = [
        simd.splat_u32s(MULTIPLIERS[0]),
        simd.splat_u32s(MULTIPLIERS[1]),
    ];
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

/// [`normal_from_word`](crate::noise::normal_from_word) in every lane: see there for what it does.
/// Only the table is looked up lane by lane.
#[inline(always)]
fn normals<S: Simd>(simd: S, words: S::u32s) -> S::f32s {
    let splat = |word: u32| simd.splat_u32s(word);
    let product = |a, b| simd.widening_mul_u32s(a, b).0;
    let shl = |a, by: u32| simd.wrapping_dyn_shl_u32s(a, splat(by));
    let shr = |a, by: u32| simd.wrapping_dyn_shr_u32s(a, splat(by));
    let and = |a, mask: u32| simd.and_u32s(a, splat(mask));

    let position = shr(words, 1);
    // No fewer than 27 leading zeros.
    let shift = leading_zeros(simd, simd.or_u32s(position, splat(16)));
    let normalized = simd.wrapping_dyn_shl_u32s(position, shift);
    let segment = simd.add_u32s(shr(normalized, 27), splat(432));
    let segment = and(simd.sub_u32s(segment, shl(shift, 4)), 511);
    let t = and(shr(normalized, 11), 0xFFFF);

    let (mut c0, mut slopes) = (splat(0), splat(0));
    let values: &mut [u32] = bytemuck::cast_slice_mut(std::slice::from_mut(&mut c0));
    let pairs: &mut [u32] = bytemuck::cast_slice_mut(std::slice::from_mut(&mut slopes));
    let segments: &[u32] = bytemuck::cast_slice(std::slice::from_ref(&segment));
    for ((value, pair), &segment) in values.iter_mut().zip(pairs).zip(segments) {
        [*value, *pair] = TABLE[(segment & 511) as usize];
    }

    let linear = product(shr(slopes, 16), t);
    let quadratic = product(and(slopes, 0xFFFF), shr(product(t, t), 16));
    let magnitude = simd.sub_u32s(simd.add_u32s(c0, shr(quadratic, 13)), shr(linear, 7));
    let magnitude = simd.mul_f32s(
        to_float(simd, shr(magnitude, 9)),
        simd.splat_f32s(NORMAL_UNIT),
    );
    let sign = shl(words, 31);
    simd.transmute_f32s_u32s(simd.or_u32s(simd.transmute_u32s_f32s(magnitude), sign))
}

/// Of words that are not 0.
#[inline(always)]
fn leading_zeros<S: Simd>(simd: S, words: S::u32s) -> S::u32s {
    let splat = |word: u32| simd.splat_u32s(word);
    // Without the second of its leading bits a number is not rounded up to the next power of two,
    // so its exponent is that of the first.
    let next = simd.wrapping_dyn_shr_u32s(words, splat(1));
    let words = simd.sub_u32s(words, simd.and_u32s(words, next));
    let high = to_float(simd, simd.wrapping_dyn_shr_u32s(words, splat(16)));
    let low = to_float(simd, simd.and_u32s(words, splat(0xFFFF)));
    let float = simd.mul_add_e_f32s(high, simd.splat_f32s(65536.0), low);
    let exponent = simd.wrapping_dyn_shr_u32s(simd.transmute_u32s_f32s(float), splat(23));
    simd.sub_u32s(splat(127 + 31), exponent)
}

/// Words below 2²³ as floats: the last bits of a float of that magnitude count in ones.
#[inline(always)]
fn to_float<S: Simd>(simd: S, words: S::u32s) -> S::f32s {
    let shifted = simd.or_u32s(words, simd.splat_u32s(8_388_608_f32.to_bits()));
    simd.sub_f32s(
        simd.transmute_f32s_u32s(shifted),
        simd.splat_f32s(8_388_608.0),
    )
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

    struct Normals<'a>(&'a [u32], &'a mut [f32]);

    impl pulp::WithSimd for Normals<'_> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            let Self(words, out) = self;
            for (words, out) in words.chunks(S::F32_LANES).zip(out.chunks_mut(S::F32_LANES)) {
                let normals = normals(simd, simd.partial_load_u32s(words));
                simd.partial_store_f32s(out, normals);
            }
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
        let words: Vec<u32> = steps.chain(octaves).collect();
        let mut found = vec![f32::NAN; words.len()];
        pulp::Arch::new().dispatch(Normals(&words, &mut found));
        for (word, found) in words.iter().zip(found) {
            let expected = crate::noise::normal_from_word(*word);
            assert_eq!(found.to_bits(), expected.to_bits(), "{word:#x}");
        }
    }
}
