//! `ddim schedule --plot`: a plan as a picture.

use std::path::Path;

use ddim_wgpu::diffusion::{NoiseLevel, NoiseSchedule, Plan, StageCoefficients};
use ddim_wgpu::output::plot::{COLORS, Figure, Mark, Panel, Series};
use ddim_wgpu::output::{RunParameters, png};

use super::equation::{next_state, reach};
use crate::exit::Failure;
use crate::process;

/// Writes the picture of `plan`, which visits levels of `schedule`.
pub fn write(
    path: &Path,
    schedule: &NoiseSchedule,
    plan: &Plan,
    title: String,
    parameters: &RunParameters,
) -> Result<(), Failure> {
    let png = path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("png"));
    if !png {
        let path = path.display();
        return Err(Failure::usage(format_args!(
            "--plot {path}: a plot is a .png"
        )));
    }
    let mut file = process::create(path)?;
    let figure = figure(schedule, plan, title).draw();
    png::write(&mut file, &figure, &parameters.text_chunks()).map_err(|error| file.error(error))?;
    Ok(file.finish()?)
}

fn figure(schedule: &NoiseSchedule, plan: &Plan, title: String) -> Figure {
    Figure {
        title,
        subtitle: super::summary(plan),
        rows: vec![
            vec![
                Panel {
                    title: "Signal and noise".to_owned(),
                    x_label: "training timestep t".to_owned(),
                    y_label: "share of the variance".to_owned(),
                    series: vec![
                        curve("signal, ᾱ", 0, schedule, NoiseLevel::alpha_bar),
                        curve("noise, 1 − ᾱ", 1, schedule, NoiseLevel::one_minus_alpha_bar),
                        visited(plan, NoiseLevel::alpha_bar),
                    ],
                },
                Panel {
                    title: "Signal-to-noise ratio".to_owned(),
                    x_label: "training timestep t".to_owned(),
                    y_label: "ln(ᾱ/(1 − ᾱ))".to_owned(),
                    series: vec![
                        curve("log-SNR", 2, schedule, log_snr),
                        visited(plan, log_snr),
                    ],
                },
            ],
            vec![coefficients(plan)],
        ],
    }
}

fn log_snr(level: NoiseLevel) -> f64 {
    2.0 * level.half_log_snr()
}

fn curve(
    label: &str,
    color: usize,
    schedule: &NoiseSchedule,
    value: fn(NoiseLevel) -> f64,
) -> Series {
    let levels = schedule.levels().iter().enumerate();
    Series {
        label: label.to_owned(),
        color: COLORS[color],
        mark: Mark::Line,
        points: levels.map(|(t, &level)| [t as f64, value(level)]).collect(),
    }
}

/// Where the rows of the plan stand.
fn visited(plan: &Plan, value: fn(NoiseLevel) -> f64) -> Series {
    let point = |step: &StageCoefficients| [step.timestep, value(step.network_level)];
    Series {
        label: "levels visited".to_owned(),
        color: [30, 34, 42],
        mark: Mark::Dots,
        points: plan.stages().iter().map(point).collect(),
    }
}

/// A number of a row.
type Coefficient = fn(&StageCoefficients) -> f64;

/// The next state's parts, row by row.
fn coefficients(plan: &Plan) -> Panel {
    let parts: [(&str, Coefficient); 6] = [
        ("x0_scale", |step| step.x0_scale),
        ("eps_scale", |step| step.eps_scale),
        ("noise_scale", |step| step.noise_scale),
        ("history_1", |step| step.history[0]),
        ("history_2", |step| step.history[1]),
        ("history_3", |step| step.history[2]),
    ];
    let series = |(color, (label, value)): (usize, (&str, Coefficient))| Series {
        label: label.to_owned(),
        color: COLORS[color],
        mark: Mark::LineAndDots,
        points: plan
            .stages()
            .iter()
            .map(|step| [step.index as f64, value(step)])
            .collect(),
    };
    let parts = parts.into_iter().enumerate().take(3 + reach(plan));
    Panel {
        title: format!("Coefficients of {}", next_state(plan)),
        x_label: "stage, in the order run".to_owned(),
        y_label: "coefficient".to_owned(),
        series: parts.map(series).collect(),
    }
}
