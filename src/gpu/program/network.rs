//! The ways to supply ε on the GPU.

use crate::diffusion::PredictionType;
use crate::gpu::shader::snippets::GAUSSIAN_MIXTURE;
use crate::network::{GaussianMixture, Mlp, Model};

/// The source of a sampler's network output.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Network<'a> {
    /// The built-in residual MLP, fused into the step.
    Mlp(&'a Mlp),
    /// A model of the `layers` architecture: its operations, fused into the step.
    Layers(&'a Model),
    /// A caller's WGSL function, composed into the step.
    Wgsl(&'a WgslNetwork),
    /// A network outside this crate, which writes [`Run::out`](crate::gpu::Run::out) by its own
    /// dispatches before each step.
    External(&'a ExternalNetwork),
}

impl Network<'_> {
    /// Storage buffers that the step only reads, of group 1.
    pub(in crate::gpu) fn read_only_buffers(&self) -> u32 {
        match self {
            Self::Mlp(_) => 3,
            Self::Layers(_) => 4,
            Self::Wgsl(_) => 2,
            Self::External(_) => 1,
        }
    }

    /// Shape of one sample.
    #[must_use]
    pub fn sample_shape(&self) -> &[usize] {
        match self {
            Self::Mlp(mlp) => &mlp.config().sample_shape,
            Self::Layers(model) => model.sample_shape(),
            Self::Wgsl(network) => &network.sample_shape,
            Self::External(network) => &network.sample_shape,
        }
    }

    /// Values in one sample, `D`.
    #[must_use]
    pub fn dims(&self) -> usize {
        self.sample_shape().iter().product()
    }

    /// Classes the network knows; `None` if it is unconditional.
    #[must_use]
    pub fn num_classes(&self) -> Option<usize> {
        match self {
            Self::Mlp(mlp) => mlp.config().num_classes,
            Self::Layers(model) => model.num_classes(),
            Self::Wgsl(network) => network.num_classes,
            Self::External(_) => None,
        }
    }
}

impl<'a> From<&'a Model> for Network<'a> {
    fn from(model: &'a Model) -> Self {
        match model.mlp() {
            Some(mlp) => Self::Mlp(mlp),
            None => Self::Layers(model),
        }
    }
}

impl<'a> From<&'a WgslNetwork> for Network<'a> {
    fn from(network: &'a WgslNetwork) -> Self {
        Self::Wgsl(network)
    }
}

impl<'a> From<&'a ExternalNetwork> for Network<'a> {
    fn from(network: &'a ExternalNetwork) -> Self {
        Self::External(network)
    }
}

/// A network written in WGSL: a function that the step kernel calls once a sample.
///
/// The source defines `fn predict(x: Sample, at: Evaluation) -> Sample`, where `Sample` is
/// `array<f32, DIMS>` and `Evaluation` and the buffer `params` are described in
/// `shaders/shared/predict.wgsl`. Its output is read as the plan's prediction type says. Each
/// invocation holds whole samples in registers, so this way is for samples of up to some hundred
/// values (on DX12 with FXC, which has 4,096 registers, 784 do not fit).
///
/// ```
/// use ddim_wgpu::gpu::WgslNetwork;
/// // ε of data that is a standard normal itself: √(1−ᾱ)·x
/// let network = WgslNetwork::new(vec![2], r"
/// fn predict(x: Sample, at: Evaluation) -> Sample {
///     var out: Sample;
///     for (var i = 0u; i < DIMS; i++) {
///         out[i] = sqrt(at.one_minus_alpha_bar) * x[i];
///     }
///     return out;
/// }");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct WgslNetwork {
    pub(in crate::gpu) sample_shape: Vec<usize>,
    pub(in crate::gpu) source: String,
    pub(in crate::gpu) params: Vec<f32>,
    pub(in crate::gpu) num_classes: Option<usize>,
}

impl WgslNetwork {
    /// A network for samples of this shape, without parameters and classes.
    #[must_use]
    pub fn new(sample_shape: Vec<usize>, source: impl Into<String>) -> Self {
        Self {
            sample_shape,
            source: source.into(),
            params: Vec::new(),
            num_classes: None,
        }
    }

    /// Sets the numbers that `params` holds.
    #[must_use]
    pub fn params(self, params: Vec<f32>) -> Self {
        Self { params, ..self }
    }

    /// The closed-form network of data drawn from a mixture of Gaussians: what the best possible
    /// network would answer, in the kind that the plan's prediction type names.
    #[must_use]
    pub fn gaussian_mixture(mixture: &GaussianMixture, prediction: PredictionType) -> Self {
        let kind = match prediction {
            PredictionType::Epsilon => 0,
            PredictionType::Sample => 1,
            PredictionType::VPrediction => 2,
        };
        let constants = format!(
            "const COMPONENTS: u32 = {}u;\nconst PREDICTION: u32 = {kind}u;\n",
            mixture.components()
        );
        Self::new(vec![mixture.dims()], constants + GAUSSIAN_MIXTURE.text).params(mixture.params())
    }

    /// Sets how many classes the network knows; class `num_classes` then means "no class". For
    /// guidance the function is called twice.
    #[must_use]
    pub fn num_classes(self, num_classes: usize) -> Self {
        Self {
            num_classes: Some(num_classes),
            ..self
        }
    }
}

/// A network outside this crate, known by the shape of its samples alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalNetwork {
    pub(in crate::gpu) sample_shape: Vec<usize>,
}

impl ExternalNetwork {
    /// A network for samples of this shape.
    #[must_use]
    pub fn new(sample_shape: Vec<usize>) -> Self {
        Self { sample_shape }
    }
}
