//! The swiss roll in the plane, by formula.

use std::f32::consts::PI;

use rand::RngExt;
use rand::rngs::StdRng;
use rand_distr::{Distribution, StandardNormal};

/// Standard deviation of the noise about the spiral, in units of the data's range.
const THICKNESS: f32 = 0.015;

/// `(φ cos φ, φ sin φ)/15` with φ uniform in [1.5π, 4.5π), plus Gaussian noise.
pub(super) fn point(rng: &mut StdRng) -> [f32; 2] {
    let phi = 1.5 * PI * (1.0 + 2.0 * rng.random::<f32>());
    let mut noise = || -> f32 {
        let z: f32 = StandardNormal.sample(rng);
        THICKNESS * z
    };
    [phi.cos(), phi.sin()].map(|direction| phi * direction / 15.0 + noise())
}
