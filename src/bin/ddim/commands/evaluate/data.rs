//! The data that a model is measured against.

use std::path::{Path, PathBuf};

use ddim_wgpu::network::{Model, bundled_names};

use super::Arguments;
use crate::exit::Failure;
use crate::inputs::picture::Conversion;
use crate::inputs::samples::read_samples;

/// What a model directory may hold beside the model.
const REFERENCE: &str = "reference.npy";
const CLASSIFIER: &str = "classifier";

impl Arguments {
    /// The data, `[N, D]`, from the file that is given or lies in the model's directory.
    pub(super) fn reference(&self, model: &Model) -> Result<Option<Vec<f32>>, Failure> {
        let path = self.reference.clone().or_else(|| self.in_model(REFERENCE));
        let Some(path) = path else {
            return Ok(None);
        };
        let samples = read_samples(&[path], model, &Conversion::default())?;
        Ok(Some(samples.values))
    }

    /// As [`Arguments::reference`], where there is nothing to do without; at most `count` samples,
    /// or those asked for.
    pub(super) fn data(&self, model: &Model, count: usize) -> Result<Vec<f32>, Failure> {
        let Some(mut values) = self.reference(model)? else {
            return Err(Failure::usage(format_args!(
                "the model `{}` has no {REFERENCE}: give data of its kind as --reference FILE.npy",
                model.name()
            )));
        };
        let available = values.len() / model.dims();
        let count = match self.count {
            Some(count) if count == 0 || count > available => {
                return Err(Failure::usage(format_args!(
                    "--count {count}, but there are {available} samples of data"
                )));
            }
            Some(count) => count,
            None => count.min(available),
        };
        values.truncate(count * model.dims());
        Ok(values)
    }

    /// The classifier's directory that is given or lies in the model's.
    pub(super) fn classifier_directory(&self) -> Option<PathBuf> {
        self.classifier
            .clone()
            .or_else(|| self.in_model(CLASSIFIER))
    }

    /// Something in the model's directory, if the model has one and it is there.
    fn in_model(&self, name: &str) -> Option<PathBuf> {
        let model = self.model.model.as_str();
        if bundled_names().contains(&model) {
            return None;
        }
        let path = Path::new(model).join(name);
        path.exists().then_some(path)
    }
}
