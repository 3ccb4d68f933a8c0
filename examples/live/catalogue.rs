//! The models on offer, and what can be asked of them.

use std::error::Error;
use std::f64::consts::TAU;
use std::path::{Path, PathBuf};

use ddim_wgpu::diffusion::{NoiseSchedule, Plan, PredictionType, SamplerKind, SchedulerConfig};
use ddim_wgpu::gpu::{Network, WgslNetwork};
use ddim_wgpu::network::{GaussianMixture, Model};
use ddim_wgpu::{Batch, ClassChoice};

pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// Something that can be sampled.
pub(crate) enum Source {
    /// A trained network.
    Trained(Box<Model>),
    /// Data whose best possible network is known in closed form, as WGSL.
    Exact(WgslNetwork, Box<SchedulerConfig>),
}

impl Source {
    pub(crate) fn network(&self) -> Network<'_> {
        match self {
            Self::Trained(model) => (&**model).into(),
            Self::Exact(network, _) => network.into(),
        }
    }

    pub(crate) fn scheduler(&self) -> &SchedulerConfig {
        match self {
            Self::Trained(model) => model.scheduler(),
            Self::Exact(_, schedule) => schedule,
        }
    }
}

/// A model that has not been loaded yet.
#[derive(Clone, PartialEq)]
pub(crate) enum Entry {
    Bundled(&'static str),
    Directory(PathBuf),
    EightGaussians,
}

impl Entry {
    /// The bundled model, those of this repository, and one in closed form.
    pub(crate) fn all() -> Vec<Self> {
        let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
        let directories = ["swiss-roll", "dino"].map(|name| models.join(name));
        [Self::Bundled("digits")]
            .into_iter()
            .chain(
                directories
                    .into_iter()
                    .filter(|path| path.is_dir())
                    .map(Self::Directory),
            )
            .chain([Self::EightGaussians])
            .collect()
    }

    pub(crate) fn name(&self) -> String {
        match self {
            Self::Bundled(name) => (*name).to_owned(),
            Self::Directory(path) => path
                .file_name()
                .unwrap_or(path.as_os_str())
                .to_string_lossy()
                .into_owned(),
            Self::EightGaussians => "8 Gaussians, exact".to_owned(),
        }
    }

    pub(crate) fn load(&self) -> Result<Source, Failure> {
        Ok(match self {
            Self::Bundled(name) => Source::Trained(Box::new(Model::bundled(name)?)),
            Self::Directory(path) => Source::Trained(Box::new(Model::load(path)?)),
            Self::EightGaussians => {
                let corner = |i: usize| {
                    let angle = TAU * i as f64 / 8.0;
                    vec![0.8 * angle.cos(), 0.8 * angle.sin()]
                };
                let means = (0..8).map(corner).collect();
                let mixture = GaussianMixture::new(&[1.0; 8], means, vec![0.0016; 8])?;
                Source::Exact(
                    WgslNetwork::gaussian_mixture(&mixture, PredictionType::Epsilon),
                    Box::new(NoiseSchedule::linear(1e-4, 0.02, 1000)?.into()),
                )
            }
        })
    }
}

/// What a user chooses.
#[derive(Clone, PartialEq)]
pub(crate) struct Settings {
    pub(crate) sampler: SamplerKind,
    pub(crate) steps: usize,
    pub(crate) eta: f64,
    pub(crate) seed: u64,
    pub(crate) class: ClassChoice,
    pub(crate) guidance: f32,
    pub(crate) count: usize,
}

impl Settings {
    /// Most steps on offer; no sampler makes more than two rows of a step.
    pub(crate) const MOST_STEPS: usize = 250;

    pub(crate) fn plan(&self, model: &Source) -> Result<Plan, Failure> {
        let plan = Plan::sampler(model.scheduler().clone(), self.sampler).steps(self.steps);
        Ok(match self.sampler {
            SamplerKind::Ddim => plan.eta(self.eta),
            _ => plan,
        }
        .build()?)
    }

    pub(crate) fn batch(&self, num_classes: Option<usize>) -> Batch {
        let batch = Batch::new(self.count).seed(self.seed);
        match self.class {
            ClassChoice::None => batch,
            _ if num_classes.is_none() => batch,
            _ => batch.class(self.class.clone()).guidance(self.guidance),
        }
    }
}
