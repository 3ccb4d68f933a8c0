//! Coordinates far beyond any data, as a caller may give them: their waves are waves.

use ddim_wgpu::Batch;
use ddim_wgpu::diffusion::Plan;
use ddim_wgpu::gpu::{Kernel, SamplerOptions};
use serde_json::json;

use super::sample;
use crate::common::random_model::RandomModel;

#[test]
fn features_of_large_coordinates_are_bounded_and_the_same_in_every_kernel() {
    let random = RandomModel {
        input_embedding: Some(16),
        scheduler: json!({"prediction_type": "sample"}),
        ..RandomModel::default()
    };
    let model = random.build();
    // To the data in one step: the samples are the network's output.
    let plan = Plan::ddim(model.scheduler())
        .steps(1)
        .build()
        .expect("a plan");
    let far = [1e5, 3.3e6, -1e8, 1e12, 1e15, -1e30, 3e38, f32::MIN_POSITIVE];
    let batch = Batch::new(far.len() / 2).initial(far.to_vec());
    let by = |kernel| {
        let mut options = SamplerOptions::default();
        options.mlp_kernel = Some(kernel);
        sample(&model, &plan, &batch, &options)
    };
    let (tiled, serial) = (by(Kernel::MlpStep), by(Kernel::MlpStepSerial));
    for (tiled, serial) in tiled.iter().zip(&serial) {
        assert!(
            tiled.abs() < 10.0,
            "{tiled}: weights that keep the variance"
        );
        assert!((tiled - serial).abs() < 1e-5, "{tiled} and {serial}");
    }
}
