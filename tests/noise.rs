//! The Rust side of the noise: known answers, the normal table against the exact
//! quantile, the counter layout.

use std::collections::HashSet;

use ddim_wgpu::noise::{self, NORMAL_MAX, NORMAL_TABLE, NORMAL_UNIT, fingerprint};

use crate::common::{noise_vectors, quantile};

/// The promised distance from the exact quantile, in units of the normals' grid.
const PROMISED_ERROR: f64 = 2.1;

#[test]
fn philox_gives_the_known_answers() {
    for case in noise_vectors::philox_cases() {
        assert_eq!(noise::philox4x32_10(case.counter, case.key), case.output);
    }
}

#[test]
fn stream_agrees_with_an_independent_implementation() {
    for case in noise_vectors::stream_cases() {
        let block = noise::block(case.seed, case.sample, case.draw, (case.element / 4) as u32);
        assert_eq!(block[(case.element % 4) as usize], case.word);
        assert_eq!(noise::normal_units_from_word(case.word), case.units);
        let normal = noise::normal(case.seed, case.sample, case.draw, case.element);
        assert_eq!(
            normal.to_bits(),
            (case.units as f32 * NORMAL_UNIT).to_bits()
        );
    }
}

/// If this fails, noise published with earlier versions can no longer be reproduced.
#[test]
fn noise_has_the_published_hash() {
    assert_eq!(fingerprint::of(&fingerprint_normals()), fingerprint::HASH);
}

#[test]
fn hash_sees_one_bit_and_the_order() {
    let mut normals = fingerprint_normals();
    let last = normals.len() - 1;
    normals[last] = f32::from_bits(normals[last].to_bits() ^ 1);
    assert_ne!(fingerprint::of(&normals), fingerprint::HASH);
    normals[last] = f32::from_bits(normals[last].to_bits() ^ 1);
    normals.swap(0, 1);
    assert_ne!(fingerprint::of(&normals), fingerprint::HASH);
    // FNV-1a's published values: of nothing, and of "foobar", which is the hash of
    // "foob" and two steps more.
    assert_eq!(fingerprint::of(&[]), 0xCBF2_9CE4_8422_2325);
    let foob = fingerprint::of(&[f32::from_le_bytes(*b"foob")]);
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01B3);
    assert_eq!(b"ar".iter().fold(foob, step), 0x8594_4171_F739_67E8);
}

fn fingerprint_normals() -> Vec<f32> {
    let mut normals = vec![0.0; fingerprint::SAMPLES * fingerprint::DIMS];
    for (sample, out) in normals.chunks_exact_mut(fingerprint::DIMS).enumerate() {
        let sample = fingerprint::FIRST_SAMPLE + sample as u64;
        noise::fill_normals(fingerprint::SEED, sample, fingerprint::DRAW, out);
    }
    normals
}

#[test]
fn quantiles_in_the_reference_file_are_met() {
    for (position, exact) in noise_vectors::reference_quantiles() {
        for (word, sign) in [(2 * position, 1.0), (2 * position + 1, -1.0)] {
            let got = f64::from(noise::normal_units_from_word(word));
            let error = (got - sign * exact * f64::from(1 << 20)).abs();
            assert!(
                error <= PROMISED_ERROR,
                "position {position}: {error} units off"
            );
        }
        // The double-precision quantile that other tests lean on, held to the same 25 digits.
        let double = quantile::two_sided((f64::from(position) + 0.5) / f64::from(1u32 << 31));
        assert!(
            (double - exact).abs() <= 1e-15 * exact.max(1.0),
            "position {position}: {double} {exact}"
        );
    }
}

/// Walks every value the table can give: each cell of each segment, 28.3 million in all. The
/// positions within a cell differ in bits that `normal_units_from_word` drops, so this covers all
/// 2³¹ of them: the quantile falls with the position, and is compared at both ends of every cell.
#[test]
fn every_word_is_near_the_quantile_and_no_step_overflows() {
    let mut previous = i32::MAX;
    let mut worst: f64 = 0.0;
    let mut squares = 0u128;
    let mut fourths = 0u128;
    for (segment, &[c0, slopes]) in NORMAL_TABLE.iter().enumerate() {
        let (first, length) = segment_span(segment as u32);
        let cells = length.min(1 << 16);
        let cell_length = length / cells;
        for cell in 0..cells {
            let position = first + cell * cell_length;
            let units = noise::normal_units_from_word(2 * position);
            assert_eq!(noise::normal_units_from_word(2 * position + 1), -units);
            assert!(
                (1..=previous).contains(&units),
                "position {position}: {units} after {previous}"
            );
            previous = units;

            // The same formula in 64 bits: were any step to leave 32 bits, the two
            // would differ or this fails.
            let t = u64::from(cell) * ((1 << 16) / u64::from(cells));
            let (c1, c2) = (u64::from(slopes >> 16), u64::from(slopes & 0xFFFF));
            let (square, linear) = (t * t, c1 * t);
            let quadratic = c2 * (square >> 16);
            let sum = u64::from(c0) + (quadratic >> 13);
            assert!(square.max(linear).max(quadratic).max(sum) <= u64::from(u32::MAX));
            assert_eq!(
                (sum - (linear >> 7)) >> 9,
                units as u64,
                "position {position}"
            );

            let square = u128::from(units.unsigned_abs()).pow(2);
            squares += square * u128::from(cell_length);
            fourths += square * square * u128::from(cell_length);
            for position in [position, position + cell_length - 1] {
                let tail = (f64::from(position) + 0.5) / f64::from(1u32 << 31);
                worst = worst
                    .max((quantile::two_sided(tail) * f64::from(1 << 20) - f64::from(units)).abs());
            }
        }
    }
    assert!(worst <= PROMISED_ERROR, "{worst} units");
    assert_eq!(noise::normal_from_word(0), NORMAL_MAX);

    // Moments over all words, exact; odd ones vanish by symmetry.
    let words = f64::from(1u32 << 31);
    let variance = squares as f64 / words / 2f64.powi(40);
    let fourth = fourths as f64 / words / 2f64.powi(80);
    assert!((variance - 1.0).abs() < 1e-8, "variance {variance}");
    assert!((fourth - 3.0).abs() < 1e-8, "fourth moment {fourth}");
}

/// First position and number of positions of a segment.
fn segment_span(segment: u32) -> (u32, u32) {
    if segment < 32 {
        return (segment, 1);
    }
    let octave = segment / 16 - 1;
    ((16 + segment % 16) << octave, 1 << octave)
}

#[test]
fn a_sample_is_the_same_however_it_is_drawn() {
    let mut whole = [0.0; 787];
    noise::fill_normals(7, u64::MAX, 5, &mut whole);
    for length in [0, 1, 2, 3, 4, 5, 63, 64, 65, 786] {
        let mut part = vec![f32::NAN; length];
        noise::fill_normals(7, u64::MAX, 5, &mut part);
        assert_eq!(part, whole[..length]);
    }
    for (element, &value) in whole.iter().enumerate() {
        assert_eq!(noise::normal(7, u64::MAX, 5, element as u64), value);
    }
}

#[test]
#[should_panic(expected = "2^34 elements")]
fn an_element_without_a_counter_panics() {
    let _ = noise::normal(0, 0, 0, 1 << 34);
}

#[test]
#[should_panic(expected = "2^32 - 1 steps")]
fn a_step_without_a_draw_panics() {
    let _ = noise::step_draw(u32::MAX);
}

/// No two numbers of a job share random bits: Philox is undone, and the counter found must be
/// the one the layout says. As the inverse exists, Philox is a bijection of counters under a
/// key, and as the counter holds block, sample and draw in words of their own, different ones
/// have different counters.
#[test]
fn counters_never_overlap() {
    let corners = [0, 1, 2, (1 << 31) - 1, 1 << 31, (1 << 32) - 1];
    let samples = corners
        .iter()
        .flat_map(|&low| corners.map(|high| (high << 32) | low));
    let mut seen = HashSet::new();
    for sample in samples {
        for draw in corners.map(|draw| draw as u32) {
            for quad in corners.map(|quad| quad as u32) {
                let block = noise::block(0xA409_3822_299F_31D0, sample, draw, quad);
                let counter = philox_inverse(block, [0x299F_31D0, 0xA409_3822]);
                assert_eq!(counter, [quad, sample as u32, (sample >> 32) as u32, draw]);
                assert!(
                    seen.insert(block),
                    "sample {sample}, draw {draw}, quad {quad}"
                );
            }
        }
    }
}

#[test]
fn purposes_have_draws_of_their_own() {
    assert_eq!(noise::INITIAL_DRAW, 0);
    assert_eq!(noise::step_draw(0), 1);
    assert_eq!(noise::step_draw(999), 1000);
    assert_eq!(noise::step_draw(u32::MAX - 1), u32::MAX);
}

/// Finds the counter whose block under `key` is `output`.
fn philox_inverse(output: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
    // An odd number times its inverse is 1 modulo 2³²; Newton's iteration doubles the
    // correct bits, three at first.
    let inverse = |odd: u32| {
        (0..4).fold(odd, |x, _| {
            x.wrapping_mul(2u32.wrapping_sub(odd.wrapping_mul(x)))
        })
    };
    let high = |a: u32, b: u32| ((u64::from(a) * u64::from(b)) >> 32) as u32;
    (0..10).rev().fold(output, |[a, b, c, d], round| {
        let key = [
            key[0].wrapping_add(0x9E37_79B9u32.wrapping_mul(round)),
            key[1].wrapping_add(0xBB67_AE85u32.wrapping_mul(round)),
        ];
        let first = d.wrapping_mul(inverse(MULTIPLIERS[0]));
        let third = b.wrapping_mul(inverse(MULTIPLIERS[1]));
        [
            first,
            a ^ high(MULTIPLIERS[1], third) ^ key[0],
            third,
            c ^ high(MULTIPLIERS[0], first) ^ key[1],
        ]
    })
}
