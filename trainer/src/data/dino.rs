//! The dinosaur of the Datasaurus Dozen: 142 points, jittered.

use std::path::Path;

use rand::RngExt;
use rand::rngs::StdRng;
use rand_distr::{Distribution, StandardNormal};

use crate::error::Error;

/// Half the larger side of the drawing after scaling.
const EXTENT: f32 = 0.95;
/// Standard deviation of the jitter that makes 142 points a density.
const JITTER: f32 = 0.015;

/// The scaled points.
#[derive(Debug)]
pub(crate) struct Dino {
    points: Vec<[f32; 2]>,
}

impl Dino {
    /// Reads `dino.csv` (columns x, y) and scales it into the square, keeping its shape.
    pub(crate) fn open(directory: &Path) -> Result<Self, Error> {
        let path = directory.join("dino.csv");
        let text = std::fs::read_to_string(&path).map_err(Error::io(&path))?;
        let parse = |line: &str| -> Option<[f32; 2]> {
            let (x, y) = line.split_once(',')?;
            Some([x.trim().parse().ok()?, y.trim().parse().ok()?])
        };
        let points: Vec<_> = text.lines().skip(1).filter_map(parse).collect();
        if points.len() < 2 {
            let reason = "no points".into();
            return Err(Error::Data { path, reason });
        }
        let bounds = [0, 1].map(|axis| {
            let values = points.iter().map(|point| point[axis]);
            let low = values.clone().fold(f32::INFINITY, f32::min);
            (low, values.fold(f32::NEG_INFINITY, f32::max))
        });
        let half = bounds
            .map(|(low, high)| (high - low) / 2.0)
            .into_iter()
            .fold(0.0, f32::max);
        let scale =
            |value: f32, (low, high): (f32, f32)| (value - (low + high) / 2.0) * EXTENT / half;
        let points = points
            .iter()
            .map(|[x, y]| [scale(*x, bounds[0]), scale(*y, bounds[1])])
            .collect();
        Ok(Self { points })
    }

    /// One of the points, jittered.
    pub(super) fn point(&self, rng: &mut StdRng) -> [f32; 2] {
        let point = self.points[rng.random_range(0..self.points.len())];
        point.map(|value| {
            let z: f32 = StandardNormal.sample(rng);
            value + JITTER * z
        })
    }
}
