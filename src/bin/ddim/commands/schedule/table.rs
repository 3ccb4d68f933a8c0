//! A plan as a table, for people and for programs.

use std::io::{self, Write};

use ddim_wgpu::diffusion::{Clipping, History, Kept, Plan, StageCoefficients};
use serde::Serialize;
use serde_json::{Value, json};

use super::equation::{equations, reach};
use super::summary;

/// The object that `--json` prints; its names are a contract.
#[derive(Serialize)]
pub struct Table {
    train_steps: usize,
    prediction_type: &'static str,
    /// In the order run.
    steps: Vec<Row>,
    step_count: usize,
    evaluations: usize,
    equations: [String; 3],
    /// `none`, or what earlier stages have kept: `x0`, `epsilon`.
    history: &'static str,
    rederive_epsilon: bool,
    clipping: Value,
    /// Limits beside that of x̂₀, null where there is none.
    clips: Value,
}

/// A stage.
#[derive(Serialize)]
struct Row {
    index: usize,
    #[serde(serialize_with = "whole_or_fraction")]
    timestep: f64,
    alpha_bar: f64,
    alpha_bar_next: f64,
    x0_scale: f64,
    eps_scale: f64,
    noise_scale: f64,
    /// The step of the grid that the stage belongs to.
    step: usize,
    draw: u32,
    x0_from_x: f64,
    x0_from_out: f64,
    eps_from_x: f64,
    eps_from_out: f64,
    /// Shares of what was kept once, twice and three times ago.
    history: [f64; StageCoefficients::SLOTS],
    keeps: bool,
}

impl Table {
    pub fn new(plan: &Plan) -> Self {
        Self {
            train_steps: plan.train_steps(),
            prediction_type: plan.prediction().name(),
            steps: plan.stages().iter().map(Row::new).collect(),
            step_count: plan.step_count(),
            evaluations: plan.evaluations(),
            equations: equations(plan),
            history: match plan.history() {
                History::None => "none",
                History::LastX0 | History::Ring(Kept::X0) => "x0",
                History::Ring(Kept::Epsilon) => "epsilon",
            },
            rederive_epsilon: plan.rederive_epsilon(),
            clipping: match plan.clipping() {
                Clipping::None => Value::Null,
                Clipping::Range(range) => json!({ "range": range }),
                Clipping::DynamicThreshold { ratio, max } => json!({ "ratio": ratio, "max": max }),
            },
            clips: json!({
                "noise": plan.clips().noise,
                "epsilon": plan.clips().epsilon,
                "final": plan.clips().last_state,
            }),
        }
    }
}

impl Row {
    fn new(stage: &StageCoefficients) -> Self {
        Self {
            index: stage.index,
            timestep: stage.timestep,
            alpha_bar: stage.level.alpha_bar(),
            alpha_bar_next: stage.next_level.alpha_bar(),
            x0_scale: stage.x0_scale,
            eps_scale: stage.eps_scale,
            noise_scale: stage.noise_scale,
            step: stage.step,
            draw: stage.draw,
            x0_from_x: stage.x0_from_x,
            x0_from_out: stage.x0_from_out,
            eps_from_x: stage.eps_from_x,
            eps_from_out: stage.eps_from_out,
            history: stage.history,
            keeps: stage.keeps,
        }
    }
}

/// Training levels are whole numbers, as they have always been printed; between them lie fractions.
fn whole_or_fraction<S: serde::Serializer>(timestep: &f64, to: S) -> Result<S::Ok, S::Error> {
    if timestep.fract() == 0.0 {
        to.serialize_u64(*timestep as u64)
    } else {
        to.serialize_f64(*timestep)
    }
}

/// Columns of coefficients: a heading and the number of a row.
type Column = (String, Box<dyn Fn(&StageCoefficients) -> f64>);

/// The columns that the plan's equations name.
fn columns(plan: &Plan) -> Vec<Column> {
    let mut columns: Vec<Column> = vec![
        ("x0_from_x".into(), Box::new(|row| row.x0_from_x)),
        ("x0_from_out".into(), Box::new(|row| row.x0_from_out)),
    ];
    if !plan.rederive_epsilon() {
        columns.push(("eps_from_x".into(), Box::new(|row| row.eps_from_x)));
        columns.push(("eps_from_out".into(), Box::new(|row| row.eps_from_out)));
    }
    columns.push(("x0_scale".into(), Box::new(|row| row.x0_scale)));
    columns.push(("eps_scale".into(), Box::new(|row| row.eps_scale)));
    if plan.is_stochastic() {
        columns.push(("noise_scale".into(), Box::new(|row| row.noise_scale)));
    }
    for age in 0..reach(plan) {
        let heading = format!("history_{}", age + 1);
        columns.push((heading, Box::new(move |row| row.history[age])));
    }
    columns
}

pub fn write(out: &mut impl Write, plan: &Plan) -> io::Result<()> {
    writeln!(out, "{}", summary(plan))?;
    writeln!(out, "{}", equations(plan).join(";  "))?;
    let columns = columns(plan);
    write!(
        out,
        "\n{:>5}  {:>4}  {:>8}  {:>12}  {:>12}",
        "stage", "step", "timestep", "ᾱ", "next ᾱ"
    )?;
    for (heading, _) in &columns {
        write!(out, "  {heading:>12}")?;
    }
    writeln!(out)?;
    for row in plan.stages() {
        write!(
            out,
            "{:>5}  {:>4}  {:>8}  {:>12}  {:>12}",
            row.index,
            row.step,
            timestep(row.timestep),
            level(row.level.alpha_bar()),
            level(row.next_level.alpha_bar()),
        )?;
        for (_, value) in &columns {
            write!(out, "  {:>12}", coefficient(value(row)))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// Whole numbers as such, fractions by three digits.
fn timestep(timestep: f64) -> String {
    if timestep.fract() == 0.0 {
        timestep.to_string()
    } else {
        format!("{timestep:.3}")
    }
}

/// Eight digits after the point, or as many in all.
fn coefficient(value: f64) -> String {
    if value.abs() < 100.0 {
        format!("{value:.8}")
    } else {
        format!("{value:.5e}")
    }
}

/// Small levels by their digits, not by their zeros.
fn level(alpha_bar: f64) -> String {
    if alpha_bar >= 0.001 || alpha_bar == 0.0 {
        format!("{alpha_bar:.8}")
    } else {
        format!("{alpha_bar:.5e}")
    }
}
