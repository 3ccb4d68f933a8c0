//! What predicts: a model's files, or a function in WGSL.

use ddim_wgpu::diffusion::SchedulerConfig;
use ddim_wgpu::gpu::WgslNetwork;
use ddim_wgpu::network::Model;
use wasm_bindgen::prelude::wasm_bindgen;

use super::script::Outcome;

/// What predicts.
#[wasm_bindgen]
pub struct Network {
    kind: Kind,
}

pub enum Kind {
    Model(Box<Model>),
    Wgsl {
        network: WgslNetwork,
        scheduler: Box<SchedulerConfig>,
        shape: Vec<usize>,
    },
}

#[wasm_bindgen]
impl Network {
    /// A model whose three files are in memory: `config.json`, `scheduler_config.json` and
    /// `model.safetensors`.
    ///
    /// # Errors
    /// With the file and what is wrong with it.
    #[wasm_bindgen(js_name = fromFiles)]
    pub fn from_files(
        name: &str,
        config: &str,
        scheduler: &str,
        weights: &[u8],
    ) -> Outcome<Network> {
        let model = Model::from_parts(name, config, scheduler, weights)?;
        Ok(Self {
            kind: Kind::Model(Box::new(model)),
        })
    }

    /// A function `fn predict(x: Sample, at: Evaluation) -> Sample` in WGSL, for samples of a
    /// shape. `params` is what the array of that name holds; `scheduler` is the text of a
    /// `scheduler_config.json`. Needs WebGPU.
    ///
    /// # Errors
    /// If the scheduler is wrong. What a device does not compile is told by `Sampler.create`.
    pub fn wgsl(
        shape: Vec<usize>,
        source: String,
        params: Option<Vec<f32>>,
        scheduler: &str,
    ) -> Outcome<Network> {
        let (scheduler, _) = SchedulerConfig::from_json(scheduler)?;
        let network = WgslNetwork::new(shape.clone(), source).params(params.unwrap_or_default());
        Ok(Self {
            kind: Kind::Wgsl {
                network,
                scheduler: Box::new(scheduler),
                shape,
            },
        })
    }

    /// Shape of a sample: `[d]` or `[channels, height, width]`.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn shape(&self) -> Vec<usize> {
        match &self.kind {
            Kind::Model(model) => model.sample_shape().to_vec(),
            Kind::Wgsl { shape, .. } => shape.clone(),
        }
    }

    /// Classes it knows; 0: none.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn classes(&self) -> usize {
        match &self.kind {
            Kind::Model(model) => model.num_classes().unwrap_or(0),
            Kind::Wgsl { .. } => 0,
        }
    }

    /// Levels that the schedule has: no plan has more steps.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn levels(&self) -> usize {
        self.scheduler().schedule.train_steps()
    }

    /// Names of vectors that each sample has to be given, separated by commas; empty: none.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn inputs(&self) -> String {
        match &self.kind {
            Kind::Model(model) => {
                let names: Vec<_> = model.inputs().iter().map(|one| one.name.as_str()).collect();
                names.join(", ")
            }
            Kind::Wgsl { .. } => String::new(),
        }
    }

    /// What was odd about the files but does not prevent sampling.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        match &self.kind {
            Kind::Model(model) => model.warnings().to_vec(),
            Kind::Wgsl { .. } => Vec::new(),
        }
    }
}

impl Network {
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    pub fn scheduler(&self) -> &SchedulerConfig {
        match &self.kind {
            Kind::Model(model) => model.scheduler(),
            Kind::Wgsl { scheduler, .. } => scheduler,
        }
    }
}
