//! `ddim info`: what a model is.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;

use clap::Args;
use ddim_wgpu::diffusion::{Clipping, FinalLevel, SchedulerConfig};
use ddim_wgpu::network::{Arena, Linear, Mlp, MlpWeights, Model, Stage, bundled_card};
use serde_json::{Map, Value, json};

use crate::cli::ModelArguments;
use crate::exit::Failure;
use crate::process;
use crate::terminal::printable;

/// Most of a card that is read.
const MAX_CARD_BYTES: u64 = 1 << 20;

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    model: ModelArguments,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let model = arguments.model.load()?;
    let facts = facts(&model, card(&arguments.model.model));
    let mut stdout = process::stdout()?;
    if arguments.json {
        writeln!(stdout, "{}", serde_json::to_string_pretty(&facts)?)?;
        return Ok(());
    }
    for (section, facts) in facts.as_object().into_iter().flatten() {
        let Some(facts) = facts.as_object() else {
            writeln!(stdout, "{section}: {}", plain(facts))?;
            continue;
        };
        writeln!(stdout, "\n{section}")?;
        for (name, value) in facts {
            writeln!(stdout, "  {:<22} {}", printable(name), plain(value))?;
        }
    }
    Ok(())
}

fn facts(model: &Model, card: Option<Value>) -> Value {
    let mut facts = json!({ "model": model.name() });
    match model.mlp() {
        Some(mlp) => facts["network"] = mlp_facts(mlp),
        None => layers_facts(model, &mut facts),
    }
    facts["schedule"] = schedule(model.scheduler());
    if let Some(card) = card {
        facts["card"] = card;
    }
    facts
}

fn mlp_facts(mlp: &Mlp) -> Value {
    let config = mlp.config();
    let time = &config.time_embedding;
    json!({
        "architecture": "residual-mlp",
        "sample_shape": config.sample_shape,
        "hidden_size": config.hidden_size,
        "num_blocks": config.num_blocks,
        "activation": config.activation.name(),
        "time_embedding": time.size,
        "time_hidden_size": time.hidden_size,
        "input_embedding": config.input_embedding.as_ref().map(|input| input.size),
        "num_classes": config.num_classes,
        "parameters": parameters(mlp.weights()),
        "runs_on_matrix_units": true,
    })
}

/// The network, its multiply-adds by what they depend on, its operations and its tensors.
fn layers_facts(model: &Model, facts: &mut Value) {
    let program = model.program();
    let sizes = program.weights.iter().map(|(_, matrix)| matrix.data.len());
    let inputs = program.inputs.iter();
    facts["network"] = json!({
        "architecture": "layers",
        "sample_shape": model.sample_shape(),
        "num_classes": model.num_classes(),
        "inputs": inputs.map(|(input, _)| (input.name.clone(), json!(input.width))).collect::<Map<_, _>>(),
        "can_be_guided": program.unconditional.is_some(),
        "parameters": sizes.sum::<usize>(),
        "state_values": Arena::new(&program, |width| width).len,
        "runs_on_matrix_units": true,
    });
    facts["multiply_adds"] = json!({
        "a step": program.multiply_adds(Stage::Step),
        "a sample": program.multiply_adds(Stage::Sample),
        "a sample and step": program.multiply_adds(Stage::State),
    });
    let mut operations = Map::new();
    for stage in [Stage::Step, Stage::Sample, Stage::State] {
        for op in program.stage(stage) {
            let register = &program.registers[op.out];
            let depends = match (stage, register.of_state) {
                (Stage::Step, _) => "step",
                (Stage::Sample, _) => "sample",
                (Stage::State, false) => "step and sample",
                (Stage::State, true) => "state",
            };
            let name = format!("{:04} {}", operations.len(), register.name);
            let what = format!("{} of {depends}, {} values", op.name(), register.width);
            operations.insert(name, json!(what));
        }
    }
    facts["operations"] = operations.into();
    let tensors = program.weights.iter();
    let tensors = tensors.map(|(name, matrix)| (name.clone(), json!([matrix.rows, matrix.cols])));
    facts["tensors"] = tensors.collect::<Map<_, _>>().into();
}

fn schedule(config: &SchedulerConfig) -> Value {
    let last = config.schedule.train_steps() - 1;
    json!({
        "train_steps": config.schedule.train_steps(),
        "first_alpha_bar": config.schedule.level(0).alpha_bar(),
        "last_alpha_bar": config.schedule.level(last).alpha_bar(),
        "prediction_type": config.prediction.name(),
        "spacing": config.spacing.name(),
        "steps_offset": config.steps_offset,
        "set_alpha_to_one": config.final_level == FinalLevel::One,
        "clipping": match config.clipping {
            Clipping::None => json!("none"),
            Clipping::Range(range) => json!({ "range": range }),
            Clipping::DynamicThreshold { ratio, max } => json!({ "ratio": ratio, "max": max }),
        },
        "rederive_epsilon": config.rederive_epsilon,
    })
}

fn parameters(weights: &MlpWeights) -> usize {
    let linear = |linear: &Linear| linear.weight.data.len() + linear.bias.len();
    let time = weights.time_mlp.iter().flatten();
    let layers = [&weights.proj_in, &weights.proj_out]
        .into_iter()
        .chain(&weights.blocks)
        .chain(time);
    let matrices = weights.conditioning.iter().chain(&weights.class_embedding);
    layers.map(linear).sum::<usize>() + matrices.map(|matrix| matrix.data.len()).sum::<usize>()
}

/// The first table of a model card, the directory's README.md: `| fact | what it is |`.
fn card(model: &str) -> Option<Value> {
    let text = match bundled_card(model) {
        Some(text) => text.to_owned(),
        None => read_card(&Path::new(model).join("README.md"))?,
    };
    let lines = text.lines().skip_while(|line| !line.starts_with('|'));
    let table = lines.take_while(|line| line.starts_with('|'));
    let facts = table.filter_map(|line| {
        let (name, what) = line.trim_matches('|').split_once('|')?;
        let named = name.contains(char::is_alphabetic);
        named.then(|| (name.trim().to_owned(), json!(what.trim())))
    });
    Some(facts.collect())
}

/// A card of a size that one reads; not from a pipe, which would be waited for.
fn read_card(path: &Path) -> Option<String> {
    if !fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let mut text = String::new();
    let file = fs::File::open(path).ok()?;
    file.take(MAX_CARD_BYTES).read_to_string(&mut text).ok()?;
    Some(text)
}

/// A value as people write it.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => printable(text),
        Value::Null => "none".to_owned(),
        Value::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(" × "),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| format!("{name} {}", plain(value)))
            .collect::<Vec<_>>()
            .join(", "),
        Value::Number(number) => number.to_string(),
    }
}
