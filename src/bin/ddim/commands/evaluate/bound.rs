//! The variational bound on the data's likelihood, in bits per dimension.

use ddim_wgpu::diffusion::Clipping;
use ddim_wgpu::metrics::{Metric, Quantization, VariationalBound};
use ddim_wgpu::network::Model;

use super::report::Report;
use super::table::table;
use super::{Arguments, Noise};
use crate::exit::Failure;
use ddim_wgpu::session::Session;

const STEPS: [usize; 5] = [10, 20, 50, 100, 1000];
const POINTS: usize = 1000;
const IMAGES: usize = 100;

pub(super) fn report(arguments: &Arguments, model: &Model) -> Result<Report, Failure> {
    let images = model.sample_shape().len() == 3;
    let data = arguments.data(model, if images { IMAGES } else { POINTS })?;
    let count = data.len() / model.dims();
    let (steps, noises) = (
        arguments.steps(model, &STEPS),
        arguments.rows(&[Noise::Eta(1.0)]),
    );
    let quantization = images.then_some(Quantization::EIGHT_BITS);
    let plan = |noise: Noise, steps| {
        let builder = noise.start(model.scheduler()).clipping(Clipping::None);
        arguments.build(builder, steps)
    };
    for &noise in &noises {
        for &steps in &steps {
            VariationalBound::new(&plan(noise, steps)?, quantization)?;
        }
    }
    let batch = arguments.batch(model, count, arguments.seed)?;
    let backend = arguments.device.open()?;

    let bits = |bound: &[f64]| format!("{bound:?} bits");
    let rows = table(&noises, &steps, bits, |noise, steps| {
        let plan = plan(noise, steps)?;
        let bound = VariationalBound::new(&plan, quantization)?;
        let session = Session::new(backend, model, &plan)?;
        let estimator = session.estimator(&batch)?;
        let of_seed = |seed| {
            let found = bound.of_data(&data, model.dims(), seed, |row, states| {
                Ok::<_, Failure>(estimator.x0(row, states)?)
            })?;
            Ok(vec![
                found.total(),
                found.prior,
                found.steps.iter().sum(),
                found.reconstruction,
            ])
        };
        arguments.seeds().into_iter().map(of_seed).collect()
    })?;
    Ok(Report {
        parameters: arguments.parameters(model, count, &steps, &noises, backend),
        steps,
        metrics: metrics(images),
        rows,
    })
}

fn metrics(images: bool) -> Vec<Metric> {
    let what = if images {
        "of data of 8 bits"
    } else {
        "of the data's density, in the data's units"
    };
    vec![
        Metric::new(
            "bound",
            format!(
                "Variational bound {what}, bits per dimension, without clipping; lower is better."
            ),
        ),
        Metric::new(
            "prior",
            "Of these, what is left of the data at the last level.",
        ),
        Metric::new("steps", "Of these, the steps."),
        Metric::new("reconstruction", "Of these, the data given the last state."),
    ]
}
