//! What encoding and decoding lose over numbers of steps, in the shape of the DDIM paper's Table 2.

use ddim_wgpu::diffusion::{Clipping, EncodeConvention, Plan, SchedulerConfig};
use ddim_wgpu::metrics::Metric;
use ddim_wgpu::network::Model;
use ddim_wgpu::{Batch, FixedPoint};
use serde_json::json;

use super::report::{Report, Row};
use super::{Arguments, sample};
use crate::cli::encoding_config;
use crate::exit::Failure;
use crate::terminal::note;
use ddim_wgpu::session::{Backend, Session};

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
    let trial = Trial {
        arguments,
        model,
        batch: arguments.batch(model, count, 0)?.initial(data.clone()),
        data,
        settings: FixedPoint::default(),
    };
    for &steps in &steps {
        trial.decoding(steps)?;
    }
    let backend = arguments.device.open()?;
    let mut rows = Vec::new();
    for encoding in ENCODINGS {
        let cells = steps
            .iter()
            .map(|&steps| trial.cell(backend, encoding, steps));
        rows.push(Row {
            label: encoding.name().to_owned(),
            key: [("convention".to_owned(), json!(encoding.name()))]
                .into_iter()
                .collect(),
            cells: cells.collect::<Result<_, _>>()?,
        });
    }
    Ok(Report {
        parameters: arguments.parameters(model, count, &steps, &[], backend),
        steps,
        metrics: metrics(&trial.settings),
        rows,
    })
}

fn metrics(settings: &FixedPoint) -> Vec<Metric> {
    vec![
        Metric::new(
            "mean_squared_error",
            "Mean squared error per dimension after encoding and decoding with S steps each, without \
             clipping, of data in [−1, 1] (a quarter of it for data in [0, 1]); lower is better.",
        ),
        Metric::new(
            "unconverged",
            format!(
                "Share of the samples whose fixed point was not found to {:e} at every step within {} \
                 evaluations; the other conventions do not search.",
                settings.tolerance, settings.evaluations
            ),
        ),
    ]
}

/// Data that are encoded and decoded.
struct Trial<'a> {
    arguments: &'a Arguments,
    model: &'a Model,
    data: Vec<f32>,
    /// Starts from the data.
    batch: Batch,
    settings: FixedPoint,
}

impl Trial<'_> {
    /// The error, and the share that the search did not converge for, which is no number for a
    /// convention without one.
    fn cell(
        &self,
        backend: &Backend,
        encoding: Encoding,
        steps: usize,
    ) -> Result<Vec<Vec<f64>>, Failure> {
        let decode = self.decoding(steps)?;
        let (states, unconverged) = match encoding {
            Encoding::Convention(convention) => {
                let builder = Plan::encode(config(self.model), convention);
                let builder = builder.clipping(Clipping::None);
                let encode = self.arguments.build(builder, steps)?;
                (sample(backend, self.model, &encode, &self.batch)?, None)
            }
            Encoding::FixedPoint => {
                let session = Session::new(backend, self.model, &decode)?;
                let observer = &mut ddim_wgpu::no_progress;
                let inversion = session.invert(&self.batch, &self.settings, observer)?;
                let unconverged = inversion.unconverged(&self.settings);
                (inversion.data, Some(unconverged))
            }
        };
        let error = if states.iter().all(|value| value.is_finite()) {
            let start = self.batch.clone().initial(states);
            mean_square(&self.data, &sample(backend, self.model, &decode, &start)?)
        } else {
            f64::INFINITY
        };
        note(format_args!(
            "{}, S = {steps}: {error:e}{}",
            encoding.name(),
            unconverged.map_or(String::new(), |of| format!(", {of} not converged"))
        ));
        let share = unconverged.map_or(f64::NAN, |of| of as f64 / self.batch.count as f64);
        Ok(vec![vec![error], vec![share]])
    }

    fn decoding(&self, steps: usize) -> Result<Plan, Failure> {
        let builder = Plan::ddim(config(self.model)).clipping(Clipping::None);
        let plan = self.arguments.build(builder, steps)?;
        plan.check_invertible()?;
        Ok(plan)
    }
}

/// As in `ddim encode`.
fn config(model: &Model) -> SchedulerConfig {
    encoding_config(model.scheduler().clone(), None)
}

fn mean_square(a: &[f32], b: &[f32]) -> f64 {
    let squares = std::iter::zip(a, b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2));
    squares.sum::<f64>() / a.len() as f64
}
