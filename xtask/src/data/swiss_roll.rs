//! The swiss roll in the plane, by formula.

use std::f64::consts::PI;
use std::path::Path;

use super::npy;
use crate::failure::Failure;
use crate::files;

const POINTS: usize = 50_000;

/// Standard deviation of the noise about the spiral, in units of the data's range.
const THICKNESS: f64 = 0.015;

/// Writes `(φ cos φ, φ sin φ)/15` with φ uniform in [1.5π, 4.5π), plus Gaussian noise: the same points
/// each time.
pub fn write(path: &Path) -> Result<(), Failure> {
    let mut state = 0;
    let mut bytes = Vec::new();
    for _ in 0..POINTS {
        let phi = 1.5 * PI * (1.0 + 2.0 * uniform(&mut state));
        // Box and Muller.
        let radius = THICKNESS * (-2.0 * (1.0 - uniform(&mut state)).ln()).sqrt();
        let angle = 2.0 * PI * uniform(&mut state);
        for value in [
            phi * phi.cos() / 15.0 + radius * angle.cos(),
            phi * phi.sin() / 15.0 + radius * angle.sin(),
        ] {
            bytes.extend_from_slice(&(value as f32).to_le_bytes());
        }
    }
    files::write(path, npy("<f4", &[POINTS, 2], &bytes))
}

/// SplitMix64 (Steele, Lea and Flood, 2014), in [0, 1).
fn uniform(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}
