use ddim_wgpu::diffusion::{
    Clipping, EncodeConvention, NoiseLevel, Plan, PlanError, PredictionType, SchedulerConfig,
    StageCoefficients, TimestepSpacing,
};

use super::executor::run_quietly;
use super::gaussian::Gaussian;
use super::{assert_close, ddpm_schedule};

const DATA: Gaussian = Gaussian {
    mean: 0.4,
    deviation: 0.3,
};

fn encode(convention: EncodeConvention, steps: usize) -> Plan {
    Plan::encode(ddpm_schedule(), convention)
        .steps(steps)
        .build()
        .unwrap()
}

#[test]
fn encoding_runs_the_grid_of_sampling_backwards() {
    let decode = Plan::ddim(ddpm_schedule()).steps(10).build().unwrap();
    for convention in EncodeConvention::ALL {
        let plan = encode(*convention, 10);
        assert_eq!(plan.len(), 10);
        for (row, mirror) in plan.stages().iter().zip(decode.stages().iter().rev()) {
            assert_eq!(
                (row.level, row.next_level),
                (mirror.next_level, mirror.level)
            );
            assert_eq!(row.x0_scale, row.next_level.sqrt_alpha_bar());
            assert_eq!(row.eps_scale, row.next_level.sqrt_one_minus_alpha_bar());
            assert_eq!((row.noise_scale, row.history[0]), (0.0, 0.0));
        }
        assert!(!plan.is_stochastic());
    }
    let timesteps = |plan: &Plan| {
        plan.stages()
            .iter()
            .map(|row| row.timestep)
            .collect::<Vec<_>>()
    };
    // The network is asked at the level of the state, and at that of the step's end.
    assert_eq!(
        timesteps(&encode(EncodeConvention::Paper, 5)),
        [0.0, 0.0, 200.0, 400.0, 600.0]
    );
    assert_eq!(
        timesteps(&encode(EncodeConvention::Diffusers, 5)),
        [0.0, 200.0, 400.0, 600.0, 800.0]
    );
}

/// Both conventions are first-order methods for the same ODE; its exact flow
/// on Gaussian data is known.
#[test]
fn encoding_follows_the_flow() {
    for convention in EncodeConvention::ALL {
        let error = |steps: usize| {
            let plan = encode(*convention, steps);
            // What a network makes of the timestep it is told: the level is that of the
            // timestep, whatever the state's.
            let network = |row: &StageCoefficients, x: f64| {
                let told = match convention {
                    EncodeConvention::Paper => row.level,
                    EncodeConvention::Diffusers => row.next_level,
                };
                DATA.epsilon(told, x)
            };
            let end = *run_quietly(&plan, 0.9, network).last().unwrap();
            let target = plan.stages().last().unwrap().next_level;
            (end - DATA.flow(NoiseLevel::CLEAN, target, 0.9)).abs()
        };
        assert!(error(1000) < 0.02, "{convention}: {}", error(1000));
        assert!(
            error(1000) < 0.1 * error(10),
            "{convention}: {} {}",
            error(1000),
            error(10)
        );
    }
}

#[test]
fn a_round_trip_comes_nearer_with_more_steps() {
    let error = |steps: usize| {
        let noise = *run_quietly(&encode(EncodeConvention::Paper, steps), 0.9, DATA.network())
            .last()
            .unwrap();
        let decode = Plan::ddim(ddpm_schedule()).steps(steps).build().unwrap();
        (run_quietly(&decode, noise, DATA.network())[steps - 1] - 0.9).abs()
    };
    let errors = [10, 50, 250, 1000].map(error);
    assert!(errors.is_sorted_by(|a, b| a > b), "{errors:?}");
    assert!(errors[3] < 0.02, "{errors:?}");
}

/// diffusers answers with infinities here (#10920): at ᾱ = 1 an estimate of the data says nothing
/// of ε. Asked one level on, it does, and a perfect network encodes as one that predicts ε.
#[test]
fn a_sample_network_leaves_clean_data() {
    let config = |prediction| SchedulerConfig {
        prediction,
        ..ddpm_schedule().into()
    };
    let latent = |prediction| {
        let plan = Plan::encode(config(prediction), EncodeConvention::Paper)
            .steps(50)
            .build()
            .unwrap();
        let network =
            |row: &StageCoefficients, x: f64| DATA.output(prediction, row.network_level, x);
        *run_quietly(&plan, 0.9, network).last().unwrap()
    };
    let (sample, epsilon) = (
        latent(PredictionType::Sample),
        latent(PredictionType::Epsilon),
    );
    // The leading grid starts at level 0, where both networks are asked first.
    assert_close(sample, epsilon, 1e-9, "x_T");
    let decode = Plan::ddim(config(PredictionType::Sample))
        .steps(50)
        .build()
        .unwrap();
    let encode = Plan::encode(config(PredictionType::Sample), EncodeConvention::Paper)
        .steps(50)
        .build()
        .unwrap();
    let network =
        |row: &StageCoefficients, x: f64| DATA.output(PredictionType::Sample, row.network_level, x);
    let noise = run_quietly(&encode, 0.9, network)[49];
    let error = (run_quietly(&decode, noise, network)[49] - 0.9).abs();
    assert!(error < 0.1, "{error}");
}

/// On a grid whose first level is far from the data the rows differ from those of the network that
/// predicts ε, by the first alone.
#[test]
fn a_sample_network_is_first_asked_where_the_first_row_goes() {
    for convention in EncodeConvention::ALL {
        let plan = |prediction| {
            let config = SchedulerConfig {
                prediction,
                spacing: TimestepSpacing::Trailing,
                ..ddpm_schedule().into()
            };
            Plan::encode(config, *convention).steps(10).build().unwrap()
        };
        let (sample, epsilon) = (plan(PredictionType::Sample), plan(PredictionType::Epsilon));
        let first = sample.stages()[0];
        assert_eq!(
            (first.timestep, first.network_level),
            (99.0, first.next_level)
        );
        assert_eq!((first.x0_from_x, first.x0_from_out), (1.0, 0.0));
        for (sample, epsilon) in sample.stages().iter().zip(epsilon.stages()).skip(1) {
            assert_eq!(
                (sample.timestep, sample.network_level),
                (epsilon.timestep, epsilon.network_level)
            );
        }
    }
}

#[test]
fn epsilon_cannot_be_derived_again_from_clean_data() {
    let config: SchedulerConfig = ddpm_schedule().into();
    let error = Plan::encode(&config, EncodeConvention::Paper)
        .clipping(Clipping::Range(1.0))
        .rederive_epsilon(true)
        .build()
        .unwrap_err();
    assert!(
        matches!(error, PlanError::NoEpsilonAtCleanLevel { index: 0, .. }),
        "{error}"
    );
}

/// A clipped sample cannot be decoded again (diffusers #6634), so it takes a request.
#[test]
fn the_papers_convention_does_not_clip() {
    let config = SchedulerConfig {
        clipping: Clipping::Range(1.0),
        ..ddpm_schedule().into()
    };
    let clipping = |convention| {
        Plan::encode(&config, convention)
            .build()
            .unwrap()
            .clipping()
    };
    assert_eq!(clipping(EncodeConvention::Paper), Clipping::None);
    assert_eq!(clipping(EncodeConvention::Diffusers), Clipping::Range(1.0));
    let asked = Plan::encode(&config, EncodeConvention::Paper)
        .clipping(Clipping::Range(2.0))
        .build()
        .unwrap();
    assert_eq!(asked.clipping(), Clipping::Range(2.0));
}

/// The first row's state is clean data: its `x̂₀` is the state itself.
#[test]
fn the_first_row_starts_from_the_data() {
    let row = encode(EncodeConvention::Paper, 10).stages()[0];
    assert_eq!((row.x0_from_x, row.x0_from_out), (1.0, 0.0));
    assert_close(row.eps_scale, 0.01, 1e-12, "√(1 − ᾱ_0)");
}

/// The third convention needs no rows of its own: it inverts those of sampling.
#[test]
fn a_fixed_point_makes_the_round_trip_exact() {
    let decode = Plan::ddim(ddpm_schedule()).steps(50).build().unwrap();
    let step = |row: &StageCoefficients, x: f64| {
        let out = DATA.epsilon(row.level, x);
        row.x0_scale * (row.x0_from_x * x + row.x0_from_out * out)
            + row.eps_scale * (row.eps_from_x * x + row.eps_from_out * out)
    };
    let mut x = 0.9;
    for row in decode.stages().iter().rev() {
        let target = x;
        for _ in 0..60 {
            x += row.fixed_point_gain() * (target - step(row, x));
        }
        assert_close(step(row, x), target, 1e-12, row.index);
    }
    let decoded = run_quietly(&decode, x, DATA.network())[49];
    assert_close(decoded, 0.9, 1e-10, "decoded");
}
