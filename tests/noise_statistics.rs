//! Quick looks at the noise as random numbers: a million at a time, fixed seeds, so
//! they pass or fail for good.
//!
//! The long ones (dieharder, a billion normals) are run by `scripts/randomness.sh`.

use ddim_wgpu::noise;

use crate::common::quantile;

const COUNT: usize = 1 << 20;
/// How many standard deviations a statistic may be off. With a good generator each check of this
/// file would fail for one seed in 3.5 million.
const SIGMAS: f64 = 5.0;

fn normals(seed: u64, sample: u64, draw: u32) -> Vec<f64> {
    let mut out = vec![0.0; COUNT];
    noise::fill_normals(seed, sample, draw, &mut out);
    out.into_iter().map(f64::from).collect()
}

#[test]
fn moments_are_those_of_a_normal() {
    let z = normals(1, 0, 0);
    // E z^k, and the standard deviation of z^k.
    let moments = [
        (1, 0.0, 1.0),
        (2, 1.0, 2f64.sqrt()),
        (3, 0.0, 15f64.sqrt()),
        (4, 3.0, 96f64.sqrt()),
    ];
    for (power, expected, deviation) in moments {
        let mean = z.iter().map(|z| z.powi(power)).sum::<f64>() / COUNT as f64;
        let sigmas = (mean - expected) / (deviation / (COUNT as f64).sqrt());
        assert!(
            sigmas.abs() < SIGMAS,
            "moment {power}: {mean}, {sigmas} standard deviations off"
        );
    }
}

/// The Kolmogorov–Smirnov distance, at 1,024 quantiles of the normal.
#[test]
fn distribution_is_normal() {
    let mut z = normals(2, 0, 0);
    z.sort_by(f64::total_cmp);
    let distance = (1..1024).map(|i| {
        let p = f64::from(i) / 1024.0;
        let quantile = (p - 0.5).signum() * quantile::two_sided(1.0 - (2.0 * p - 1.0).abs());
        (z.partition_point(|&z| z <= quantile) as f64 / COUNT as f64 - p).abs()
    });
    let distance = distance.fold(0.0, f64::max) * (COUNT as f64).sqrt();
    // P(distance > 2.73) = 2 exp(-2 * 2.73^2) = 6.7e-7
    assert!(distance < 2.73, "{distance}");
}

/// Streams that sit next to each other in the counter, and the same stream shifted, show no
/// correlation: neither the numbers nor their squares.
#[test]
fn neighbouring_streams_are_uncorrelated() {
    let here = normals(3, 10, 5);
    let shifted = |by: usize| [&here[by..], &here[..by]].concat();
    let neighbours = [
        ("next sample", normals(3, 11, 5)),
        ("next draw", normals(3, 10, 6)),
        ("next seed", normals(4, 10, 5)),
        ("sample, high word", normals(3, 10 + (1 << 32), 5)),
        ("seed, high word", normals(3 + (1 << 32), 10, 5)),
        ("sample and draw swapped", normals(3, 5, 10)),
        ("next element", shifted(1)),
        ("next block", shifted(4)),
    ];
    for (name, there) in neighbours {
        for (what, statistic) in [
            ("numbers", (|z| z) as fn(f64) -> f64),
            ("squares", |z| (z * z - 1.0) / 2f64.sqrt()),
        ] {
            let sum: f64 = here
                .iter()
                .zip(&there)
                .map(|(&a, &b)| statistic(a) * statistic(b))
                .sum();
            let sigmas = sum / (COUNT as f64).sqrt();
            assert!(
                sigmas.abs() < SIGMAS,
                "{name}, {what}: {sigmas} standard deviations"
            );
        }
    }
}

/// The first numbers of a thousand consecutive samples, draws and seeds are as random as a sample's
/// own: small models and batches of many samples read the stream across, not along.
#[test]
fn numbers_across_samples_draws_and_seeds_are_normal() {
    type Number = fn(u64) -> f32;
    let across: [(&str, Number); 3] = [
        ("samples", |i| noise::normal(0, i, 0, 0)),
        ("draws", |i| noise::normal(0, 0, i as u32, 0)),
        ("seeds", |i| noise::normal(i, 0, 0, 0)),
    ];
    for (name, number) in across {
        let z: Vec<f64> = (0..1 << 16).map(|i| f64::from(number(i))).collect();
        let n = z.len() as f64;
        let mean = z.iter().sum::<f64>() / n.sqrt();
        let square = z.iter().map(|z| z * z - 1.0).sum::<f64>() / (2.0 * n).sqrt();
        let serial = z.windows(2).map(|pair| pair[0] * pair[1]).sum::<f64>() / n.sqrt();
        for sigmas in [mean, square, serial] {
            assert!(
                sigmas.abs() < SIGMAS,
                "{name}: {sigmas} standard deviations"
            );
        }
    }
}

/// Every bit of the words, and every pair of neighbouring bits, is set as often as it should be.
#[test]
fn bits_are_balanced() {
    let blocks = COUNT / 4;
    let mut set = [0u32; 128];
    let mut pairs = [0u32; 128];
    for quad in 0..blocks as u32 {
        let words = noise::block(5, 0, 0, quad);
        let bits = words
            .iter()
            .rev()
            .fold(0u128, |bits, &word| (bits << 32) | u128::from(word));
        let changes = bits ^ bits.rotate_left(1);
        for (bit, (set, pairs)) in set.iter_mut().zip(&mut pairs).enumerate() {
            *set += (bits >> bit & 1) as u32;
            *pairs += (changes >> bit & 1) as u32;
        }
    }
    for count in set.into_iter().chain(pairs) {
        let sigmas = (f64::from(count) - blocks as f64 / 2.0) / ((blocks as f64).sqrt() / 2.0);
        assert!(sigmas.abs() < SIGMAS, "{sigmas} standard deviations");
    }
}
