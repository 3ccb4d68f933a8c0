//! The burn network and the library must be one network: a model is written, read back by
//! the library and compared.

use burn::tensor::Device;
use ddim_wgpu::cpu::MlpDenoiser;
use ddim_wgpu::diffusion::Plan;
use ddim_wgpu::network::Model;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand_distr::{Distribution, StandardNormal};

use crate::model_directory;
use crate::network::{Inputs, Network, values};
use crate::recipe::{ModelName, Recipe};

/// Largest difference allowed, relative to the largest output; both sides compute in f32
/// from the same f16 weights.
const TOLERANCE: f32 = 1e-5;

fn assert_same(name: ModelName, class: Option<usize>) {
    let device = Device::default();
    device.seed(7);
    let recipe = Recipe::of(name);
    let directory =
        std::env::temp_dir().join(format!("trainer-{name:?}-{class:?}-{}", std::process::id()));
    let weights = Network::new(&recipe.model, &device).weights();
    model_directory::write(&directory, &recipe.model, &recipe.scheduler, &weights)
        .expect("the directory is writable");
    let (config, _, rounded) = model_directory::read(&directory).expect("it reads back");
    assert_eq!(config, recipe.model);
    let library = Model::load(&directory).expect("the library reads it");
    std::fs::remove_dir_all(&directory).expect("it was just written");
    let burn = Network::from_weights(&config, &rounded, &device).expect("the tensors are its own");
    let plan = Plan::ddim(library.scheduler().clone())
        .steps(10)
        .build()
        .expect("ten steps of a thousand");
    let denoiser = MlpDenoiser::new(library.mlp().expect("a residual MLP"), &plan);
    let mut rng = StdRng::seed_from_u64(8);
    for (row, step) in plan.stages().iter().enumerate() {
        let x: Vec<f32> = (0..config.dims())
            .map(|_| StandardNormal.sample(&mut rng))
            .collect();
        // The grid visits whole timesteps.
        let timestep = step.timestep as usize;
        assert_eq!(timestep as f64, step.timestep);
        let inputs = Inputs::new(&config, x.clone(), &[timestep], &[class], &device);
        let expected = values(burn.forward(inputs));
        let mut found = vec![f32::NAN; x.len()];
        denoiser.output(row, class.map(|class| class as u32), 1.0, &x, &mut found);
        let largest = expected.iter().fold(0.0_f32, |max, v| max.max(v.abs()));
        for (found, expected) in found.iter().zip(&expected) {
            assert!(
                (found - expected).abs() <= TOLERANCE * largest,
                "row {row}: {found} by the library, {expected} by burn"
            );
        }
    }
}

#[test]
fn digits_with_a_class() {
    assert_same(ModelName::Digits, Some(3));
}

#[test]
fn digits_without_a_class() {
    assert_same(ModelName::Digits, None);
}

#[test]
fn points_with_embedded_coordinates() {
    assert_same(ModelName::Dino, None);
}
