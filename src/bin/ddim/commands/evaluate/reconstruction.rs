//! What encoding and decoding lose over numbers of steps, in the shape of the DDIM paper's Table 2.

use ddim_wgpu::FixedPoint;
use ddim_wgpu::diffusion::{Clipping, EncodeConvention, Plan, SchedulerConfig};
use ddim_wgpu::metrics::Metric;
use ddim_wgpu::network::Model;
use serde_json::json;

use super::report::{Report, Row};
use super::{Arguments, sample};
use crate::cli::encoding_config;
use crate::exit::Failure;
use crate::terminal::note;
use ddim_wgpu::session::Session;

const STEPS: [usize; 7] = [10, 20, 50, 100, 200, 500, 1000];
const POINTS: usize = 1000;
const IMAGES: usize = 100;

/// How data are encoded.
#[derive(Clone, Copy)]
enum Encoding {
    Convention(EncodeConvention),
    FixedPoint,
}

const ENCODINGS: [Encoding; 3] = [
    Encoding::Convention(EncodeConvention::Paper),
    Encoding::Convention(EncodeConvention::Diffusers),
    Encoding::FixedPoint,
];

impl Encoding {
    fn name(self) -> &'static str {
        match self {
            Self::Convention(convention) => convention.name(),
            Self::FixedPoint => "fixed-point",
        }
    }
}

pub(super) fn report(arguments: &Arguments, model: &Model) -> Result<Report, Failure> {
    let images = model.sample_shape().len() == 3;
    let data = arguments.data(model, if images { IMAGES } else { POINTS })?;
    let count = data.len() / model.dims();
    let steps = arguments.steps(model, &STEPS);
    let batch = arguments.batch(model, count, 0)?.initial(data.clone());
    for &steps in &steps {
        decoding(arguments, model, steps)?;
    }
    let backend = arguments.device.open()?;
    let settings = FixedPoint::default();

    let mut rows = Vec::new();
    for encoding in ENCODINGS {
        let mut cells = Vec::new();
        for &steps in &steps {
            let decode = decoding(arguments, model, steps)?;
            let (states, unconverged) = match encoding {
                Encoding::Convention(convention) => {
                    let builder = Plan::encode(config(model), convention).clipping(Clipping::None);
                    let encode = arguments.build(builder, steps)?;
                    (sample(&backend, model, &encode, &batch)?, 0)
                }
                Encoding::FixedPoint => {
                    let session = Session::new(&backend, model, &decode)?;
                    let inversion =
                        session.invert(&batch, &settings, &mut ddim_wgpu::no_progress)?;
                    let unconverged = inversion.unconverged(&settings);
                    (inversion.data, unconverged)
                }
            };
            let error = if states.iter().all(|value| value.is_finite()) {
                let start = batch.clone().initial(states);
                mean_square(&data, &sample(&backend, model, &decode, &start)?)
            } else {
                f64::INFINITY
            };
            note(format_args!(
                "{}, S = {steps}: {error:e}, {unconverged} not converged",
                encoding.name()
            ));
            cells.push(vec![vec![error], vec![unconverged as f64 / count as f64]]);
        }
        rows.push(Row {
            label: encoding.name().to_owned(),
            key: [("convention".to_owned(), json!(encoding.name()))]
                .into_iter()
                .collect(),
            cells,
        });
    }
    Ok(Report {
        parameters: arguments.parameters(
            "evaluate --reconstruction",
            model,
            count,
            &steps,
            &[],
            &backend,
        ),
        steps,
        metrics: vec![
            Metric::new(
                "mean_squared_error",
                "Mean squared error per dimension after encoding and decoding with S steps each, without clipping, of data in [−1, 1] \
                 (a quarter of it for data in [0, 1]); lower is better.",
            ),
            Metric::new(
                "unconverged",
                format!(
                    "Share of the samples whose fixed point was not found to {:e} at every step within {} evaluations.",
                    settings.tolerance, settings.evaluations
                ),
            ),
        ],
        rows,
    })
}

/// As in `ddim encode`.
fn config(model: &Model) -> SchedulerConfig {
    encoding_config(model.scheduler().clone(), None)
}

fn decoding(arguments: &Arguments, model: &Model, steps: usize) -> Result<Plan, Failure> {
    let plan = arguments.build(Plan::ddim(config(model)).clipping(Clipping::None), steps)?;
    plan.check_invertible()?;
    Ok(plan)
}

fn mean_square(a: &[f32], b: &[f32]) -> f64 {
    let squares = std::iter::zip(a, b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2));
    squares.sum::<f64>() / a.len() as f64
}
