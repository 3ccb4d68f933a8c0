//! Sets of samples compared with data: points by distances between the sets, images in the feature
//! space of a classifier.

use super::classifier::Classifier;
use super::frechet::frechet_distance;
use super::mmd::{median_distance, mmd};
use super::moments::{Moments, MomentsError};
use super::sliced::sliced_wasserstein;

/// Directions of the sliced Wasserstein distance, and the seed that they are drawn from.
const PROJECTIONS: usize = 256;
const DIRECTIONS_SEED: u64 = 0;

/// The second bandwidth of the discrepancy, as a part of the first: where points lie along a line,
/// the median distance sees how they are spread along it, and not whether there is noise about it.
const FINE: f64 = 1.0 / 16.0;

/// Why samples cannot be compared with the data given.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ComparisonError {
    /// The data are halved, and a half needs two samples.
    #[error("{count} samples of data, of which two halves are made: give at least 4")]
    TooFew {
        /// Samples of data given.
        count: usize,
    },
    /// A classifier without moments of its own, and no data.
    #[error("the classifier has no reference.safetensors: give data")]
    NoReference,
    /// Features have no covariance.
    #[error(transparent)]
    Moments(#[from] MomentsError),
}

/// One of the values that a [`SampleComparison`] gives.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Metric {
    /// Its name in JSON.
    pub name: &'static str,
    /// For people: what it is, its unit, and whether lower or higher is better.
    pub title: String,
    /// What held-out data score against the data, where there are any.
    pub data: Option<f64>,
}

impl Metric {
    /// A metric of which nothing is known for data.
    pub fn new(name: &'static str, title: impl Into<String>) -> Self {
        Self {
            name,
            title: title.into(),
            data: None,
        }
    }
}

/// What [`SampleComparison::measure`] found.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Scores {
    /// One value for each of [`SampleComparison::metrics`], in their order; all infinite if a
    /// sample is not finite.
    pub values: Vec<f64>,
    /// Samples with a value that is not finite.
    pub non_finite: usize,
}

/// What samples are compared with, and how.
#[derive(Clone, Debug)]
pub struct SampleComparison {
    /// Values in a sample.
    dims: usize,
    space: Space,
}

#[derive(Clone, Debug)]
enum Space {
    /// Distances between sets of points.
    Points {
        data: Vec<f32>,
        held_out: Vec<f32>,
        bandwidth: f64,
    },
    /// Features of a classifier.
    Images {
        classifier: Box<Classifier>,
        data: Moments,
        held_out: Option<Vec<f32>>,
        classes: bool,
    },
}

/// The first half of `data` and the second, which is held out to be compared with the first.
fn halves(mut data: Vec<f32>, dims: usize) -> Result<(Vec<f32>, Vec<f32>), ComparisonError> {
    assert!(
        dims > 0 && data.len().is_multiple_of(dims),
        "{} values are no samples of {dims}",
        data.len()
    );
    let count = data.len() / dims;
    if count < 4 {
        return Err(ComparisonError::TooFew { count });
    }
    let held_out = data.split_off(count / 2 * dims);
    Ok((data, held_out))
}

impl SampleComparison {
    /// Compares samples with `data`, `[count, dims]`, by sliced Wasserstein distance and maximum
    /// mean discrepancy. The first half of the data is what samples are compared with, the second
    /// is held out.
    ///
    /// # Errors
    /// [`ComparisonError::TooFew`] for fewer than four samples.
    ///
    /// # Panics
    /// If `data` is not of whole samples.
    pub fn of_points(data: Vec<f32>, dims: usize) -> Result<Self, ComparisonError> {
        let (data, held_out) = halves(data, dims)?;
        let space = Space::Points {
            bandwidth: median_distance(&data, &held_out, dims),
            data,
            held_out,
        };
        Ok(Self { dims, space })
    }

    /// Compares samples in the last hidden layer of `classifier` with `data`, `[count, D]`, of
    /// which the second half is held out, or without any with the classifier's own reference. With
    /// `classes`, the share of samples of the class asked for is measured too.
    ///
    /// # Errors
    /// [`ComparisonError`].
    ///
    /// # Panics
    /// If `data` is not of whole samples.
    pub fn of_images(
        classifier: Classifier,
        data: Option<Vec<f32>>,
        classes: bool,
    ) -> Result<Self, ComparisonError> {
        let dims = classifier.sample_shape().iter().product();
        let (data, held_out) = match (data, classifier.reference()) {
            (Some(data), _) => {
                let (data, held_out) = halves(data, dims)?;
                let features = classifier.classify(&data).features;
                let moments = Moments::of(&features, classifier.features())?;
                (moments, Some(held_out))
            }
            (None, Some(moments)) => (moments.clone(), None),
            (None, None) => return Err(ComparisonError::NoReference),
        };
        let space = Space::Images {
            classifier: Box::new(classifier),
            data,
            held_out,
            classes,
        };
        Ok(Self { dims, space })
    }

    /// What is measured, in the order that [`measure`](Self::measure) gives it.
    ///
    /// # Errors
    /// [`ComparisonError::Moments`], of the held-out data.
    pub fn metrics(&self) -> Result<Vec<Metric>, ComparisonError> {
        let (mut metrics, held_out) = match &self.space {
            Space::Points {
                bandwidth,
                data,
                held_out,
            } => (
                of_points(data.len() / self.dims, *bandwidth),
                Some(held_out),
            ),
            Space::Images {
                classifier,
                classes,
                held_out,
                ..
            } => (
                of_images(classifier.features(), *classes),
                held_out.as_ref(),
            ),
        };
        if let Some(held_out) = held_out {
            for (metric, value) in metrics.iter_mut().zip(self.distances(held_out)?) {
                metric.data = Some(value);
            }
        }
        Ok(metrics)
    }

    /// Measures `samples`, `[count, D]`; `asked` tells the class that was asked for of a sample.
    ///
    /// # Errors
    /// [`ComparisonError::Moments`] for fewer than two images.
    ///
    /// # Panics
    /// If `samples` are fewer than two points, or not whole samples.
    pub fn measure(
        &self,
        samples: &[f32],
        asked: impl Fn(usize) -> Option<u32>,
    ) -> Result<Scores, ComparisonError> {
        let broken = |sample: &&[f32]| sample.iter().any(|value| !value.is_finite());
        let non_finite = samples.chunks_exact(self.dims).filter(broken).count();
        if non_finite > 0 {
            let values = vec![f64::INFINITY; self.metric_count()];
            return Ok(Scores { values, non_finite });
        }
        let mut values = self.distances(samples)?;
        if let Space::Images {
            classifier,
            classes: true,
            ..
        } = &self.space
        {
            let found = classifier.classify(samples).classes;
            let agrees = |&(index, class): &(usize, &u32)| asked(index) == Some(*class);
            let right = found.iter().enumerate().filter(agrees).count();
            values.push(right as f64 / found.len() as f64);
        }
        Ok(Scores { values, non_finite })
    }

    fn metric_count(&self) -> usize {
        match &self.space {
            Space::Points { .. } => 3,
            Space::Images { classes, .. } => 1 + usize::from(*classes),
        }
    }

    /// From the data.
    fn distances(&self, samples: &[f32]) -> Result<Vec<f64>, ComparisonError> {
        Ok(match &self.space {
            Space::Points {
                data, bandwidth, ..
            } => vec![
                sliced_wasserstein(samples, data, self.dims, PROJECTIONS, DIRECTIONS_SEED),
                mmd(samples, data, self.dims, Some(*bandwidth)).squared,
                mmd(samples, data, self.dims, Some(FINE * bandwidth)).squared,
            ],
            Space::Images {
                classifier, data, ..
            } => {
                let features = classifier.classify(samples).features;
                let moments = Moments::of(&features, classifier.features())?;
                vec![frechet_distance(&moments, data)]
            }
        })
    }
}

fn of_points(count: usize, bandwidth: f64) -> Vec<Metric> {
    vec![
        Metric::new(
            "sliced_wasserstein",
            format!(
                "Sliced Wasserstein-2 distance to {count} data, {PROJECTIONS} directions, in the \
                 data's units; lower is better."
            ),
        ),
        Metric::new(
            "mmd_squared",
            format!(
                "Squared maximum mean discrepancy, unbiased (so about 0, of either sign, for data), \
                 at the median distance as bandwidth, {bandwidth:.3}: the spread of the whole; lower \
                 is better."
            ),
        ),
        Metric::new(
            "mmd_squared_fine",
            format!(
                "The same at bandwidth {:.3}: noise about the shape; lower is better.",
                FINE * bandwidth
            ),
        ),
    ]
}

fn of_images(features: usize, classes: bool) -> Vec<Metric> {
    let mut metrics = vec![Metric::new(
        "frechet_distance",
        format!(
            "Fréchet distance (squared) to the data in the {features} features of our own \
             classifier, which is no FID; lower is better."
        ),
    )];
    metrics.extend(classes.then(|| {
        Metric::new(
            "class_agreement",
            "Share of the samples that the classifier sorts as the class asked for; higher is \
             better.",
        )
    }));
    metrics
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_like_the_data_are_nearer_than_others() {
        let data: Vec<f32> = (0..80).map(|i| (i as f32 * 0.7).sin()).collect();
        let comparison = SampleComparison::of_points(data.clone(), 2).expect("40 points");
        let like = comparison.measure(&data[..40], |_| None).expect("scores");
        let far: Vec<f32> = data[..40].iter().map(|v| v + 3.0).collect();
        let far = comparison.measure(&far, |_| None).expect("scores");
        assert_eq!(
            like.values.len(),
            comparison.metrics().expect("three").len()
        );
        assert!(std::iter::zip(&like.values, &far.values).all(|(like, far)| like < far));
    }

    #[test]
    fn samples_that_are_not_finite_are_counted_and_infinitely_far() {
        let comparison = SampleComparison::of_points(vec![0.5; 16], 2).expect("8 points");
        let scores = comparison.measure(&[0.0, f32::NAN, 0.0, 0.0], |_| None);
        let scores = scores.expect("scores");
        assert_eq!(
            (scores.non_finite, scores.values),
            (1, vec![f64::INFINITY; 3])
        );
    }

    #[test]
    fn data_that_cannot_be_halved_are_refused() {
        let refused = SampleComparison::of_points(vec![0.0; 6], 2);
        assert!(matches!(refused, Err(ComparisonError::TooFew { count: 3 })));
    }
}
