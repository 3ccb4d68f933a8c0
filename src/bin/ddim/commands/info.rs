//! `ddim info`: what a model is.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;

use clap::Args;
use ddim_wgpu::diffusion::{Clipping, FinalLevel, SchedulerConfig};
use ddim_wgpu::network::{Linear, MlpWeights, Model, bundled_card};
use serde_json::{Value, json};

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
    let config = model.config();
    let time = &config.time_embedding;
    let mut facts = json!({
        "model": model.name(),
        "network": {
            "architecture": "residual-mlp",
            "sample_shape": config.sample_shape,
            "hidden_size": config.hidden_size,
            "num_blocks": config.num_blocks,
            "activation": config.activation.name(),
            "time_embedding": time.size,
            "time_hidden_size": time.hidden_size,
            "input_embedding": config.input_embedding.as_ref().map(|input| input.size),
            "num_classes": config.num_classes,
            "parameters": parameters(model.weights()),
        },
        "schedule": schedule(model.scheduler()),
    });
    if let Some(card) = card {
        facts["card"] = card;
    }
    facts
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
