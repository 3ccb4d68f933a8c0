//! Single steps against diffusers 0.42: every prediction type with every way of clipping,
//! re-deriving and adding noise, and the steps of encoding.

use ddim_wgpu::diffusion::{Clipping, EncodeConvention, Plan, SchedulerConfig, StageCoefficients};
use ddim_wgpu::noise::{normal, step_draw};
use serde::Deserialize;
use serde_json::Value;

use crate::common::backends::{ROW_BACKENDS, RowJob, RunRow, SEED};
use crate::common::goldens::{self, Array, Arrays, Mismatch};
use crate::common::rows::{Inputs, advance};
use crate::common::training_levels;

#[derive(Deserialize)]
struct Case {
    name: String,
    config: Value,
    timesteps: Vec<usize>,
    #[serde(default)]
    eta: f64,
    #[serde(default)]
    use_clipped_model_output: bool,
}

/// One run of five steps with the network's output and the noise given; arrays `[5, 2, 2, 2, 3]`.
struct Steps {
    /// Before the first step, `[2, 2, 2, 3]`.
    x_start: Array,
    out: Array,
    z: Array,
    /// After each step.
    x: Array,
    x0: Array,
}

impl Steps {
    /// The state before step `index`.
    fn before(&self, index: usize) -> &[f64] {
        if index == 0 {
            &self.x_start.values
        } else {
            self.x.row(index - 1)
        }
    }
}

/// How many samples the runs have.
const SAMPLES: usize = 2;
/// Values in a sample.
const DIMS: usize = 12;

/// The runs with their plans.
fn cases() -> Vec<(Case, Plan, Steps)> {
    let arrays = Arrays::read("diffusers/steps.safetensors");
    let cases: Vec<Case> = goldens::json("diffusers/steps.json");
    let complete = |case: Case| {
        let plan = plan(&case);
        let steps = Steps {
            x_start: arrays.get("x_start"),
            out: arrays.get("out"),
            z: arrays.get("z"),
            x: arrays.get(&format!("{}.x", case.name)),
            x0: arrays.get(&format!("{}.x0", case.name)),
        };
        (case, plan, steps)
    };
    cases.into_iter().map(complete).collect()
}

fn class(case: &Case) -> &str {
    case.config["_class_name"].as_str().expect("a class")
}

fn plan(case: &Case) -> Plan {
    let text = case.config.to_string();
    let (config, _) =
        SchedulerConfig::from_json(&text).unwrap_or_else(|error| panic!("{}: {error}", case.name));
    let builder = match class(case) {
        "DDPMScheduler" => Plan::ddpm(config),
        "DDIMInverseScheduler" => Plan::encode(config, EncodeConvention::Diffusers),
        _ => Plan::ddim(config)
            .eta(case.eta)
            .rederive_epsilon(case.use_clipped_model_output),
    };
    let plan = builder
        .steps(case.timesteps.len())
        .build()
        .unwrap_or_else(|error| panic!("{}: {error}", case.name));
    let timesteps = training_levels(&plan);
    assert_eq!(timesteps, case.timesteps, "{}", case.name);
    plan
}

/// What is under test: `(x', x̂₀)` of one row.
type Rows<'a> = &'a dyn Fn(&Plan, &StageCoefficients, Inputs<'_>) -> (Vec<f64>, Vec<f64>);

fn check(rows: Rows<'_>, case: &Case, plan: &Plan, steps: &Steps) -> Result<(), Mismatch> {
    for (i, row) in plan.stages().iter().enumerate() {
        let inputs = Inputs {
            samples: SAMPLES,
            x: steps.before(i),
            out: steps.out.row(i),
            z: steps.z.row(i),
            previous_x0: &[],
        };
        let (x, x0) = rows(plan, row, inputs);
        // Relative to the largest value of the array: an element near 0 is the difference of
        // larger ones. Both sides are f64; diffusers subtracts 1 − ᾱ, which near ᾱ = 0.999 costs
        // three of sixteen digits.
        for (name, found, golden) in [("x0", x0, steps.x0.row(i)), ("x", x, steps.x.row(i))] {
            let limit = 1e-12 * goldens::largest(golden);
            let what = format!("{} step {i} {name}", case.name);
            goldens::compare(what, &found, golden, |_| limit)?;
        }
    }
    Ok(())
}

#[test]
fn rows_do_what_diffusers_does() {
    let cases = cases();
    for (case, plan, steps) in &cases {
        goldens::pass(check(&advance, case, plan, steps));
    }
    assert!(cases.len() >= 75, "only {} runs were compared", cases.len());
}

#[test]
fn kernels_do_what_diffusers_does() {
    for backend in ROW_BACKENDS {
        let mut run_row = (backend.open)(DIMS);
        for (case, plan, steps) in &cases() {
            goldens::pass(check_kernel(
                &mut run_row,
                backend.name,
                case,
                plan,
                plan,
                steps,
            ));
        }
    }
}

/// Compares a backend's f32 steps of `executed` with the golden ones, which `plan` makes.
fn check_kernel(
    run_row: &mut RunRow,
    backend: &str,
    case: &Case,
    plan: &Plan,
    executed: &Plan,
    steps: &Steps,
) -> Result<(), Mismatch> {
    for (i, row) in plan.stages().iter().enumerate() {
        let (x, out) = (steps.before(i), steps.out.row(i));
        let (x32, out32) = (goldens::to_f32(x), goldens::to_f32(out));
        let (next, x0) = run_row(RowJob {
            plan: executed,
            row: i,
            x: &x32,
            out: &out32,
        });
        // A kernel makes its own noise, so the golden's is taken out and the kernel's put in. It
        // enters last and linearly, with a σ that `rows_do_what_diffusers_does` has compared.
        let z = (0..x.len()).map(|at| {
            let own = normal(
                SEED,
                (at / DIMS) as u64,
                step_draw(i as u32),
                (at % DIMS) as u64,
            );
            row.noise_scale * (f64::from(own) - steps.z.row(i)[at])
        });
        let golden: Vec<f64> = steps.x.row(i).iter().zip(z).map(|(x, z)| x + z).collect();
        // Eight roundings of 2⁻²⁴ at the size of the largest terms: the inputs times what
        // x̂₀ and ε̂ are made with.
        let scale = [
            row.x0_from_x,
            row.x0_from_out,
            row.eps_from_x,
            row.eps_from_out,
            row.rederive_from_x(),
            1.0,
        ];
        let terms = goldens::largest(&scale) * goldens::largest(x).max(goldens::largest(out));
        let limit = 8.0 * terms * 2_f64.powi(-24);
        for (name, found, golden) in [("x0", x0, steps.x0.row(i)), ("x", next, &golden[..])] {
            let found: Vec<f64> = found.into_iter().map(f64::from).collect();
            let what = format!("{} on {} step {i} {name}", case.name, backend);
            goldens::compare(what, &found, golden, |_| limit)?;
        }
    }
    Ok(())
}

#[test]
fn planted_faults_are_noticed() {
    type Fault = fn(&mut StageCoefficients);
    let faults: [(&str, Fault); 6] = [
        ("A and B swapped", |row| {
            std::mem::swap(&mut row.x0_scale, &mut row.eps_scale);
        }),
        ("σ² for σ", |row| row.noise_scale *= row.noise_scale),
        ("no σ² in B", |row| {
            row.eps_scale = row.next_level.sqrt_one_minus_alpha_bar();
        }),
        ("ᾱ of the next level", |row| {
            row.x0_from_x = 1.0 / row.next_level.sqrt_alpha_bar();
        }),
        ("ε of the level after", |row| {
            row.eps_from_out *= 1.0 + 1e-9;
        }),
        ("the sign of the noise", |row| {
            row.noise_scale = -row.noise_scale;
        }),
    ];
    let cases = cases();
    for (name, fault) in faults {
        let faulty = |plan: &Plan, row: &StageCoefficients, inputs: Inputs<'_>| {
            let mut row = *row;
            fault(&mut row);
            advance(plan, &row, inputs)
        };
        let noticed = cases
            .iter()
            .filter(|(case, plan, steps)| check(&faulty, case, plan, steps).is_err());
        assert!(noticed.count() > 20, "{name} was not noticed");
    }
}

#[test]
fn settings_left_out_are_noticed() {
    let mut twin = (ROW_BACKENDS[0].open)(DIMS);
    for (case, plan, steps) in &cases() {
        if !plan.clipping().is_active() {
            continue;
        }
        let (config, _) =
            SchedulerConfig::from_json(&case.config.to_string()).expect("read before");
        let other = Plan::ddim(config).eta(case.eta).steps(plan.len());
        let unclipped = other
            .clone()
            .clipping(Clipping::None)
            .build()
            .expect("a plan");
        goldens::must_fail("no clipping", check(&advance, case, &unclipped, steps));
        let other = other
            .rederive_epsilon(!plan.rederive_epsilon())
            .build()
            .expect("a plan");
        goldens::must_fail("the other ε", check(&advance, case, &other, steps));
        let mut kernel = |executed| check_kernel(&mut twin, "twin", case, plan, executed, steps);
        goldens::must_fail("no clipping", kernel(&unclipped));
        goldens::must_fail("the other ε", kernel(&other));
    }
}
