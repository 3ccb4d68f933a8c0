//! The noise examined as random numbers: streams for a test battery, and a billion normals counted.
//!
//! ```text
//! randomness stream SOURCE ORDER     endless 32-bit words on standard output, for dieharder -g 200
//! randomness count N [SEED]          distribution and tails of N normals; exit status 6 if they are off
//! ```
//!
//! SOURCE is `words` (Philox's) or `normals` (four normals a word, the top eight bits of the
//! probability of each). ORDER is the path through the counters: `elements` along one sample,
//! `samples`, `draws` or `seeds` across (one block of each), or `interleaved`: blocks of two
//! neighbouring samples in two neighbouring draws in turn. `scripts/randomness.sh` runs it all.

use std::io::{self, Write};
use std::process::ExitCode;

use ddim_wgpu::noise::{self, NORMAL_MAX, NORMAL_UNIT, normal_units_from_word};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["stream", source, order] => match (converter(source), path(order)) {
            (Some(convert), Some(path)) => stream(convert, path),
            _ => usage(),
        },
        ["count", n] => n.parse().map_or_else(|_| usage(), |n| count(n, 0)),
        ["count", n, seed] => match (n.parse(), seed.parse()) {
            (Ok(n), Ok(seed)) => count(n, seed),
            _ => usage(),
        },
        _ => usage(),
    }
}

fn usage() -> ExitCode {
    let _ = writeln!(
        io::stderr(),
        "usage: randomness stream words|normals elements|samples|draws|seeds|interleaved | randomness count N [SEED]"
    );
    ExitCode::from(2)
}

/// The n-th block of a path through the counters.
type Path = fn(u64) -> [u32; 4];

fn path(order: &str) -> Option<Path> {
    Some(match order {
        "elements" => |n| noise::block(1, n >> 32, 0, n as u32),
        "samples" => |n| noise::block(1, n, 0, 0),
        "draws" => |n| noise::block(1, n >> 32, n as u32, 0),
        "seeds" => |n| noise::block(n, 0, 0, 0),
        "interleaved" => |n| noise::block(1, n & 1, (n >> 1 & 1) as u32, (n >> 2) as u32),
        _ => return None,
    })
}

/// Appends what a block contributes to the stream.
type Converter = Box<dyn Fn([u32; 4], &mut Vec<u8>)>;

fn converter(source: &str) -> Option<Converter> {
    match source {
        "words" => Some(Box::new(|block, bytes| {
            bytes.extend(block.map(u32::to_le_bytes).as_flattened());
        })),
        "normals" => {
            let parts = LikelyParts::new();
            Some(Box::new(move |block, bytes| {
                bytes.extend(block.map(|word| parts.of(normal_units_from_word(word))));
            }))
        }
        _ => None,
    }
}

/// Which of 256 equally likely parts of the distribution a normal lies in.
struct LikelyParts {
    /// The part of each bin's first value. No bin holds the limits of two parts.
    first: Vec<u8>,
    /// Each part's upper limit: the least value, in grid units, above it.
    limits: [i32; 256],
}

impl LikelyParts {
    const WIDTH: i32 = 256;

    fn new() -> Self {
        let below = Distribution::new(Self::WIDTH).below;
        let first = Distribution::first(Self::WIDTH);
        let mut limits = [i32::MAX; 256];
        for (limit, part) in limits.iter_mut().zip(1..256) {
            let probability = f64::from(part) / 256.0;
            let border = below.partition_point(|&below| below < probability);
            // The density is constant within a bin to one part in a thousand, so
            // this is right to the unit.
            let (low, high) = (below[border - 1], below[border]);
            let units = (probability - low) / (high - low) * f64::from(Self::WIDTH);
            *limit = first + (border as i32 - 1) * Self::WIDTH + units.round() as i32;
        }
        let values = (0..below.len() as i32).map(|bin| first + bin * Self::WIDTH);
        let first = values.map(|value| limits.partition_point(|&limit| limit <= value) as u8);
        Self {
            first: first.collect(),
            limits,
        }
    }

    fn of(&self, units: i32) -> u8 {
        let bin = (units - Distribution::first(Self::WIDTH)) / Self::WIDTH;
        let part = self.first[bin as usize];
        part + u8::from(units >= self.limits[usize::from(part)])
    }
}

fn stream(convert: Converter, path: Path) -> ExitCode {
    let mut out = io::stdout().lock();
    let mut bytes = Vec::with_capacity(1 << 20);
    for n in 0.. {
        convert(path(n), &mut bytes);
        if bytes.len() + 16 > bytes.capacity() {
            // The battery closes the pipe when it has read enough.
            if out.write_all(&bytes).is_err() {
                break;
            }
            bytes.clear();
        }
    }
    ExitCode::SUCCESS
}

/// The normal distribution function at the borders of bins of grid units.
struct Distribution {
    /// Probability of a normal below each border; border i lies half a unit
    /// below bin i's first value.
    below: Vec<f64>,
}

impl Distribution {
    /// The least value of the first bin, rounded down so that the bins are symmetric
    /// but for their half unit.
    fn first(width: i32) -> i32 {
        let limit = (NORMAL_MAX / NORMAL_UNIT) as i32 + 1;
        -(limit / width + 1) * width
    }

    fn new(width: i32) -> Self {
        let first = Self::first(width);
        let bins = -2 * i64::from(first) / i64::from(width);
        let step = f64::from(NORMAL_UNIT) * f64::from(width);
        let at = |border: f64| (f64::from(first) - 0.5) * f64::from(NORMAL_UNIT) + border * step;
        let density = |z: f64| (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt();
        // Simpson's rule bin by bin: an error of step^4, below 1e-15. What lies beyond the ends
        // weighs 2e-10, and is part of the outermost bins.
        let mut below = vec![lower_tail(at(0.0))];
        let mut sum = below[0];
        for bin in 0..bins {
            let [left, middle, right] = [0.0, 0.5, 1.0].map(|part| density(at(bin as f64 + part)));
            sum += step / 6.0 * (left + 4.0 * middle + right);
            below.push(sum);
        }
        Self { below }
    }
}

/// Probability of a normal below z < −5, by its continued fraction.
fn lower_tail(z: f64) -> f64 {
    let fraction = (1..=40).rev().fold(-z, |tail, k| -z + f64::from(k) / tail);
    (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt() / fraction
}

/// Draws `n` normals, half along samples of 1,000 elements and half as points of a
/// plane, and examines them.
fn count(n: u64, seed: u64) -> ExitCode {
    const WIDTH: i32 = 64;
    let distribution = Distribution::new(WIDTH);
    let first = Distribution::first(WIDTH);
    let mut histogram = vec![0u64; distribution.below.len() - 1];
    let mut tails = Tails::default();
    let mut add = |&word: &u32| {
        let units = normal_units_from_word(word);
        histogram[((units - first) / WIDTH) as usize] += 1;
        tails.add(units);
    };
    for block in 0..n / 8 {
        noise::block(seed, block / 250, 0, (block % 250) as u32)
            .iter()
            .for_each(&mut add);
    }
    for point in 0..n / 4 {
        let [x, y, ..] = noise::block(seed, point, 1, 0);
        [x, y].iter().for_each(&mut add);
    }

    let drawn = histogram.iter().sum::<u64>() as f64;
    let mut seen = 0.0;
    let mut distance: f64 = 0.0;
    for (count, below) in histogram.iter().zip(&distribution.below[1..]) {
        seen += *count as f64;
        distance = distance.max((seen / drawn - below).abs());
    }
    let mut out = io::stdout().lock();
    let mut report = |line: String| {
        let _ = writeln!(out, "{line}");
    };
    let scaled = distance * drawn.sqrt();
    let p = kolmogorov(scaled);
    report(format!("normals drawn            {drawn}, seed {seed}"));
    report(format!(
        "Kolmogorov-Smirnov       D = {distance:.3e}, sqrt(n) D = {scaled:.4}, p = {p:.4}"
    ));
    let mut good = p > 1e-6;
    for (sigma, &count) in (1..).zip(&tails.beyond) {
        let expected = 2.0 * tail_beyond(sigma) * drawn;
        let off = (count as f64 - expected) / expected.sqrt();
        report(format!(
            "beyond {sigma} sigma           {count} (expected {expected:.1}, {off:+.2} standard deviations)"
        ));
        good &= off.abs() < 5.0;
    }
    let skew = tails.negative as f64 * 2.0 - drawn;
    report(format!(
        "negative                 {} ({:+.2} standard deviations)",
        tails.negative,
        skew / drawn.sqrt()
    ));
    good &= (skew / drawn.sqrt()).abs() < 5.0;
    if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(6)
    }
}

/// How many normals were negative, and how many beyond 1 … 6 in magnitude.
#[derive(Default)]
struct Tails {
    beyond: [u64; 6],
    negative: u64,
}

impl Tails {
    fn add(&mut self, units: i32) {
        self.negative += u64::from(units < 0);
        for (beyond, sigma) in self.beyond.iter_mut().zip(1..) {
            *beyond += u64::from(units.abs() > sigma << 20);
        }
    }
}

/// P(z > sigma) for sigma = 1 … 6.
fn tail_beyond(sigma: u32) -> f64 {
    [
        1.586_552_539_314_570_7e-1,
        2.275_013_194_817_919_5e-2,
        1.349_898_031_630_093_3e-3,
        3.167_124_183_311_986e-5,
        2.866_515_718_791_933e-7,
        9.865_876_450_376_946e-10,
    ][sigma as usize - 1]
}

/// P(sqrt(n) D > x) of the Kolmogorov–Smirnov statistic, for large n.
fn kolmogorov(x: f64) -> f64 {
    let term =
        |k: i32| (if k % 2 == 1 { 2.0 } else { -2.0 }) * (-2.0 * f64::from(k * k) * x * x).exp();
    if x < 0.2 {
        1.0
    } else {
        (1..=100).map(term).sum::<f64>().clamp(0.0, 1.0)
    }
}
