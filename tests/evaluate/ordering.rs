//! The shape of the DDIM paper's Table 1 where the network is exact: with few steps noise hurts,
//! with many it does not matter.

use ddim_wgpu::Batch;
use ddim_wgpu::cpu::{CpuSampler, MixtureDenoiser};
use ddim_wgpu::diffusion::{NoiseSchedule, Plan, PlanBuilder, PredictionType};
use ddim_wgpu::metrics::{mmd, sliced_wasserstein};
use ddim_wgpu::network::GaussianMixture;
use ddim_wgpu::no_progress;

use super::normals;

const MODES: usize = 8;
const DEVIATION: f64 = 0.04;

fn mean(mode: usize) -> [f64; 2] {
    let (sin, cos) = (mode as f64 * std::f64::consts::TAU / MODES as f64).sin_cos();
    [0.7 * cos, 0.7 * sin]
}

fn data(count: usize) -> Vec<f32> {
    let mut points = normals(77, 2 * count);
    for (i, point) in points.as_chunks_mut::<2>().0.iter_mut().enumerate() {
        for (x, mean) in point.iter_mut().zip(mean(i % MODES)) {
            *x = (mean + DEVIATION * f64::from(*x)) as f32;
        }
    }
    points
}

#[test]
fn with_few_steps_noise_hurts_and_with_many_it_does_not_matter() {
    let schedule = NoiseSchedule::linear(1e-4, 0.02, 1000).expect("a schedule");
    let means = (0..MODES).map(|mode| mean(mode).to_vec()).collect();
    let variances = vec![DEVIATION * DEVIATION; MODES];
    let mixture = GaussianMixture::new(&[1.0; MODES], means, variances).expect("a mixture");
    let data = data(4000);
    let sample = |builder: PlanBuilder, steps, count| {
        let plan = builder.steps(steps).build().expect("a plan");
        let network = MixtureDenoiser::new(mixture.clone(), PredictionType::Epsilon);
        let run = CpuSampler::custom(network, &plan).run(&Batch::new(count).seed(5), no_progress);
        run.expect("samples").data
    };
    let rows = |steps, count| {
        [
            Plan::ddim(schedule.clone()),
            Plan::ddim(schedule.clone()).eta(1.0),
            Plan::sampler(
                schedule.clone(),
                ddim_wgpu::diffusion::SamplerKind::DdpmLarge,
            ),
        ]
        .map(|builder| {
            let samples = sample(builder, steps, count);
            (
                sliced_wasserstein(&samples, &data, 2, 100, 1),
                mmd(&samples, &data, 2, Some(0.1)).squared,
            )
        })
    };
    // Each by the measure that tells them apart better.
    let [none, small, large] = rows(10, 2000).map(|(distance, _)| distance);
    assert!(
        none < small && small < large,
        "S = 10, sliced Wasserstein: {none} {small} {large}"
    );
    let [none, small, large] = rows(20, 2000).map(|(_, discrepancy)| discrepancy);
    assert!(
        none < small && 2.0 * small < large,
        "S = 20, discrepancy: {none} {small} {large}"
    );
    for (_, discrepancy) in rows(1000, 800) {
        // A quarter of the least at S = 20.
        assert!(discrepancy < 0.003, "S = 1000: {discrepancy}");
    }
}
