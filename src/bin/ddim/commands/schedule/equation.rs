//! The equations that a plan's rows are the numbers of, each true for that plan.

use ddim_wgpu::diffusion::{Clipping, History, Kept, Plan, StageCoefficients};

/// `x̂₀ = …`, `ε̂ = …` and `x' = …`.
pub fn equations(plan: &Plan) -> [String; 3] {
    let within =
        |limit: Option<f64>| limit.map_or(String::new(), |limit| format!(", clipped to ±{limit}"));
    let clipped = match plan.clipping() {
        Clipping::None => String::new(),
        Clipping::Range(range) => within(Some(range)),
        Clipping::DynamicThreshold { ratio, max } => {
            format!(", thresholded by the {ratio} quantile, at most {max}")
        }
    };
    let epsilon = if plan.rederive_epsilon() {
        "ε̂ = (x − √ᾱ·x̂₀)/√(1−ᾱ)"
    } else {
        "ε̂ = eps_from_x·x + eps_from_out·out"
    };
    let clips = plan.clips();
    let mut next = next_state(plan);
    if let Some(limit) = clips.noise.filter(|_| plan.is_stochastic()) {
        next.push_str(&format!(", z clipped to ±{limit}"));
    }
    if let Some(limit) = clips.last_state {
        next.push_str(&format!(", the last x' clipped to ±{limit}"));
    }
    [
        format!("x̂₀ = x0_from_x·x + x0_from_out·out{clipped}"),
        format!("{epsilon}{}", within(clips.epsilon)),
        next,
    ]
}

/// `x' = …`.
pub fn next_state(plan: &Plan) -> String {
    let mut text = "x' = x0_scale·x̂₀ + eps_scale·ε̂".to_owned();
    if plan.is_stochastic() {
        text.push_str(" + noise_scale·z");
    }
    let earlier = match plan.history() {
        History::None => return text,
        History::LastX0 | History::Ring(Kept::X0) => "x̂₀",
        History::Ring(Kept::Epsilon) => "ε̂",
    };
    for age in 1..=reach(plan) {
        text.push_str(&format!(" + history_{age}·{earlier}[−{age}]"));
    }
    text
}

/// How far the rows look back: the largest age of an estimate that any of them takes.
pub fn reach(plan: &Plan) -> usize {
    let of_row = |row: &StageCoefficients| {
        let last = row.history.iter().rposition(|&share| share != 0.0);
        last.map_or(0, |age| age + 1)
    };
    plan.stages().iter().map(of_row).max().unwrap_or(0)
}
