//! What a page asks for, as JSON: a plan, a batch, options of the device.

use std::num::NonZeroUsize;

use ddim_wgpu::diffusion::{Clipping, EncodeConvention, Plan, PlanError, SamplerKind, Spacing};
use ddim_wgpu::diffusion::{SchedulerConfig, UnknownName};
use ddim_wgpu::gpu::{Kernel, Precision, SamplerOptions};
use ddim_wgpu::{Batch, ClassChoice, Inpaint};
use serde::Deserialize;

/// Why a request cannot be met.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// It is not of the form that is documented.
    #[error("{what}: {source}")]
    Form {
        /// What was asked for.
        what: &'static str,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// There is nothing of such a name.
    #[error(transparent)]
    Name(#[from] UnknownName),
    /// There is no kernel of such a name.
    #[error("no kernel is called {name:?}")]
    Kernel {
        /// The name.
        name: String,
    },
    /// A text that stands for a choice of classes is not one.
    #[error("class {text:?}: a number, a list of numbers, \"cyclic\", or null for none")]
    Class {
        /// The text.
        text: String,
    },
    /// A number of 64 bits that was given as text is not one.
    #[error("{text:?} is not a whole number below 2^64")]
    Number {
        /// The text.
        text: String,
    },
    /// The plan does not exist.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// Data to keep come without a mask, or a mask without data.
    #[error("data to keep and their mask belong together")]
    Mask,
}

/// A plan, as a page asks for it. What is not said comes from the model's scheduler.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PlanRequest {
    sampler: Option<String>,
    steps: Option<usize>,
    eta: Option<f64>,
    spacing: Option<String>,
    clip: Option<f64>,
    threshold: Option<Threshold>,
    encode: bool,
}

/// Dynamic thresholding.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct Threshold {
    ratio: f64,
    max: f64,
}

/// A number of 64 bits, of which JavaScript's numbers hold 53: as a number or as text.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Wide {
    Number(u64),
    Text(String),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum ClassRequest {
    One(u32),
    Listed(Vec<u32>),
    Text(String),
}

/// A batch, as a page asks for it, without its arrays.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BatchRequest {
    count: usize,
    #[serde(default)]
    seed: Option<Wide>,
    #[serde(default)]
    offset: Option<Wide>,
    #[serde(default)]
    class: Option<ClassRequest>,
    #[serde(default)]
    guidance: Option<f32>,
}

/// Arrays of a batch, each `[count, D]`.
#[derive(Debug, Clone, Default)]
pub struct Arrays {
    /// The state to start from.
    pub initial: Option<Vec<f32>>,
    /// Data to keep.
    pub data: Option<Vec<f32>>,
    /// 0 where they are kept, 1 where new ones are made.
    pub mask: Option<Vec<f32>>,
}

/// Choices of a device that do not change what is sampled.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct OptionsRequest {
    kernel: Option<String>,
    rows_per_dispatch: Option<NonZeroUsize>,
    half: bool,
}

/// Reads a request from JSON.
///
/// # Errors
/// [`RequestError::Form`].
pub fn read<'a, T: Deserialize<'a>>(what: &'static str, json: &'a str) -> Result<T, RequestError> {
    serde_json::from_str(json).map_err(|source| RequestError::Form { what, source })
}

impl PlanRequest {
    /// The plan, for a model of this scheduler.
    ///
    /// # Errors
    /// [`RequestError::Name`], [`RequestError::Plan`].
    pub fn plan(&self, scheduler: &SchedulerConfig) -> Result<Plan, RequestError> {
        let mut builder = if self.encode {
            Plan::encode(scheduler, EncodeConvention::Paper)
        } else {
            let kind = self.sampler.as_deref().unwrap_or("ddim");
            Plan::sampler(scheduler, kind.parse::<SamplerKind>()?)
        };
        if let Some(steps) = self.steps {
            builder = builder.steps(steps);
        }
        if let Some(eta) = self.eta {
            builder = builder.eta(eta);
        }
        if let Some(spacing) = &self.spacing {
            builder = builder.spacing(spacing.parse::<Spacing>()?);
        }
        if let Some(range) = self.clip {
            builder = builder.clipping(Clipping::Range(range));
        }
        if let Some(Threshold { ratio, max }) = self.threshold {
            builder = builder.clipping(Clipping::DynamicThreshold { ratio, max });
        }
        Ok(builder.build()?)
    }
}

impl Wide {
    fn value(&self) -> Result<u64, RequestError> {
        match self {
            Self::Number(value) => Ok(*value),
            Self::Text(text) => text
                .parse()
                .map_err(|_| RequestError::Number { text: text.clone() }),
        }
    }
}

impl BatchRequest {
    /// The batch, with its arrays.
    ///
    /// # Errors
    /// [`RequestError::Class`], [`RequestError::Number`], [`RequestError::Mask`].
    pub fn batch(&self, arrays: Arrays) -> Result<Batch, RequestError> {
        let wide = |number: &Option<Wide>| number.as_ref().map_or(Ok(0), Wide::value);
        let class = match &self.class {
            None => ClassChoice::None,
            Some(ClassRequest::One(class)) => ClassChoice::One(*class),
            Some(ClassRequest::Listed(classes)) => ClassChoice::Listed(classes.clone()),
            Some(ClassRequest::Text(text)) if text == "cyclic" => ClassChoice::Cyclic,
            Some(ClassRequest::Text(text)) => {
                return Err(RequestError::Class { text: text.clone() });
            }
        };
        let mut batch = Batch::new(self.count)
            .seed(wide(&self.seed)?)
            .sample_offset(wide(&self.offset)?)
            .class(class);
        if let Some(guidance) = self.guidance {
            batch = batch.guidance(guidance);
        }
        if let Some(initial) = arrays.initial {
            batch = batch.initial(initial);
        }
        match (arrays.data, arrays.mask) {
            (Some(data), Some(mask)) => Ok(batch.inpaint(Inpaint::new(data, mask))),
            (None, None) => Ok(batch),
            _ => Err(RequestError::Mask),
        }
    }
}

impl OptionsRequest {
    /// The options of a sampler.
    ///
    /// # Errors
    /// [`RequestError::Kernel`].
    pub fn sampler(&self) -> Result<SamplerOptions, RequestError> {
        let mut options = SamplerOptions::default();
        if let Some(name) = &self.kernel {
            let named = Kernel::ALL.into_iter().find(|kernel| kernel.name() == name);
            options.mlp_kernel =
                Some(named.ok_or_else(|| RequestError::Kernel { name: name.clone() })?);
        }
        options.rows_per_dispatch = self.rows_per_dispatch;
        if self.half {
            options.precision = Precision::Half;
        }
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use ddim_wgpu::diffusion::NoiseSchedule;

    use super::*;

    fn batch(json: &str) -> Result<Batch, RequestError> {
        read::<BatchRequest>("batch", json)?.batch(Arrays::default())
    }

    #[test]
    fn a_seed_of_64_bits_is_text() {
        let text = u64::MAX.to_string();
        let asked = batch(&format!(r#"{{"count": 2, "seed": "{text}", "offset": 7}}"#));
        let asked = asked.expect("a batch");
        assert_eq!((asked.seed, asked.sample_offset), (u64::MAX, 7));
        let error = batch(r#"{"count": 2, "seed": "18446744073709551616"}"#);
        assert!(
            matches!(error, Err(RequestError::Number { .. })),
            "{error:?}"
        );
    }

    #[test]
    fn classes_are_a_number_a_list_or_all_in_turn() {
        let class = |json: &str| {
            batch(&format!(r#"{{"count": 3, "class": {json}}}"#)).map(|batch| batch.class)
        };
        assert_eq!(class("null").expect("none"), ClassChoice::None);
        assert_eq!(class("4").expect("one"), ClassChoice::One(4));
        assert_eq!(
            class("[1, 2]").expect("a list"),
            ClassChoice::Listed(vec![1, 2])
        );
        assert_eq!(class("\"cyclic\"").expect("all"), ClassChoice::Cyclic);
        assert!(class("\"seven\"").is_err());
    }

    #[test]
    fn what_is_unknown_is_named() {
        let schedule = NoiseSchedule::linear(1e-4, 0.02, 100).expect("a schedule");
        let scheduler = SchedulerConfig::from(schedule);
        let plan = |json: &str| read::<PlanRequest>("plan", json)?.plan(&scheduler);
        let says = |json: &str| plan(json).expect_err(json).to_string();
        assert!(says(r#"{"stepz": 3}"#).contains("stepz"));
        assert!(says(r#"{"sampler": "euler"}"#).contains("euler"));
        assert!(says(r#"{"steps": 1000}"#).contains("1000"));
        assert_eq!(plan(r#"{"steps": 7}"#).expect("a plan").len(), 7);
        let options: OptionsRequest = read("options", r#"{"kernel": "mlp"}"#).expect("options");
        assert!(
            options
                .sampler()
                .expect_err("no kernel")
                .to_string()
                .contains("mlp")
        );
    }

    #[test]
    fn a_mask_alone_is_refused() {
        let asked: BatchRequest = read("batch", r#"{"count": 1}"#).expect("a batch");
        let arrays = Arrays {
            mask: Some(vec![0.0]),
            ..Arrays::default()
        };
        assert!(matches!(asked.batch(arrays), Err(RequestError::Mask)));
    }
}
