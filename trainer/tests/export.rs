//! The burn network and the library must be one network: a model is written, read back by the library
//! and compared.

use burn::tensor::Device;
use ddim_train::network::{
    Inputs, ModelConfig, Network, SchedulerConfig, Storage, read_directory, values, write_directory,
};
use ddim_train::recipe::Facts;
use ddim_train::stream::{Purpose, Stream};
use ddim_wgpu::cpu::MlpDenoiser;
use ddim_wgpu::diffusion::Plan;
use ddim_wgpu::network::{DataConfig, Model};

use crate::common::Folder;

/// Largest difference allowed, relative to the largest output; both sides compute in f32 from the same
/// f16 weights, and sines of up to a thousand radians.
const TOLERANCE: f32 = 1e-4;

fn assert_same(sample_shape: &[usize], num_classes: Option<usize>, class: Option<u32>) {
    let device = Device::flex();
    let folder = Folder::new();
    let facts = Facts {
        rows: 1000,
        dims: sample_shape.iter().product(),
        pictures: sample_shape.len() == 3,
    };
    let config = ModelConfig::new(&facts.network(), sample_shape, num_classes);
    let scheduler = SchedulerConfig::new(&facts.noise(), 1.0);
    let initial = config.initial(7);
    let data = DataConfig::default();
    write_directory(
        folder.path(),
        &config,
        &scheduler,
        &data,
        &initial,
        Storage::F16,
    )
    .expect("the folder is writable");
    let (read, rounded) = read_directory(folder.path()).expect("it reads back");
    assert_eq!(config, read);
    let library = Model::load(folder.path()).expect("the library reads it");
    let burn = Network::new(&config, &rounded, &device).expect("the tensors are its own");
    let inputs = Inputs::new(&config, &device);
    let plan = Plan::ddim(library.scheduler())
        .steps(10)
        .build()
        .expect("ten steps of a thousand");
    let denoiser = MlpDenoiser::new(library.mlp().expect("a residual MLP"), &plan);
    let mut random = Stream::new(8, Purpose::Noise, 0);
    for (row, step) in plan.stages().iter().enumerate() {
        let x: Vec<f32> = (0..config.dims()).map(|_| random.normal()).collect();
        // The grid visits whole timesteps.
        let timestep = step.timestep as usize;
        assert_eq!(timestep as f64, step.timestep);
        let expected = values(burn.forward(&inputs, x.clone(), &[timestep], &[class]));
        let mut found = vec![f32::NAN; x.len()];
        denoiser.output(row, class, 1.0, &x, &mut found);
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
fn pictures_with_and_without_a_class() {
    assert_same(&[1, 28, 28], Some(10), Some(3));
    assert_same(&[1, 28, 28], Some(10), None);
}

#[test]
fn points_with_embedded_coordinates() {
    assert_same(&[2], None, None);
}
