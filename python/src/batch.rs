//! Batches: how many samples, from which noise, of which class and conditions.

use std::num::NonZeroUsize;

use ddim_wgpu::{self as ddim, ClassChoice, Inpaint};
use numpy::PyUntypedArrayMethods;
use pyo3::exceptions::{PyIndexError, PyValueError};
use pyo3::prelude::*;

use crate::arrays::{Values, check_shape, values};
use crate::errors::told;
use crate::model::Model;
use crate::plan::Plan;

/// A batch of samples that fits its model.
#[pyclass(frozen, module = "ddim_wgpu._native")]
pub struct Batch {
    pub inner: ddim::Batch,
}

/// Of which class samples are.
#[derive(FromPyObject)]
pub enum Classes {
    #[pyo3(transparent)]
    One(u32),
    #[pyo3(transparent)]
    Name(String),
    #[pyo3(transparent)]
    PerSample(Vec<u32>),
}

/// What a batch is made of.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Settings<'py> {
    count: usize,
    seed: u64,
    sample_offset: u64,
    classes: Option<Classes>,
    guidance: f32,
    conditions: Vec<(String, Values<'py>)>,
    samples_per_condition: usize,
    latents: Option<Values<'py>>,
    image: Option<Values<'py>>,
    mask: Option<Values<'py>>,
}

#[pymethods]
impl Batch {
    /// A batch for `model`, to be run by `plan`.
    #[new]
    fn new(model: &Model, plan: &Plan, settings: Settings<'_>) -> PyResult<Self> {
        let model = &*model.inner;
        let shape = model.sample_shape();
        let batch = settings.start()?;
        let mut batch = settings.conditioned(batch, model)?;
        for (what, array) in [
            ("latents", &settings.latents),
            ("images", &settings.image),
            ("masks", &settings.mask),
        ] {
            if let Some(array) = array {
                check_shape(what, array, shape)?;
            }
        }
        if let Some(latents) = &settings.latents {
            batch = batch.initial(values(latents)?);
        }
        told(batch.validate_for_model(model))?;
        if let Some(image) = &settings.image {
            batch = settings.edited(batch, image, plan, model.dims())?;
        }
        told(batch.validate_for_model(model))?;
        Ok(Self { inner: batch })
    }

    #[getter]
    fn count(&self) -> usize {
        self.inner.count
    }

    /// Samples `start` to `stop` as a batch of their own: the same samples.
    fn part(&self, start: usize, stop: usize) -> PyResult<Self> {
        if start >= stop || stop > self.inner.count {
            let count = self.inner.count;
            let message = format!("samples {start} to {stop} of a batch of {count}");
            return Err(PyIndexError::new_err(message));
        }
        Ok(Self {
            inner: self.inner.part(start..stop),
        })
    }
}

impl Settings<'_> {
    fn start(&self) -> PyResult<ddim::Batch> {
        let class = match &self.classes {
            None => ClassChoice::None,
            Some(Classes::One(class)) => ClassChoice::One(*class),
            Some(Classes::PerSample(classes)) => ClassChoice::PerSample(classes.clone()),
            Some(Classes::Name(name)) if name == "all" => ClassChoice::Cyclic,
            Some(Classes::Name(name)) => {
                let message = format!("no class {name:?}: give numbers, or \"all\"");
                return Err(PyValueError::new_err(message));
            }
        };
        Ok(ddim::Batch::new(self.count)
            .seed(self.seed)
            .sample_offset(self.sample_offset)
            .class(class)
            .guidance(self.guidance))
    }

    /// The batch with its conditions.
    fn conditioned(
        &self,
        mut batch: ddim::Batch,
        model: &ddim::network::Model,
    ) -> PyResult<ddim::Batch> {
        for (name, array) in &self.conditions {
            let input = model.inputs().iter().find(|input| input.name == *name);
            if let Some(input) = input {
                check_shape(
                    &format!("values of the condition `{name}`"),
                    array,
                    &[input.width],
                )?;
            }
            batch = batch.condition(name.as_str(), values(array)?);
        }
        let shared = NonZeroUsize::new(self.samples_per_condition);
        let shared = shared.ok_or_else(|| {
            PyValueError::new_err("samples_per_condition is 0: it must be at least 1")
        })?;
        Ok(batch.samples_per_condition(shared))
    }

    /// The batch with the data to edit: image-to-image, or with a mask inpainting.
    fn edited(
        &self,
        batch: ddim::Batch,
        image: &Values<'_>,
        plan: &Plan,
        dims: usize,
    ) -> PyResult<ddim::Batch> {
        let data = repeated("images", image, batch.count, dims)?;
        let plan = &plan.inner;
        let Some(mask) = &self.mask else {
            return Ok(batch.noised(&data, plan.known(0)));
        };
        let mask = repeated("masks", mask, batch.count, dims)?;
        // At full strength nothing is left of what is made anew: it starts as any sample.
        let whole = plan.stages()[0].draw == ddim::noise::step_draw(0);
        let batch = if whole || self.latents.is_some() {
            batch
        } else {
            batch.noised(&data, plan.known(0))
        };
        Ok(batch.inpaint(Inpaint::new(data, mask)))
    }
}

/// The values of `count` samples; a single one serves all.
fn repeated(what: &str, array: &Values<'_>, count: usize, dims: usize) -> PyResult<Vec<f32>> {
    let found = array.len() / dims.max(1);
    let values = values(array)?;
    match found {
        found if found == count => Ok(values),
        1 => Ok(values.repeat(count)),
        found => Err(PyValueError::new_err(format!(
            "{found} {what} for {count} samples: give one, or one for each"
        ))),
    }
}
