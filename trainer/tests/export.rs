//! The burn network and the library must be one network: a model is written, read back by the library
//! and compared.

use burn::tensor::Device;
use ddim_train::data::ConditionScaling;
use ddim_train::network::{
    CONDITION, Inputs, ModelConfig, ModelFiles, Network, SchedulerConfig, Storage, Told, Weights,
    values,
};
use ddim_train::recipe::{Facts, NoiseRecipe, Prediction};
use ddim_train::stream::{Purpose, Stream};
use ddim_wgpu::diffusion::Plan;
use ddim_wgpu::network::{DataConfig, Model};
use ddim_wgpu::{Backend, Batch, ClassChoice, Session};

use crate::common::Folder;

/// Largest difference allowed, relative to the largest output; both sides compute in f32 from the same
/// f16 weights, and sines of up to a thousand radians.
const TOLERANCE: f32 = 1e-4;

struct Case<'a> {
    sample_shape: &'a [usize],
    num_classes: Option<usize>,
    class: Option<u32>,
    /// A vector in the data's units.
    condition: &'a [f32],
}

/// A step from level `t` down to ᾱ = 1 by a network that predicts the data returns what it predicts.
fn assert_same(case: &Case<'_>) {
    let device = Device::flex();
    let folder = Folder::new();
    let facts = Facts {
        rows: 1000,
        dims: case.sample_shape.iter().product(),
        pictures: case.sample_shape.len() == 3,
    };
    let width = case.condition.len();
    let config = ModelConfig::new(&facts.network(), case.sample_shape, case.num_classes, width);
    let noise = NoiseRecipe {
        prediction_type: Prediction::Sample,
        ..facts.noise()
    };
    let scaling = ConditionScaling {
        center: (0..width).map(|index| index as f32 + 3.0).collect(),
        spread: (0..width).map(|index| index as f32 + 0.5).collect(),
    };
    let files = ModelFiles {
        model: &config,
        scheduler: &SchedulerConfig::new(&noise, 100.0),
        data: &DataConfig::default(),
        conditions: (width > 0).then_some(&scaling),
        guided: true,
        weights: config.initial(7),
        storage: Storage::F16,
    };
    files.write(folder.path()).expect("the folder is writable");
    let rounded = Weights::load(&folder.path().join("model.safetensors"));
    let burn = Network::new(&config, &rounded.expect("it reads back"), &device);
    let burn = burn.expect("the tensors are its own");
    let library = Model::load(folder.path()).expect("the library reads it");
    let inputs = Inputs::new(&config, &device);
    let backend = Backend::cpu().expect("there is a CPU");
    let mut random = Stream::new(8, Purpose::Noise, 0);
    for timestep in [0, 17, 500, 999] {
        let x: Vec<f32> = (0..config.dims()).map(|_| random.normal()).collect();
        let plan = Plan::ddim(library.scheduler()).timesteps(vec![timestep]);
        let plan = plan.build().expect("one step");
        let mut batch = Batch::new(1).initial(x.clone());
        if let Some(class) = case.class {
            batch = batch.class(ClassChoice::One(class));
        }
        if width > 0 {
            batch = batch.condition(CONDITION, case.condition.to_vec());
        }
        let session = Session::new(&backend, &library, &plan).expect("they fit");
        let found = session.sample(&batch).expect("it samples").into_values();
        let told = Told {
            timesteps: &[timestep],
            classes: &[case.class],
            conditions: &scaling.to_network(case.condition),
        };
        let expected = values(burn.forward(&inputs, x, &told));
        let largest = expected.iter().fold(0.0_f32, |max, v| max.max(v.abs()));
        for (found, expected) in found.iter().zip(&expected) {
            assert!(
                (found - expected).abs() <= TOLERANCE * largest,
                "timestep {timestep}: {found} by the library, {expected} by burn"
            );
        }
    }
}

#[test]
fn pictures_with_and_without_a_class() {
    for class in [Some(3), None] {
        assert_same(&Case {
            sample_shape: &[1, 28, 28],
            num_classes: Some(10),
            class,
            condition: &[],
        });
    }
}

#[test]
fn points_with_embedded_coordinates() {
    assert_same(&Case {
        sample_shape: &[2],
        num_classes: None,
        class: None,
        condition: &[],
    });
}

#[test]
fn vectors_per_sample_alone_and_beside_classes() {
    for (num_classes, class) in [(None, None), (Some(4), Some(2)), (Some(4), None)] {
        assert_same(&Case {
            sample_shape: &[3],
            num_classes,
            class,
            condition: &[2.5, 7.0],
        });
    }
}
