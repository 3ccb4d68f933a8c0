//! Rows that are trained on the noise which a network sees in data.

use ddim_train::network::{
    HostTensor, ModelConfig, Network, SchedulerConfig, TimeEmbedding, Weights,
};
use ddim_train::recipe::{
    Activation, BetaSchedule, Facts, NoiseRecipe, Prediction, Spacing, TrainingRecipe,
};
use ddim_train::run::{Encoding, Noised};

const DIMS: usize = 4;
const ROWS: usize = 400;
/// What the network answers, whatever it is asked.
const ANSWER: f32 = 0.5;
/// What the data are.
const DATA: f32 = 0.75;

/// A network without weights but for the output's bias.
fn constant(device: &burn::tensor::Device) -> (ModelConfig, Network) {
    let config = ModelConfig {
        architecture: "residual-mlp".into(),
        sample_shape: vec![DIMS],
        hidden_size: 8,
        num_blocks: 1,
        activation: Activation::Silu,
        time_embedding: TimeEmbedding {
            size: 8,
            hidden_size: Some(8),
            flip_sin_to_cos: false,
            downscale_freq_shift: 1.0,
            max_period: 10_000.0,
        },
        input_embedding: None,
        num_classes: None,
        condition: 0,
    };
    let mut weights = Weights::default();
    for (name, shape, _) in config.tensors() {
        let value = if name == "proj_out.bias" { ANSWER } else { 0.0 };
        let values = vec![value; shape.iter().product()];
        weights.0.insert(name, HostTensor { shape, values });
    }
    let network = Network::new(&config, &weights, device).expect("the tensors are its own");
    (config, network)
}

fn noised() -> Noised {
    Noised {
        x0: vec![DATA; ROWS * DIMS],
        noise: vec![0.25; ROWS * DIMS],
        timesteps: vec![500; ROWS],
        classes: vec![None; ROWS],
        conditions: Vec::new(),
        weights: vec![1.0; ROWS],
    }
}

/// Of a network that answers x₀ = 1/2 to data of 3/4 the ε is √ᾱ/(4·√(1−ᾱ)), at one of the levels that encoding begins with.
#[test]
fn a_share_of_the_rows_gets_the_noise_that_the_network_sees() {
    let device = burn::tensor::Device::flex();
    let (config, average) = constant(&device);
    let noise = NoiseRecipe {
        num_train_timesteps: 1000,
        beta_schedule: BetaSchedule::Cosine,
        prediction_type: Prediction::Sample,
        timestep_spacing: Spacing::Trailing,
    };
    let facts = Facts {
        rows: ROWS,
        dims: DIMS,
        pictures: false,
    };
    let mut training = TrainingRecipe {
        encoding_share: 0.25,
        encoding_weight: 0.125,
        ..facts.training()
    };
    let scheduler = SchedulerConfig::new(&noise, 1.0);
    let schedule = scheduler.schedule().expect("it is valid");
    let of = |training: &TrainingRecipe| {
        Encoding::new(&config, &scheduler, training, &device).expect("it is valid")
    };
    let encoding = of(&training).expect("there is a share");
    let mut changed = noised();
    encoding.replace(&average, &mut changed, 7, 3);
    let seen = |t: usize| {
        let level = schedule.level(t);
        let ratio = level.sqrt_alpha_bar() / level.sqrt_one_minus_alpha_bar();
        (ratio * f64::from(DATA - ANSWER)) as f32
    };
    // Levels 5 to 40, half to twice of it, and up to all of the noise that was there.
    let least = seen(40) / 2.0;
    let most = seen(5) * 2.0 + 0.25;
    let mut replaced = 0;
    for (row, noise) in changed.noise.chunks_exact(DIMS).enumerate() {
        let weight = changed.weights[row];
        if weight == 1.0 {
            assert_eq!(noise, [0.25; DIMS], "row {row}");
            continue;
        }
        replaced += 1;
        assert_eq!(weight, 0.125, "row {row}");
        assert!(
            noise.iter().all(|z| (least..most).contains(z)),
            "row {row}: {noise:?} is not between {least} and {most}"
        );
    }
    assert!((60..140).contains(&replaced), "{replaced} of {ROWS} rows");
    assert_eq!(
        (changed.x0, changed.timesteps),
        (noised().x0, noised().timesteps)
    );
    let mut again = noised();
    encoding.replace(&average, &mut again, 7, 3);
    assert_eq!(again.noise, changed.noise);
    training.encoding_share = 0.0;
    assert!(of(&training).is_none());
}
