//! A batch: how many samples, from which noise, of which class and conditions.

use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::Arc;

use super::class::ClassChoice;
use super::condition::Condition;
use super::inpaint::Inpaint;
use crate::diffusion::Forward;

/// A batch of samples. A sample depends on the seed, its global index, its class and the guidance,
/// and on nothing else: not on the batch it is made in.
///
/// ```
/// use ddim_wgpu::{Batch, ClassChoice};
/// let batch = Batch::new(64).seed(42).class(ClassChoice::Cyclic).guidance(2.0);
/// assert_eq!(batch.class_of(13, Some(10)), Some(3));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Batch {
    /// Samples to make, at least 1.
    pub count: usize,
    /// Seed of all noise. Default 0.
    pub seed: u64,
    /// Global index of the first sample. Default 0.
    pub sample_offset: u64,
    /// The classes. Default none.
    pub class: ClassChoice,
    /// `G` of `u + G·(c − u)`, where `c` is the network's output for the class and `u` the
    /// unconditional one. Default 1.
    pub guidance: f32,
    /// x_T, `[count, D]`, in place of the noise of draw 0.
    pub initial: Option<Vec<f32>>,
    /// Data to keep, for inpainting. Default none.
    pub inpaint: Option<Inpaint>,
    /// The vectors that samples are conditioned on, in whatever order. Default none.
    pub conditions: Vec<Condition>,
    /// How many samples of consecutive global indices share a row of the conditions. Default 1.
    pub samples_per_condition: NonZeroUsize,
}

impl Batch {
    /// `count` samples from 0 on, of no class, seed 0.
    pub fn new(count: usize) -> Self {
        Self {
            count,
            seed: 0,
            sample_offset: 0,
            class: ClassChoice::None,
            guidance: 1.0,
            initial: None,
            inpaint: None,
            conditions: Vec::new(),
            samples_per_condition: NonZeroUsize::MIN,
        }
    }

    /// Sets the seed of all noise.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Sets the global index of the first sample: sample `i` of this batch is sample `sample_offset
    /// + i` of a larger one.
    #[must_use]
    pub fn sample_offset(self, sample_offset: u64) -> Self {
        Self {
            sample_offset,
            ..self
        }
    }

    /// Sets the classes.
    #[must_use]
    pub fn class(self, class: ClassChoice) -> Self {
        Self { class, ..self }
    }

    /// Sets the guidance; 1 is none, 0 the unconditional output.
    #[doc(alias = "classifier-free guidance")]
    #[must_use]
    pub fn guidance(self, guidance: f32) -> Self {
        Self { guidance, ..self }
    }

    /// Sets x_T, `[count, D]`.
    #[must_use]
    pub fn initial(self, initial: Vec<f32>) -> Self {
        Self {
            initial: Some(initial),
            ..self
        }
    }

    /// Samples `range` of this batch as a batch of their own: the same samples.
    ///
    /// # Panics
    /// If the range reaches past the batch, or the classes or the initial state are not as long as
    /// the batch.
    #[must_use]
    pub fn part(&self, range: Range<usize>) -> Self {
        assert!(
            range.start <= range.end && range.end <= self.count,
            "samples {range:?} of a batch of {}",
            self.count
        );
        let class = match &self.class {
            ClassChoice::PerSample(classes) => {
                ClassChoice::PerSample(classes[range.clone()].to_vec())
            }
            class => class.clone(),
        };
        let initial = self.initial.as_ref().map(|values| {
            let dims = values.len() / self.count.max(1);
            values[range.start * dims..range.end * dims].to_vec()
        });
        Self {
            count: range.len(),
            seed: self.seed,
            sample_offset: self.sample_offset + range.start as u64,
            class,
            guidance: self.guidance,
            initial,
            inpaint: self
                .inpaint
                .as_ref()
                .map(|inpaint| inpaint.part(range, self.count)),
            // By global index, so that a part reads its rows of the whole.
            conditions: self.conditions.clone(),
            samples_per_condition: self.samples_per_condition,
        }
    }

    /// Starts from data, `[count, D]`, noised with draw 0 by `forward`, in place of x_T:
    /// image-to-image (SDEdit, Meng et al. 2022). For a plan that
    /// [skips](crate::diffusion::PlanBuilder::skip) the first steps `forward` is
    /// [`plan.known(0)`](crate::diffusion::Plan::known).
    ///
    /// Seed and offset are those set before.
    ///
    /// # Panics
    /// If `data` are not a multiple of `count`.
    #[doc(alias = "SDEdit")]
    #[doc(alias = "img2img")]
    #[must_use]
    pub fn noised(self, data: &[f32], forward: Forward) -> Self {
        assert!(
            data.len().is_multiple_of(self.count.max(1)),
            "a part of a sample"
        );
        let dims = (data.len() / self.count.max(1)).max(1);
        let mut initial = vec![0.0; data.len()];
        let samples = data.chunks_exact(dims).zip(initial.chunks_exact_mut(dims));
        for (i, (data, x)) in samples.enumerate() {
            forward.noise(
                self.seed,
                self.sample_offset.wrapping_add(i as u64),
                data,
                x,
            );
        }
        self.initial(initial)
    }

    /// Keeps a part of given data and makes the rest.
    #[must_use]
    pub fn inpaint(self, inpaint: Inpaint) -> Self {
        Self {
            inpaint: Some(inpaint),
            ..self
        }
    }

    /// Conditions the samples on a vector each: `values` is `[M, width]`, and row
    /// `i / samples_per_condition` belongs to the sample with the global index `i`, so that a part
    /// of a batch is given the same values. Replaces values of the same name.
    #[must_use]
    pub fn condition(self, name: impl Into<String>, values: impl Into<Arc<[f32]>>) -> Self {
        self.condition_from(name, 0, values)
    }

    /// As [`Batch::condition`], of values that begin with row `first_row`: those of the batch's own
    /// samples, where the rows of all samples are not in memory at once.
    #[must_use]
    pub fn condition_from(
        mut self,
        name: impl Into<String>,
        first_row: u64,
        values: impl Into<Arc<[f32]>>,
    ) -> Self {
        let (name, values) = (name.into(), values.into());
        self.conditions.retain(|condition| condition.name != name);
        self.conditions.push(Condition {
            name,
            first_row,
            values,
        });
        self
    }

    /// As [`Batch::condition_from`], in place: memory is allocated only where the condition is new,
    /// its length changes, or somebody else holds its values too.
    pub fn set_condition(&mut self, name: &str, first_row: u64, values: &[f32]) {
        let known = self.conditions.iter_mut().find(|one| one.name == name);
        let Some(condition) = known else {
            self.conditions.push(Condition {
                name: name.to_owned(),
                first_row,
                values: values.into(),
            });
            return;
        };
        condition.first_row = first_row;
        match Arc::get_mut(&mut condition.values) {
            Some(own) if own.len() == values.len() => own.copy_from_slice(values),
            _ => condition.values = values.into(),
        }
    }

    /// Sets how many samples of consecutive global indices share a row of the conditions.
    #[must_use]
    pub fn samples_per_condition(self, samples_per_condition: NonZeroUsize) -> Self {
        Self {
            samples_per_condition,
            ..self
        }
    }

    /// The row of the condition `name`, of `width` values, that sample `index` of this batch is
    /// given; none where the batch has no such condition.
    ///
    /// # Panics
    /// If the condition does not have the sample's row.
    pub fn condition_of(&self, index: usize, name: &str, width: usize) -> Option<&[f32]> {
        let condition = self.conditions.iter().find(|one| one.name == name)?;
        let row = (self.condition_row(index) - condition.first_row) as usize;
        Some(&condition.values[row * width..][..width])
    }

    /// The row of every condition that sample `index` of this batch is given.
    pub fn condition_row(&self, index: usize) -> u64 {
        let global = self.sample_offset.wrapping_add(index as u64);
        global / self.samples_per_condition.get() as u64
    }

    /// The class of sample `index` of this batch, for a model of `num_classes`.
    ///
    /// # Panics
    /// If the classes are listed and `index` is past the list.
    pub fn class_of(&self, index: usize, num_classes: Option<usize>) -> Option<u32> {
        match &self.class {
            ClassChoice::None => None,
            ClassChoice::One(class) => Some(*class),
            ClassChoice::Cyclic => {
                let global = self.sample_offset.wrapping_add(index as u64);
                num_classes.map(|classes| (global % classes as u64) as u32)
            }
            ClassChoice::Listed(classes) => {
                let global = self.sample_offset.wrapping_add(index as u64);
                Some(classes[(global % classes.len() as u64) as usize])
            }
            ClassChoice::PerSample(classes) => Some(classes[index]),
        }
    }
}
