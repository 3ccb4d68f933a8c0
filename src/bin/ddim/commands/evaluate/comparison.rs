//! What samples of a model are compared with: the data and the classifier that were given, or lie
//! beside the model.

use ddim_wgpu::ClassChoice;
use ddim_wgpu::metrics::{Classifier, SampleComparison};
use ddim_wgpu::network::Model;

use super::Arguments;
use crate::exit::Failure;

impl Arguments {
    pub(super) fn comparison(&self, model: &Model) -> Result<SampleComparison, Failure> {
        let data = self.reference(model)?;
        let classes = self.class_choice(model) != ClassChoice::None;
        Ok(match (self.find_classifier(model)?, data) {
            (Some(classifier), data) => SampleComparison::of_images(classifier, data, classes)?,
            (None, Some(data)) => SampleComparison::of_points(data, model.dims())?,
            (None, None) => {
                return Err(Failure::usage(format_args!(
                    "nothing to compare samples of `{}` with: give data as --reference FILE.npy",
                    model.name()
                )));
            }
        })
    }

    /// The classifier that fits the model, if there is one.
    fn find_classifier(&self, model: &Model) -> Result<Option<Classifier>, Failure> {
        let classifier = match self.classifier_directory() {
            Some(directory) => Classifier::load(directory)?,
            None => match Classifier::bundled(&self.model.model) {
                Some(classifier) => classifier?,
                None => return Ok(None),
            },
        };
        if classifier.sample_shape() != model.sample_shape() {
            return Err(Failure::bad_input(format_args!(
                "the classifier is for {:?}, but the model `{}` makes {:?}",
                classifier.sample_shape(),
                model.name(),
                model.sample_shape()
            )));
        }
        Ok(Some(classifier))
    }
}
