//! Where this library differs from diffusers 0.42 on purpose: each test holds both values.

use ddim_wgpu::diffusion::{
    EncodeConvention, NoiseSchedule, Plan, PredictionType, SchedulerConfig, TimestepGrid,
    TimestepSpacing, Variance,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::common::goldens;

/// What diffusers does, from `make_differences.py`.
fn diffusers<T: DeserializeOwned>(what: &str) -> T {
    let mut all: Map<String, Value> = goldens::json("diffusers/differences.json");
    let value = all
        .remove(what)
        .unwrap_or_else(|| panic!("no golden {what}"));
    serde_json::from_value(value).expect("as the generator writes it")
}

#[derive(Deserialize)]
struct Levels {
    /// diffusers' grid.
    timesteps: Vec<i64>,
    /// The level diffusers goes to from each entry of it.
    next_alpha_bar: Vec<f64>,
}

/// diffusers' run of `steps` steps by `spacing`, and ours.
fn both(spacing: TimestepSpacing, steps: usize) -> (Levels, Plan) {
    let config = SchedulerConfig {
        spacing,
        ..schedule().into()
    };
    let plan = Plan::ddim(config).steps(steps).build().expect("a plan");
    (diffusers(&format!("{spacing} {steps}")), plan)
}

fn schedule() -> NoiseSchedule {
    NoiseSchedule::linear(1e-4, 0.02, 1000).expect("DDPM's schedule")
}

fn close(found: f64, expected: f64) -> bool {
    // Both are f64; between neighbouring levels ᾱ differs by at least 1e-4 of itself.
    (found - expected).abs() <= 1e-9 * expected.abs()
}

/// The level of timestep `t`, where −1 is data.
fn level(t: i64) -> f64 {
    usize::try_from(t).map_or(1.0, |t| schedule().level(t).alpha_bar())
}

/// diffusers goes from `t` to `t − ⌊T/S⌋`, wherever its grid goes (#9261, #11347, #12633).
#[test]
fn the_next_level_comes_from_the_grid() {
    for (spacing, steps, wrong) in [
        (TimestepSpacing::Linspace, 10, 9),
        (TimestepSpacing::Linspace, 50, 19),
        (TimestepSpacing::Trailing, 7, 6),
        (TimestepSpacing::Trailing, 30, 10),
    ] {
        let (theirs, plan) = both(spacing, steps);
        let stride = (1000 / steps) as i64;
        let mut different = 0;
        for (i, row) in plan.stages().iter().enumerate() {
            assert_eq!(row.timestep as i64, theirs.timesteps[i], "the grids agree");
            let next = theirs.timesteps.get(i + 1).copied().unwrap_or(-1);
            assert!(
                close(row.next_level.alpha_bar(), level(next)),
                "ours goes to {next}"
            );
            let t = (row.timestep as i64 - stride).max(-1);
            assert!(
                close(theirs.next_alpha_bar[i], level(t)),
                "diffusers goes to {t}"
            );
            different += usize::from(t != next);
        }
        assert_eq!(different, wrong, "{spacing} {steps}");
    }
}

/// In numbers, for the README: linspace with S = 10 calls the network at 999, 888, 777, … and
/// diffusers, having gone to the level of 899, tells it 888.
#[test]
fn the_next_level_in_numbers() {
    let (theirs, plan) = both(TimestepSpacing::Linspace, 10);
    assert_eq!(
        (plan.stages()[0].timestep, plan.stages()[1].timestep),
        (999.0, 888.0)
    );
    assert!(close(plan.stages()[0].next_level.alpha_bar(), level(888)));
    assert!(close(theirs.next_alpha_bar[0], level(899)));
    // A trailing run of 7 does not even arrive: its last step ends at ᾱ_0 with noise left in.
    let (theirs, plan) = both(TimestepSpacing::Trailing, 7);
    assert!(plan.stages()[6].next_level.is_clean());
    assert!(close(theirs.next_alpha_bar[6], level(0)));
}

/// `np.arange(T, 0, -T/S)` has S + 1 entries where its rounding errors add up to less
/// than T; 61 is one such S.
#[test]
fn a_trailing_grid_has_exactly_as_many_entries_as_asked_for() {
    for steps in [61, 103, 121] {
        let ours = TimestepGrid::new(TimestepSpacing::Trailing, 1000, steps, 0).expect("a grid");
        assert_eq!(ours.len(), steps);
        let theirs = diffusers_grid("trailing", 1000, steps, 0);
        assert_eq!(theirs.len(), steps + 1);
        // The extra one is −1, which indexes the noisiest level from the end of the table.
        assert_eq!(theirs.last(), Some(&-1));
        assert!(
            ours.as_slice()
                .iter()
                .zip(&theirs)
                .all(|(&ours, &theirs)| ours as i64 == theirs)
        );
    }
}

/// T − i·T/S is exactly 937.5 + … for some i when S = 48: rounded half to even here, by its
/// rounding errors in diffusers.
#[test]
fn trailing_halves_are_exact() {
    let ours = TimestepGrid::new(TimestepSpacing::Trailing, 1000, 48, 0).expect("a grid");
    let theirs = diffusers_grid("trailing", 1000, 48, 0);
    let differ =
        |(&ours, theirs): (&usize, i64)| (ours as i64 != theirs).then_some((ours as i64, theirs));
    let different: Vec<_> = ours
        .as_slice()
        .iter()
        .zip(theirs)
        .filter_map(differ)
        .collect();
    assert_eq!(different, [(937, 936), (687, 686), (437, 436), (187, 186)]);
}

/// diffusers makes the grid 50, 49, … 1 for a schedule of 50 levels and fails when it
/// looks up level 50 (#10003).
#[test]
fn an_offset_beyond_the_schedule_is_an_error() {
    assert_eq!(diffusers_grid("leading", 50, 50, 1)[0], 50);
    assert_eq!(
        diffusers::<String>("50 steps of 50 from offset 1"),
        "IndexError"
    );
    let error =
        TimestepGrid::new(TimestepSpacing::Leading, 50, 50, 1).expect_err("timestep 50 of 0 … 49");
    assert_eq!(
        error.to_string(),
        "timestep 50 is outside the schedule: the largest is 49"
    );
}

/// At ᾱ = 0 an ε says nothing about x̂₀: diffusers divides by zero, which is infinite and
/// then NaN (#3851, #5103).
#[test]
fn epsilon_at_zero_terminal_snr_is_an_error() {
    assert_eq!(diffusers::<String>("epsilon at zero terminal SNR"), "inf");
    let text = r#"{"rescale_betas_zero_snr": true, "timestep_spacing": "trailing"}"#;
    let error = SchedulerConfig::from_json(text).expect_err("ε-prediction");
    assert!(error.to_string().contains("zero terminal SNR"), "{error}");
}

/// At ᾱ = 1 a network that gives x̂₀ says nothing about ε: diffusers divides by zero (#10920). We
/// ask it where the row goes.
#[test]
fn encoding_from_data_works_with_an_x0_network() {
    assert_eq!(
        diffusers::<String>("encoding x0-prediction from data"),
        "inf"
    );
    let config = SchedulerConfig {
        prediction: PredictionType::Sample,
        ..schedule().into()
    };
    for convention in EncodeConvention::ALL {
        let plan = Plan::encode(&config, *convention).build().expect("a plan");
        let first = plan.stages()[0];
        assert!(first.level.is_clean());
        assert!(first.eps_from_x.is_finite() && first.eps_from_out.is_finite());
    }
}

/// diffusers leaves out the noise of DDPM's last step where that is at t = 0, not where it goes to
/// ᾱ = 1: with `steps_offset` 1 and the large variance its samples end in noise of √(1 − ᾱ_1).
#[test]
fn the_last_step_of_ddpm_adds_no_noise() {
    let theirs: LastStep = diffusers("fixed_large");
    assert_eq!(theirs.timestep, 1);
    assert!(close(
        theirs.sigma,
        schedule().level(1).sqrt_one_minus_alpha_bar()
    ));
    let config = SchedulerConfig {
        steps_offset: 1,
        variance: Variance::Large,
        ..schedule().into()
    };
    let plan = Plan::ddpm(config).steps(10).build().expect("a plan");
    let last = plan.stages().last().expect("a row");
    assert_eq!((last.timestep, last.noise_scale), (1.0, 0.0));
}

#[derive(Deserialize)]
struct LastStep<T = f64> {
    timestep: usize,
    sigma: T,
}

/// With `fixed_large_log` diffusers takes the square root of a logarithm.
#[test]
fn a_variance_given_by_its_logarithm_is_that_variance() {
    assert_eq!(
        diffusers::<LastStep<String>>("fixed_large_log").sigma,
        "nan"
    );
    let (config, _) = SchedulerConfig::from_json(r#"{"variance_type": "fixed_large_log"}"#)
        .expect("a configuration");
    assert_eq!(config.variance, Variance::Large);
}

/// diffusers believes `num_train_timesteps` and fails at the index when it samples.
#[test]
fn trained_betas_of_another_length_are_an_error() {
    assert_eq!(
        diffusers::<String>("8 trained_betas for 1000 levels"),
        "IndexError"
    );
    let text = r#"{"num_train_timesteps": 1000, "trained_betas": [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]}"#;
    let error = SchedulerConfig::from_json(text).expect_err("8 of 1000");
    assert!(
        error.to_string().contains("trained_betas has 8 entries"),
        "{error}"
    );
}

/// diffusers computes its levels in f32, ours are f64 until they are uploaded.
#[test]
fn levels_are_not_rounded_before_they_are_used() {
    #[derive(Deserialize)]
    struct Levels {
        name: String,
        timestep: Vec<usize>,
        alpha_bar: Vec<f64>,
        alpha_bar_f32: Vec<f64>,
    }
    let all: Vec<Levels> = goldens::json("diffusers/noise_levels.json");
    let linear = all
        .iter()
        .find(|levels| levels.name == "linear")
        .expect("a golden");
    let last = linear.timestep.len() - 1;
    assert!(close(
        level(linear.timestep[last] as i64),
        linear.alpha_bar[last]
    ));
    let relative = (linear.alpha_bar_f32[last] / linear.alpha_bar[last] - 1.0).abs();
    assert!(
        (1e-7..1e-4).contains(&relative),
        "diffusers' ᾱ_T is off by {relative:e} of itself"
    );
}

/// diffusers' own grid of a run that has a fault.
fn diffusers_grid(spacing: &str, train_steps: usize, steps: usize, offset: usize) -> Vec<i64> {
    #[derive(Deserialize)]
    struct Grid {
        train_steps: usize,
        spacing: String,
        offset: usize,
        steps: usize,
        diffusers: Option<Vec<i64>>,
    }
    let all: Vec<Grid> = goldens::json("diffusers/timesteps.json");
    let of = |one: &Grid| {
        (one.train_steps, one.spacing.as_str(), one.offset, one.steps)
            == (train_steps, spacing, offset, steps)
    };
    all.into_iter()
        .find(of)
        .and_then(|grid| grid.diffusers)
        .expect("a grid with a fault")
}
