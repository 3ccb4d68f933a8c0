//! What compares samples with data.

use ddim_wgpu::Batch;
use ddim_wgpu::ClassChoice;
use ddim_wgpu::metrics::{
    Classifier, Moments, frechet_distance, median_distance, mmd, sliced_wasserstein,
};
use ddim_wgpu::network::Model;

use super::Arguments;
use super::report::Metric;
use crate::exit::Failure;
use crate::terminal::warn;

/// Directions of the sliced Wasserstein distance, and the seed that they are drawn from.
const PROJECTIONS: usize = 256;
const DIRECTIONS_SEED: u64 = 0;

/// The second bandwidth of the discrepancy, as a part of the first: where points lie along a line, the median distance sees how they
/// are spread along it, and not whether there is noise about it.
const FINE: f64 = 1.0 / 16.0;

/// How samples are compared with data.
pub enum Judge {
    /// Points: distances between sets.
    Points {
        dims: usize,
        /// The first half of the data.
        data: Vec<f32>,
        /// The second half.
        other: Vec<f32>,
        bandwidth: f64,
    },
    /// Images: features of a classifier.
    Images {
        classifier: Classifier,
        data: Moments,
        /// What is left of given data, to be compared with them.
        other: Option<Vec<f32>>,
        /// Whether samples are of classes that were asked for.
        classes: bool,
    },
}

impl Judge {
    pub fn new(arguments: &Arguments, model: &Model) -> Result<Self, Failure> {
        let dims = model.dims();
        let halves = arguments.reference(model)?.map(|mut data| {
            let other = data.split_off(data.len() / dims / 2 * dims);
            (data, other)
        });
        if let Some((data, _)) = &halves
            && data.len() < 2 * dims
        {
            return Err(Failure::bad_input(
                "four samples of data make two halves: give more",
            ));
        }
        match (classifier(arguments, model)?, halves) {
            (Some(classifier), halves) => {
                let (data, other) = match (halves, classifier.reference()) {
                    (Some((data, other)), _) => {
                        let features = classifier.judge(&data).features;
                        (Moments::of(&features, classifier.features())?, Some(other))
                    }
                    (None, Some(moments)) => (moments.clone(), None),
                    (None, None) => {
                        return Err(Failure::usage(
                            "the classifier has no reference.safetensors: give data as --reference FILE.npy",
                        ));
                    }
                };
                Ok(Self::Images {
                    classifier,
                    data,
                    other,
                    classes: arguments.class.class != ClassChoice::None,
                })
            }
            (None, Some((data, other))) => Ok(Self::Points {
                dims,
                bandwidth: median_distance(&data, &other, dims),
                data,
                other,
            }),
            (None, None) => Err(Failure::usage(format_args!(
                "nothing to compare samples of `{}` with: give data as --reference FILE.npy",
                model.name()
            ))),
        }
    }

    /// What is measured, in the order that [`Judge::measure`] gives it.
    pub fn metrics(&self) -> Result<Vec<Metric>, Failure> {
        let mut metrics = match self {
            Self::Points {
                bandwidth,
                data,
                dims,
                ..
            } => vec![
                Metric::new(
                    "sliced_wasserstein",
                    format!(
                        "Sliced Wasserstein-2 distance to {} data, {PROJECTIONS} directions, in the data's units; lower is better.",
                        data.len() / dims
                    ),
                ),
                Metric::new(
                    "mmd_squared",
                    format!(
                        "Squared maximum mean discrepancy, unbiased (so about 0, of either sign, for data), at the median distance as \
                         bandwidth, {bandwidth:.3}: the spread of the whole; lower is better."
                    ),
                ),
                Metric::new(
                    "mmd_squared_fine",
                    format!(
                        "The same at bandwidth {:.3}: noise about the shape; lower is better.",
                        FINE * bandwidth
                    ),
                ),
            ],
            Self::Images {
                classifier,
                classes,
                ..
            } => {
                let mut metrics = vec![Metric::new(
                    "frechet_distance",
                    format!(
                        "Fréchet distance (squared) to the data in the {} features of our own classifier, which is no FID; lower is better.",
                        classifier.features()
                    ),
                )];
                metrics.extend(classes.then(|| {
                    Metric::new(
                        "class_agreement",
                        "Share of the samples that the classifier sorts as the class asked for; higher is better.",
                    )
                }));
                metrics
            }
        };
        let of_data = match self {
            Self::Points { other, .. } => self.distances(other)?,
            Self::Images {
                other: Some(other), ..
            } => self.distances(other)?,
            Self::Images { other: None, .. } => Vec::new(),
        };
        for (metric, value) in metrics.iter_mut().zip(of_data) {
            metric.data = Some(value);
        }
        Ok(metrics)
    }

    /// The figures of samples of `batch`; infinite where a sample is not finite.
    pub fn measure(
        &self,
        model: &Model,
        batch: &Batch,
        samples: &[f32],
    ) -> Result<Vec<f64>, Failure> {
        let dims = model.dims();
        let broken = |sample: &&[f32]| sample.iter().any(|value| !value.is_finite());
        let broken = samples.chunks_exact(dims).filter(broken).count();
        if broken > 0 {
            warn(format_args!(
                "{broken} of {} samples are not finite",
                batch.count
            ));
            let count = match self {
                Self::Points { .. } => 3,
                Self::Images { classes, .. } => 1 + usize::from(*classes),
            };
            return Ok(vec![f64::INFINITY; count]);
        }
        let mut figures = self.distances(samples)?;
        if let Self::Images {
            classifier,
            classes: true,
            ..
        } = self
        {
            let found = classifier.judge(samples).classes;
            let asked = |&(index, class): &(usize, &u32)| {
                batch.class_of(index, model.num_classes()) == Some(*class)
            };
            let right = found.iter().enumerate().filter(asked).count();
            figures.push(right as f64 / batch.count as f64);
        }
        Ok(figures)
    }

    /// From the data.
    fn distances(&self, samples: &[f32]) -> Result<Vec<f64>, Failure> {
        Ok(match self {
            Self::Points {
                dims,
                data,
                bandwidth,
                ..
            } => vec![
                sliced_wasserstein(samples, data, *dims, PROJECTIONS, DIRECTIONS_SEED),
                mmd(samples, data, *dims, Some(*bandwidth)).squared,
                mmd(samples, data, *dims, Some(FINE * bandwidth)).squared,
            ],
            Self::Images {
                classifier, data, ..
            } => {
                let features = classifier.judge(samples).features;
                let moments = Moments::of(&features, classifier.features())?;
                vec![frechet_distance(&moments, data)]
            }
        })
    }
}

/// The classifier that fits the model, if there is one.
fn classifier(arguments: &Arguments, model: &Model) -> Result<Option<Classifier>, Failure> {
    let classifier = match arguments.classifier_directory() {
        Some(directory) => Classifier::load(directory)?,
        None => match Classifier::bundled(&arguments.model.model) {
            Some(classifier) => classifier?,
            None => return Ok(None),
        },
    };
    if classifier.sample_shape() != model.sample_shape() {
        return Err(Failure::bad_input(format_args!(
            "the classifier judges {:?}, but the model `{}` makes {:?}",
            classifier.sample_shape(),
            model.name(),
            model.sample_shape()
        )));
    }
    Ok(Some(classifier))
}
